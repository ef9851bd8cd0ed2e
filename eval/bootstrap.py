"""Is the difference between two models more than luck? The paired bootstrap (Efron and Tibshirani 1993), by group.

Both models answer the same rows, so that a drawn row is drawn for both: what they have in common cancels out. Groups
(a video, a campaign, an incident) are drawn whole, since their rows stand and fall together. One model's own figure
gets its interval the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1_000
Figure = Callable[[NDArray[np.int64]], tuple[float | None, float | None]]
"""The figure of both models, before and after, on the rows at the given positions; None where they allow none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before, with its 95 % interval. `low > 0` is a gain, `high < 0` a fall, neither is neither."""

    before: float
    after: float
    low: float
    high: float
    rows: int

    @property
    def value(self) -> float:
        """After minus before."""
        return self.after - self.before


def paired(figure: Figure, groups: Sequence[str], *, seed: int, rounds: int = ROUNDS) -> Difference | None:
    """The difference of `figure` over all rows, its interval from `rounds` draws of groups, or None."""
    if not groups:
        return None
    members = _members(groups)
    before, after = figure(np.arange(len(groups)))
    if before is None or after is None:
        return None
    generator = np.random.default_rng(seed)
    drawn = [_drawn(figure, members, generator) for _ in range(rounds)]
    found = [each for each in drawn if each is not None]
    low, high = np.quantile(found, [0.025, 0.975]) if found else (-1.0, 1.0)
    return Difference(before, after, float(low), float(high), len(groups))


def spread(
    figure: Callable[[NDArray[np.int64]], float], groups: Sequence[str], *, seed: int, rounds: int = ROUNDS
) -> tuple[float, float]:
    """The 95 % interval of one model's figure from `rounds` draws of groups; (0, 1) where there are no rows."""
    if not groups:
        return 0.0, 1.0
    members = _members(groups)
    generator = np.random.default_rng(seed)
    low, high = np.quantile([figure(_draw(members, generator)) for _ in range(rounds)], [0.025, 0.975])
    return float(low), float(high)


def _drawn(figure: Figure, members: list[NDArray[np.int64]], generator: np.random.Generator) -> float | None:
    before, after = figure(_draw(members, generator))
    return None if before is None or after is None else after - before


def _draw(members: list[NDArray[np.int64]], generator: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the rows of as many groups as there are, drawn with replacement."""
    chosen = generator.integers(len(members), size=len(members))
    return np.concatenate([members[at] for at in chosen])


def _members(groups: Sequence[str]) -> list[NDArray[np.int64]]:
    """Positions of each group's rows; a row without a group is one of its own."""
    keys = np.array([group or f"\0{at}" for at, group in enumerate(groups)])
    _, numbers = np.unique(keys, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
