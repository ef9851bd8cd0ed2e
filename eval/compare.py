"""Two models on the same rows: what each does, and which differences are more than luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Difference, paired
from eval.metrics import HALF, UNKNOWN, YES, Question, Scores, harmful, precision_recall_f1, questions
from eval.slices import Axis, parts
from eval.thresholds import as_arrays, flagged
from moderation.ports import Scorer

if TYPE_CHECKING:
    from data.rows import Rows

FEWEST_POSITIVES = 20
"""Rows saying yes below which a label's difference is not judged."""


@dataclass(frozen=True)
class Answers:
    """What one model says of the rows: scores `(n, labels)`, and which rows it sends to a person or stops."""

    scores: Scores
    looked: NDArray[np.bool_]
    stopped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure on one part of the rows. More is better for every one of them but `everyday_blocked`."""

    figure: str
    part: str
    difference: Difference

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"figure": self.figure, "part": self.part, "value": self.difference.value, **asdict(self.difference)}


def answers(scorer: Scorer, scores: Scores) -> Answers:
    """The model's answers at its own thresholds."""
    review, block = as_arrays(scorer.thresholds, tuple(scorer.thresholds))
    stopped = flagged(scores, block)
    return Answers(scores, flagged(scores, review) | stopped, stopped)


def compare(
    rows: Rows, before: Answers, after: Answers, names: tuple[str, ...], *, seed: int, rounds: int
) -> list[Compared]:
    """Every difference that the rows allow: overall, by label and by language."""
    everywhere = {"all": np.arange(len(rows))}
    languages = {f"language {name}": at for name, at in parts(rows, Axis.LANGUAGE).items()}
    found: list[Compared] = []
    for part, at in {**everywhere, **languages}.items():
        pair = _Pair(rows.take(at), _at(before, at), _at(after, at), names)
        found += [
            Compared(name, part, difference)
            for name, figure in pair.figures(by_label=part == "all").items()
            if (difference := paired(figure, pair.rows.groups, seed=seed, rounds=rounds)) is not None
        ]
    return found


def _at(answered: Answers, at: NDArray[np.int64]) -> Answers:
    return Answers(answered.scores[at], answered.looked[at], answered.stopped[at])


class _Pair:
    """Both models' answers to the same rows, ready to be asked for figures on any draw of them."""

    def __init__(self, rows: Rows, before: Answers, after: Answers, names: tuple[str, ...]) -> None:
        self.rows, self.before, self.after = rows, before, after
        self.bad = harmful(rows.labels, rows.union)
        asked = zip(
            questions(rows.labels, rows.union, before.scores, names),
            questions(rows.labels, rows.union, after.scores, names),
            strict=True,
        )
        self.questions = [(one, two) for one, two in asked if (one.truth == YES).sum() >= FEWEST_POSITIVES]

    def figures(self, *, by_label: bool) -> dict[str, Callable[[NDArray[np.int64]], tuple[float | None, float | None]]]:
        """Each figure of both models on the rows at given positions."""
        found: dict[str, Callable[[NDArray[np.int64]], tuple[float | None, float | None]]] = {}
        if self.questions:
            found["macro_f1"] = lambda at: _means([_f1_pair(one, two, at) for one, two in self.questions])
        if self.bad.sum() >= FEWEST_POSITIVES:
            found["harmful_found"] = lambda at: self._share(at, self.bad, self.before.looked, self.after.looked)
        if self.rows.everyday.sum() >= FEWEST_POSITIVES:
            everyday = self.rows.everyday
            found["everyday_blocked"] = lambda at: self._share(at, everyday, self.before.stopped, self.after.stopped)
        if by_label:
            found |= {f"f1 {one.name}": _f1_of(one, two) for one, two in self.questions}
        return found

    @staticmethod
    def _share(
        at: NDArray[np.int64], of: NDArray[np.bool_], before: NDArray[np.bool_], after: NDArray[np.bool_]
    ) -> tuple[float | None, float | None]:
        chosen = at[of[at]]
        return (float(before[chosen].mean()), float(after[chosen].mean())) if chosen.size else (None, None)


def _f1_of(one: Question, two: Question) -> Callable[[NDArray[np.int64]], tuple[float | None, float | None]]:
    return lambda at: _f1_pair(one, two, at)


def _f1_pair(one: Question, two: Question, at: NDArray[np.int64]) -> tuple[float | None, float | None]:
    known = at[one.truth[at] != UNKNOWN]
    truth = one.truth[known] == YES
    if not truth.any():
        return None, None
    return tuple(precision_recall_f1(truth, each.score[known] >= HALF)[2] for each in (one, two))  # type: ignore[return-value]


def _means(pairs: list[tuple[float | None, float | None]]) -> tuple[float | None, float | None]:
    there = [(one, two) for one, two in pairs if one is not None and two is not None]
    if not there:
        return None, None
    return float(np.mean([one for one, _ in there])), float(np.mean([two for _, two in there]))
