"""A set held out in turn: for each of n folds a snapshot of another data set that is judged on that fold.

A fold is drawn, or is one of the set's source groups (a video, a campaign, an incident): then there are as many folds
as groups. What is left of the set, and everything else of the data set, is learnt from. Near-duplicates stay in a drawn
fold, and what reads like a row of the fold is not learnt from (as `data.dividing` does for a frozen set).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from data import snapshot as snapshots
from data.card import write_card
from data.config import Duplicate
from data.frozen import LEAK_AT
from data.manifest import Manifest, count
from data.near_duplicates import Edge, near_duplicates, near_duplicates_across
from data.rows import SPLITS, Row, Split
from data.snapshot import Snapshot
from data.splits import uniform, united
from moderation.errors import InvalidInputError
from moderation.normaliser import normalise

VERSION = "1"
"""Changes when the same snapshots would give other folds."""

FEWEST_ROWS = 20
"""In a fold, or nothing is judged on it."""

MOST_GROUPS = 20
"""Each is a model to train."""

Progress = Callable[[str, float, str], None]
"""Hears the stage, how much of it is done (0 to 1), and a few words."""


@dataclass(frozen=True)
class Folding:
    """`over` is held out of `base` in `count` parts; `by_group`, each is a source group of it (`of_groups`)."""

    base: Snapshot
    over: Snapshot
    count: int
    by_group: bool = False

    @staticmethod
    def of_groups(base: Snapshot, over: Snapshot) -> Folding:
        """A fold for each source group. Raises `InvalidInputError` where there are too few or too many of them."""
        groups = len(_groups(over))
        if not 2 <= groups <= MOST_GROUPS:
            raise InvalidInputError(
                f"{over.path.name} has {groups} source groups; from 2 to {MOST_GROUPS} can be held out one by one. "
                "Ask for folds instead (--folds), which keep a group together.", [],
            )  # fmt: skip
        return Folding(base, over, groups, by_group=True)

    def name(self, fold: int) -> str:
        """The snapshot's name, folds counted from one."""
        return f"{self.base.name}-{'group' if self.by_group else 'fold'}-{fold + 1}-of-{self.count}"

    def inputs(self, fold: int) -> str:
        """SHA-256 over what decides its rows."""
        told = f"{VERSION}/{self.base.hash}/{self.over.hash}/{fold}/{self.count}" + "/by-group" * self.by_group
        return hashlib.sha256(told.encode()).hexdigest()


def fold_snapshots(
    asked: Folding, folder: Path, *, now: datetime, progress: Progress = lambda stage, share, note: None
) -> list[Snapshot]:
    """One snapshot a fold under `folder`; those that stand there are taken again.

    Raises `InvalidInputError` where the data set does not learn from the set, or the set has too few rows.
    """
    standing = {one.manifest.inputs: one for one in snapshots.list_snapshots(folder)}
    asked_for = [asked.inputs(fold) for fold in range(asked.count)]
    if all(inputs in standing for inputs in asked_for):
        return [standing[inputs] for inputs in asked_for]
    return _Folds.read(asked, progress).write(folder, now, progress)


@dataclass(frozen=True)
class Parts:
    """The rows of a set that is held out, and of each its fold, its unit, and the other folds whose rows it reads like.

    A unit goes together: a source group, or several whose rows read alike.
    """

    rows: list[Row]
    fold_of: list[int]
    units: list[str]
    near: list[set[int]]


def parts_of(asked: Folding, progress: Progress = lambda stage, share, note: None) -> Parts:
    """The set in its folds, by itself. Raises `InvalidInputError` where a fold has too few rows."""
    return _parted(asked, _canonical([row for side in SPLITS for row in asked.over.rows(side)]), progress)


def _parted(asked: Folding, held: list[Row], progress: Progress) -> Parts:
    edges = _edges(held, progress)
    units = united(held, edges, Duplicate().unite_up_to)
    fold_of = _by_group(held, _groups(asked.over)) if asked.by_group else _drawn(units, asked)
    _refuse_small(asked, fold_of)
    return Parts(held, fold_of, units, _held_near(edges, fold_of))


