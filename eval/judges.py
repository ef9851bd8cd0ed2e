"""Whoever says what happens to a text: a model with its thresholds, rules, or both; and what he reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Scores
from eval.thresholds import as_arrays, flagged
from moderation.decision import Outcome
from moderation.normaliser import Normalised, View, normalise
from moderation.ports import Scorer
from moderation.rules import RuleSet
from moderation.views.view import ViewName

BATCH = 512
PASSED, REVIEWED, BLOCKED = (each.severity for each in Outcome)

Outcomes = NDArray[np.int8]
"""Severities, `(n,)`: 0 passed, 1 reviewed, 2 blocked."""

Judge = Callable[[Sequence[Normalised]], Outcomes]
Reader = Callable[[str], Normalised]


class AsSent(Normalised):
    """A text whose every view is the text as it was sent: what is read without a normaliser."""

    @property
    def canonical(self) -> View:
        """The text."""
        return self.view(ViewName.CANONICAL)

    def view(self, name: ViewName) -> View:
        """The text, whatever the view."""
        length = len(self.source)
        return View(self.source, tuple(range(length)), tuple(range(1, length + 1)))


def outcomes(judge: Judge, texts: Sequence[str], read: Reader = normalise) -> Outcomes:
    """What the judge says of raw texts, a batch at a time, `(n,)`."""
    out = np.zeros(len(texts), dtype=np.int8)
    for first in range(0, len(texts), BATCH):
        out[first : first + BATCH] = judge([read(text) for text in texts[first : first + BATCH]])
    return out


def by_scorer(scorer: Scorer) -> Judge:
    """A model with its own thresholds."""
    review, block = as_arrays(scorer.thresholds, tuple(scorer.thresholds))

    def judge(texts: Sequence[Normalised]) -> Outcomes:
        scores = np.array([each.scores for each in scorer.score(texts)]).reshape(len(texts), len(review))
        return severities(scores, review, block)

    return judge


def severities(scores: Scores, review: Scores, block: Scores) -> Outcomes:
    """What follows of scores `(n, labels)` at thresholds `(labels,)`, `(n,)`."""
    return np.where(flagged(scores, block), BLOCKED, np.where(flagged(scores, review), REVIEWED, PASSED)).astype(
        np.int8
    )


def by_rules(rules: RuleSet) -> Judge:
    """Rules alone, nothing known beside the text."""

    def judge(texts: Sequence[Normalised]) -> Outcomes:
        severities = [max((hit.rule.action.severity for hit in rules.find(text)), default=PASSED) for text in texts]
        return np.array(severities, dtype=np.int8)

    return judge


def severest(*judges: Judge) -> Judge:
    """Several judges together: the severest of what they say."""
    return lambda texts: np.max([judge(texts) for judge in judges], axis=0)
