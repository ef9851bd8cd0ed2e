"""What people wrote in the house's own records, removed: holds, requests of authorities, incidents, emergencies.

These records are about no one person, and any of their words may name somebody. They go with the comment or account
that is held, with an account that they name, or when two people say so (`governance/house_words.py`). The words of one
record go together, out of the record, the questions about it and the entries that tell of it: what is said there twice
stands nowhere then. Who did what, when, where, under which number and on which ground that has a code stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, or_, select, update

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
from records.words_taken import NOTHING, Taken, from_row

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


def named(look: Reading, record: Record) -> list[str]:
    """By what entries tell of a record's words: its id, and those of questions about it."""
    return [record.id, *_questions(look, record)]


def forget(unit: Unit, record: Record) -> Taken:
    """Removes the words of a record, of questions about it and of entries that tell of either; of which rows."""
    subjects = named(unit, record)
    taken = _forget_row(unit, record)
    for row in unit.execute(select(approvals).where(approvals.c.id.in_(subjects[1:]))).all():
        note = None if row.note is None else ERASED
        taken |= from_row(unit, approvals, row, {"why": ERASED, "note": note, "facts": bare(row.facts)})
    events = select(webhook_events.c.id, webhook_events.c.data).where(webhook_events.c.subject_id == record.id)
    for row in unit.execute(events).all():
        event = update(webhook_events).where(webhook_events.c.id == row.id)
        unit.execute(event.values(data=bare(row.data)))
    _forget_answers(unit, subjects)
    if record.kind == ALONE:
        return taken | entry_words.forget_entries(unit, [record.id])
    return taken | entry_words.forget(unit, subjects)


def forget_of_comments(unit: Unit, comment_ids: Sequence[str]) -> Taken:
    """Removes the words of holds on these comments, which are over."""
    held = holds.c.comment_id.in_(comment_ids)
    return _forget_holds(unit, unit.execute(select(holds.c.id).where(held)).scalars().all())


def forget_of_account(unit: Unit, author: str, indexes: Collection[str]) -> Taken:
    """Removes the words of holds on an account, and of every record that names it."""
    on_it = _held(unit, indexes)
    unit.execute(update(holds).where(holds.c.id.in_(on_it)).values(salt=None))
    taken = _forget_holds(unit, on_it)
    for each in _naming(unit, author) if len(author) >= SHORTEST else ():
        taken |= forget(unit, each)
    return taken


def too_old(look: Reading, before: datetime, *, limit: int = AT_ONCE) -> list[str]:
    """Erasures and exports of before then whose words are still there, the oldest first."""
    joined = table.join(ledger, ledger.c.id == table.c.id)
    old = ledger.c.created_at < before, ledger.c.kind.in_(OF_ERASURES)
    query = select(table.c.subject_id).select_from(joined).where(*old).order_by(table.c.id).limit(limit)
    return list(dict.fromkeys(look.execute(query).scalars()))


def _forget_holds(unit: Unit, hold_ids: Sequence[str]) -> Taken:
    return NOTHING.union(*(forget(unit, Record("hold", each)) for each in hold_ids))


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


def _forget_row(unit: Unit, record: Record) -> Taken:
    its = _TABLES.get(record.kind)
    row = None if its is None else unit.execute(select(its).where(its.c.id == record.id)).one_or_none()
    if its is None or row is None:
        return NOTHING
    if record.kind == "incident":
        return from_row(unit, its, row, _without_fields(row.fields))
    taken = from_row(unit, its, row, {name: ERASED for name in COLUMNS[record.kind] if _has_words(row, name)})
    return taken | _unplace(unit, record.id) if record.kind == "emergency" else taken


def _has_words(row: Row[Any], name: str) -> bool:
    """Whether somebody's words stand there: a ground that is a code names nobody, and stays."""
    said = row._mapping[name]
    return said is not None and (name not in entry_words.MAY_BE_CODES or entry_words.is_words(said))


def _without_fields(told: Mapping[str, Any]) -> dict[str, Any]:
    """What was told of an incident without words, nor the salt of what entries say of it; numbers stay."""
    return {"fields": {name: ERASED if isinstance(said, str) else said for name, said in told.items()}, "salt": None}


def _unplace(unit: Unit, record_id: str) -> Taken:
    """Takes the thread out of an emergency that is over, and of its question: its id may name somebody.

    One that runs keeps it, since it holds comments there by it.
    """
    e = emergencies.c
    row = unit.execute(select(emergencies).where(e.id == record_id, e.ended_at.is_not(None))).one_or_none()
    if row is None or row.thread_id is None:
        return NOTHING
    place = row.place.replace(f"/{row.thread_id}/", f"/{ERASED}/", 1)
    taken = from_row(unit, emergencies, row, {"thread_id": ERASED, "place": place})
    asked = unit.execute(select(approvals).where(approvals.c.id == row.approval_id)).one_or_none()
    if asked is not None:
        facts = {**asked.facts, "thread_id": ERASED}
        taken |= from_row(unit, approvals, asked, {"facts": facts, "subject_id": place})
    return taken


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
