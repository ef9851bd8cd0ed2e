"""What people wrote in the house's own records, removed: holds, requests of authorities, incidents, emergencies.

These records are about no one person, and any of their words may name somebody. They go with the comment or account
that is held, with an account that they name, or when two people say so (`governance/house_words.py`). The words of one
record go together, out of the record, the questions about it and the entries that tell of it: what is said there twice
stands nowhere then. Who did what, when, where and under which number stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, delete, or_, select, update

from moderation.errors import NotFoundError
from records import entry_words
from records.bare import bare
from records.entry_words import ERASED, HOUSE, OF_ERASURES, OF_HOUSE
from records.holds import HoldKind, author_commitment
from records.tables import (
    approvals,
    emergencies,
    holds,
    idempotency,
    incidents,
    inspections,
    ledger,
    rectifications,
    webhook_events,
)
from records.tables import entry_words as table
from records.told_entries import read
from records.unit_of_work import Reading, Unit

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "hold": ("ground", "ended_why"),
    "inspection": ("asked", "ground"),
    "incident": (),
    "rectification": ("finding", "demand", "proof"),
    "emergency": ("why", "ground", "ended_why"),
}
"""What people wrote in each kind of record; of an incident its fields too (`_forget_fields`)."""

ERASURE = "erasure"
"""What entries of an erasure or an export are about: no table has a row of it."""

ALONE = "entry"
"""Of an entry that tells of no record, as one of what was exported: its words alone."""

_TABLES: Mapping[str, Table] = {
    "hold": holds,
    "inspection": inspections,
    "incident": incidents,
    "rectification": rectifications,
    "emergency": emergencies,
}
_ABOUT = {
    "hold.set": "hold",
    "inspection.grant": "inspection",
    "rectification.done": "rectification",
    "emergency.start": "emergency",
}
"""What questions of the house ask about."""

_ANSWERED = tuple(
    f"/v1/{each}" for each in ("holds", "inspections", "rectifications", "incidents", "emergencies", "approvals")
)
"""Where answers tell of them."""

AT_ONCE = 200
"""Records whose words one unit removes because their time is over."""

SHORTEST = 4
"""A pseudonym of fewer characters is looked for in nobody's words: it would be found everywhere."""


@dataclass(frozen=True, slots=True)
class Record:
    """One of the house's own, as entries name it."""

    kind: str
    id: str


def record_of(look: Reading, entry_id: str) -> Record:
    """Whose words an entry of the house commits to. Raises `NotFoundError` where it commits to none."""
    row = look.execute(select(ledger).where(ledger.c.id == entry_id)).one_or_none()
    body = next((each.body for each in read([row])), None) if row else None
    if body is None or not entry_words.commitments(body):
        raise NotFoundError(f"No entry {entry_id} of the ledger has words that stand beside it.")
    kind, subject = body["kind"], Record(body["subject"]["kind"], body["subject"]["id"])
    if kind.startswith("approval.") and body["facts"].get("kind") in OF_HOUSE:
        return _asked_for(look, subject)
    if kind not in HOUSE:
        raise NotFoundError(
            f"The words of entry {entry_id} are about an account or a comment, and go with it: chaffinch erase."
        )
    return subject if subject.kind in (*COLUMNS, ERASURE) else Record(ALONE, entry_id)


def forget(unit: Unit, record: Record) -> list[str]:
    """Removes the words of a record; by what entries told of them: its id, and those of questions about it."""
    asked = _questions(unit, record)
    named = [record.id, *asked]
    if (columns := COLUMNS.get(record.kind)) and record.kind in _TABLES:
        _empty(unit, _TABLES[record.kind], record.id, columns)
    if record.kind == "incident":
        _forget_fields(unit, record.id)
    if record.kind == "emergency":
        _unplace(unit, record.id)
    for row in unit.execute(select(approvals).where(approvals.c.id.in_(asked))).all():
        note = None if row.note is None else ERASED
        told = update(approvals).where(approvals.c.id == row.id)
        unit.execute(told.values(why=ERASED, note=note, facts=bare(row.facts)))
    events = select(webhook_events.c.id, webhook_events.c.data).where(webhook_events.c.subject_id == record.id)
    for row in unit.execute(events).all():
        event = update(webhook_events).where(webhook_events.c.id == row.id)
        unit.execute(event.values(data=bare(row.data)))
    _forget_answers(unit, named)
    if record.kind == ALONE:
        unit.execute(delete(table).where(table.c.id == record.id))
    else:
        entry_words.forget(unit, named)
    return named


def forget_of_comments(unit: Unit, comment_ids: Sequence[str]) -> int:
    """Removes the words of holds on these comments, which are over; of how many holds."""
    held = holds.c.comment_id.in_(comment_ids)
    return _forget_holds(unit, unit.execute(select(holds.c.id).where(held)).scalars().all())


def forget_of_account(unit: Unit, author: str, indexes: Collection[str]) -> int:
    """Removes the words of holds on an account, and of every record that names it; of how many records."""
    on_it = _held(unit, indexes)
    unit.execute(update(holds).where(holds.c.id.in_(on_it)).values(salt=None))
    done = _forget_holds(unit, on_it)
    named = _naming(unit, author) if len(author) >= SHORTEST else []
    for each in named:
        forget(unit, each)
    return done + len(named)


def too_old(look: Reading, before: datetime, *, limit: int = AT_ONCE) -> list[str]:
    """Erasures and exports of before then whose words are still there, the oldest first."""
    joined = table.join(ledger, ledger.c.id == table.c.id)
    old = ledger.c.created_at < before, ledger.c.kind.in_(OF_ERASURES)
    query = select(table.c.subject_id).select_from(joined).where(*old).order_by(table.c.id).limit(limit)
    return list(dict.fromkeys(look.execute(query).scalars()))


