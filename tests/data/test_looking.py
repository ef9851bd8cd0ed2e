from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.looking import carried, known_shares, lengths, nearest_across, together
from data.rows import SPLITS, Row, Rows
from eval.joining import joined
from tests.training import tiny
from tests.training.tiny import NAMES

ONE_KNOWN = Row(
    id="a", text="滚开", lang="zh", source="cold", group="1", kind="", union=(0,) * 7, labels=(-1, -1, -1, -1, -1, 1, 0)
)
ONE_OF_TWO = Row(
    id="b", text="dumb 👍", lang="en", source="cold", group="2", kind="", labels=(-1,) * 7, union=(0, 0, 0, 0, 0, 1, 1)
)
GAMBLING_ADVERT = Row(
    id="c", text="加薇", lang="zh", source="own", group="3", kind="", labels=(1, 1, 0, 0, 0, 0, 0), union=(0,) * 7
)
ROWS = Rows.of([ONE_KNOWN, ONE_OF_TWO, GAMBLING_ADVERT], 7)


def test_lengths_are_code_points() -> None:
    assert [2, 6, 2] == lengths(ROWS).tolist()


def test_a_union_is_carried_by_each_of_its_members() -> None:
    marks = carried(ROWS, NAMES)
    assert [True, True, False] == marks["abuse"].tolist()
    assert [False, True, False] == marks["hate"].tolist()
    assert not marks["ok"].any()


def test_marks_agree_with_the_manifest(tmp_path: Path) -> None:
    snapshot = tiny.snapshot(tmp_path)
    marks = carried(joined(*(snapshot.split(side) for side in SPLITS)), NAMES)
    told = {name: sum(held.values()) for name, held in snapshot.manifest.counts.label_by_lang.items()}
    assert told == {name: int(mask.sum()) for name, mask in marks.items()}


def test_what_a_source_never_judged_is_not_known() -> None:
    shares = known_shares(ROWS)
    assert [0, 0, 0, 0, 0, 1, 1] == shares["cold"].tolist()
    assert [1] * 7 == shares["own"].tolist()


def test_labels_that_come_together_are_counted_both_ways() -> None:
    both = together(ROWS)
    assert 1 == both[0, 1] == both[1, 0] == both[0, 0]
    assert np.array_equal(both, both.T)


def test_a_pair_that_straddles_sides_comes_first() -> None:
    sides = {"train": tiny.columns(40), "test": tiny.columns(40, seed=2)}
    copied = Rows.of([*tiny.rows(4, seed=2)], 7)
    leaking = {"train": joined(sides["train"], copied), "test": sides["test"]}
    found = nearest_across(leaking, most=3)
    assert [1.0] * 3 == [pair.similarity for pair in found]
    assert all(pair.texts[0] == pair.texts[1] and pair.sides == ("train", "test") for pair in found)


def test_pairs_below_the_limit_are_not_told() -> None:
    assert [] == nearest_across({"train": ROWS.take([0]), "test": ROWS.take([2])}, most=3)


@pytest.mark.parametrize("most", [0, 1])
def test_no_more_pairs_than_asked_for(most: int) -> None:
    same = {"train": ROWS, "test": ROWS}
    assert most == len(nearest_across(same, most=most))
