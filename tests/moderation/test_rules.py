from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from moderation.decision import Outcome
from moderation.errors import ConfigError
from moderation.normaliser import normalise
from moderation.rule_packs import load_rules
from moderation.rules import MAX_SPANS, Rule, RuleSet
from moderation.spans import Span
from moderation.taxonomy import load_taxonomy

TODAY = date(2026, 11, 25)
TITLE = {"zh": "规则", "en": "rule"}


def rule(**fields: object) -> Rule:
    defaults: dict[str, object] = {
        "id": "test.rule",
        "label": "advertising",
        "title": TITLE,
        "action": Outcome.REVIEW,
        "ground": "ground",
    }
    return Rule(**{**defaults, **fields})  # type: ignore[arg-type]


def find(text: str, **fields: object) -> list[str]:
    """The parts of `text` that the rule with these fields finds."""
    hits = RuleSet([rule(**fields)], "t").find(normalise(text))
    return [span.of(text) for hit in hits for span in hit.spans]


def test_a_term_is_found_in_every_spelling_that_the_canonical_view_unites() -> None:
    assert ["加\u200bＶ", "加v"] == find("快加\u200bＶ，再加v", terms=("加V",))


def test_a_latin_term_does_not_hit_inside_a_longer_word() -> None:
    assert [] == find("svxy", terms=("vx",))
    assert ["vx"] == find("vx8899", terms=("vx",))


def test_every_group_of_all_has_to_be_there() -> None:
    groups = (("百家乐", "时时彩"), ("加群", "进群"))
    assert [] == find("时时彩", all_of=groups)
    assert ["时时彩", "进群"] == find("时时彩，进群", all_of=groups)


def test_a_term_of_not_silences_the_rule() -> None:
    assert [] == find("警方查获裸聊团伙", terms=("裸聊",), none_of=("警方",))


def test_patterns_and_terms_of_one_rule_are_alternatives() -> None:
    assert ["abc"] == find("x abc y", terms=("nothing",), patterns=("a.c",))


def test_spans_of_one_rule_are_bounded() -> None:
    text = "广告 x " * 500
    hits = RuleSet([rule(terms=("广告",), patterns=("x",))], "t").find(normalise(text))
    assert MAX_SPANS == len(hits[0].spans)


def test_touching_spans_are_shown_as_one() -> None:
    hits = RuleSet([rule(terms=("加微", "微信"))], "t").find(normalise("加微信"))
    assert (Span(0, 3),) == hits[0].spans


def test_an_empty_set_finds_nothing() -> None:
    assert [] == RuleSet([], "t").find(normalise("任何文字"))


PACK = """
[[rules]]
id = "a.b"
title = {{ zh = "甲", en = "A" }}
label = "{label}"
action = "{action}"
ground = "g"
owner = "o"
why = "w"
terms = [{terms}]
patterns = [{patterns}]
state = "{state}"
{more}
[rules.examples]
match = ["{match}"]
no_match = ["{no_match}"]
"""


def load(folder: Path, **fields: str) -> RuleSet:
    defaults = {
        "label": "fraud",
        "action": "review",
        "terms": '"刷单"',
        "patterns": "",
        "state": "live",
        "more": "",
        "match": "刷单日结",
        "no_match": "订单",
    }
    (folder / "pack.toml").write_text(PACK.format(**{**defaults, **fields}), encoding="utf-8")
    return load_rules(load_taxonomy(), today=TODAY, folder=folder)


def test_a_sound_pack_loads(tmp_path: Path) -> None:
    assert ["a.b"] == [rule.id for rule in load(tmp_path).rules]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("did you mean 'fraud'", {"label": "fruad"}),
        ("a rule cannot pass a comment", {"action": "pass"}),
        ("could never hit", {"terms": ""}),
        ("single character", {"terms": '"单"'}),
        ("RE2 refuses the pattern '(a'", {"patterns": '"(a"'}),
        ("matches nothing at all", {"patterns": '"a*"'}),
        ("must match but does not: 你好", {"match": "你好"}),
        ("must not match but does: 刷单被骗", {"no_match": "刷单被骗"}),
        ("Extra inputs are not permitted", {"more": "colour = 1"}),
    ],
)
def test_a_mistake_is_said_with_what_to_do(tmp_path: Path, said: str, fields: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="mend these") as error:
        load(tmp_path, **fields)
    assert said in str(error.value)
    assert "pack.toml" in str(error.value)


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        text = PACK.format(
            label="nothing",
            action="pass",
            terms='"单"',
            patterns='"(a"',
            state="live",
            more="",
            match="x",
            no_match="y",
        )
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_rules(load_taxonomy(), today=TODAY, folder=tmp_path)
    assert 3 * 4 + 2 == len(error.value.faults)  # four in each file, and an id used three times


@pytest.mark.parametrize("fields", [{"state": "shadow"}, {"state": "draft"}, {"more": "expires = 2026-11-25"}])
def test_only_live_rules_that_have_not_expired_decide(tmp_path: Path, fields: dict[str, str]) -> None:
    assert () == load(tmp_path, **fields).rules


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    first = load(tmp_path).version
    assert first == load(tmp_path).version
    assert first != load(tmp_path, terms='"刷单", "垫付"').version


def test_the_shipped_packs_load_and_cover_every_label() -> None:
    taxonomy = load_taxonomy()
    rules = load_rules(taxonomy, today=TODAY)
    assert set(taxonomy.names) == {rule.label for rule in rules.rules}
