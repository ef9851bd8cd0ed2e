"""From all rows of all sources to the rows that stay, each with its side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from data import frozen as frozen_sets
from data import merging, splits
from data.config import BuildConfig
from data.manifest import Duplicates
from data.near_duplicates import Edge, near_duplicates, near_duplicates_across
from data.order import Held
from data.rows import Row, Split

Progress = Callable[[str, float], None]
"""Told what is done now and how far it is, 0-1."""

Sided = list[tuple[Row, Split]]


@dataclass
class Divided:
    """Rows with their sides, and what became of the others."""

    sided: Sided = field(default_factory=list)
    tally: merging.Tally = field(default_factory=merging.Tally)
    across: int = 0
    near_frozen: int = 0

    def duplicates(self) -> Duplicates:
        """As the manifest tells it."""
        told = self.tally
        return Duplicates(
            exact=told.exact,
            near=told.near,
            overruled=told.overruled,
            contradicted=told.contradicted,
            apart=told.apart,
            across=self.across,
            frozen=self.near_frozen,
        )


def divide(rows: Sequence[Row], held: Held, config: BuildConfig, progress: Progress) -> Divided:
    """Merges what says the same, keeps what is judged on away from what is trained on, and shares out the rest.

    Once the config's own frozen set exists it is the test side. Before, rows of other frozen sets are judged on here
    too where this build reads them.
    """
    done = Divided()
    frozen = {row.id: row for one in (held.own, *held.others) if one for row in one.rows()}
    pool, edges = _merged(rows, frozen, config, done, progress)
    progress("split", 0.0)
    done.sided = _assigned([row for row in pool if row.id not in frozen], pool, edges, config, done)
    if held.own is None:
        judged = frozenset(frozen) & {row.id for row in rows}
    else:
        judged = frozenset(row.id for row in held.own.rows())
        done.sided = _no_new_tests(done)
    done.sided += [(row, Split.TEST) for row in pool if row.id in judged]
    _drop_leaks(done, frozen, config, progress)
    return done


def _merged(
    rows: Sequence[Row], frozen: Mapping[str, Row], config: BuildConfig, done: Divided, progress: Progress
) -> tuple[list[Row], list[Edge]]:
    """One row of many that say the same, the frozen ones among them, and the pairs that must not be parted."""
    pool = _with_frozen(merging.merge_exact(rows, done.tally), frozen)
    edges = near_duplicates(
        [row.likeness for row in pool],
        config.duplicates.together_at,
        progress=lambda share: progress("near-duplicates", share),
    )
    ids = frozenset(frozen)
    stays = merging.merge_near(pool, edges, merge_at=config.duplicates.merge_at, keep=ids, tally=done.tally)
    close = frozen_sets.close_to(pool, edges, ids)
    done.near_frozen = sum(stays[at] for at in close)
    left = [at for at in range(len(pool)) if stays[at] and at not in close]
    return _picked(pool, edges, left)


def _with_frozen(rows: list[Row], frozen: Mapping[str, Row]) -> list[Row]:
    """Frozen rows in place of their copies; a copy keeps telling what duplicates are told by."""
    likeness = {row.id: row.likeness for row in rows}
    held = [replace(row, likeness=likeness.get(row.id, row.likeness)) for row in frozen.values()]
    return sorted([*(row for row in rows if row.id not in frozen), *held], key=lambda row: row.id)


def _picked(rows: Sequence[Row], edges: Sequence[Edge], left: Sequence[int]) -> tuple[list[Row], list[Edge]]:
    """The rows at `left` and the edges between them."""
    place = {old: new for new, old in enumerate(left)}
    between = [
        replace(edge, first=place[edge.first], second=place[edge.second])
        for edge in edges
        if edge.first in place and edge.second in place
    ]
    return [rows[at] for at in left], between


def _assigned(
    free: Sequence[Row], pool: Sequence[Row], edges: Sequence[Edge], config: BuildConfig, done: Divided
) -> Sided:
    ids = {row.id for row in free}
    kept, between = _picked(pool, edges, [at for at, row in enumerate(pool) if row.id in ids])
    assigned = splits.assign(
        kept,
        between,
        fractions=config.split.by_side(),
        seed=config.seed,
        unite_up_to=config.duplicates.unite_up_to,
        judged_elsewhere={row.source for row in pool if row.id not in ids},
        validating={use.name: use.validation for use in config.sources if use.validation},
    )
    done.across += assigned.across
    return [(row, side) for row, side in zip(kept, assigned.sides, strict=True) if side is not None]


def _no_new_tests(done: Divided) -> Sided:
    """Rows that joined since the freeze are trained on, unless their makers set them apart for judging."""
    kept: Sided = []
    for row, side in done.sided:
        if side is not Split.TEST:
            kept.append((row, side))
        elif Split.TRAIN in row.sides:
            kept.append((row, Split.TRAIN))
        else:
            done.near_frozen += 1
    return kept


def _drop_leaks(done: Divided, frozen: Mapping[str, Row], config: BuildConfig, progress: Progress) -> None:
    """The gate's own check, before the gate: what it would call a leak goes.

    Like `frozen.leaks` it reads the texts as they are kept, so it also sees what the merge, which looks past masks,
    does not.
    """
    judged = dict(frozen) | {row.id: row for row, side in done.sided if side is Split.TEST}
    trained = [row for row, side in done.sided if side is not Split.TEST]
    found = near_duplicates_across(
        [row.canonical for row in judged.values()],
        [row.canonical for row in trained],
        config.duplicates.together_at,
        progress=lambda share: progress("leaks", share),
    )
    leaked = {trained[edge.second].id for edge in found}
    done.across += len(leaked)
    done.sided = [(row, side) for row, side in done.sided if row.id not in leaked]
