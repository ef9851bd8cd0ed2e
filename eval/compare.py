"""Two models on the same rows: what each does, and which differences are more than luck.

The rows are taken apart along axes: label, language, source, kind, length, and, where rows were rewritten, the family
of disguise. Every difference of an axis has an interval at a level that is shared over all of the axis
(`eval.bootstrap.shared_intervals`), so that looking at many slices finds no more by luck than looking at one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Difference, Ratio, Values, paired_draws, shared_intervals
from eval.metrics import HALF, YES, Question, Scores, harmful, questions
from eval.slices import Axis, parts
from eval.thresholds import as_arrays, flagged
from moderation.ports import Scorer

if TYPE_CHECKING:
    from data.rows import Rows

FEWEST_POSITIVES = 20
"""Rows saying yes below which a difference is not judged."""

ALL: Final = "all"
LABEL: Final = "label"
MACRO_F1, FOUND, STOPPED, EVERYDAY = "macro_f1", "harmful_found", "harmless_stopped", "everyday_blocked"

LESS_IS_BETTER: Final = frozenset({STOPPED, EVERYDAY})
SHOWN: Final = (ALL, LABEL, Axis.LANGUAGE)
"""The axes that a person who compares two models is shown unless they ask for more."""


@dataclass(frozen=True)
class Answers:
    """What one model says of the rows: scores `(n, labels)`, and which rows it sends to a person or stops."""

    scores: Scores
    looked: NDArray[np.bool_]
    stopped: NDArray[np.bool_]


@dataclass(frozen=True)
class Both:
    """Two models' answers to the same rows; `names` are the labels."""

    rows: Rows
    before: Answers
    after: Answers
    names: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """Rows that are looked at together, by their positions; `name` is empty for an axis that is no part of the rows."""

    axis: str
    name: str
    at: NDArray[np.int64]

    @property
    def title(self) -> str:
        """As tables and sentences name it."""
        return f"{self.axis} {self.name}" if self.name else ALL


class Worse(NamedTuple):
    """By how much a figure got worse, and by how much at least if luck helped; negative where it got better."""

    value: float
    least: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure on one part of the rows, by the part's title. More is better, but for those of `LESS_IS_BETTER`."""

    figure: str
    part: str
    axis: str
    difference: Difference

    @property
    def worse(self) -> Worse:
        """By how much it got worse."""
        told = self.difference
        return Worse(told.value, told.low) if self.figure in LESS_IS_BETTER else Worse(-told.value, -told.high)

    @property
    def is_clear(self) -> bool:
        """Whether it is more than luck."""
        return not self.difference.low <= 0 <= self.difference.high

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = self.difference
        return {"figure": self.figure, "part": self.part, "axis": self.axis, "value": told.value, **asdict(told)}


def answers(scorer: Scorer, scores: Scores) -> Answers:
    """The model's answers at its own thresholds."""
    review, block = as_arrays(scorer.thresholds, tuple(scorer.thresholds))
    stopped = flagged(scores, block)
    return Answers(scores, flagged(scores, review) | stopped, stopped)


def compare(
    rows: Rows,
    before: Answers,
    after: Answers,
    names: tuple[str, ...],
    *,
    seed: int,
    rounds: int,
    axes: Sequence[str] = SHOWN,
) -> list[Compared]:
    """Every difference that the rows allow, along each of `axes`."""
    return compare_parts(Both(rows, before, after, names), cut(rows, axes), seed=seed, rounds=rounds)


def cut(rows: Rows, axes: Sequence[str]) -> list[Part]:
    """The parts of the rows along these axes, the largest of an axis first."""
    everything = np.arange(len(rows))
    whole = [Part(axis, "", everything) for axis in (ALL, LABEL) if axis in axes]
    sliced = [Part(axis, name, at) for axis in Axis if axis in axes for name, at in parts(rows, axis).items()]
    return [*whole, *sliced]


def compare_parts(both: Both, cut: Sequence[Part], *, seed: int, rounds: int) -> list[Compared]:
    """Every difference on these parts, all from the same draws of the rows' groups; intervals shared by axis."""
    asked = [(part, name, ratios) for part in cut for name, ratios in _figures(both, part).items()]
    if not asked:
        return []
    groups = [
        f"{source}/{group}" if group else "" for source, group in zip(both.rows.sources, both.rows.groups, strict=True)
    ]
    found, drawn = paired_draws([ratios for _, _, ratios in asked], groups, seed=seed, rounds=rounds)
    low, high = np.empty(len(asked)), np.empty(len(asked))
    axes = np.array([part.axis for part, _, _ in asked])
    for axis in dict.fromkeys(axes):
        of = axes == axis
        low[of], high[of] = shared_intervals((found[1] - found[0])[of], drawn[:, of])
    return [
        Compared(
            name, part.title, str(part.axis), Difference(before, after, float(low[at]), float(high[at]), _size(ratios))
        )
        for at, ((part, name, ratios), before, after) in enumerate(zip(asked, *found.tolist(), strict=True))
    ]


def _size(ratios: Sequence[Ratio]) -> int:
    return max(len(ratio.at) for ratio in ratios)


def _figures(both: Both, part: Part) -> Mapping[str, Sequence[Ratio]]:
    """What is asked of a part, by the figure's name; nothing that it has too few rows for."""
    asked = list(_f1(both, part.at))
    if part.axis == LABEL:
        return {f"f1 {name}": [ratio] for name, ratio in asked}
    found: dict[str, Sequence[Ratio]] = {MACRO_F1: [ratio for _, ratio in asked]} if asked else {}
    bad = harmful(both.rows.labels, both.rows.union)
    shares = {
        FOUND: (bad, both.before.looked, both.after.looked),
        STOPPED: (~bad, both.before.stopped, both.after.stopped),
    }
    if part.axis == ALL:
        shares[EVERYDAY] = (both.rows.everyday, both.before.stopped, both.after.stopped)
    for name, (of, before, after) in shares.items():
        at = part.at[of[part.at]]
        if at.size >= FEWEST_POSITIVES:
            ones = np.ones(at.size)
            found[name] = [Ratio(at, before[at].astype(np.float64), ones, after[at].astype(np.float64), ones)]
    return found


def _f1(both: Both, at: NDArray[np.int64]) -> Iterator[tuple[str, Ratio]]:
    """F1 of each label and union that has rows enough: twice the hits, of what is there and what is said together."""
    rows = both.rows
    asked = [
        questions(rows.labels[at], rows.union[at], each.scores[at], both.names) for each in (both.before, both.after)
    ]
    for one, two in zip(*asked, strict=True):
        known = one.known
        truth = one.truth[known] == YES
        if truth.sum() >= FEWEST_POSITIVES:
            yield one.name, Ratio(at[known], *_hits(one, known, truth), *_hits(two, known, truth))


def _hits(question: Question, known: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[Values, Values]:
    said = question.score[known] >= HALF
    return (2 * (truth & said)).astype(np.float64), (truth.astype(np.int64) + said).astype(np.float64)
