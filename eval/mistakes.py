"""Where a model was wrong on rows that know better, row by row: figures say how often, these say on what.

A *miss* is a harmful row that passes unseen: no label's score reaches its review threshold, so that neither a person
nor the machine looks. A row that the model took for another harm is no miss, since it is looked at all the same. A
*false alarm* is a row that carries no harm and is looked at or stopped for a label that it is known not to have; a
label that its source says nothing of may well be right, and is no mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.metrics import NO, YES, Interval, Scores, harmful, interval
from eval.thresholds import as_arrays, flagged
from moderation.ports import Thresholds

if TYPE_CHECKING:
    from data.rows import Rows

NONE = -1


@dataclass(frozen=True, slots=True)
class Mistake:
    """One row (its position), the label it was about, the score of that label, and whether the comment is stopped."""

    at: int
    label: str
    score: float
    stopped: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the rows: harmful ones missed, harmless ones that raised an alarm."""

    name: str
    missed: Interval
    alarms: Interval


@dataclass(frozen=True)
class Mistakes:
    """All mistakes of one model on one set of rows; `find` makes it."""

    rows: Rows
    names: tuple[str, ...]
    scores: Scores
    block: Scores
    there: NDArray[np.bool_]
    """(n, labels): what the rows carry, members of a union too."""
    missed: NDArray[np.bool_]
    """(n,)"""
    alarm: NDArray[np.int64]
    """(n,): the position of the label that raised a false alarm, with the highest score where several did; else -1."""

    def worst_misses(self, most: int) -> list[Mistake]:
        """The misses that the model was surest about: lowest score first, of what the row carries."""
        carried = np.where(self.there, self.scores, -1.0)
        found = [self._mistake(int(at), int(carried[at].argmax())) for at in np.flatnonzero(self.missed)]
        return sorted(found, key=lambda each: (each.score, self.rows.ids[each.at]))[:most]

    def worst_alarms(self, most: int) -> list[Mistake]:
        """The false alarms that the model was surest about: highest score first."""
        found = [self._mistake(int(at), int(self.alarm[at])) for at in np.flatnonzero(self.alarm != NONE)]
        return sorted(found, key=lambda each: (-each.score, self.rows.ids[each.at]))[:most]

    def truth(self, at: int) -> list[str]:
        """What a row is known to carry: labels, and a union whose member nobody named as `abuse|hate`."""
        labels = [name for name, value in zip(self.names, self.rows.labels[at], strict=True) if value == YES]
        members = [name for name, member in zip(self.names, self.rows.union[at], strict=True) if member == YES]
        return [*labels, "|".join(members)] if members else labels

    def by_language(self) -> list[Part]:
        """Each language, the one with most rows first."""
        langs = np.array(self.rows.langs)
        bad = self.there.any(axis=1)
        return [
            Part(
                name,
                _share(self.missed, bad & (langs == name)),
                _share(self.alarm != NONE, ~bad & (langs == name)),
            )
            for name, _ in Counter(self.rows.langs).most_common()
        ]

    def by_label(self) -> list[Part]:
        """Each label: its rows that pass unseen; harmless rows, known not to have it, that it raised the alarm on.

        A row of a union counts for each of its members.
        """
        bad = self.there.any(axis=1)
        return [
            Part(
                name,
                _share(self.missed, self.there[:, at]),
                _share(self.alarm == at, ~bad & (self.rows.labels[:, at] == NO)),
            )
            for at, name in enumerate(self.names)
        ]

    def misses_by_label_and_language(self) -> dict[str, list[Interval]]:
        """By language, most rows first: for each label the share of its rows that pass unseen."""
        langs = np.array(self.rows.langs)
        return {
            lang: [_share(self.missed, self.there[:, at] & (langs == lang)) for at in range(len(self.names))]
            for lang, _ in Counter(self.rows.langs).most_common()
        }

    def _mistake(self, at: int, label: int) -> Mistake:
        stopped = bool((self.scores[at] >= self.block).any())
        return Mistake(at, self.names[label], float(self.scores[at, label]), stopped)


def find(rows: Rows, scores: Scores, thresholds: Mapping[str, Thresholds]) -> Mistakes:
    """What a model with calibrated `scores`, `(n, labels)`, got wrong at its own `thresholds`."""
    names = tuple(thresholds)
    review, block = as_arrays(thresholds, names)
    looked = np.minimum(review, block)
    bad = harmful(rows.labels, rows.union)
    wrongly = np.where((scores >= looked) & (rows.labels == NO) & ~bad[:, None], scores, -1.0)
    return Mistakes(
        rows=rows,
        names=names,
        scores=scores,
        block=block,
        there=np.asarray((rows.labels == YES) | (rows.union == YES)),
        missed=bad & ~flagged(scores, looked),
        alarm=np.where(wrongly.max(axis=1) >= 0, wrongly.argmax(axis=1), NONE),
    )


def _share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Interval:
    return interval(int((hits & among).sum()), int(among.sum()))
