"""Erasing an author, and telling them what is held: every table, in small units, with an entry and a report.

An erasure that is cut off is simply begun again: what is erased is found no more. The entry in the ledger says who
erased, why and how much, and not whom: it names the author by the id under which statements were held, or by none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance import approvals
from governance.approvals import ByKey
from moderation.errors import Fault, InvalidInputError
from records import erasing, ledger, quotations
from records.database import Database
from records.erasing import COUNTED, Erased
from records.ids import new_id
from records.ledger import Actor, Entry
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

ERASED = "author.erased"
GIVEN = "author.exported"

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """Whose everything goes, who says so and why (`right to erasure`, ...)."""

    author: str
    by: str | ByKey
    why: str
    os_user: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was erased; `kept` are entries of lists about the account, which stay as keyed hashes."""

    erased: Erased
    kept: tuple[str, ...]
    entry_id: str

    @property
    def counts(self) -> dict[str, int]:
        """By what it was."""
        return {name: getattr(self.erased, name) for name in COUNTED}


def check(look: Reading, order: Order) -> tuple[Actor, str]:
    """Who orders it, and why. Raises `InvalidInputError`, `ForbiddenError` for who may change nothing.

    A reason that names the author is refused: the ledger keeps it for good.
    """
    who, why = approvals.actor(look, order.by, needs=approvals.LOOK_AFTER), approvals.words("why", order.why)
    if order.author in why:
        raise InvalidInputError("The reason names the author.", [Fault("why", "the ledger keeps it: leave it out")])
    return who, why


def erase(
    database: Database, keyring: Keyring, order: Order, *, now: datetime, progress: Progress = lambda _done: None
) -> Report:
    """Erases all of the author's. Raises `InvalidInputError` without a name or a reason, before anything is gone."""
    with database.reading() as look:
        who, why = check(look, order)
    total = Erased()
    quotations.catch_up_all(database)
    while True:
        with database.unit(os_user=order.os_user) as unit:
            done = erasing.erase_some(unit, keyring, order.author, now=now)
            unit.commit()
        total += done
        progress(total.comments)
        if not done.comments:
            break
    with database.unit(os_user=order.os_user) as unit:
        total += erasing.forget_author(unit, keyring, order.author, now=now)
        kept = tuple(erasing.listed(unit, keyring, order.author))
        entry_id = _note(unit, ERASED, who, why, _facts(total, kept), now)
        unit.commit()
    return Report(total, kept, entry_id)


def note_outside(unit: Unit, order: Order, report: Report, outside: dict[str, Any], *, now: datetime) -> str:
    """The entry about files: label records, snapshots and frozen sets that held the author's texts."""
    facts = {"erasure": report.entry_id, **outside}
    return _note(
        unit,
        "author.erased_from_files",
        approvals.actor(unit, order.by, needs=approvals.LOOK_AFTER),
        order.why,
        facts,
        now,
    )


def give(unit: Unit, keyring: Keyring, order: Order, *, now: datetime) -> int:
    """The entry that says that an author's records are given out, before they are: how many. Raises as `check`."""
    who, why = check(unit, order)
    many = erasing.count_held(unit, keyring, order.author)
    _note(unit, GIVEN, who, why, {"records": many}, now)
    return many


def given(look: Reading, keyring: Keyring, author: str) -> Iterator[str]:
    """All records about the author, for themself, as one JSON document in pieces, a record at a time."""
    return _written(author, erasing.held(look, keyring, author))


def _written(author: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f'{{"author": {json.dumps(author, ensure_ascii=False)}, "records": ['
    for at, record in enumerate(records):
        told = json.dumps(record, ensure_ascii=False, default=_plain)
        yield f"{',' if at else ''}\n  {told}"
    yield "\n]}\n"


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _facts(total: Erased, kept: tuple[str, ...]) -> dict[str, Any]:
    return {**{name: getattr(total, name) for name in COUNTED}, "lists_kept": list(kept)}


def _note(unit: Unit, kind: str, actor: Actor, why: str, facts: dict[str, Any], now: datetime) -> str:
    entry = Entry(kind, actor, "erasure", new_id(), why, "personal data", facts=facts)
    return ledger.append(unit, entry, now=now)
