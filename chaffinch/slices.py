"""Selections as files below the home, and what their random slices say of the machine.

`selections/<moment>.jsonl`: the first line says from how many comments was drawn (and, for stored ones, between which
decisions they lay), the others which decisions and why, by ids alone, so that erasing a comment needs nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaffinch.settings import Settings
from chaffinch.wiring import open_database
from data.selection import Reason, Selection
from registry.files import write_atomically

if TYPE_CHECKING:
    from eval.estimates import Drawn

FOLDER = "selections"


def keep(
    settings: Settings,
    selection: Selection,
    decisions: Mapping[str, str],
    *,
    now: datetime,
    between: tuple[str, str] | None = None,
) -> Path:
    """Writes the selection; `decisions` has a decision's id by each pick's key, `between` the first and last of all."""
    head: dict[str, Any] = {"at": now.isoformat(timespec="seconds"), "population": selection.population}
    if between:
        head |= {"first": between[0], "last": between[1]}
    lines = [head]
    for pick in selection.picks:
        if pick.item.key in decisions:
            chance = {} if pick.probability is None else {"probability": pick.probability}
            lines.append({"decision_id": decisions[pick.item.key], "reason": str(pick.reason), **chance})
    path = settings.home / FOLDER / f"{now:%Y%m%dT%H%M%S%f}.jsonl"
    write_atomically(path, "".join(json.dumps(line) + "\n" for line in lines).encode())
    return path


def drawn_of(settings: Settings) -> list[Drawn]:
    """Every comment that stands in a random slice, once, with what is known of it now.

    One that several selections could have drawn had the more chances: one less the product of the chances that each
    passed it over.
    """
    from eval.estimates import Drawn
    from records.candidates import said_of

    slices = [_slice(path) for path in sorted((settings.home / FOLDER).glob("*.jsonl"))]
    names = sorted({name for each in slices for name in each.drawn})
    with closing(open_database(settings)) as database, database.reading() as look:
        said = said_of(look, names)
    return [Drawn(said[name].outcome, said[name].harmful, chance_of(name, slices)) for name in names if name in said]


@dataclass(frozen=True, slots=True)
class Slice:
    """A random slice: decisions by id, the chance of each, and the ids between which all that could be drawn lay."""

    drawn: frozenset[str]
    probability: float
    first: str = ""
    last: str = ""

    def could_draw(self, name: str) -> bool:
        """Whether the decision was one of those drawn from."""
        return name in self.drawn or bool(self.first and self.first <= name <= self.last)


def chance_of(name: str, slices: Iterable[Slice]) -> float:
    """That at least one of the slices draws it."""
    passed_over = 1.0
    for each in slices:
        if each.could_draw(name):
            passed_over *= 1 - each.probability
    return 1 - passed_over


def _slice(path: Path) -> Slice:
    head, *lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    random = [line for line in lines if line["reason"] == Reason.RANDOM]
    return Slice(
        drawn=frozenset(line["decision_id"] for line in random),
        probability=random[0]["probability"] if random else 0.0,
        first=head.get("first", ""),
        last=head.get("last", ""),
    )
