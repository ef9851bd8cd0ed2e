"""A decision under another model: only what the model said changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.decision import Decision, LabelScore, Outcome, Reason, Source, Versions
from moderation.policy import LabelThresholds, load_policies
from moderation.ports import Thresholds
from moderation.shadow import cause_of, shadowed
from moderation.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
POLICY = load_policies(TAXONOMY)["default"]
CHOSEN = {name: Thresholds(0.4, 0.9) for name in TAXONOMY.names}
BY_MODEL = Reason("gambling", Source.MODEL, Outcome.BLOCK, {}, "g")
BY_RULE = Reason("fraud", Source.RULE, Outcome.REVIEW, {}, "g", "fraud.one")


def decision(*reasons: Reason) -> Decision:
    labels = tuple(LabelScore(name, 0.0, 0.9, 0.4) for name in TAXONOMY.names)
    outcome = max((reason.outcome for reason in reasons), key=lambda each: each.severity, default=Outcome.PASS)
    return Decision(outcome, labels, reasons, (), "zh", Versions("m", "1", "fast", "r", POLICY.reference, "1", "1"))


def scores(**some: float) -> list[float]:
    return [some.get(name, 0.01) for name in TAXONOMY.names]


@pytest.mark.parametrize(
    ("reasons", "scored", "expected"),
    [
        ((), {}, (Outcome.PASS, None)),
        ((BY_MODEL,), {}, (Outcome.PASS, None)),
        ((BY_MODEL, BY_RULE), {}, (Outcome.REVIEW, "fraud")),
        ((BY_RULE,), {"abuse": 0.95}, (Outcome.BLOCK, "abuse")),
        ((), {"abuse": 0.4}, (Outcome.REVIEW, "abuse")),
        ((BY_MODEL,), {"hate": 0.5}, (Outcome.REVIEW, "hate")),
    ],
)
def test_rules_stay_and_the_models_reasons_are_replaced(
    reasons: tuple[Reason, ...], scored: dict[str, float], expected: tuple[Outcome, str | None]
) -> None:
    found = shadowed(decision(*reasons), POLICY, TAXONOMY, scores(**scored), CHOSEN)
    assert expected == (found.outcome, found.cause)


def test_thresholds_of_the_policy_come_before_the_challengers_own() -> None:
    strict = POLICY.model_copy(update={"thresholds": {"abuse": LabelThresholds(review=0.1, block=0.2)}})
    found = shadowed(decision(), strict, TAXONOMY, scores(abuse=0.3), CHOSEN)
    assert (Outcome.BLOCK, "abuse") == (found.outcome, found.cause)
    assert [0.2] == [label.threshold for label in found.labels if label.name == "abuse"]


def test_a_pass_has_no_cause() -> None:
    assert (None, "gambling") == (cause_of(decision()), cause_of(decision(BY_MODEL, BY_RULE)))
    waved_through = replace(decision(BY_MODEL), outcome=Outcome.PASS)
    assert cause_of(waved_through) is None
