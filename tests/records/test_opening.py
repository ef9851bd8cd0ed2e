"""What would be gravest comes first: how likely, and how grave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from governance.complaint_rules import shipped as complaints
from governance.queue_rules import shipped
from moderation.decision import Decision, Outcome, Reason, Source
from records.house_queues import Harm
from records.opening import suspicion
from tests.records.factories import a_decision

HARM = shipped().house(complaints()).harm


def priority(decision: Decision) -> float:
    return suspicion("forum", decision, HARM).priority


def by_rule(rule_id: str, code: str, ground: str) -> Decision:
    reason = Reason(code, Source.RULE, Outcome.REVIEW, {"en": "A rule."}, ground, rule_id)
    return replace(a_decision(Outcome.REVIEW), reasons=(reason,))


def test_of_two_that_are_as_likely_the_graver_comes_first() -> None:
    likely = [
        priority(a_decision(Outcome.REVIEW, **{label: 0.7})) for label in ("hate", "abuse", "fraud", "advertising")
    ]
    assert sorted(likely, reverse=True) == likely
    assert likely[0] - likely[-1] == pytest.approx(1.0)


def test_what_stays_below_its_threshold_adds_no_harm() -> None:
    assert priority(a_decision(Outcome.REVIEW, advertising=0.7)) == priority(
        a_decision(Outcome.REVIEW, advertising=0.7, hate=0.05)
    )


@pytest.mark.parametrize(
    ("rule_id", "ground", "points"),
    [
        ("abuse.threat.zh", "platform-rules:abuse", 1.5),
        ("abuse.threats", "platform-rules:abuse", 0.75),
        ("ours.one", "law:minors", 2.0),
        ("ours.one", "platform-rules:self-harm", 2.0),
        ("ours.one", "platform-rules:abuse", 0.75),
        ("minors.lure.zh", "platform-rules:sexual", 2.0),
    ],
)
def test_a_rule_says_how_grave_it_is_by_its_id_or_its_ground(rule_id: str, ground: str, points: float) -> None:
    assert 1 + points == priority(by_rule(rule_id, "abuse", ground))


def test_a_house_that_names_no_harm_goes_by_likelihood_alone() -> None:
    decision = a_decision(Outcome.REVIEW, hate=0.7)
    assert 0.0 < suspicion("forum", decision, Harm()).priority < 1.0
