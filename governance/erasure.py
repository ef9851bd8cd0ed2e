"""Erasing an author, and telling them what is held: every table, in small units, with an entry and a report.

An erasure that is cut off is simply begun again: what is erased is found no more. The entry in the ledger says who
erased, why and how much, and not whom: it names the author by the id under which statements were held, or by none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance import approvals
from records import erasing, ledger
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
    by: str
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


def check(look: Reading, order: Order) -> None:
    """Raises `InvalidInputError` without a name or a reason, `ForbiddenError` for who may change nothing."""
    approvals.person(look, order.by)
    approvals.words("why", order.why)


def erase(
    database: Database, keyring: Keyring, order: Order, *, now: datetime, progress: Progress = lambda _done: None
) -> Report:
    """Erases all of the author's. Raises `InvalidInputError` without a name or a reason, before anything is gone."""
    with database.reading() as look:
        who, why = approvals.person(look, order.by), approvals.words("why", order.why)
    total = Erased()
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
        entry_id = _note(unit, ERASED, Actor("user", who), why, _facts(total, kept), now)
        unit.commit()
    return Report(total, kept, entry_id)


def note_outside(unit: Unit, order: Order, report: Report, outside: dict[str, Any], *, now: datetime) -> str:
    """The entry about files: label records, snapshots and frozen sets that held the author's texts."""
    facts = {"erasure": report.entry_id, **outside}
    return _note(unit, "author.erased_from_files", Actor("user", order.by), order.why, facts, now)


def held(look: Reading, keyring: Keyring, author: str) -> list[dict[str, Any]]:
    """All records about the author, for themself."""
    return list(erasing.held(look, keyring, author))


def note_given(unit: Unit, order: Order, many: int, *, now: datetime) -> str:
    """The entry that says that an author's records were given out."""
    who, why = approvals.person(unit, order.by), approvals.words("why", order.why)
    return _note(unit, GIVEN, Actor("user", who), why, {"records": many}, now)


def _facts(total: Erased, kept: tuple[str, ...]) -> dict[str, Any]:
    return {**{name: getattr(total, name) for name in COUNTED}, "lists_kept": list(kept)}


def _note(unit: Unit, kind: str, actor: Actor, why: str, facts: dict[str, Any], now: datetime) -> str:
    entry = Entry(kind, actor, "erasure", new_id(), why, "personal data", facts=facts)
    return ledger.append(unit, entry, now=now)
