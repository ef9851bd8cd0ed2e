from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.near_duplicates import Edge
from data.rows import Row, Split
from data.splits import Assigned, assign, uniform

FRACTIONS = {Split.TRAIN: 0.8, Split.VALIDATION: 0.1, Split.TEST: 0.1}
SIDES = st.sampled_from(
    [
        tuple(Split),
        tuple(Split),
        (Split.TRAIN,),
        (Split.TEST,),
        (Split.TRAIN, Split.VALIDATION),
    ]
)


def make(at: int, group: str, sides: tuple[Split, ...] = tuple(Split)) -> Row:
    return Row(f"s-{at}", f"t{at}", "zh", "s", group, "", (0,) * 7, (0,) * 7, sides=sides)


def split(rows: Sequence[Row], edges: Sequence[Edge] = (), *, seed: int = 7, unite_up_to: int = 20) -> Assigned:
    return assign(rows, edges, fractions=FRACTIONS, seed=seed, unite_up_to=unite_up_to)


@st.composite
def tied(draw: st.DrawFn) -> tuple[list[Row], list[Edge]]:
    """Rows in groups whose makers fixed one side a group, and near-duplicate pairs among them."""
    groups = draw(st.lists(SIDES, min_size=1, max_size=12))
    places = draw(st.lists(st.integers(0, len(groups) - 1), min_size=1, max_size=40))
    rows = [make(at, f"g{place}", groups[place]) for at, place in enumerate(places)]
    pairs = draw(st.lists(st.tuples(st.integers(0, len(rows) - 1), st.integers(0, len(rows) - 1)), max_size=30))
    return rows, [Edge(min(pair), max(pair), 0.9) for pair in pairs if pair[0] != pair[1]]


@given(tied(), st.integers(0, 5), st.sampled_from([1, 5, 100]))
def test_no_group_and_no_near_duplicate_pair_stands_on_two_sides(
    given_rows: tuple[list[Row], list[Edge]], seed: int, unite_up_to: int
) -> None:
    rows, edges = given_rows
    sides = split(rows, edges, seed=seed, unite_up_to=unite_up_to).sides
    by_group: dict[str, set[Split]] = defaultdict(set)
    for row, side in zip(rows, sides, strict=True):
        if side is not None:
            by_group[row.group].add(side)

    assert all(len(held) <= 1 for held in by_group.values())
    for edge in edges:
        first, second = sides[edge.first], sides[edge.second]
        assert first is None or second is None or first == second


@given(tied(), st.integers(0, 5))
def test_a_side_that_the_source_fixed_is_kept(given_rows: tuple[list[Row], list[Edge]], seed: int) -> None:
    rows, edges = given_rows
    for row, side in zip(rows, split(rows, edges, seed=seed).sides, strict=True):
        assert side is None or side in row.sides


@given(tied())
def test_test_rows_are_never_dropped(given_rows: tuple[list[Row], list[Edge]]) -> None:
    rows, edges = given_rows
    for row, side in zip(rows, split(rows, edges).sides, strict=True):
        assert not (side is None and row.sides == (Split.TEST,))


@given(tied(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(given_rows: tuple[list[Row], list[Edge]], random: object) -> None:
    rows, edges = given_rows
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    place = {old: new for new, old in enumerate(order)}
    moved = [
        Edge(min(place[edge.first], place[edge.second]), max(place[edge.first], place[edge.second]), edge.similarity)
        for edge in edges
    ]
    here = dict(zip((row.id for row in rows), split(rows, unite_up_to=1).sides, strict=True))
    there = dict(
        zip((rows[old].id for old in order), split([rows[old] for old in order], unite_up_to=1).sides, strict=True)
    )

    assert here == there
    assert len(moved) == len(edges)


@given(st.integers(1, 30), st.integers(1, 30))
def test_groups_that_join_later_move_nobody(before: int, later: int) -> None:
    rows = [make(at, f"g{at}") for at in range(before + later)]

    assert split(rows).sides[:before] == split(rows[:before]).sides


def test_the_shares_come_out_as_asked_over_many_groups() -> None:
    counts = Counter(split([make(at, f"g{at}") for at in range(5000)]).sides)

    assert 0.78 < counts[Split.TRAIN] / 5000 < 0.82
    assert 0.08 < counts[Split.TEST] / 5000 < 0.12


def test_another_seed_splits_otherwise() -> None:
    rows = [make(at, f"g{at}") for at in range(200)]

    assert split(rows, seed=1).sides != split(rows, seed=2).sides


def test_small_groups_that_share_a_near_duplicate_are_united() -> None:
    rows = [make(at, f"g{at // 2}") for at in range(200)]
    edges = [Edge(at, at + 1, 0.7) for at in range(1, 19, 2)]

    assigned = split(rows, edges, unite_up_to=20)

    assert len(set(assigned.sides[:20])) == 1
    assert assigned.across == 0


def test_large_groups_are_not_united_and_the_training_copy_goes() -> None:
    fixed = [
        make(0, "train", (Split.TRAIN,)),
        make(1, "test", (Split.TEST,)),
        make(2, "validation", (Split.VALIDATION,)),
    ]

    assigned = split(fixed, [Edge(0, 1, 0.7), Edge(1, 2, 0.7)])

    assert assigned.sides == [None, Split.TEST, None]
    assert assigned.across == 2


def test_a_draw_lies_in_zero_to_one_and_never_changes() -> None:
    assert uniform(1, "a") == 0.8334658230199725
    assert uniform(1, "a") != uniform(2, "a")


def test_a_source_whose_validation_groups_are_frozen_elsewhere_still_validates() -> None:
    rows = [make(at, f"thread {at}") for at in range(2000)]
    free = [row for row, side in zip(rows, split(rows).sides, strict=True) if side is Split.TRAIN]
    alone = split(free)
    assert set(alone.sides) == {Split.TRAIN}
    beside = assign(free, [], fractions=FRACTIONS, seed=7, unite_up_to=20, judged_elsewhere=[free[0].source])
    share = Counter(beside.sides)[Split.VALIDATION] / len(free)
    wanted = FRACTIONS[Split.VALIDATION] / (FRACTIONS[Split.TRAIN] + FRACTIONS[Split.VALIDATION])
    assert abs(share - wanted) < 0.03
    assert Counter(beside.sides)[Split.TEST] == 0


def test_a_source_that_validates_is_not_drawn_again() -> None:
    rows = [make(at, f"thread {at}") for at in range(2000)]
    assert split(rows) == assign(
        rows, [], fractions=FRACTIONS, seed=7, unite_up_to=20, judged_elsewhere=[rows[0].source]
    )


def test_a_source_may_validate_more_of_what_it_trains_and_keeps_what_validated() -> None:
    rows = [make(at, f"thread {at}") for at in range(2000)]
    before = split(rows).sides
    more = assign(rows, [], fractions=FRACTIONS, seed=7, unite_up_to=20, validating={rows[0].source: 0.25}).sides
    assert before == assign(rows, [], fractions=FRACTIONS, seed=7, unite_up_to=20, validating={"another": 0.25}).sides
    moved = {(was, now) for was, now in zip(before, more, strict=True) if was is not now}
    assert {(Split.TRAIN, Split.VALIDATION)} == moved
    trained = Counter(before)[Split.TRAIN]
    assert 0.25 == pytest.approx(1 - Counter(more)[Split.TRAIN] / trained, abs=0.04)
