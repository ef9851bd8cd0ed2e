"""Erasing an author, and telling them what is held: every table, in small units, with an entry and a report.

An erasure that is cut off is simply begun again: what is erased is found no more. The entry in the ledger says who
erased, why and how much, and not whom: it names the author by the id under which statements were held, or by none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance import approvals, lists
from governance.approvals import ByKey
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.taxonomy import Words
from records import approvals as questions
from records import authors, erasing, kept, ledger, quotations
from records.database import Database
from records.erasing import COUNTED, Erased
from records.house_values import ApprovalRecord, ApprovalState
from records.ids import new_id
from records.kept import Stands
from records.known_as import KEY
from records.ledger import Actor, Entry
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

ERASED = "author.erased"
GIVEN = "author.exported"
RELEASED = "author.released"
DROP = "erasure.kept"
"""The kind of a question whether what still holds an erased account goes as well."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """Whose everything goes, who says so and why (`right to erasure`, ...)."""

    author: str
    by: str | ByKey
    why: str
    os_user: str | None = None
    days: int = kept.DAYS
    """How long what holds a closed or listed account is kept, where it has no end of its own."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was erased; `kept` are entries of lists about the account, which stay as keyed hashes.

    `stands`: the measures and entries that hold the account, of which the least stays (`records/kept.py`).
    """

    erased: Erased
    kept: tuple[str, ...]
    entry_id: str
    stands: Stands = field(default_factory=Stands)

    @property
    def words(self) -> Words | None:
        """What stays, until when and why, for the person; None where nothing does."""
        return told(self.stands) if self.stands else None

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
        if not (done.comments or done.revisions):
            break
    with database.unit(os_user=order.os_user) as unit:
        done, stands = erasing.forget_author(unit, keyring, order.author, now=now, days=order.days)
        total += done
        listed = tuple(erasing.listed(unit, keyring, order.author))
        entry_id = _note(unit, ERASED, who, why, _facts(total, listed, stands), now)
        unit.commit()
    return Report(total, listed, entry_id, stands)


def told(stands: Stands) -> Words:
    """What stays of an erased account that is held, in words for the person."""
    until = f"{stands.until:%Y-%m-%d}" if stands.until else ""
    return Words(
        zh=(
            f"该账号已被封停或列入黑名单。其文字、化名、说明与信用均已删除；仅保留维持该处置所需的最少记录"
            f"（不可还原的密钥散列、处置类型与期限），最迟至 {until}（UTC）"
            "（《个人信息保护法》第四十七条第二款，GDPR 第十七条第三款）。"
        ),
        en=(
            "The account is closed, suspended or on the blacklist. Its texts, pseudonym, statements and credit are "
            "gone. What stays is the least that keeps that in force (keyed hashes that cannot be turned back, which "
            f"measure and how long), until {until} (UTC) at the latest (PIPL art. 47(2), GDPR art. 17(3))."
        ),
    )


def ask_to_drop(unit: Unit, keyring: Keyring, order: Order, *, now: datetime) -> ApprovalRecord:
    """Asks a second person whether what still holds an erased account goes too: it may come back then.

    Raises as `check`, `NotFoundError` where nothing was kept, `ConflictError` where it is asked already.
    """
    _, why = check(unit, order)
    author_id = authors.id_of(unit, keyring, order.author)
    if author_id is None or not kept.was_erased(unit, author_id):
        raise NotFoundError("Nothing is kept of an erased account of this name.")
    stands = kept.stands(unit, [author_id], now=now, days=order.days)
    facts = {"measures": list(stands.measures), "lists": list(stands.lists)}
    who = approvals.asker(unit, order.by, needs=approvals.LOOK_AFTER)
    return approvals.ask(unit, DROP, author_id, facts=facts, by=who, why=why, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word; approved, nothing is left of the account. Raises as `approvals.answer`."""
    asked = questions.get(unit, approval_id)
    if asked.kind != DROP:
        raise NotFoundError("This question is not about what is kept of an erased account.")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is ApprovalState.APPROVED:
        if not kept.was_erased(unit, asked.subject_id):
            raise ConflictError("Nothing is kept of this account any more.")
        actor = approvals.named(answered.answered_by or "")
        release(unit, asked.subject_id, by=actor, why=answered.note or "", now=now)
    return answered


def release(unit: Unit, author_id: str, *, by: Actor, why: str, now: datetime) -> None:
    """Lets go what was kept of an erased account, entries of lists too, with an entry for each."""
    stands = kept.stands(unit, [author_id], now=now)
    who = f"{KEY}{by.id}" if by.kind == "key" else by.id
    for entry_id in stands.lists:
        lists.take_off(unit, entry_id, by=who, why=why, now=now)
    kept.release(unit, author_id, now=now)
    facts = {"measures": list(stands.measures), "lists_removed": list(stands.lists)}
    _note(unit, RELEASED, by, why, facts, now)


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


def _facts(total: Erased, listed: tuple[str, ...], stands: Stands) -> dict[str, Any]:
    until = None if stands.until is None else stands.until.isoformat()
    held = {"measures_kept": list(stands.measures), "kept_until": until} if stands else {}
    return {**{name: getattr(total, name) for name in COUNTED}, "lists_kept": list(listed), **held}


def _note(unit: Unit, kind: str, actor: Actor, why: str, facts: dict[str, Any], now: datetime) -> str:
    entry = Entry(kind, actor, "erasure", new_id(), why, "personal data", facts=facts)
    return ledger.append(unit, entry, now=now)
