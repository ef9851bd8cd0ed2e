"""Two models at one review load: what each finds while people look at as many everyday comments for either.

Review thresholds are chosen on held-out rows, and luck moves the load that follows on other rows by a third. A model
that finds less because it asks people less is no worse than one that finds more by asking more, and the other way
round. So before what two models find is compared, the challenger's review thresholds are moved, all by one number of
log-odds, to where it sends people no more of the everyday comments than the champion does (decision 17).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from eval.compare import Answers
from eval.metrics import Scores
from eval.thresholds import as_arrays, flagged
from moderation.ports import Scorer

FEWEST = 10
"""Everyday comments that the champion sends to people below which its load is known too badly to be matched."""

FARTHEST, STEPS = 20.0, 60


def shift_to_load(scorer: Scorer, said: Answers, champion: Answers, everyday: NDArray[np.bool_]) -> float:
    """By how many log-odds the scorer's review thresholds move to ask people as rarely as the champion does.

    `said` and `champion` are answers to the same rows, `everyday` `(n,)` tells which of them the load is counted on.
    The least shift with which no more of those are looked at; 0 where both look at as many, or the champion at fewer
    than `FEWEST`.
    """
    most = int(champion.looked[everyday].sum())
    if most < FEWEST or most == int(said.looked[everyday].sum()):
        return 0.0
    part = replace(said, scores=said.scores[everyday], looked=said.looked[everyday], stopped=said.stopped[everyday])
    low, high = -FARTHEST, FARTHEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if int(at_shift(scorer, part, middle).looked.sum()) <= most else (middle, high)
    return high


def at_shift(scorer: Scorer, said: Answers, shift: float) -> Answers:
    """The same scores with the review thresholds moved so far; what is stopped stays so, and is looked at."""
    review, _ = as_arrays(scorer.thresholds, tuple(scorer.thresholds))
    return replace(said, looked=flagged(said.scores, _moved(review, shift)) | said.stopped)


def _moved(thresholds: Scores, shift: float) -> Scores:
    with np.errstate(divide="ignore"):  # 0 and 1 lie infinitely far out and stay there
        return np.asarray(expit(logit(thresholds) + shift))
