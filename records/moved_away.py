"""Whether this database was copied to another one: then that one is in service, and this one takes nothing more.

The mark is looked at before each unit of work is committed, and by each service once a second.

The mark is written before the first row is read, in the transaction of the entry that tells of the copy, and is done
once the other database is whole. A copy that fails takes it back; one that was killed leaves it begun: nobody knows
here whether the other one is whole, and somebody has to look. One that was left for the database that it had been
copied from bears the mark as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from moderation.errors import PartUnavailableError
from records.mapping import value_of
from records.tables import moved_away
from records.unit_of_work import Reading, Unit

BEGUN, DONE, BACK = "begun", "done", "back"
REOPENED = "records.reopened"
"""The entry of a database that somebody took back into service."""

GIVEN_UP = "records.given_up"
"""The entry of the one that was in service until then."""

_LOOKED = "moved away"


class MovedAwayError(PartUnavailableError):
    """The records are in another database: nothing is written here, nor done for anybody."""


_COLUMNS = moved_away.c.state, moved_away.c.address, moved_away.c.who, moved_away.c.begun_at


@dataclass(frozen=True, slots=True)
class MovedAway:
    """Where the records went; `address` has no password."""

    state: str
    address: str
    who: str
    begun_at: datetime

    @property
    def sentence(self) -> str:
        """What happened and what to do."""
        at = f"{self.begun_at:%Y-%m-%d %H:%M} UTC"
        back = "chaffinch database reopen --by NAME --why WORDS takes this one back into service."
        if self.state == BEGUN:
            return (
                f"{self.who} began to copy this database to {self.address} on {at}, and nothing says that it ended. "
                "Where that copy runs, wait for it. Else look whether the other one is whole: set "
                "CHAFFINCH_DATABASE_URL to it and run chaffinch audit verify. Where it has no tables, copy again, or "
                f"{back}"
            )
        if self.state == BACK:
            return (
                f"{self.who} took {self.address} back into service on {at}, which this database had been copied from: "
                f"set CHAFFINCH_DATABASE_URL to it. Where that one is no more, {back}"
            )
        return (
            f"{self.who} copied this database to {self.address} on {at}, and that one is in service: set "
            f"CHAFFINCH_DATABASE_URL to it. Where that one is no more, {back}"
        )


def found(look: Reading) -> MovedAway | None:
    """Where the records went; None where they are here."""
    row = look.execute(select(*_COLUMNS)).one_or_none()
    return None if row is None else value_of(MovedAway, row)


def check(look: Reading) -> None:
    """Raises `MovedAwayError` where the records went elsewhere."""
    if moved := found(look):
        raise MovedAwayError("database", moved.sentence)


def check_once(unit: Unit) -> None:
    """The same, once in a unit of work, after it has written: a copy that runs lets nobody write, and is waited for."""
    unit.once(_LOOKED, lambda: check(unit))


def forget_begun(unit: Unit) -> None:
    """A copy that was killed is begun anew."""
    unit.execute(delete(moved_away).where(moved_away.c.state == BEGUN))


def begin(unit: Unit, address: str, *, who: str, now: datetime) -> None:
    """From the commit on nothing more is told to this database."""
    _write(unit, BEGUN, address, who, now)


def end(unit: Unit) -> None:
    """The other one is whole."""
    unit.once(_LOOKED, _known)
    unit.execute(update(moved_away).values(state=DONE))


def take_back(unit: Unit) -> MovedAway | None:
    """The records are here again; where they had gone. A copy that runs is waited for."""
    row = unit.execute(delete(moved_away).returning(*_COLUMNS)).one_or_none()
    return None if row is None else value_of(MovedAway, row)


def give_up(unit: Unit, address: str, *, who: str, now: datetime) -> None:
    """The one that this database had been copied from is in service again, and this one is not any more."""
    _write(unit, BACK, address, who, now)


def _write(unit: Unit, state: str, address: str, who: str, now: datetime) -> None:
    unit.once(_LOOKED, _known)
    unit.execute(insert(moved_away).values(id=1, state=state, address=address, who=who, begun_at=now))


def _known() -> None:
    """Whoever writes the mark is not refused by it."""
