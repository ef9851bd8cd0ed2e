"""What the second tier changes where the first is unsure: what would follow of n-grams alone, and what follows now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.evaluation import Answered, score_texts
from eval.judges import PASSED, Outcomes, severities
from eval.metrics import Interval, harmful, interval
from eval.thresholds import as_arrays
from registry.cascade import CascadeScorer

if TYPE_CHECKING:
    from data.rows import Rows


@dataclass(frozen=True)
class SecondOpinions:
    """The rows at `at`, `(asked,)`, that the encoder was asked about; `alone` and `both` are outcomes, `(asked,)`."""

    rows: Rows
    at: NDArray[np.int64]
    alone: Outcomes
    both: Outcomes

    @property
    def asked(self) -> Interval:
        """Of all rows those that it was asked about."""
        return interval(self.at.size, len(self.rows))

    def counts(self, *, harmful_rows: bool) -> NDArray[np.int64]:
        """Harmful rows, or harmless ones, by what n-grams alone would do (rows) and what is done, pass to block."""
        some = harmful(self.rows.labels, self.rows.union)[self.at] == harmful_rows
        found = np.zeros((3, 3), dtype=np.int64)
        np.add.at(found, (self.alone[some], self.both[some]), 1)
        return found

    def moved(self, *, harmful_rows: bool, passes: bool) -> NDArray[np.int64]:
        """Positions of harmful rows, or harmless ones, that pass now and did not (or else the other way round)."""
        some = harmful(self.rows.labels, self.rows.union)[self.at] == harmful_rows
        before, after = self.alone == PASSED, self.both == PASSED
        return self.at[np.flatnonzero(some & (after & ~before if passes else before & ~after))]


def second_opinions(rows: Rows, scorer: CascadeScorer, answered: Answered) -> SecondOpinions:
    """Of rows that the cascade has `answered`; both sides at the thresholds that serve."""
    at = np.flatnonzero(answered.asked)
    cuts = as_arrays(scorer.thresholds, tuple(scorer.thresholds))
    alone = score_texts(scorer.fast, [rows.texts[each] for each in at])
    return SecondOpinions(rows, at, severities(alone, *cuts), severities(answered.scores[at], *cuts))
