"""Whether a model judges by who is named: names of one axis put into each other's place in real sentences.

The counterfactual test of `eval/neutrality.py`, asked of names that a platform gives and of sentences from its own
comments. For each name: of the sentences about it, the share that the model does not pass, beside the share for the
other names in the very same sentences; McNemar's exact test, with Holm's correction over all names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.leaning import Limits, Unjudged
from eval.neutrality import Swap
from eval.paired_shares import holm, mcnemar, paired_interval

MOST_SENTENCES = 400


@dataclass(frozen=True, slots=True)
class Swapped:
    """A name beside the others, in the same sentences. Rates are shares that are not passed."""

    axis: str
    name: str
    sentences: int
    rate: float
    others: float
    difference: float
    low: float
    high: float
    p: float
    adjusted: float = 1.0
    leans: bool = False


def swapped(swaps: Sequence[Swap], ask: Callable[[list[str]], NDArray[np.bool_]], limits: Limits) -> list[Swapped]:
    """What swapping does to what `ask` says of each sentence: whether it is not passed."""
    found = [each for swap in swaps for each in _names(swap, ask(swap.texts), limits)]
    adjusted = holm([each.p for each in found])
    return [
        replace(each, adjusted=p, leans=p <= limits.alpha and abs(each.difference) >= limits.least_difference)
        for each, p in zip(found, adjusted, strict=True)
    ]


def unasked(swaps: Sequence[Swap], limits: Limits) -> list[Unjudged]:
    """Names of which nothing was asked: too few sentences, or no other name."""
    return [
        Unjudged(swap.title, name, "swap", "", "stopped", len(swap.frames), limits.least_pairs, len(swap.frames),
                 len(swap.names) - 1, None, None)
        for swap in swaps if not _is_enough(swap, limits) for name in swap.names
    ]  # fmt: skip


def _is_enough(swap: Swap, limits: Limits) -> bool:
    return len(swap.frames) >= limits.least_pairs and len(swap.names) > 1


def _names(swap: Swap, caught: NDArray[np.bool_], limits: Limits) -> list[Swapped]:
    if not _is_enough(swap, limits):
        return []
    said = caught.reshape(len(swap.frames), len(swap.names))
    out = []
    for at, name in enumerate(swap.names):
        mine, rest = said[:, at], np.delete(said, at, axis=1)
        usual = rest.mean(axis=1) >= 0.5
        b, c = int((mine & ~usual).sum()), int((~mine & usual).sum())
        low, high = paired_interval(b, c, len(mine))
        difference = float(mine.mean() - usual.mean())
        out.append(Swapped(swap.title, name, len(mine), float(mine.mean()), float(rest.mean()), difference, low, high,
                           mcnemar(b, c)))  # fmt: skip
    return out
