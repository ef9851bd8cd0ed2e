"""Is the difference between two models more than luck? The paired bootstrap (Efron and Tibshirani 1993), by group.

Both models answer the same rows, so that a drawn row is drawn for both: what they have in common cancels out. Groups
(a video, a campaign, an incident) are drawn whole, since their rows stand and fall together. One model's own figure
gets its interval the same way.

Who looks at a hundred slices finds a few that fell by luck. `shared_intervals` therefore widens the intervals of
figures that are looked at together until all of them hold at once in 95 of 100 cases: by the largest studentised
deviation of a draw, the single step of Westfall and Young (1993), which heeds how far slices share their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ROUNDS = 1_000
CHUNK = 50
"""Rounds drawn at once: with 30,000 groups some six megabytes."""

Values = NDArray[np.float64]
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


@dataclass(frozen=True)
class Ratio:
    """What both models have of `whole`, on the rows at positions `at`, `(n,)` each: hits of rows, or the two of F1."""

    at: NDArray[np.int64]
    before: Values
    before_whole: Values
    after: Values
    after_whole: Values


def paired_draws(
    figures: Sequence[Sequence[Ratio]], groups: Sequence[str], *, seed: int, rounds: int = ROUNDS
) -> tuple[Values, Values]:
    """Many figures, each the mean of its ratios, on all rows and on the same draws of groups.

    Returns before and after of each, `(2, figures)`, and after minus before of each draw, `(rounds, figures)`; NaN
    where a draw has no row for it. Counts are summed by group once, so that a draw is a product of matrices.
    """
    numbers, size = _numbers(groups)
    counts = _by_group([ratio for each in figures for ratio in each], numbers, size)
    owner = np.repeat(np.arange(len(figures)), [len(each) for each in figures])
    found = _means(counts.sum(axis=0).reshape(1, -1), owner, len(figures))[:, 0]
    generator = np.random.default_rng(seed)
    drawn = [
        _means((counts.T @ _times(size, min(CHUNK, rounds - first), generator)).T, owner, len(figures))
        for first in range(0, rounds, CHUNK)
    ]
    return found, np.concatenate([after - before for before, after in drawn]) if drawn else np.empty((0, len(figures)))


def shared_intervals(values: Values, drawn: Values, *, level: float = 0.95) -> tuple[Values, Values]:
    """The ends of intervals around `values` `(figures,)` that all hold at once, from draws `(rounds, figures)`."""
    drawn = np.where(np.isnan(drawn), values, drawn)
    spread = drawn.std(axis=0)
    away = np.abs(drawn - values) / np.where(spread > 0, spread, np.inf)
    widest = float(np.quantile(away.max(axis=1), level)) if drawn.size else np.inf
    return values - widest * spread, values + widest * spread


def _by_group(ratios: Sequence[Ratio], numbers: NDArray[np.int64], size: int) -> sparse.csr_matrix:
    """Sums of each ratio's four columns over the rows of each group, `(groups, 4 * ratios)`."""
    columns = [each for one in ratios for each in (one.before, one.before_whole, one.after, one.after_whole)]
    at = [numbers[one.at] for one in ratios for _ in range(4)]
    there = [np.flatnonzero(column) for column in columns]
    entries = np.concatenate([column[some] for column, some in zip(columns, there, strict=True)] or [np.empty(0)])
    rows = np.concatenate([where[some] for where, some in zip(at, there, strict=True)] or [np.empty(0, np.int64)])
    places = np.repeat(np.arange(len(columns)), [len(some) for some in there])
    return sparse.csr_matrix((entries, (rows, places)), shape=(size, len(columns)))


def _times(size: int, rounds: int, generator: np.random.Generator) -> Values:
    """How often each group is drawn in each round, `(groups, rounds)`."""
    drawn = [np.bincount(generator.integers(size, size=size), minlength=size) for _ in range(rounds)]
    return np.array(drawn, dtype=np.float64).T


def _means(sums: Values, owner: NDArray[np.int64], size: int) -> Values:
    """Of sums `(rounds, 4 * ratios)` each figure's mean over its ratios, before and after, `(2, rounds, figures)`."""
    part = np.asarray(sums).reshape(len(sums), -1, 2, 2).transpose(2, 0, 1, 3)
    whole = part[..., 1]
    ratio = np.divide(part[..., 0], whole, out=np.zeros_like(whole), where=whole > 0)
    belongs = (owner[:, None] == np.arange(size)).astype(np.float64)
    counted = (whole > 0).astype(np.float64) @ belongs
    means: Values = np.divide(ratio @ belongs, counted, out=np.full_like(counted, np.nan), where=counted > 0)
    return means


def _drawn(figure: Figure, members: list[NDArray[np.int64]], generator: np.random.Generator) -> float | None:
    before, after = figure(_draw(members, generator))
    return None if before is None or after is None else after - before


def _draw(members: list[NDArray[np.int64]], generator: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the rows of as many groups as there are, drawn with replacement."""
    chosen = generator.integers(len(members), size=len(members))
    return np.concatenate([members[at] for at in chosen])


def _numbers(groups: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    """The number of each row's group, `(rows,)`, and how many there are; a row without a group is one of its own."""
    keys = np.array([group or f"\0{at}" for at, group in enumerate(groups)])
    known, numbers = np.unique(keys, return_inverse=True)
    return numbers, len(known)


def _members(groups: Sequence[str]) -> list[NDArray[np.int64]]:
    """Positions of each group's rows."""
    numbers, _ = _numbers(groups)
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
