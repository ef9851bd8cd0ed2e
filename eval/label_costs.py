"""What each label's thresholds do by themselves: the everyday comments they cost, and the harm they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eval.metrics import YES, Interval, Scores, clustered
from eval.thresholds import as_arrays
from moderation.ports import Thresholds

if TYPE_CHECKING:
    from data.rows import Rows


@dataclass(frozen=True, slots=True)
class LabelCost:
    """One label alone: everyday comments that it blocks or has looked at, and what it does of the rows that carry it.

    `found` are reviewed or blocked by this label; another one may see to the rest. A row of a union counts for each of
    its members.
    """

    label: str
    thresholds: Thresholds
    everyday_blocked: Interval
    everyday_reviewed: Interval
    found: Interval
    blocked: Interval


def label_costs(rows: Rows, scores: Scores, thresholds: Mapping[str, Thresholds]) -> list[LabelCost]:
    """Each label at its own thresholds; `scores` `(n, labels)`, intervals by group (`eval.metrics.clustered`)."""
    names = tuple(thresholds)
    review, block = as_arrays(thresholds, names)
    stopped = scores >= block
    looked = (scores >= review) | stopped
    there = (rows.labels == YES) | (rows.union == YES)
    groups = np.unique(np.array(rows.group_keys), return_inverse=True)[1]
    plain = rows.everyday
    return [
        LabelCost(
            name,
            thresholds[name],
            everyday_blocked=clustered(stopped[plain, at], groups[plain]),
            everyday_reviewed=clustered((looked & ~stopped)[plain, at], groups[plain]),
            found=clustered(looked[there[:, at], at], groups[there[:, at]]),
            blocked=clustered(stopped[there[:, at], at], groups[there[:, at]]),
        )
        for at, name in enumerate(names)
    ]
