"""What kind of mistake a mistake is, since each kind asks for something else.

In this order: a label that models doubt which did not see the row is looked at by a person first, whatever the model
says. A false alarm that is stopped is told as such. A score within `NEAR` log-odds of the review threshold is a matter
of the threshold, not of knowledge. A miss that scores below the base rate of the mix (`Manifest.prior`) is one where
the text spoke *against* the label: knowledge is missing. What is left was recognised, too faintly or wrongly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import logit

from eval.mistakes import Mistake, Mistakes
from eval.suspects import Suspicion
from moderation.ports import Thresholds

NEAR = 0.5
"""Log-odds: 0.10 and 0.155, 0.50 and 0.62."""


class Kind(StrEnum):
    """What is to be done about it follows of it."""

    DOUBTED = "doubted"
    NEAR = "near"
    UNKNOWN = "unknown"
    FAINT = "faint"
    REVIEWED = "reviewed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Sorted:
    """A mistake, whether it is a miss (else a false alarm), and its kind."""

    mistake: Mistake
    miss: bool
    kind: Kind


def triage(
    mistakes: Mistakes, thresholds: Mapping[str, Thresholds], prior: Mapping[str, float], suspicion: Suspicion
) -> list[Sorted]:
    """Every mistake, misses first, the worst of either first; `suspicion` is about the same rows."""
    every = len(mistakes.rows)
    misses, alarms = mistakes.worst_misses(every), mistakes.worst_alarms(every)
    return [
        *(Sorted(each, True, _miss(each, thresholds[each.label], prior.get(each.label, 0.0), suspicion))
          for each in misses),
        *(Sorted(each, False, _alarm(each, thresholds[each.label], suspicion)) for each in alarms),
    ]  # fmt: skip


def of_kind(found: Sequence[Sorted], kind: Kind, *, miss: bool) -> list[Mistake]:
    """The misses, or false alarms, of one kind."""
    return [each.mistake for each in found if each.kind is kind and each.miss is miss]


def _miss(mistake: Mistake, cut: Thresholds, prior: float, suspicion: Suspicion) -> Kind:
    if suspicion.doubt(mistake.at, mistake.label, given=True):
        return Kind.DOUBTED
    if _is_near(mistake.score, cut):
        return Kind.NEAR
    return Kind.UNKNOWN if mistake.score < prior else Kind.FAINT


def _alarm(mistake: Mistake, cut: Thresholds, suspicion: Suspicion) -> Kind:
    if suspicion.doubt(mistake.at, mistake.label, given=False):
        return Kind.DOUBTED
    if mistake.stopped:
        return Kind.STOPPED
    return Kind.NEAR if _is_near(mistake.score, cut) else Kind.REVIEWED


def _is_near(score: float, cut: Thresholds) -> bool:
    return bool(abs(logit(score) - logit(cut.review)) <= NEAR)
