"""Which side a row stands on, so that what is judged on was never trained on.

Rows of one source group (a video, a campaign, an incident) stay together, and so do near-duplicates: small groups
that share one are united. A group of thousands of comments is not: "哈哈哈" under every video would unite them all
into a single side. Where near-duplicates would then stand on different sides, the one further from judging is
dropped (training before validation before test).

The side is drawn from a hash of the seed and the group's name, so it does not change when other rows join.

A tenth of a source's groups validates, which of fifty incidents is a handful: a source may be asked for more, and then
a part of its training groups is drawn to validate too, by a second hash, so that what validated before still does.
A set that is judged on elsewhere may have taken all the groups that the first draw would give to validation (a fifth
frozen there is more than the tenth that is frozen here). Nothing would then calibrate what is said of that source, so
the second draw is made for it as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from data.near_duplicates import Edge
from data.rows import SPLITS, Row, Split

_SECOND = 2
"""Added to the seed: the draw beside the first one and the one that chooses a unit's member."""

_FURTHER_FROM_JUDGING = {Split.TRAIN: 0, Split.VALIDATION: 1, Split.TEST: 2}


@dataclass(frozen=True)
class Assigned:
    """A side for each row; None for a row that was dropped because its near-duplicate stands elsewhere."""

    sides: list[Split | None]
    across: int
    """How many were dropped."""


def assign(
    rows: Sequence[Row],
    edges: Sequence[Edge],
    *,
    fractions: Mapping[Split, float],
    seed: int,
    unite_up_to: int,
    judged_elsewhere: Collection[str] = (),
    validating: Mapping[str, float] = MappingProxyType({}),
) -> Assigned:
    """Sides for `rows`; `edges` are pairs that must not stand on different ones.

    `judged_elsewhere` are sources of which other sets have frozen rows, which are not among `rows`; `validating` are
    sources of whose training groups such a share validates too.
    """
    units = _Units(rows, unite_up_to)
    for edge in sorted(edges):
        units.unite(rows[edge.first].group_key, rows[edge.second].group_key)
    drawn: dict[str, Split] = {}
    sides: list[Split | None] = []
    for row in rows:
        unit = units.find(row.group_key)
        if unit not in drawn:
            drawn[unit] = _draw(units.smallest_draw(unit, seed), units.allowed[unit], fractions)
        sides.append(drawn[unit])
    heard = {row.source for row, side in zip(rows, sides, strict=True) if side is Split.VALIDATION}
    beside_training = fractions[Split.VALIDATION] / (fractions[Split.TRAIN] + fractions[Split.VALIDATION])
    shares = dict.fromkeys(set(judged_elsewhere) - heard, beside_training) | dict(validating)
    if shares:
        again = _validating(units, {row.group_key: shares.get(row.source, 0.0) for row in rows}, drawn, seed)
        sides = [Split.VALIDATION if units.find(row.group_key) in again else side
                 for row, side in zip(rows, sides, strict=True)]  # fmt: skip
    return _without_straddlers(sides, edges)


def _validating(units: _Units, shares: Mapping[str, float], drawn: Mapping[str, Split], seed: int) -> frozenset[str]:
    """Which training units validate after all, by the share of each group key; a united unit's is its largest."""
    asked: dict[str, float] = {}
    for key, share in shares.items():
        if share:
            unit = units.find(key)
            asked[unit] = max(share, asked.get(unit, 0.0))
    return frozenset(
        unit
        for unit, share in asked.items()
        if drawn[unit] is Split.TRAIN
        and Split.VALIDATION in units.allowed[unit]
        and units.smallest_draw(unit, seed + _SECOND) < share
    )


def _without_straddlers(sides: list[Split | None], edges: Sequence[Edge]) -> Assigned:
    kept = list(sides)
    for edge in sorted(edges):
        first, second = kept[edge.first], kept[edge.second]
        if first is not None and second is not None and first != second:
            first_goes = _FURTHER_FROM_JUDGING[first] < _FURTHER_FROM_JUDGING[second]
            kept[edge.first if first_goes else edge.second] = None
    return Assigned(kept, sum(side is None for side in kept))


def united(rows: Sequence[Row], edges: Sequence[Edge], unite_up_to: int) -> list[str]:
    """For each row the name of what it may not be parted from: its group, or those that near-duplicates tie to it."""
    units = _Units(rows, unite_up_to)
    for edge in sorted(edges):
        units.unite(rows[edge.first].group_key, rows[edge.second].group_key)
    return [units.find(row.group_key) for row in rows]


def uniform(seed: int, name: str) -> float:
    """A number in [0, 1) drawn from `name`, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{name}".encode()).digest()[:8], "big") / 2**64


def _draw(share: float, allowed: tuple[Split, ...], fractions: Mapping[Split, float]) -> Split:
    """The side at `share` of the fractions; where the unit may not stand there, the first it may."""
    reached = 0.0
    total = sum(fractions.values())
    for side in SPLITS:
        reached += fractions[side] / total
        if share < reached:
            return side if side in allowed else allowed[0]
    return SPLITS[-1] if SPLITS[-1] in allowed else allowed[0]


class _Units:
    """Groups that are tied together: a union-find over group keys, with sizes and the sides allowed."""

    def __init__(self, rows: Sequence[Row], unite_up_to: int) -> None:
        self.limit = unite_up_to
        self.parent: dict[str, str] = {}
        self.size: dict[str, int] = {}
        self.allowed: dict[str, tuple[Split, ...]] = {}
        self.members: dict[str, list[str]] = {}
        for row in rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        key = row.group_key
        if key not in self.parent:
            self.parent[key] = key
            self.size[key] = 0
            self.allowed[key] = row.sides
            self.members[key] = [key]
        self.size[key] += 1
        # A group whose rows were set apart differently by their makers stays together on the side closest to judging.
        self.allowed[key] = _both(self.allowed[key], row.sides) or max(
            self.allowed[key], row.sides, key=lambda sides: _FURTHER_FROM_JUDGING[sides[-1]]
        )

    def find(self, key: str) -> str:
        root = key
        while self.parent[root] != root:
            root = self.parent[root]
        while self.parent[key] != root:
            self.parent[key], key = root, self.parent[key]
        return root

    def unite(self, first: str, second: str) -> None:
        """Ties two units unless they would grow too large or have no side in common."""
        one, other = sorted((self.find(first), self.find(second)))
        common = _both(self.allowed[one], self.allowed[other])
        if one == other or not common or self.size[one] + self.size[other] > self.limit:
            return
        self.parent[other] = one
        self.size[one] += self.size[other]
        self.allowed[one] = common
        self.members[one] += self.members.pop(other)

    def smallest_draw(self, unit: str, seed: int) -> float:
        """The draw of the member with the smallest hash: joining a unit moves it only with the luck of being first."""
        chosen = min(self.members[unit], key=lambda key: uniform(seed, key))
        return uniform(seed + 1, chosen)


def _both(first: tuple[Split, ...], second: tuple[Split, ...]) -> tuple[Split, ...]:
    return tuple(side for side in first if side in second)
