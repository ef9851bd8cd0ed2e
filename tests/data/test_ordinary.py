"""Sentences that nothing learns from: well formed, apart from the corpus, and met by no shipped rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from moderation.normaliser import normalise
from moderation.rule_packs import load_rules
from moderation.taxonomy import load_taxonomy
from tests.data.copies import copies, corpus, sketches

SENTENCES = Path(__file__).resolve().parents[2] / "data" / "ordinary" / "sentences.tsv"
KINDS = {
    "complaints", "courier", "dating", "family", "fitness", "games", "live_chat", "medicine", "money", "pets", "school",
    "second_hand", "shop", "teasing", "travel", "work",
}  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    lines = SENTENCES.read_text("utf-8").rstrip("\n").split("\n")
    assert "text\tkind\tlang" == lines[0]
    return [(text, kind, lang) for text, kind, lang in (line.split("\t") for line in lines[1:])]


def test_each_is_there_once_and_of_a_kind() -> None:
    found = rows()
    assert KINDS == {kind for _, kind, _ in found}
    assert len({normalise(text).canonical.text for text, _, _ in found}) == len(found) == 500
    assert 420 == sum(lang == "zh" for _, _, lang in found)


def test_none_stands_in_the_corpus() -> None:
    written = list(corpus())
    ours = [text for text, _, _ in rows()]
    assert written
    assert set(written).isdisjoint(ours)
    assert not copies(ours, sketches(ours), written), "nor one with a word changed"


def test_no_shipped_rule_meets_one() -> None:
    rules = load_rules(load_taxonomy(), today=date(2026, 11, 30))
    assert [] == [hit.rule.id for text, _, _ in rows() for hit in rules.find(normalise(text))]
