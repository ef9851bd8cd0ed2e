from __future__ import annotations

from typing import Any

import pytest

from data.labelling import Judgement, UnreadableLabelError, judge
from data.reading import Record
from data.recipes import Recipe

BASE = {
    "name": "mine", "title": "t", "home": "h", "licence": "MIT", "permits_release": True, "citation": "c", "lang": "zh",
    "read": {"files": ["*"], "format": "csv"},
}  # fmt: skip


def told(
    names: tuple[str, ...], labels: dict[str, Any], fields: dict[str, Any], file: str = "f", **recipe: Any
) -> Judgement | None:
    knows = recipe.pop("knows", ["advertising", "fraud", "abuse", "hate"])
    held = Recipe.model_validate({**BASE, "labels": labels, "knows": knows, **recipe})
    return judge(Record(file, 2, fields), held, names)


def named(judgement: Judgement | None, names: tuple[str, ...]) -> dict[str, int]:
    assert judgement is not None
    return {name: value for name, value in zip(names, judgement.labels, strict=True) if value != -1}


CLASSES = {
    "field": "label",
    "values": {
        "0": "ok",
        "1": {"any_of": ["abuse", "hate"]},
        "2": {"yes": ["fraud"], "unknown": ["advertising"], "kind": "scam", "weight": 0.5},
        "3": "skip",
    },
}


def test_ok_denies_what_the_source_knows_and_nothing_else(names: tuple[str, ...]) -> None:
    assert named(told(names, CLASSES, {"label": "0"}), names) == {"advertising": 0, "fraud": 0, "abuse": 0, "hate": 0}


def test_a_union_leaves_its_members_open_and_denies_the_rest(names: tuple[str, ...]) -> None:
    judgement = told(names, CLASSES, {"label": "1"})

    assert named(judgement, names) == {"advertising": 0, "fraud": 0}
    assert judgement is not None
    assert judgement.union == (0, 0, 0, 0, 0, 1, 1)


def test_what_a_value_leaves_open_is_not_denied(names: tuple[str, ...]) -> None:
    judgement = told(names, CLASSES, {"label": "2"})

    assert named(judgement, names) == {"fraud": 1, "abuse": 0, "hate": 0}
    assert judgement is not None
    assert (judgement.kind, judgement.weight) == ("scam", 0.5)


def test_skipped_values_give_no_row(names: tuple[str, ...]) -> None:
    assert told(names, CLASSES, {"label": "3"}) is None


def test_an_unknown_value_is_told_with_the_known_ones(names: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableLabelError, match="unknown label '9'; known: 0, 1, 2, 3"):
        told(names, CLASSES, {"label": "9"})


def test_a_missing_field_is_told(names: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableLabelError, match="has no field 'label'"):
        told(names, CLASSES, {"other": "1"})


LISTED = {
    "field": "labels",
    "ignore": ["topic_*"],
    "values": {
        "clean": "ok",
        "scam": {"yes": ["fraud"], "unknown": ["advertising"]},
        "promo": {"yes": ["advertising"]},
        "spam": {"any_of": ["advertising", "fraud"]},
    },
}


@pytest.mark.parametrize(
    ("values", "expected", "union"),
    [
        (["clean"], {"advertising": 0, "fraud": 0}, []),
        (["scam"], {"fraud": 1}, []),
        (["scam", "promo"], {"advertising": 1, "fraud": 1}, []),
        (["promo"], {"advertising": 1, "fraud": 0}, []),
        (["spam"], {}, ["advertising", "fraud"]),
        (["scam", "spam", "topic_x"], {"fraud": 1}, []),
    ],
)
def test_values_of_a_list_add_up(
    names: tuple[str, ...], values: list[str], expected: dict[str, int], union: list[str]
) -> None:
    judgement = told(names, LISTED, {"labels": values}, knows=["advertising", "fraud"])

    assert named(judgement, names) == expected
    assert judgement is not None
    assert [name for name, member in zip(names, judgement.union, strict=True) if member] == union


def test_a_list_of_topics_alone_was_not_judged(names: tuple[str, ...]) -> None:
    assert told(names, LISTED, {"labels": ["topic_crypto"]}, knows=["advertising", "fraud"]) is None


VOTES = {
    "votes": {
        "abuse": {"columns": ["insult"], "doubts": ["obscene", "racism"], "at_least": 2},
        "hate": {"columns": ["racism", "sexism"], "at_least": 2},
    }
}


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ({"insult": "0.0", "obscene": "0", "racism": "", "sexism": "0"}, {"abuse": 0, "hate": 0}),
        ({"insult": "2.0", "obscene": "0", "racism": "0", "sexism": "0"}, {"abuse": 1, "hate": 0}),
        ({"insult": "1", "obscene": "0", "racism": "0", "sexism": "0"}, {"hate": 0}),
        ({"insult": "0", "obscene": "3", "racism": "0", "sexism": "0"}, {"hate": 0}),
        ({"insult": "0", "obscene": "0", "racism": "0", "sexism": "2"}, {"abuse": 0, "hate": 1}),
    ],
)
def test_votes_carry_deny_or_leave_open(
    names: tuple[str, ...], votes: dict[str, str], expected: dict[str, int]
) -> None:
    assert named(told(names, VOTES, votes, knows=["abuse", "hate"]), names) == expected


def test_votes_that_decide_nothing_give_no_row(names: tuple[str, ...]) -> None:
    lenient = {"votes": {"abuse": {"columns": ["a", "b"]}, "hate": {"columns": ["a", "b"]}}}

    assert told(names, lenient, {"a": "1", "b": "0"}, knows=["abuse", "hate"]) is None
    assert named(told(names, lenient, {"a": "0.0", "b": ""}, knows=["abuse", "hate"]), names) == {"abuse": 0, "hate": 0}


def test_a_vote_that_is_no_number_is_told(names: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableLabelError, match="'x' in column 'a' is no number of votes"):
        told(names, {"votes": {"abuse": {"columns": ["a"]}}}, {"a": "x"}, knows=["abuse"])


def test_the_file_decides_where_the_recipe_says_so(names: tuple[str, ...]) -> None:
    by_file = {"files": {"AD_*": {"yes": ["advertising"], "kind": "ad"}, "*": "skip"}}

    assert named(told(names, by_file, {}, file="AD_x.txt", knows=["advertising"]), names) == {"advertising": 1}
    assert told(names, by_file, {}, file="other.txt", knows=["advertising"]) is None


def test_only_harmless_rows_are_everyday(names: tuple[str, ...]) -> None:
    ok = told(names, CLASSES, {"label": "0"}, everyday=True)
    bad = told(names, CLASSES, {"label": "1"}, everyday=True)

    assert ok is not None
    assert bad is not None
    assert (ok.everyday, bad.everyday) == (True, False)
