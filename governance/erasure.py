"""Erasing an author, and telling them what is held: every table, in small units, with an entry and a report.

An erasure that is cut off is simply begun again: what is erased is found no more. The entry in the ledger says who
erased, why and how much, and not whom: it names the author by the id under which statements were held, or by none.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from governance import approvals, holds, lists, recommendations
from governance.approvals import ByKey
from governance.erased_files import FROM_FILES
from governance.giving import Gift
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.taxonomy import Words
from records import (
    account_appeals,
    authors,
    erasing,
    inspections,
    kept,
    ledger,
    named_elsewhere,
    quotations,
    quoted_elsewhere,
    search,
    words_about,
)
from records import holds as stored_holds
from records.database import Database
from records.erased import NAMES
from records.erasing import COUNTED, Erased
from records.house_values import ApprovalRecord, ApprovalState
from records.ids import new_id
from records.inspections import InspectionRecord
from records.kept import Stands
from records.known_as import KEY
from records.ledger import Actor, Entry
from records.named_elsewhere import Named
from records.personal import Keyring
from records.quoted_elsewhere import Quoted
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
    but_held: bool = False
    """Whether all goes but comments of theirs that are held; without it nothing goes while any is."""
    names: tuple[str, ...] = field(default=(), repr=False)
    """What readers call them beside the pseudonym: looked for in others' comments, and kept nowhere."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was erased; `kept` are entries of lists about the account, which stay as keyed hashes.

    `stands`: the measures and entries that hold the account, of which the least stays (`records/kept.py`).
    `touched`: open requests of authorities into whose scope what was erased fell, with how many decisions.
    """

    erased: Erased
    kept: tuple[str, ...]
    entry_id: str
    stands: Stands = field(default_factory=Stands)
    touched: tuple[tuple[InspectionRecord, int], ...] = ()
    held: int = 0
    """How many comments stay, since they are held for an authority."""
    named: Named = field(default_factory=Named)
    """Comments of others in whose words they are still named."""
    quoted: Quoted = field(default_factory=Quoted)
    """Comments of others that quoted them: out of which it was taken, and which hold their words still."""
    appeals: tuple[str, ...] = ()
    """Appeals of theirs, of measures and of entries on lists, that waited and whose words are gone."""

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

    A reason that names the author is refused: it stays longer than the author's words.
    """
    who, why = _who(look, order), approvals.words("why", order.why)
    if order.author in why:
        raise InvalidInputError(
            "The reason names the author.", [Fault("why", "the reason is kept for years: leave it out")]
        )
    return who, why


def _who(look: Reading, order: Order) -> Actor:
    """Of what is typed the name has to be an account's, as of every command."""
    if isinstance(order.by, ByKey):
        return approvals.actor(look, order.by, needs=approvals.LOOK_AFTER)
    is_typed = order.os_user is not None
    return Actor("user", approvals.person(look, order.by, needs=approvals.LOOK_AFTER, typed=is_typed))


def erase(
    database: Database, keyring: Keyring, order: Order, *, now: datetime, progress: Progress = lambda _done: None
) -> Report:
    """Erases all of the author's.

    Raises `InvalidInputError` without a name or a reason, and `ConflictError` for what is held, before anything is
    gone.
    """
    refuse_held(database, keyring, order, now=now)
    with database.reading() as look:
        who, why = check(look, order)
        touched = tuple(inspections.touched(look, keyring.indexes("author", order.author), now=now))
        appealed = _appealed(look, keyring, order.author)
        texts = erasing.texts_of(look, keyring, order.author)
    quotations.catch_up_all(database)
    with database.unit(os_user=order.os_user) as unit:
        total = Erased(answers=words_about.forget_answers(unit, keyring, order.author))
        unit.commit()
    while True:
        with database.reading() as look:
            coming = erasing.next_of(look, keyring, order.author, now=now)
        search.thin_out(database, coming)
        with database.unit(os_user=order.os_user) as unit:
            done = erasing.erase_some(unit, keyring, order.author, now=now)
            unit.commit()
        total += done
        progress(total.comments)
        if not (done.comments or done.revisions):
            break
    with database.reading() as look:
        indexes = keyring.indexes("author", order.author)
        named = named_elsewhere.by_others(look, [order.author, *order.names], indexes)
        quoted = quoted_elsewhere.by_others(look, texts, indexes, total.quoting)
    with database.unit(os_user=order.os_user) as unit:
        done, stands = erasing.forget_author(unit, keyring, order.author, now=now, days=order.days)
        total += done
        recommendations.end_unshown(unit, now=now)
        listed = tuple(erasing.listed(unit, keyring, order.author))
        held = stored_holds.count_covered(unit, keyring.indexes("author", order.author), now=now)
        stays: dict[str, Any] = {"held": held} if held else {}
        stays |= {"appeals_without_words": list(appealed)} if appealed else {}
        stays |= {"named_by_others": len(named.comments)} if named.comments else {}
        stays |= {"quoted_by_others": len(quoted.left)} if quoted.left else {}
        entry_id = _note(unit, ERASED, who, why, _facts(total, listed, stands, touched) | stays, now)
        unit.commit()
    return Report(total, listed, entry_id, stands, touched, held, named, quoted, appealed)


