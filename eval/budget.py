"""Thresholds for the reviewers that a team has, and what other budgets would cost.

Thresholds are chosen on one half of the rows and measured on the other, split by group, since a share measured on the
very rows that chose it is too good. What is told is of the second half alone. Wrong blocks and review load are shares
of *everyday* comments; missed harm is the share of harmful rows that nobody would see.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from eval.calibrated import Calibrated, calibration
from eval.metrics import Interval, Scores, clustered, harmful, interval
from eval.thresholds import NEVER, ThresholdPolicy, as_arrays, choose, flagged, told
from moderation.errors import BundleError, InvalidInputError
from moderation.ports import Thresholds
from registry.bundle import Manifest

if TYPE_CHECKING:
    from data.rows import Rows

LOADS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2)
MOST_ROWS = 10_000_000
BLOCKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)


@dataclass(frozen=True)
class Cost:
    """What one pair of budgets does to the rows that did not choose it. `proved`: wrong blocks are within budget.

    `provable` is the upper end that these rows would show with no wrong block at all.
    """

    block_budget: float
    review_budget: float
    blocked: Interval
    reviewed: Interval
    missed: Interval
    harm_blocked: Interval
    proved: bool
    provable: float


@dataclass(frozen=True)
class Budget:
    """The thresholds, their cost, and the cost of other budgets."""

    thresholds: Mapping[str, Thresholds]
    cost: Cost
    loads: list[Cost]
    blocks: list[Cost]
    calibration: list[Calibrated]
    chosen_on: int
    """Everyday rows that chose the thresholds."""
    capped: tuple[str, ...]
    """Labels that give some everyday row of the other half the score 1, which no threshold of a policy lets pass."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


def share(told_as: str) -> float:
    """`3%` or `0.03` as a share. Raises `InvalidInputError` for what is no share between 0 and 1, both excluded."""
    text = told_as.strip()
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise InvalidInputError(f"'{told_as}' is no review budget: say a share above 0 % and below 100 %, like 3%.", [])
    return value


def rows_to_prove(limit: float, *, mistakes: int = 0) -> int:
    """The fewest independent rows, `mistakes` of them wrong, that show a share of at most `limit` at the upper end."""
    return bisect_left(range(MOST_ROWS), True, lo=mistakes + 1, key=lambda rows: interval(mistakes, rows).high <= limit)


def policy_of(manifest: Manifest, reviewed: float) -> ThresholdPolicy:
    """The floors and the block budget that the model was trained with, and `reviewed` as asked now.

    Defaults where a bundle made elsewhere states none. Raises `BundleError` where what it states cannot be used.
    """
    stated = manifest.settings.get("thresholds", {})
    try:
        return ThresholdPolicy.model_validate({**stated, "reviewed": reviewed})
    except (TypeError, ValidationError) as error:
        raise BundleError(
            f"The settings of {manifest.run} say nothing usable of thresholds; train the bundle again here."
        ) from error


def budget(
    rows: Rows, scores: Scores, names: tuple[str, ...], policy: ThresholdPolicy, *, prior: Mapping[str, float]
) -> Budget:
    """Thresholds for `policy` by calibrated `scores` `(n, labels)`; `prior` is the model's, by label.

    Raises `InvalidInputError` where either half has no everyday comment or no harmful row.
    """
    first, groups = halves(rows), np.array(rows.group_keys)
    bad = harmful(rows.labels, rows.union)
    for mask, what in ((rows.everyday, "everyday comment"), (bad, "harmful row")):
        if not (mask & first).any() or not (mask & ~first).any():
            raise InvalidInputError(
                f"Thresholds cannot be chosen: one half of these rows has no {what}. "
                "Judge on a snapshot that has everyday and harmful rows of several groups.", [])  # fmt: skip

    def at(block: float, review: float) -> tuple[Mapping[str, Thresholds], Cost]:
        asked = policy.model_copy(update={"blocked": block, "reviewed": review})
        chosen = choose(
            scores[first], rows.labels[first], rows.everyday[first], names, asked, groups=groups[first].tolist()
        ).thresholds
        usable = {name: Thresholds(min(each.review, NEVER), min(each.block, NEVER)) for name, each in chosen.items()}
        cuts = as_arrays(usable, names)
        return usable, _cost(scores[~first], groups[~first], rows.everyday[~first], bad[~first], cuts, asked)

    thresholds, cost = at(policy.blocked, policy.reviewed)
    everyday = scores[rows.everyday & ~first]
    return Budget(
        thresholds,
        cost,
        loads=[at(policy.blocked, each)[1] for each in LOADS],
        blocks=[at(each, policy.reviewed)[1] for each in BLOCKS],
        calibration=calibration(rows, scores, names, prior),
        chosen_on=int((rows.everyday & first).sum()),
        capped=tuple(name for at, name in enumerate(names) if (everyday[:, at] >= NEVER).any()),
    )


def halves(rows: Rows) -> NDArray[np.bool_]:
    """Which rows choose, `(n,)`; a group stays whole, and a row without one is its own."""
    chosen = [hashlib.sha256(key.encode()).digest()[0] % 2 == 0 for key in rows.group_keys]
    return np.array(chosen, dtype=np.bool_)


def _cost(
    scores: Scores,
    groups: NDArray[np.str_],
    everyday: NDArray[np.bool_],
    bad: NDArray[np.bool_],
    thresholds: tuple[Scores, Scores],
    policy: ThresholdPolicy,
) -> Cost:
    review, block = thresholds
    alike = groups[everyday].tolist()
    blocked, reviewed = told(scores[everyday], review, block, alike)
    stopped = flagged(scores[bad], block)
    seen = flagged(scores[bad], review) | stopped
    missed = interval(int((~seen).sum()), int(bad.sum()))
    harm = interval(int(stopped.sum()), int(bad.sum()))
    none = clustered(np.zeros(len(alike), dtype=np.bool_), alike)
    return Cost(
        policy.blocked, policy.reviewed, blocked, reviewed, missed, harm, blocked.high <= policy.blocked, none.high
    )
