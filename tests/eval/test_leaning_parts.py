"""Who had a part in a finding that names nobody, and who a finding about a closed thread names."""

from __future__ import annotations

from dataclasses import replace

from eval.leaning import Comparison, audit
from eval.leaning_pairs import Observed
from eval.leaning_parts import parts

NORTH, SOUTH = "north", "south"


def world(*, machine: int = 0, small: int = 0) -> list[Observed]:
    """Ben closed the thread in which north is spoken of, but for one; eve removes `small` of south by verdict."""
    plain = [
        Observed(f"{at}{group}", {"company": group}, ("forum", "zh", ""), 0.1, False, True, float(at))
        for at in range(48)
        for group in (NORTH, SOUTH)
    ]
    closed = [
        replace(each, removed=True, passed=False, refused_by=frozenset({"ben"}))
        if each.groups["company"] == NORTH and each.at else each
        for each in plain
    ]  # fmt: skip
    stopped = [
        replace(each, id=f"m{at}{each.id}", removed=True, passed=False) for at in range(machine) for each in plain
    ]
    by_eve = [
        replace(each, removed=True, passed=False, moderator="eve")
        if each.groups["company"] == SOUTH and each.at < small else each
        for each in closed
    ]  # fmt: skip
    return by_eve + stopped


def test_whose_entries_let_one_side_pass_is_a_finding_about_who_made_them_and_who_agreed() -> None:
    rows = [
        replace(each, let_by=frozenset({"ben", "lea"}) if each.groups["company"] == NORTH else frozenset(),
                passed=each.groups["company"] == NORTH, removed=each.groups["company"] == SOUTH)
        for each in world()
    ]  # fmt: skip
    found = audit(rows)
    leaning = {(each.by, each.name, each.outcome) for each in found.comparisons if each.leans and each.group == NORTH}
    assert {("list", "ben", "let_pass"), ("list", "lea", "let_pass")} <= leaning
    by_name = next(each for each in found.comparisons if (each.by, each.group) == ("list", NORTH))
    in_all = next(
        each for each in found.comparisons if (each.by, each.outcome, each.group) == ("house", "passed", NORTH)
    )
    assert ("ben", "lea") == parts(rows, by_name) == parts(rows, in_all)


def removed(rows: list[Observed]) -> Comparison:
    found = audit(rows).comparisons
    return next(each for each in found if (each.by, each.outcome, each.group) == ("house", "removed", NORTH))


def test_who_closed_a_thread_on_one_sides_critics_is_named_and_had_a_part() -> None:
    rows = world()
    leaning = {(each.by, each.name, each.outcome, each.group) for each in audit(rows).comparisons if each.leans}
    assert {("measure", "ben", "measured", NORTH), ("house", "", "removed", NORTH)} <= leaning
    assert ("ben",) == parts(rows, removed(rows))


def test_what_the_machine_removed_beside_dilutes_nobodys_part() -> None:
    rows = world(machine=30)
    assert ("ben",) == parts(rows, removed(rows))


def test_a_part_is_looked_for_on_either_side() -> None:
    rows = world(small=2)
    assert ("ben", "eve") == parts(rows, removed(rows))
    passed = replace(removed(rows), outcome="passed")
    assert ("ben", "eve") == parts(rows, passed)


def test_a_small_share_is_no_part() -> None:
    rows = [
        Observed(f"{at}{group}", {"company": group}, ("forum", "zh", ""), 0.1, True, False, float(at),
                 "eve" if at < 5 else "mia")
        for at in range(100)
        for group in (NORTH, SOUTH)
    ]  # fmt: skip
    finding = removed(rows)
    assert ("mia",) == parts(rows, finding)
    assert ("eve", "mia") == parts([replace(each, moderator="eve") if each.at == 5 else each for each in rows], finding)


def test_a_rule_is_its_own_of_who_made_it() -> None:
    rows = [replace(each, rules=frozenset({"r1"})) if each.refused_by else each for each in world()]
    finding = next(each for each in audit(rows).comparisons if (each.by, each.group) == ("rule", NORTH))
    assert ("ben",) == parts(rows, finding)
