"""How each chore of the workers goes: when it was last done, how often it failed, since when it does.

The work of workers is shared: where one of them does a chore, it is done, whatever another met. What nobody told of for
a week is no chore any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from records.inserting import insert_into
from records.mapping import value_of
from records.tables import worker_chores
from records.unit_of_work import Reading, Unit

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ChoreRecord:
    """A chore as stored; `error` is the kind of its last fault."""

    chore: str
    tried_at: datetime
    done_at: datetime | None
    failures: int
    failing_since: datetime | None
    error: str | None


def every(look: Reading) -> list[ChoreRecord]:
    """All that workers told of, by name."""
    found = look.execute(select(worker_chores).order_by(worker_chores.c.chore))
    return [value_of(ChoreRecord, row) for row in found]


def failing(records: Iterable[ChoreRecord]) -> list[ChoreRecord]:
    """Those that nobody has done since they failed, the longest first."""
    return sorted((each for each in records if each.failing_since), key=lambda each: str(each.failing_since))


def sentence(record: ChoreRecord) -> str:
    """What a failing one is, in a sentence without its end."""
    since = f"{record.failing_since:%Y-%m-%d %H:%M} UTC" if record.failing_since else "its start"
    return f"{record.chore} fails since {since} ({record.error})"


def note_done(unit: Unit, names: Collection[str], *, now: datetime) -> None:
    """These were done; what nobody told of for long is forgotten."""
    rows = [
        {"chore": name, "tried_at": now, "done_at": now, "failures": 0, "failing_since": None, "error": None}
        for name in sorted(names)  # always in one order: two workers that note at once wait for each other, no more
    ]
    if not rows:
        return
    query = insert_into(worker_chores, unit.dialect)
    done = {name: getattr(query.excluded, name) for name in ("tried_at", "done_at", "failing_since", "error")}
    unit.execute(query.on_conflict_do_update(index_elements=["chore"], set_=done), rows)
    unit.execute(delete(worker_chores).where(worker_chores.c.tried_at < now - KEPT))


def note_failure(unit: Unit, name: str, error: str, *, now: datetime) -> None:
    """It failed once more."""
    row = {"chore": name, "tried_at": now, "done_at": None, "failures": 1, "failing_since": now, "error": error}
    query = insert_into(worker_chores, unit.dialect)
    again = {
        "tried_at": now,
        "failures": worker_chores.c.failures + 1,
        "failing_since": func.coalesce(worker_chores.c.failing_since, query.excluded.failing_since),
        "error": error,
    }
    unit.execute(query.on_conflict_do_update(index_elements=["chore"], set_=again), [row])
