"""Which labels are probably wrong, by confident learning (Northcutt, Jiang, Chuang 2021) as `cleanlab` has it.

It asks how often a model that did not see a row is as sure of the other answer as it usually is of that answer, and
from this estimates which answers were given wrongly. cleanlab's own multi-label form wants every label of every row.
Here a row knows some labels, or a union of them, so each source is asked one yes-or-no question a label or union
(`eval.metrics.questions`), over the rows that know the answer. Sources are apart: what is noise in one is the custom
of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.rows import Rows
from eval.metrics import NO, YES, Question, Scores, questions

LEAST = 25
"""Rows of either answer below which a source's question is not asked: an average over fewer says nothing."""

METHOD = "both"
"""cleanlab's most careful pruning, by class and by noise rate: people's time is what is short."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that the model doubts.

    `row` is the position; `given` what the source says of `question` (a label, or a union `abuse|hate`),
    `probability` what the model gives to yes, `quality` (0-1) how well both agree: the smallest is the first to see.
    """

    row: int
    question: str
    given: bool
    probability: float
    quality: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to one source: rows that know the answer, yes among them, and suspects by the answer given."""

    source: str
    question: str
    rows: int
    yes: int
    suspect_yes: int
    suspect_no: int


@dataclass(frozen=True)
class Suspicion:
    """All suspects, the first to see first, and what was asked."""

    suspects: tuple[Suspect, ...]
    asked: tuple[Asked, ...]

    def doubt(self, row: int, label: str, *, given: bool) -> Suspect | None:
        """The doubt about what a row says of `label`, or of a union that holds it, if there is one."""
        return self._doubts.get((row, label, given))

    @cached_property
    def _doubts(self) -> dict[tuple[int, str, bool], Suspect]:
        return {(each.row, label, each.given): each for each in self.suspects for label in each.question.split("|")}


def find_suspects(rows: Rows, said: Scores, names: tuple[str, ...], *, least: int = LEAST) -> Suspicion:
    """Suspicious labels of every source; `said` is `(n, labels)`, by models that did not see the rows they speak of."""
    suspects: list[Suspect] = []
    asked: list[Asked] = []
    sources = np.array(rows.sources)
    for source in sorted(set(rows.sources)):
        at = np.flatnonzero(sources == source)
        own = rows.take(at)
        for question in questions(own.labels, own.union, said[at], names):
            if _is_worth_asking(question, least):
                found = list(_doubted(question, at))
                suspects += found
                asked.append(_told(source, question, found))
    return Suspicion(tuple(sorted(suspects, key=lambda each: (each.quality, rows.ids[each.row]))), tuple(asked))


def _is_worth_asking(question: Question, least: int) -> bool:
    return min(int((question.truth == YES).sum()), int((question.truth == NO).sum())) >= least


def _doubted(question: Question, at: NDArray[np.int64]) -> Iterator[Suspect]:
    from cleanlab.filter import find_label_issues  # pandas and scikit-learn: a second, only for who looks for suspects
    from cleanlab.rank import get_label_quality_scores

    known = np.flatnonzero(question.known)
    given, yes = question.truth[known].astype(np.int64), question.score[known]
    chances = np.column_stack((1 - yes, yes))
    doubted = find_label_issues(given, chances, filter_by=METHOD, n_jobs=1)
    quality = get_label_quality_scores(given, chances, method="self_confidence")
    for each in np.flatnonzero(doubted):
        row = int(at[known[each]])
        yield Suspect(row, question.name, bool(given[each]), float(yes[each]), float(quality[each]))


def _told(source: str, question: Question, found: list[Suspect]) -> Asked:
    wrong_yes = sum(each.given for each in found)
    yes = int((question.truth == YES).sum())
    return Asked(source, question.name, int(question.known.sum()), yes, wrong_yes, len(found) - wrong_yes)
