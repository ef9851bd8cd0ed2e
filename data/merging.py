"""One row of many that say the same.

Rows that read the same in the canonical view become one. What they know adds up; where they contradict each other
the more trusted source wins, and among equals the label becomes unknown: a contradiction is no knowledge.

Rows that read nearly the same become one where nothing they say is opposite: the copy teaches nothing new and would
count twice. Where they say opposite things both stay, on one side: "加薇信领彩金" beside "别加薇信领彩金" is the
most instructive pair a corpus can have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.manifest import is_ok
from data.near_duplicates import Edge
from data.rows import NO, SPLITS, UNKNOWN, YES, Row, Split

_TEST_FIRST = {Split.TEST: 0, Split.VALIDATION: 1, Split.TRAIN: 2}


@dataclass
class Tally:
    """What merging did; see `manifest.Duplicates`."""

    exact: int = 0
    near: int = 0
    overruled: int = 0
    contradicted: int = 0
    apart: int = 0


def merge_exact(rows: Sequence[Row], tally: Tally) -> list[Row]:
    """One row for every likeness, sorted by id; rows of which nothing stays known are dropped."""
    alike: dict[str, list[Row]] = {}
    for row in rows:
        alike.setdefault(row.likeness, []).append(row)
    merged = [one for copies in alike.values() if (one := _united(sorted(copies, key=_rank), tally)) is not None]
    tally.exact += len(rows) - len(merged)
    return sorted(merged, key=lambda row: row.id)


def _rank(row: Row) -> tuple[int, int, str]:
    """Which copy stands for the others: the most trusted, then one set apart for judging, then by id."""
    fixed = _TEST_FIRST[row.sides[0]] if len(row.sides) == 1 else len(SPLITS)
    return (-row.trust, fixed, row.id)


def _united(copies: list[Row], tally: Tally) -> Row | None:
    first = copies[0]
    if len(copies) == 1:
        return first
    labels = [_settled([(row.trust, row.labels[at]) for row in copies], tally) for at in range(len(first.labels))]
    labels, union = _with_union(labels, copies, tally)
    one = replace(
        first,
        labels=tuple(labels),
        union=union,
        weight=max(row.weight for row in copies if row.trust == first.trust),
        sides=_common_sides(copies),
    )
    one = replace(one, everyday=any(row.everyday for row in copies) and is_ok(one))
    return one if any(value != UNKNOWN for value in labels) or any(union) else None


def _common_sides(copies: Sequence[Row]) -> tuple[Split, ...]:
    """Where all may stand; copies that their makers put on different sides follow the one kept for judging."""
    common = tuple(side for side in SPLITS if all(side in row.sides for row in copies))
    if common:
        return common
    return min((row.sides for row in copies if len(row.sides) == 1), key=lambda sides: _TEST_FIRST[sides[0]])


def _settled(told: Sequence[tuple[int, int]], tally: Tally) -> int:
    """One value of (trust, value) pairs: the most trusted, unknown where equals disagree."""
    known = [(trust, value) for trust, value in told if value != UNKNOWN]
    if not known:
        return UNKNOWN
    most = max(trust for trust, _ in known)
    best = {value for trust, value in known if trust == most}
    if len(best) > 1:
        tally.contradicted += 1
        return UNKNOWN
    tally.overruled += any(value not in best for _, value in known)
    return best.pop()


def _with_union(labels: list[int], copies: Sequence[Row], tally: Tally) -> tuple[list[int], tuple[int, ...]]:
    """Carries the most trusted copy's union into the settled labels."""
    none = (0,) * len(labels)
    holder = next((row for row in copies if any(row.union)), None)
    if holder is None:
        return labels, none
    members = [at for at, member in enumerate(holder.union) if member]
    if any(labels[at] == YES for at in members):
        return labels, none
    open_members = [at for at in members if labels[at] == UNKNOWN]
    if not open_members:
        return _denied(labels, members, holder, copies, tally), none
    if len(open_members) == 1:
        return [YES if at == open_members[0] else value for at, value in enumerate(labels)], none
    return labels, tuple(int(at in open_members) for at in range(len(labels)))


def _denied(labels: list[int], members: Sequence[int], holder: Row, copies: Sequence[Row], tally: Tally) -> list[int]:
    """One copy says that some member holds; others say that none does."""
    deniers = max(row.trust for row in copies if any(row.labels[at] == NO for at in members))
    if deniers > holder.trust:
        tally.overruled += 1
        return labels
    tally.contradicted += 1
    return [UNKNOWN if at in members else value for at, value in enumerate(labels)]


def opposite(first: Row, second: Row) -> bool:
    """Whether one says yes where the other says no."""
    pairs = list(zip(first.labels, second.labels, strict=True))
    return any({YES, NO} == {a, b} for a, b in pairs) or _denies(first, second) or _denies(second, first)


def _denies(union: Row, other: Row) -> bool:
    members = [at for at, member in enumerate(union.union) if member]
    return bool(members) and all(other.labels[at] == NO for at in members)


def merge_near(
    rows: Sequence[Row], edges: Sequence[Edge], *, merge_at: float, keep: frozenset[str], tally: Tally
) -> list[bool]:
    """Which rows stay. Rows whose id is in `keep` always do, and so do variants of others.

    A row gives way only to one that it resembles itself, never along a chain of resemblances.
    """
    near: dict[int, list[int]] = {}
    for edge in edges:
        if edge.similarity >= merge_at:
            near.setdefault(edge.first, []).append(edge.second)
            near.setdefault(edge.second, []).append(edge.first)
    stays = [True] * len(rows)
    settled = [False] * len(rows)
    for at in sorted(near, key=lambda place: (rows[place].id not in keep, _rank(rows[place]))):
        row = rows[at]
        before = [other for other in near[at] if settled[other] and stays[other] and not rows[other].variant]
        settled[at] = True
        if row.id in keep or row.variant:
            continue
        if any(not opposite(row, rows[other]) for other in before):
            stays[at] = False
            tally.near += 1
        else:
            tally.apart += len(before)
    return stays
