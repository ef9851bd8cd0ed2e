from __future__ import annotations

from collections.abc import Callable

import pytest

from data.merging import Tally, merge_exact, merge_near, opposite
from data.near_duplicates import Edge, near_duplicates
from data.rows import Row, Split

MakeRow = Callable[..., Row]


def told(row: Row, names: tuple[str, ...]) -> dict[str, int]:
    return {name: value for name, value in zip(names, row.labels, strict=True) if value != -1}


def members(row: Row, names: tuple[str, ...]) -> list[str]:
    return [name for name, member in zip(names, row.union, strict=True) if member]


def merged(*rows: Row) -> tuple[list[Row], Tally]:
    tally = Tally()
    return merge_exact(rows, tally), tally


def test_texts_that_read_the_same_become_one(row: MakeRow) -> None:
    rows, tally = merged(row("ＨＥＬＬＯ", no=["abuse"]), row("hello", no=["abuse"]))

    assert (len(rows), tally.exact) == (1, 1)


def test_what_two_sources_know_adds_up(row: MakeRow, names: tuple[str, ...]) -> None:
    ((one,), tally) = merged(row("a", yes=["gambling"], source="x"), row("a", no=["abuse"], source="y"))

    assert told(one, names) == {"gambling": 1, "abuse": 0}
    assert (tally.overruled, tally.contradicted) == (0, 0)


def test_equals_that_contradict_each_other_leave_the_label_open(row: MakeRow, names: tuple[str, ...]) -> None:
    ((one,), tally) = merged(
        row("a", yes=["abuse"], no=["hate"], source="x"), row("a", no=["abuse", "hate"], source="y")
    )

    assert told(one, names) == {"hate": 0}
    assert tally.contradicted == 1


def test_a_moderators_verdict_overrules_every_source(row: MakeRow, names: tuple[str, ...]) -> None:
    ((one,), tally) = merged(
        row("a", yes=["abuse"], source="cold"),
        row("a", no=["abuse"], source="moderators", trust=3),
        row("a", yes=["abuse"], source="starter", trust=2),
    )

    assert told(one, names) == {"abuse": 0}
    assert (one.source, tally.overruled) == ("moderators", 1)


def test_a_row_of_which_nothing_stays_known_is_dropped(row: MakeRow) -> None:
    rows, tally = merged(row("a", yes=["abuse"], source="x"), row("a", no=["abuse"], source="y"))

    assert (rows, tally.exact) == ([], 2)


@pytest.mark.parametrize(
    ("known", "labels", "union"),
    [
        ({"yes": ["hate"]}, {"hate": 1}, []),
        ({"no": ["hate"]}, {"hate": 0, "abuse": 1}, []),
        ({"no": ["fraud"]}, {"fraud": 0}, ["abuse", "hate"]),
    ],
)
def test_what_others_know_settles_a_union(
    row: MakeRow, names: tuple[str, ...], known: dict[str, list[str]], labels: dict[str, int], union: list[str]
) -> None:
    ((one,), _) = merged(row("a", any_of=["abuse", "hate"], source="x"), row("a", source="y", **known))

    assert (told(one, names), members(one, names)) == (labels, union)


def test_a_union_that_an_equal_denies_leaves_its_members_open(row: MakeRow, names: tuple[str, ...]) -> None:
    ((one,), tally) = merged(
        row("a", any_of=["abuse", "hate"], no=["fraud"], source="x"), row("a", no=["abuse", "hate"], source="y")
    )

    assert (told(one, names), members(one, names), tally.contradicted) == ({"fraud": 0}, [], 1)


def test_a_union_that_a_moderator_denies_is_denied(row: MakeRow, names: tuple[str, ...]) -> None:
    ((one,), tally) = merged(
        row("a", any_of=["abuse", "hate"], source="cold"), row("a", no=["abuse", "hate"], source="moderators", trust=3)
    )

    assert (told(one, names), members(one, names)) == ({"abuse": 0, "hate": 0}, [])
    assert (tally.overruled, tally.contradicted) == (1, 0)


def test_a_copy_set_apart_for_judging_wins_over_one_for_training(row: MakeRow) -> None:
    ((one,), _) = merged(
        row("a", no=["abuse"], source="train", sides=(Split.TRAIN, Split.VALIDATION)),
        row("a", no=["abuse"], source="dev", sides=(Split.TEST,)),
    )

    assert (one.source, one.sides) == ("dev", (Split.TEST,))


def test_a_harmful_copy_makes_no_everyday_row(row: MakeRow) -> None:
    ((harmless,), _) = merged(row("a", no=["abuse"], everyday=True, source="x"), row("a", no=["hate"], source="y"))
    ((harmful,), _) = merged(row("a", no=["abuse"], everyday=True, source="x"), row("a", yes=["hate"], source="y"))

    assert (harmless.everyday, harmful.everyday) == (True, False)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"yes": ["abuse"]}, {"no": ["abuse"]}, True),
        ({"yes": ["abuse"]}, {"no": ["hate"]}, False),
        ({"any_of": ["abuse", "hate"]}, {"no": ["abuse", "hate"]}, True),
        ({"any_of": ["abuse", "hate"]}, {"no": ["abuse"]}, False),
        ({"any_of": ["abuse", "hate"]}, {"yes": ["abuse"]}, False),
    ],
)
def test_opposite_means_a_yes_against_a_no(
    row: MakeRow, one: dict[str, list[str]], other: dict[str, list[str]], *, expected: bool
) -> None:
    assert opposite(row("a", **one), row("b", **other)) is expected
    assert opposite(row("b", **other), row("a", **one)) is expected


def near(rows: list[Row], *, keep: frozenset[str] = frozenset(), merge_at: float = 0.7) -> tuple[list[bool], Tally]:
    tally = Tally()
    edges = near_duplicates([row.likeness for row in rows], 0.6)
    return merge_near(rows, edges, merge_at=merge_at, keep=keep, tally=tally), tally


OFFER = "加薇信领彩金充一百送一百天天返水秒到账"


def test_a_near_copy_that_says_the_same_gives_way(row: MakeRow) -> None:
    stays, tally = near([row(OFFER, yes=["gambling"]), row(OFFER + "啊", yes=["gambling"])])

    assert (sorted(stays), tally.near) == ([False, True], 1)


def test_a_warning_beside_the_offer_it_quotes_stays(row: MakeRow) -> None:
    stays, tally = near([row(OFFER, yes=["gambling"]), row("别" + OFFER, no=["gambling"])])

    assert (stays, tally.apart, tally.near) == ([True, True], 1, 0)


def test_the_more_trusted_of_two_near_copies_stays(row: MakeRow) -> None:
    rows = [row(OFFER, yes=["gambling"]), row(OFFER + "啊", yes=["gambling"], trust=2)]

    assert near(rows)[0] == [False, True]


def test_frozen_rows_and_variants_never_give_way(row: MakeRow) -> None:
    frozen = row(OFFER, yes=["gambling"])
    twin = row(OFFER + "啊", yes=["gambling"], trust=3)
    variant = row(OFFER + "哦", yes=["gambling"], variant=True)

    assert near([frozen, twin, variant], keep=frozenset({frozen.id}))[0] == [True, False, True]


def test_rows_do_not_give_way_along_a_chain(row: MakeRow) -> None:
    rows = [row(text, yes=["abuse"]) for text in ("a", "b", "c")]
    chain = [Edge(0, 1, 0.9), Edge(1, 2, 0.9)]
    stays = merge_near(rows, chain, merge_at=0.8, keep=frozenset({rows[0].id}), tally=Tally())

    assert stays == [True, False, True]
