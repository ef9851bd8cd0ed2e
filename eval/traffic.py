"""What a score means in other traffic than the mix it speaks of, and from where it pays to act on it.

A score is the chance of a label in a mix where the label's base rate is `prior` (decision 12). In traffic of which
another share carries the label the evidence is the same and the base rate another, so the log-odds move by the
difference of both base rates' (King and Zeng 2001, section 4.1; Saerens, Latinne and Decaestecker 2002).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from eval.metrics import Scores

ROUNDS = 500
CLOSE = 1e-6


def in_traffic(scores: ArrayLike, *, prior: float, share: float) -> Scores:
    """The chance, where `share` of the comments carry the label, of what scores so where `prior` do; any shape.

    Turned round (`prior=share, share=prior`) it is the score of what has that chance.
    """
    with np.errstate(divide="ignore"):  # 0 and 1 stay what they are
        return np.asarray(expit(logit(np.asarray(scores, dtype=np.float64)) + logit(share) - logit(prior)))


def precision(found: float, wrong: float, *, share: float) -> float:
    """Of the comments that are stopped those that carry the label: `found` of these are, and `wrong` of the others."""
    right = share * found
    stopped = right + (1 - share) * wrong
    return right / stopped if stopped else 0.0


def break_even(*, wrong: float, missed: float) -> float:
    """The chance from which acting costs less than letting pass, by what a wrong act and a miss cost (Elkan 2001)."""
    return wrong / (wrong + missed)


def estimated_share(scores: Scores, *, prior: float) -> float:
    """How many comments carry the label, by nothing but scores `(n,)`: the likeliest share (Saerens et al. 2002, EM).

    It is as good as the scores are calibrated on this traffic; a random sample that people looked at is better.
    """
    share = prior
    for _ in range(ROUNDS):
        before, share = share, float(in_traffic(scores, prior=prior, share=share).mean())
        if not CLOSE < share < 1 - CLOSE or abs(share - before) < CLOSE:
            break
    return share