def _forget_holds(unit: Unit, hold_ids: Sequence[str]) -> int:
    for each in hold_ids:
        forget(unit, Record("hold", each))
    return len(hold_ids)


def _held(look: Reading, indexes: Collection[str]) -> list[str]:
    """Holds on an account. Of one that is over the hashes are gone: the commitment of its entry says whom it held."""
    of_accounts = holds.c.kind == HoldKind.AUTHOR.value, holds.c.salt.is_not(None)
    salts = {row.id: row.salt for row in look.execute(select(holds.c.id, holds.c.salt).where(*of_accounts))}
    asked = ledger.c.subject_id.in_(list(salts)), ledger.c.kind == "hold.asked"
    found = []
    for each in read(look.execute(select(ledger).where(*asked))) if salts else ():
        hold_id, told = each.body["subject"]["id"], each.body["facts"].get("author_commitment")
        if told in {author_commitment(salts[hold_id], index) for index in indexes}:
            found.append(hold_id)
    return found


def _naming(look: Reading, author: str) -> list[Record]:
    """Records in whose words the account is named, as a word of its own."""
    name = re.compile(rf"(?<![0-9A-Za-z_-]){re.escape(author)}(?![0-9A-Za-z_-])")
    kinds = ledger.c.kind.in_([*HOUSE, "approval.asked", "approval.approved", "approval.refused"])
    rows = look.execute(select(ledger.c.id, table.c.words).join(table, table.c.id == ledger.c.id).where(kinds)).all()
    found = []
    for row in rows:
        if any(name.search(said) for said in row.words.values()):
            try:
                found.append(record_of(look, row.id))
            except NotFoundError:
                continue
    told = look.execute(select(incidents.c.id, incidents.c.fields)).all()
    found += [
        Record("incident", row.id)
        for row in told
        if any(isinstance(said, str) and name.search(said) for said in row.fields.values())
    ]
    return list(dict.fromkeys(found))


def _forget_answers(unit: Unit, named: Sequence[str]) -> None:
    """Of answers that are kept for repeated requests, for a day at the most, those about it lose their words."""
    paths = or_(*(idempotency.c.path.startswith(each) for each in _ANSWERED))
    query = select(idempotency.c.id, idempotency.c.response).where(idempotency.c.response.is_not(None), paths)
    for row in unit.execute(query).all():
        told = json.dumps(row.response)
        if any(each in told for each in named):
            this = update(idempotency).where(idempotency.c.id == row.id)
            unit.execute(this.values(response=bare(row.response)))


def _empty(unit: Unit, its: Table, record_id: str, columns: Sequence[str]) -> None:
    row = unit.execute(select(its).where(its.c.id == record_id)).one_or_none()
    gone = {name: ERASED for name in columns if row is not None and row._mapping[name] is not None}
    if gone:
        unit.execute(update(its).where(its.c.id == record_id).values(gone))


def _forget_fields(unit: Unit, incident_id: str) -> None:
    """What was told of an incident in words, with the salt of what entries say of it; numbers stay."""
    i = incidents.c
    row = unit.execute(select(i.fields).where(i.id == incident_id)).one_or_none()
    if row is not None:
        fields = {name: ERASED if isinstance(said, str) else said for name, said in row.fields.items()}
        unit.execute(update(incidents).where(i.id == incident_id).values(fields=fields, salt=None))


def _unplace(unit: Unit, record_id: str) -> None:
    """Takes the thread out of an emergency that is over, and of its question: its id may name somebody.

    One that runs keeps it, since it holds comments there by it.
    """
    e = emergencies.c
    row = unit.execute(select(emergencies).where(e.id == record_id, e.ended_at.is_not(None))).one_or_none()
    if row is None or row.thread_id is None:
        return
    place = row.place.replace(f"/{row.thread_id}/", f"/{ERASED}/", 1)
    unit.execute(update(emergencies).where(e.id == record_id).values(thread_id=ERASED, place=place))
    asked = unit.execute(select(approvals).where(approvals.c.id == row.approval_id)).one_or_none()
    if asked is not None:
        facts = {**asked.facts, "thread_id": ERASED}
        unit.execute(update(approvals).where(approvals.c.id == asked.id).values(facts=facts, subject_id=place))


def _asked_for(look: Reading, question: Record) -> Record:
    """What a question is about; of one that came to nothing, or is no longer there, itself."""
    row = look.execute(select(approvals).where(approvals.c.id == question.id)).one_or_none()
    kind = None if row is None else _ABOUT.get(row.kind)
    if row is None or kind is None:
        return question
    if kind != "emergency":
        return Record(kind, row.subject_id)
    began = look.execute(select(emergencies.c.id).where(emergencies.c.approval_id == row.id)).scalar_one_or_none()
    return question if began is None else Record(kind, began)


def _questions(look: Reading, record: Record) -> list[str]:
    """Questions to a second person about it, or that it came of."""
    if record.kind == "approval":
        return [record.id]
    if record.kind == "emergency":
        return list(look.execute(select(emergencies.c.approval_id).where(emergencies.c.id == record.id)).scalars())
    kinds = [kind for kind, about in _ABOUT.items() if about == record.kind]
    about = approvals.c.subject_id == record.id, approvals.c.kind.in_(kinds)
    return list(look.execute(select(approvals.c.id).where(*about)).scalars())
