"""Records that are copied away: what tests of the mark and of its end share."""

from __future__ import annotations

from collections.abc import Callable

from records import copying, ledger, moved_away
from records.database import Database
from records.ledger import MACHINE, Entry
from tests.records.databases import NOW

TOLD = Entry("duties.checked", MACHINE, "duties", "all", "looked", "duties")


def say(database: Database) -> None:
    """An entry more."""
    with database.unit() as unit:
        ledger.append(unit, TOLD, now=NOW)
        unit.commit()


def state(database: Database) -> str | None:
    """How far the move is; None where there was none."""
    with database.reading() as look:
        moved = moved_away.found(look)
    return moved.state if moved else None


def copied(source: Database, target: Database, told: Callable[[str, int, int], None] = lambda *_: None) -> None:
    """All records, by ada."""
    copying.copy(source, target, by="ada", now=NOW, told=told)
