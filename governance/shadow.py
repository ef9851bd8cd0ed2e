"""A challenger beside the champion, in figures: agreement, and as verdicts come in, precision.

Both are held to the very same comments. Precision is counted where people decided, and people see mostly what the
champion sent them: comments that only the challenger would have stopped are judged less often, which `judged` beside
`flagged` shows. Where the two differ and a person decided, `won` says how often the challenger was the one who was
right. Intervals are Wilson's at 95 %, each slice by itself: of twenty slices one may stand out by chance alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from moderation.decision import Outcome
from moderation.errors import NotFoundError
from moderation.rules.backtest import Share
from records import shadow
from records.shadow import Cell, ShadowRun
from records.unit_of_work import Reading

ALL = "all"
MOST = 12
"""Slices of one axis that a report tells, the largest first."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two came to. `flagged` are reviewed or blocked; `precision` counts those that deserve it."""

    outcomes: Mapping[Outcome, int]
    flagged: int
    precision: Share
    block_precision: Share


@dataclass(frozen=True, slots=True)
class Slice:
    """The two on a part of the comments. `won` is how often the challenger was right where they differ."""

    axis: str
    name: str
    rows: int
    judged: int
    agreed: Share
    champion: Side
    challenger: Side
    won: Share


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """`matrix[answered][shadow]` counts comments; `slices` begins with all of them. Versions that met are listed."""

    run: ShadowRun
    challengers: tuple[str, ...]
    champion: str | None
    champions: tuple[str, ...]
    matrix: Mapping[Outcome, Mapping[Outcome, int]]
    slices: tuple[Slice, ...]


def report(look: Reading, *, challenger: str | None = None, champion: str | None = None) -> ShadowReport:
    """The figures of a challenger beside a champion, by version; of those that met last where none is named.

    Raises `NotFoundError` where they never met.
    """
    run, known = _run(look, challenger)
    cells = shadow.cells(look, run.hash)
    champions = tuple(sorted({cell.champion for cell in cells}))
    if champion is not None and champion not in champions:
        told = ", ".join(champions) or "none yet"
        raise NotFoundError(f"Version {run.version} was never held against version {champion}; it met: {told}.")
    meant = champion or shadow.newest_champion(look, run.hash)
    mine = [cell for cell in cells if cell.champion == meant]
    return ShadowReport(run, known, meant, champions, _matrix(mine), tuple(_slices(mine)))


def _run(look: Reading, version: str | None) -> tuple[ShadowRun, tuple[str, ...]]:
    """The run that is meant, and every challenger's version, the last first."""
    runs = shadow.runs(look)
    known = tuple(dict.fromkeys(run.version for run in runs))
    if not runs:
        raise NotFoundError(
            "No challenger was scored yet: chaffinch shadow start MODEL, then let serve or worker run for some minutes."
        )
    found = next((run for run in runs if version in (None, run.version)), None)
    if found is None:
        raise NotFoundError(f"Version {version} was never a challenger; these were: {', '.join(known)}.")
    return found, known


def _matrix(cells: Iterable[Cell]) -> dict[Outcome, dict[Outcome, int]]:
    found = {answered: dict.fromkeys(Outcome, 0) for answered in Outcome}
    for cell in cells:
        found[cell.answered][cell.shadow] += cell.count
    return found


_AXES: Mapping[str, Callable[[Cell], set[str]]] = {
    "label": lambda cell: {cause for cause in (cell.answered_cause, cell.cause) if cause is not None},
    "language": lambda cell: {cell.language},
    "surface": lambda cell: {cell.surface},
}


def _slices(cells: list[Cell]) -> Iterable[Slice]:
    yield _slice(ALL, ALL, cells)
    for axis, names_of in _AXES.items():
        parts: dict[str, list[Cell]] = {}
        for cell in cells:
            for name in names_of(cell):
                parts.setdefault(name, []).append(cell)
        found = [_slice(axis, name, part) for name, part in parts.items()]
        yield from sorted(found, key=lambda each: (-each.rows, each.name))[:MOST]


def _slice(axis: str, name: str, cells: list[Cell]) -> Slice:
    rows = sum(cell.count for cell in cells)
    apart = [cell for cell in cells if cell.harmful is not None and _flags(cell.answered) != _flags(cell.shadow)]
    return Slice(
        axis=axis,
        name=name,
        rows=rows,
        judged=sum(cell.count for cell in cells if cell.harmful is not None),
        agreed=Share(sum(cell.count for cell in cells if cell.answered is cell.shadow), rows),
        champion=_side(cells, lambda cell: cell.answered),
        challenger=_side(cells, lambda cell: cell.shadow),
        won=_share(apart, lambda cell: _flags(cell.shadow) is cell.harmful),
    )


def _side(cells: list[Cell], outcome_of: Callable[[Cell], Outcome]) -> Side:
    outcomes: Counter[Outcome] = Counter()
    for cell in cells:
        outcomes[outcome_of(cell)] += cell.count
    judged = [cell for cell in cells if cell.harmful is not None]
    return Side(
        outcomes={outcome: outcomes[outcome] for outcome in Outcome},
        flagged=outcomes.total() - outcomes[Outcome.PASS],
        precision=_share([cell for cell in judged if _flags(outcome_of(cell))], lambda cell: bool(cell.harmful)),
        block_precision=_share(
            [cell for cell in judged if outcome_of(cell) is Outcome.BLOCK], lambda cell: bool(cell.harmful)
        ),
    )


def _share(cells: list[Cell], hit: Callable[[Cell], bool]) -> Share:
    return Share(sum(cell.count for cell in cells if hit(cell)), sum(cell.count for cell in cells))


def _flags(outcome: Outcome) -> bool:
    return outcome is not Outcome.PASS
