"""Planted bias is found, and fair data raises no alarm: 20 worlds of each, of stated size and effect.

7,200 comments about four companies by six moderators, some 300 about the rival to each moderator. Planted: a moderator
who removes one company's comments 25 points oftener; a rule that hits 8 of 100 comments about a rival beyond what it
hits of others; a model that learnt from verdicts which called six of ten harmless comments about the rival harmful; an
editor who recommends the rival's comments 25 points oftener; everybody removing 20 points more of it from a date on;
a moderator who lets the rival's go undecided 25 points oftener (escalated, skipped, left), or decides them after
three times the time; a house that sends 15 points more of them to a person, or lets them wait half as long again.

Fair are also worlds in which one company truly draws more harm (55 and 60 of 100 comments instead of 35), and
moderators who are unlike each other in severity (30 points from the mildest to the harshest), and alike to all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

import pytest

from eval.leaning import Comparison, Limits, audit
from eval.leaning_pairs import Observed
from eval.leaning_swap import swapped
from eval.paired_shares import mcnemar
from tests import proofs
from tests.eval.lean_worlds import COMPANIES, RIVAL, Went, World, made

PLANTED = {
    "moderator": 0.25, "rule": 0.08, "model": 0.6, "recommender": 0.25, "before": 0.2, "put_off": 0.25, "slow": 3.0,
    "slow_house": 1.5, "held": 0.15,
}  # fmt: skip
FAIR = {"alike": {}, "more harm": {"harm": 0.55}, "unlike moderators": {"harm": 0.6, "unlike": 0.3}}
WORLDS = 20
FIRST_FAIR = int(os.environ.get("FIRST_FAIR_SEED", "1000"))
"""Other fair worlds than those at which bounds were chosen: `FIRST_FAIR_SEED=7000 pytest -m proof ...`."""

Found = tuple[str, str, str, str]


def found(world: World, *, around: float | None = None) -> set[Found]:
    """Every finding: by whom, which, about which group, of what."""
    seen = audit(world.rows, around=around)
    named = {(each.by, each.name, each.group, each.outcome) for each in seen.comparisons if each.leans}
    named |= {("change", "", each.group, "removed") for each in seen.changes if each.leans}
    moved = swapped([world.swap], world.ask, seen.limits)
    return named | {("swap", "", each.name, "stopped") for each in moved if each.leans}


WANTED: dict[str, set[Found]] = {
    "moderator": {("moderator", "m1", RIVAL, "removed")},
    "rule": {("rule", "r1", RIVAL, "hit")},
    "model": {("swap", "", RIVAL, "stopped"), ("model", "1", RIVAL, "stopped")},
    "recommender": {("recommender", "e1", RIVAL, "recommended")},
    "before": {("change", "", RIVAL, "removed")},
    "put_off": {("moderator", "m1", RIVAL, "put_off")},
    "slow": {("moderator", "m1", RIVAL, "waited")},
    "slow_house": {("house", "", RIVAL, "waited")},
    "held": {("house", "", RIVAL, "held")},
}


def is_found(kind: str, seed: int) -> bool:
    world = made(seed, **{kind: PLANTED[kind]})
    seen = found(world, around=len(world.rows) / 2 if kind == "before" else None)
    return WANTED[kind] <= seen


def test_three_planted_at_once_are_all_found_and_a_fair_world_raises_no_alarm() -> None:
    planted = found(made(99, comments=2400, moderator=0.5, rule=0.3, model=0.6))
    wanted = WANTED["moderator"] | WANTED["rule"] | WANTED["model"]
    assert wanted <= planted
    assert {"m1"} == {name for by, name, _, _ in planted if by == "moderator"}
    assert {"r1"} == {name for by, name, _, _ in planted if by == "rule"}
    assert set() == found(made(99, comments=2400))


def test_who_lets_one_sides_comments_go_or_wait_is_found_and_nobody_else_is() -> None:
    planted = found(made(98, comments=2400, put_off=0.6, slow=6.0, held=0.4))
    assert WANTED["put_off"] | WANTED["slow"] | WANTED["held"] <= planted
    assert {"m1"} == {name for by, name, _, _ in planted if by == "moderator"}
    assert not [each for each in planted if each[0] == "rule"]
    assert set() == found(made(98, comments=2400))


def test_passes_are_compared_in_pairs_with_an_interval_and_corrected_with_all_others() -> None:
    rows = made(98, comments=2400, moderator=1.0).rows
    seen = audit(rows)
    [house] = [each for each in seen.comparisons if (each.by, each.group, each.outcome) == ("house", RIVAL, "passed")]
    assert house.low < house.difference < house.high < 0
    assert pytest.approx(house.rate - house.others) == house.difference
    assert house.p < house.adjusted <= house.p * (len(seen.comparisons) + len(seen.changes))


def a_pair(number: int, mine: Went, theirs: Went) -> list[Observed]:
    """Alike, and decided by m1, but for how they went."""
    return [
        Observed(f"{number}{company}", {"company": company}, ("forum", "zh", "abuse"), 0.5, False, not went.undecided,
                 float(number), "" if went.undecided else "m1", held=went.held, undecided=went.undecided,
                 waited=went.waited, put_off=went.put_off)
        for company, went in zip(COMPANIES[:2], (mine, theirs), strict=True)
    ]  # fmt: skip


def decided_after(seconds: float) -> Went:
    return Went(True, False, seconds, {})


def of_house(rows: Iterable[Observed], outcome: str) -> Comparison:
    [told] = [each for each in audit(list(rows)).comparisons
              if (each.by, each.group, each.outcome) == ("house", RIVAL, outcome)]  # fmt: skip
    return told


def test_a_wait_is_told_in_seconds_and_less_than_a_minute_is_none() -> None:
    slow = [row for at in range(60) for row in a_pair(at, decided_after(900.0 + at), decided_after(300.0 + at))]
    told = of_house(slow, "waited")
    assert told.wait
    assert (True, 1.0, 0.0, 600.0) == (told.leans, told.rate, told.others, told.wait.median - told.wait.others)
    assert told.wait.low <= told.wait.difference <= told.wait.high
    near = of_house(
        (row for at in range(60) for row in a_pair(at, decided_after(350.0), decided_after(300.0))), "waited"
    )
    assert (False, 0.0, 1.0) == (near.leans, near.difference, near.p)


def test_what_nobody_decides_has_waited_longer_than_what_was_decided_sooner_and_never_shorter() -> None:
    never = Went(True, True, 3600.0, {})
    left = [row for at in range(60) for row in a_pair(at, never, decided_after(300.0))]
    assert (True, 1.0) == (of_house(left, "waited").leans, of_house(left, "waited").rate)
    assert (True, 1.0, 0.0) == (
        of_house(left, "undecided").leans, of_house(left, "undecided").rate, of_house(left, "undecided").others
    )  # fmt: skip
    young = [row for at in range(60) for row in a_pair(at, replace(never, waited=100.0), decided_after(300.0))]
    assert (0.0, 0.0) == (of_house(young, "waited").rate, of_house(young, "waited").others)


def test_how_a_moderator_let_cases_go_is_told_with_the_finding() -> None:
    gone, kept = Went(True, True, 900.0, {"m1": "escalated"}), decided_after(900.0)
    rows = [row for at in range(80) for row in a_pair(at, gone if at % 2 else kept, kept)]
    [told] = [each for each in audit(rows).comparisons
              if (each.by, each.group, each.outcome) == ("moderator", RIVAL, "put_off")]  # fmt: skip
    assert (True, 0.5, 0.0, {"escalated": (40, 0)}) == (told.leans, told.rate, told.others, told.ways)


def test_what_a_group_draws_beyond_its_scores_is_no_finding_of_the_house() -> None:
    """Of comments with one score those about who draws more harm are harmful oftener: six points, in this world."""
    rows = made(1009, **FAIR["unlike moderators"]).rows
    assert {("house", RIVAL)} == {
        (each.by, each.group) for each in audit(rows, limits=Limits(hidden=1.0)).comparisons if each.leans
    }
    assert [] == [each for each in audit(rows).comparisons if each.leans]


@pytest.mark.parametrize(("b", "c"), [(0, 0), (5, 5), (0, 9), (9, 0), (61, 30), (7, 21)])
def test_without_hidden_bias_the_bound_is_mcnemars_exact_test_and_with_it_never_smaller(b: int, c: int) -> None:
    from statsmodels.stats.contingency_tables import mcnemar as exact

    assert mcnemar(b, c) == pytest.approx(float(exact([[0, b], [c, 0]], exact=True).pvalue) if b + c else 1.0)
    assert mcnemar(b, c) <= mcnemar(b, c, 1.1) <= mcnemar(b, c, 1.5)
    assert mcnemar(b, c, 1.1) == mcnemar(c, b, 1.1)


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", PLANTED)
def test_planted_bias_is_found(kind: str) -> None:
    worlds = proofs.full(WORLDS)
    hits = sum(is_found(kind, seed) for seed in range(worlds))
    proofs.report(f"neutrality-{kind}", worlds=worlds, found=hits, effect=PLANTED[kind])
    assert hits >= worlds * 19 / 20


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_fair_data_stays_quiet() -> None:
    worlds = proofs.full(WORLDS)
    alarms = {
        name: sum(bool(found(made(seed, **told))) for seed in range(FIRST_FAIR, FIRST_FAIR + worlds))
        for name, told in FAIR.items()
    }
    proofs.report("neutrality-fair", worlds=worlds, first_seed=FIRST_FAIR, alarms=max(alarms.values()), **alarms)
    assert max(alarms.values()) <= worlds / 20
