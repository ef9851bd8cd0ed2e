"""From where a comment is stopped, and from where a person looks: chosen on held-out rows, by a policy in words.

**The policy.** An ordinary harmless comment that is stopped is the mistake people remember, so that the budget is set
on *everyday* comments and covers all labels together: at most `blocked` of them may be stopped, and not as counted
but at the upper end of the 95 % interval, since a count of zero in fifty proves nothing, and seven thousand comments on
four incidents tell of four incidents (`eval.metrics.clustered`). What the budget allows is shared alike: every label
may stop the same share of everyday comments, and that share grows until the budget is used up. Review thresholds are
chosen in the same way for about `reviewed` more.

**The odd cases.** Where everyday rows are too few for the interval to prove the budget even with no mistake at all
(fewer than about 740 for 0.5 %), nothing is proved, and prudence stands in: a label stops only what scores above
every everyday row seen, and never below `few_rows_floor`. Whatever the rows say, no label stops below `block_floor`
(a comment that is more likely harmless than not is never stopped by a model alone) and none is sent to a person below
`review_floor`. And since a hard negative (a warning, a victim's question) is harmless too, a label's block threshold
also keeps its precision on the held-out rows at `precision` or better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from eval.metrics import NO, YES, Groups, Interval, Labels, Scores, clustered
from moderation.ports import Thresholds
from moderation.toml import StrictModel

STEPS = 60
NEVER = 1.0
"""A calibrated probability never reaches it: a label with this threshold stops nothing."""


class ThresholdPolicy(StrictModel):
    """The budgets, as shares of everyday comments, and the floors, as calibrated probabilities."""

    blocked: float = Field(default=0.005, gt=0, lt=1)
    """Share of everyday comments that may be blocked."""
    reviewed: float = Field(default=0.03, gt=0, lt=1)
    """Share of them that may be sent to a person."""
    block_floor: float = Field(default=0.5, ge=0, le=1)
    """Nothing blocks below."""
    few_rows_floor: float = Field(default=0.7, ge=0, le=1)
    """Nothing blocks below where rows are too few to prove the budget."""
    review_floor: float = Field(default=0.1, ge=0, le=1)
    """Nothing is reviewed below."""
    precision: float = Field(default=0.9, ge=0, lt=1)
    """A label blocks from where so many of its held-out rows are right."""


@dataclass(frozen=True)
class Chosen:
    """Thresholds by label, and what they do to the everyday rows they were chosen on."""

    thresholds: Mapping[str, Thresholds]
    blocked: Interval
    reviewed: Interval
    proved: bool
    """Whether there were rows enough to prove the block budget."""


def choose(
    scores: Scores,
    labels: Labels,
    everyday: NDArray[np.bool_],
    names: tuple[str, ...],
    policy: ThresholdPolicy,
    *,
    groups: Sequence[str],
) -> Chosen:
    """Thresholds for calibrated `scores` `(n, labels)` of held-out rows; `labels` as snapshots have them.

    `groups` `(n,)` say which rows are alike (`Rows.group_keys`).
    """
    harmless = scores[everyday]
    alike = np.unique(np.asarray(groups), return_inverse=True)[1][everyday]
    proved = clustered(np.zeros(len(harmless), dtype=np.bool_), alike).high <= policy.blocked
    floors = np.array([_precise(scores[:, at], labels[:, at], policy) for at in range(len(names))])
    if proved:
        block = _within(harmless, floors, lambda hits: clustered(hits, alike).high <= policy.blocked)
    else:
        block = np.maximum(floors, np.maximum(policy.few_rows_floor, _above(harmless, len(names))))
    most = round(policy.reviewed * len(harmless)) + int(flagged(harmless, block).sum())
    low = np.full(len(names), policy.review_floor)
    review = np.minimum(_within(harmless, low, lambda hits: int(hits.sum()) <= most), block)
    return Chosen(
        {name: Thresholds(float(review[at]), float(block[at])) for at, name in enumerate(names)},
        *told(harmless, review, block, alike),
        proved,
    )


def without(chosen: Chosen, labels: Sequence[str]) -> Chosen:
    """The same, but that nothing is decided by these labels, of which a model has learnt nothing."""
    never = dict.fromkeys(labels, Thresholds(NEVER, NEVER))
    return replace(chosen, thresholds={**chosen.thresholds, **never})


def told(harmless: Scores, review: Scores, block: Scores, groups: Groups) -> tuple[Interval, Interval]:
    """How many of the rows are stopped, and how many more are looked at, with intervals; `groups` `(n,)` are alike."""
    stopped = flagged(harmless, block)
    return clustered(stopped, groups), clustered(flagged(harmless, review) & ~stopped, groups)


def as_arrays(thresholds: Mapping[str, Thresholds], names: tuple[str, ...]) -> tuple[Scores, Scores]:
    """Review and block thresholds in the order of `names`."""
    return np.array([thresholds[name].review for name in names]), np.array([thresholds[name].block for name in names])


def trade_off(scores: Scores, bad: NDArray[np.bool_], everyday: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Share of everyday comments stopped and share of harmful ones found, as one threshold for all labels falls."""
    if not (everyday.any() and bad.any()):
        return []
    most = scores.max(axis=1)
    cuts = np.unique(np.quantile(most, np.linspace(0, 1, STEPS)))[::-1]
    return [(float((most[everyday] >= cut).mean()), float((most[bad] >= cut).mean())) for cut in cuts]


def flagged(scores: Scores, thresholds: Scores) -> NDArray[np.bool_]:
    """Rows that reach the threshold of at least one label, `(n,)`."""
    return np.asarray((scores >= thresholds).any(axis=1))


def _above(harmless: Scores, labels: int) -> Scores:
    """Just above the highest everyday score of each label."""
    return np.nextafter(harmless.max(axis=0), 2.0) if len(harmless) else np.zeros(labels)


def _within(harmless: Scores, floors: Scores, allowed: Callable[[NDArray[np.bool_]], bool]) -> Scores:
    """The lowest thresholds, at or above `floors`, that spend the same share on each label and are `allowed` together.

    The share is found by bisection: more for each label never flags fewer rows.
    """
    ordered = np.sort(harmless, axis=0)[::-1]
    most, least = len(harmless), 0
    best = np.maximum(floors, _above(harmless, harmless.shape[1]))
    while least < most:
        middle = (least + most + 1) // 2
        cut = np.maximum(floors, np.nextafter(ordered[min(middle, len(ordered) - 1)], 2.0))
        if allowed(flagged(harmless, cut)):
            best, least = cut, middle
        else:
            most = middle - 1
    return best


def _precise(score: Scores, truth: Labels, policy: ThresholdPolicy) -> float:
    """The lowest threshold from `block_floor` on above which `precision` of the rows that know the label say yes."""
    known = (truth == YES) | (truth == NO)
    order = np.argsort(-score[known], kind="stable")
    ranked, yes = score[known][order], truth[known][order] == YES
    precise = np.cumsum(yes) >= policy.precision * np.arange(1, yes.size + 1)
    lasts = np.flatnonzero(precise & (np.append(ranked[1:], -1.0) < ranked))
    return (
        max(policy.block_floor, float(ranked[lasts[-1]]))
        if lasts.size
        else max(policy.block_floor, policy.few_rows_floor)
    )
