"""An emergency is stricter than the policy, within its scope and time, and a drill of it changes nothing."""

from __future__ import annotations

import time

import pytest

from moderation.behaviour import Observation, Seen
from moderation.comment import Comment, Context
from moderation.decision import EmergencyEffect, Outcome
from moderation.emergency import Effect, Emergency, Kind, Scope
from moderation.pipeline import Engine
from moderation.policy import load_policies
from moderation.rules import RuleSet
from moderation.taxonomy import load_taxonomy
from tests.fakes import KeywordScorer

TAXONOMY = load_taxonomy()
POLICIES = load_policies(TAXONOMY)
SCORER = KeywordScorer({"加群": ("advertising", 0.3), "下注": ("gambling", 0.97)})
CLOSED, HELD = Effect(Kind.CLOSED), Effect(Kind.PRE_REVIEW)
SLOW = Effect(Kind.SLOW_MODE, a_minute=2)
STRICT = Effect(Kind.THRESHOLDS, review=0.5)
EVERYWHERE = Scope()


def emergency(
    effect: Effect, scope: Scope = EVERYWHERE, *, name: str = "e1", left: float = 60, drill: bool = False
) -> Emergency:
    return Emergency(name, scope, effect, time.monotonic() + left, drill)


def engine(*running: Emergency) -> Engine:
    return Engine(TAXONOMY, RuleSet((), "r"), POLICIES, SCORER, emergencies=running)


def a_comment(text: str = "今天的晚霞真好看", surface: str = "news", thread_id: str | None = "t1") -> Comment:
    return Comment(text, context=Context(surface=surface, thread_id=thread_id))


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (EVERYWHERE, True),
        (Scope(surface="news"), True),
        (Scope(surface="news", thread_id="t1"), True),
        (Scope(surface="forum"), False),
        (Scope(thread_id="t2"), False),
    ],
)
def test_comments_are_closed_within_the_scope_alone(scope: Scope, covered: bool) -> None:
    decision = engine(emergency(CLOSED, scope)).judge(a_comment())
    assert (Outcome.BLOCK if covered else Outcome.PASS) is decision.outcome
    assert ([("emergency_closed", "emergency:e1")] if covered else []) == [(r.code, r.ground) for r in decision.reasons]
    assert covered == bool(decision.emergencies)


def test_pre_review_holds_what_would_pass_and_lets_a_block_be() -> None:
    held = engine(emergency(HELD))
    assert Outcome.REVIEW is held.judge(a_comment()).outcome
    blocked = held.judge(a_comment("来下注"))
    assert (Outcome.BLOCK, ()) == (blocked.outcome, blocked.emergencies)


def test_it_ends_by_itself() -> None:
    assert Outcome.PASS is engine(emergency(CLOSED, left=0)).judge(a_comment()).outcome


@pytest.mark.parametrize(
    ("label", "outcome"), [(None, Outcome.REVIEW), ("advertising", Outcome.REVIEW), ("hate", Outcome.PASS)]
)
def test_thresholds_fall_for_their_label_and_the_answer_shows_the_lower_ones(
    label: str | None, outcome: Outcome
) -> None:
    usual = engine().judge(a_comment("大家来加群"))
    assert Outcome.PASS is usual.outcome
    decision = engine(emergency(STRICT, Scope(label=label))).judge(a_comment("大家来加群"))
    assert outcome is decision.outcome
    before, after = (next(x for x in d.labels if x.name == "advertising") for d in (usual, decision))
    share = 0.5 if outcome is Outcome.REVIEW else 1
    assert (before.review_threshold * share, before.threshold) == (after.review_threshold, after.threshold)
    assert outcome is Outcome.PASS or {"emergency_thresholds", "advertising"} == {r.code for r in decision.reasons}


def test_slow_mode_asks_an_account_to_wait_that_sent_more_than_so_many() -> None:
    def watch(count: float | None):  # noqa: ANN202
        features = {} if count is None else {"comments_1m": count}
        return lambda *_: Seen(Observation(0.0), features)

    slow = engine(emergency(SLOW))
    outcomes = [slow.judge_many([slow.read(a_comment(), watch=watch(count))])[0].outcome for count in (None, 2, 3)]
    assert [Outcome.PASS, Outcome.PASS, Outcome.BLOCK] == outcomes


def test_a_drill_changes_no_answer_and_says_what_it_would_have_changed() -> None:
    usual, drilled = (
        engine(*running).judge(a_comment()) for running in ((), (emergency(CLOSED, drill=True, name="practice"),))
    )
    assert (usual.outcome, usual.reasons, usual.labels) == (drilled.outcome, drilled.reasons, drilled.labels)
    assert (EmergencyEffect("practice", True, Outcome.PASS, Outcome.BLOCK),) == drilled.emergencies


def test_of_two_each_is_held_against_what_the_other_leaves() -> None:
    """Closed comments are pre-reviewed by nobody: only what a thing changed by itself is written to its account."""
    both = engine(emergency(CLOSED), emergency(HELD, name="e2"), emergency(HELD, name="d", drill=True))
    decision = both.judge(a_comment())
    assert [("e1", Outcome.REVIEW, Outcome.BLOCK)] == [
        (each.emergency_id, each.otherwise, each.outcome) for each in decision.emergencies
    ]


@pytest.mark.parametrize(("effect", "held"), [(HELD, True), (CLOSED, True), (SLOW, False), (STRICT, False)])
def test_what_nobody_can_answer_about_is_held_where_nothing_may_pass_unseen(effect: Effect, held: bool) -> None:
    comment = a_comment(surface="forum")
    assert not engine().is_held(comment, "default")
    assert held == engine(emergency(effect)).is_held(comment, "default")
    assert not engine(emergency(effect, drill=True)).is_held(comment, "default")
