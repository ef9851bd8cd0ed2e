"""Planted bias is found, and fair data raises no alarm: 20 worlds of each, of stated size and effect.

7,200 comments about four companies by six moderators, some 300 about the rival to each moderator. Planted: a moderator
who removes one company's comments 25 points oftener; a rule that hits 8 of 100 comments about a rival beyond what it
hits of others; a model that learnt from verdicts which called six of ten harmless comments about the rival harmful; an
editor who recommends the rival's comments 25 points oftener; everybody removing 20 points more of it from a date on.

Fair are also worlds in which one company truly draws more harm (55 and 60 of 100 comments instead of 35), and
moderators who are unlike each other in severity (30 points from the mildest to the harshest), and alike to all.
"""

from __future__ import annotations

import pytest

from eval.leaning import Limits, audit
from eval.leaning_swap import swapped
from eval.paired_shares import mcnemar
from tests import proofs
from tests.eval.lean_worlds import RIVAL, World, made

PLANTED = {"moderator": 0.25, "rule": 0.08, "model": 0.6, "recommender": 0.25, "before": 0.2}
FAIR = {"alike": {}, "more harm": {"harm": 0.55}, "unlike moderators": {"harm": 0.6, "unlike": 0.3}}
WORLDS = 20


def found(world: World, *, around: float | None = None) -> set[tuple[str, str, str]]:
    """Every finding: by whom, which, about which group."""
    seen = audit(world.rows, around=around)
    named = {(each.by, each.name, each.group) for each in seen.comparisons if each.leans}
    named |= {("change", "", each.group) for each in seen.changes if each.leans}
    return named | {("swap", "", each.name) for each in swapped([world.swap], world.ask, seen.limits) if each.leans}


def is_found(kind: str, seed: int) -> bool:
    world = made(seed, **{kind: PLANTED[kind]})
    seen = found(world, around=len(world.rows) / 2 if kind == "before" else None)
    wanted = {"moderator": {("moderator", "m1", RIVAL)}, "rule": {("rule", "r1", RIVAL)},
              "model": {("swap", "", RIVAL), ("model", "1", RIVAL)}, "recommender": {("recommender", "e1", RIVAL)},
              "before": {("change", "", RIVAL)}}[kind]  # fmt: skip
    return wanted <= seen


def test_three_planted_at_once_are_all_found_and_a_fair_world_raises_no_alarm() -> None:
    planted = found(made(99, comments=2400, moderator=0.5, rule=0.3, model=0.6))
    assert {("moderator", "m1", RIVAL), ("rule", "r1", RIVAL), ("model", "1", RIVAL), ("swap", "", RIVAL)} <= planted
    assert {"m1"} == {name for by, name, _ in planted if by == "moderator"}
    assert {"r1"} == {name for by, name, _ in planted if by == "rule"}
    assert set() == found(made(99, comments=2400))


def test_what_a_group_draws_beyond_its_scores_is_no_finding_of_the_house() -> None:
    """Of comments with one score those about who draws more harm are harmful oftener: six points, in this world."""
    rows = made(1009, **FAIR["unlike moderators"]).rows
    assert [("house", RIVAL)] == [
        (each.by, each.group) for each in audit(rows, limits=Limits(hidden=1.0)).comparisons if each.leans
    ]
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
        name: sum(bool(found(made(seed, **told))) for seed in range(1000, 1000 + worlds)) for name, told in FAIR.items()
    }
    proofs.report("neutrality-fair", worlds=worlds, alarms=max(alarms.values()), **alarms)
    assert max(alarms.values()) <= worlds / 20