@dataclass(frozen=True)
class _Folds:
    """The set's rows with their folds, all other rows of the data set, and the folds that either read like."""

    asked: Folding
    held: list[Row]
    fold_of: list[int]
    validates: list[bool]
    held_near: list[set[int]]
    """Of another fold: groups too large to be united may be parted."""
    rest: list[tuple[Row, Split]]
    rest_near: list[set[int]]

    @staticmethod
    def read(asked: Folding, progress: Progress) -> _Folds:
        sources = {entry.name for entry in asked.over.manifest.sources if entry.rows}
        progress("read", 0.0, asked.base.path.name)
        sided = [(row, side) for side in (Split.TRAIN, Split.VALIDATION) for row in asked.base.rows(side)]
        learnt = [(row, side) for row, side in sided if row.source in sources]
        if not learnt:
            raise InvalidInputError(
                f"{asked.base.path.name} learns nothing of {', '.join(sorted(sources))}: "
                f"there is nothing to hold out. Judge a model of it with `chaffinch eval MODEL {asked.over.name}`.", [],
            )  # fmt: skip
        held = _weighed([row for side in SPLITS for row in asked.over.rows(side)], learnt)
        parts = _parted(asked, held, progress)
        share = sum(side is Split.VALIDATION for _, side in learnt) / len(learnt)
        validates = [uniform(asked.base.manifest.seed, f"validates/{unit}") < share for unit in parts.units]
        rest = [(row, side) for row, side in sided if row.source not in sources]
        near = _rest_near(held, parts.fold_of, rest, progress)
        return _Folds(asked, held, parts.fold_of, validates, parts.near, rest, near)

    def write(self, folder: Path, now: datetime, progress: Progress) -> list[Snapshot]:
        made = []
        for fold in range(self.asked.count):
            progress("write", fold / self.asked.count, self.asked.name(fold))
            sided = sorted(self._sided(fold), key=lambda pair: pair[0].id)
            manifest = self._manifest(fold, sided, now)
            rows = {side: [row for row, at in sided if at is side] for side in SPLITS}
            made.append(snapshots.write(folder, manifest, rows, card=write_card(manifest)))
        return made

    def _sided(self, fold: int) -> list[tuple[Row, Split]]:
        def side(at: int) -> Split:
            if self.fold_of[at] == fold:
                return Split.TEST
            return Split.VALIDATION if self.validates[at] else Split.TRAIN

        own = [(row, side(at)) for at, row in enumerate(self.held) if fold not in self.held_near[at]]
        return own + [pair for pair, near in zip(self.rest, self.rest_near, strict=True) if fold not in near]

    def _manifest(self, fold: int, sided: Sequence[tuple[Row, Split]], now: datetime) -> Manifest:
        told = self.asked.base.manifest
        counts = count(sided, told.labels)
        across = told.duplicates.across + sum(fold in near for near in (*self.held_near, *self.rest_near))
        return told.model_copy(
            update={
                "name": self.asked.name(fold), "hash": snapshots.hash_rows(sided), "inputs": self.asked.inputs(fold),
                "sources": tuple(each.model_copy(update={"rows": counts.source.get(each.name, 0)})
                                 for each in told.sources),
                "counts": counts, "duplicates": told.duplicates.model_copy(update={"across": across}),
                "rejected": 0, "frozen": None, "frozen_hash": None, "created_at": now,
                "apart_from": {name: digest for name, digest in told.apart_from.items()
                               if name != self.asked.over.manifest.frozen},
            }
        )  # fmt: skip


def _groups(over: Snapshot) -> list[str]:
    return sorted({row.group_key for side in SPLITS for row in over.rows(side)})


def _by_group(held: Sequence[Row], groups: Sequence[str]) -> list[int]:
    place = {group: at for at, group in enumerate(groups)}
    return [place[row.group_key] for row in held]


def _drawn(units: Sequence[str], asked: Folding) -> list[int]:
    return [int(uniform(asked.base.manifest.seed, f"fold/{unit}") * asked.count) for unit in units]


def _weighed(held: list[Row], learnt: Sequence[tuple[Row, Split]]) -> list[Row]:
    """Rows of the set as the data set counts them: each source's mean weight there. Their texts are read once."""
    weights: dict[str, list[float]] = {}
    for row, _ in learnt:
        weights.setdefault(row.source, []).append(row.weight)
    mean = {name: sum(each) / len(each) for name, each in weights.items()}
    return _canonical([replace(row, weight=mean[row.source]) for row in held if row.source in mean])


def _canonical(rows: Sequence[Row]) -> list[Row]:
    return [replace(row, canonical=normalise(row.text).canonical.text) for row in rows]


def _edges(held: Sequence[Row], progress: Progress) -> list[Edge]:
    return near_duplicates(
        [row.canonical for row in held],
        Duplicate().together_at,
        progress=lambda share: progress("near-duplicates", share, f"{len(held)} rows"),
    )


def _held_near(edges: Sequence[Edge], fold_of: Sequence[int]) -> list[set[int]]:
    near: list[set[int]] = [set() for _ in fold_of]
    for edge in edges:
        if fold_of[edge.first] != fold_of[edge.second]:
            near[edge.first].add(fold_of[edge.second])
            near[edge.second].add(fold_of[edge.first])
    return near


def _rest_near(
    held: Sequence[Row], fold_of: Sequence[int], rest: Sequence[tuple[Row, Split]], progress: Progress
) -> list[set[int]]:
    near: list[set[int]] = [set() for _ in rest]
    edges = near_duplicates_across(
        [row.canonical for row in held],
        [normalise(row.text).canonical.text for row, _ in rest],
        LEAK_AT,
        progress=lambda share: progress("leaks", share, f"{len(rest)} rows"),
    )
    for edge in edges:
        near[edge.second].add(fold_of[edge.first])
    return near


def _refuse_small(asked: Folding, fold_of: Sequence[int]) -> None:
    sizes = [fold_of.count(fold) for fold in range(asked.count)]
    if min(sizes) < FEWEST_ROWS:
        raise InvalidInputError(
            f"{asked.over.path.name} in {asked.count} folds leaves {min(sizes)} rows in one; "
            f"a fold of fewer than {FEWEST_ROWS} says nothing. Ask for fewer folds.", [],
        )  # fmt: skip