def _appealed(look: Reading, keyring: Keyring, author: str) -> tuple[str, ...]:
    indexes, as_reporter = keyring.indexes("author", author), erasing.as_reporter(keyring, author)
    return tuple(account_appeals.losing_words(look, indexes, as_reporter))


def refuse_held(database: Database, keyring: Keyring, order: Order, *, now: datetime) -> None:
    """Raises `ConflictError` where something of the author's is held, with which holds, until when and what to do.

    That an erasure was asked for, and which holds it met, is in the ledger. With `but_held` only a hold on the account
    itself stands against it. Raises as `check`.
    """
    indexes = keyring.indexes("author", order.author)
    with database.reading() as look:
        check(look, order)
        if not stored_holds.covering(look, indexes, now=now):
            return
    with database.unit(os_user=order.os_user) as unit:
        who, why = check(unit, order)
        found = stored_holds.covering(unit, indexes, now=now)
        on_account = stored_holds.covers_author(unit, indexes, now=now)
        for each in found:
            holds.withstand(unit, each, who, why, now=now)
        unit.commit()
    if on_account or (found and not order.but_held):
        raise ConflictError(holds.refusal(on_account or found, in_part=not on_account))


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
    if found := stored_holds.covers_author(unit, keyring.indexes("author", order.author), now=now):
        raise ConflictError(holds.refusal(found))
    stands = kept.stands(unit, [author_id], now=now, days=order.days)
    facts = {"measures": list(stands.measures), "lists": list(stands.lists)}
    who = approvals.asker(unit, order.by, needs=approvals.LOOK_AFTER)
    return approvals.ask(unit, DROP, author_id, facts=facts, by=who, why=why, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word; approved, nothing is left of the account. Raises as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, DROP, "what is kept of an erased account")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is ApprovalState.APPROVED:
        if not kept.was_erased(unit, asked.subject_id):
            raise ConflictError("Nothing is kept of this account any more.")
        if found := stored_holds.covers_author(unit, kept.indexes_of(unit, asked.subject_id), now=now):
            raise ConflictError(holds.refusal(found))
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
    facts = {"measures": list(stands.measures), "lists_removed": list(stands.lists), **NAMES}
    _note(unit, RELEASED, by, why, facts, now)


def note_outside(unit: Unit, order: Order, report: Report, outside: dict[str, Any], *, now: datetime) -> str:
    """The entry about files: label records, snapshots and frozen sets that held the author's texts."""
    facts = {"erasure": report.entry_id, **outside}
    return _note(
        unit,
        FROM_FILES,
        approvals.actor(unit, order.by, needs=approvals.LOOK_AFTER),
        order.why,
        facts,
        now,
        of=ledger.get(unit, report.entry_id).subject_id,
    )


def gift(keyring: Keyring, order: Order, *, now: datetime) -> Gift[int]:
    """An author's records, to be given out once the entry says so (`giving.py`): how many. Raises as `check`."""

    def make(look: Reading, file: IO[bytes]) -> int:
        check(look, order)
        file.writelines(each.encode() for each in given(look, keyring, order.author, now=now))
        return erasing.count_records(look, keyring, order.author) + len(_holds_told(look, keyring, order.author, now))

    def note(unit: Unit, many: int) -> None:
        who, why = check(unit, order)
        _note(unit, GIVEN, who, why, {"records": many}, now)

    return Gift(make, note)


def given(look: Reading, keyring: Keyring, author: str, *, now: datetime) -> Iterator[str]:
    """All records about the author, for themself, as one JSON document in pieces, a record at a time.

    That something is held for an authority is among them where its ground lets the person be told, and nowhere else.
    """
    told = _holds_told(look, keyring, author, now)
    return _written(author, itertools.chain(erasing.held(look, keyring, author), told))


def _holds_told(look: Reading, keyring: Keyring, author: str, now: datetime) -> list[dict[str, Any]]:
    found = stored_holds.covering(look, keyring.indexes("author", author), now=now)
    return [{"table": "holds", **holds.for_the_person(each)} for each in found if each.tell]


def _written(author: str, records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f'{{"author": {json.dumps(author, ensure_ascii=False)}, "records": ['
    for at, record in enumerate(records):
        told = json.dumps(record, ensure_ascii=False, default=_plain)
        yield f"{',' if at else ''}\n  {told}"
    yield "\n]}\n"


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _facts(
    total: Erased, listed: tuple[str, ...], stands: Stands, touched: Iterable[tuple[InspectionRecord, int]]
) -> dict[str, Any]:
    until = None if stands.until is None else stands.until.isoformat()
    held = {"measures_kept": list(stands.measures), "kept_until": until} if stands else {}
    scopes = {record.id: many for record, many in touched}
    asked = {"inspections": scopes} if scopes else {}
    return {**{name: getattr(total, name) for name in COUNTED}, "lists_kept": list(listed), **held, **asked, **NAMES}


def _note(
    unit: Unit, kind: str, actor: Actor, why: str, facts: dict[str, Any], now: datetime, *, of: str | None = None
) -> str:  # fmt: skip
    """`of`: the erasure that it belongs to, so that its words go with that one's."""
    entry = Entry(kind, actor, "erasure", of or new_id(), why, "personal data", facts=facts)
    return ledger.append(unit, entry, now=now)
