"""What credit is counted from, as stored: each thing once by what it is about, taken back or not.

An event says what *holds* of a comment's text: it is derived anew whenever the comment is marked, so that a mark that
is worked off twice, or in another order, changes nothing. What changed is told by entries of the ledger, many events in
one, against which `records/credit_audit.py` holds the table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, case, delete, func, insert, or_, select, update

from moderation.decision import Outcome
from moderation.standing import CreditEvent, CreditKind
from records import jobs, ledger
from records.ids import new_id
from records.inserting import insert_into
from records.ledger import MACHINE, Entry
from records.mapping import value_of
from records.tables import authors, comments, credit_events, credit_pending, decisions
from records.unit_of_work import Reading, Unit

MOST_EVENTS = 250
"""Events of one account that are read, the newest: credit is counted for every comment, and so many leave none to lose
and none to win.
"""

DAY = timedelta(days=1)

_FORGOTTEN_AT_ONCE = 1000
"""Rows that one unit forgets."""

_TURN = "credit.pending"

COUNTED, FORGOTTEN = "credit.counted", "credit.forgotten"
"""Entries: events as they are from now on; that those from before a moment went."""

LEDGER_SUBJECT = "credit"


@dataclass(frozen=True, slots=True)
class Line:
    """One event of an account, with what it is about; taken back or not."""

    subject: str
    kind: CreditKind
    at: datetime
    void_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """An event as its row has it."""

    id: str
    author_id: str
    subject: str
    kind: str
    at: datetime
    void_at: datetime | None


def mark(unit: Unit, comment_ids: Iterable[str]) -> None:
    """Something about these comments changed; a row for each, so that no writer waits for another."""
    rows = [{"id": new_id(), "comment_id": each} for each in comment_ids]
    if rows:
        unit.execute(insert(credit_pending), rows)


def take_marked(unit: Unit, *, limit: int) -> list[str]:
    """Comments that were marked first, each once; their marks are gone with this unit. One process at a time."""
    jobs.take_turns(unit, _TURN)
    rows = unit.execute(select(credit_pending).order_by(credit_pending.c.id).limit(limit)).all()
    if rows:
        unit.execute(delete(credit_pending).where(credit_pending.c.id.in_([row.id for row in rows])))
    return sorted({row.comment_id for row in rows})


def is_behind(look: Reading) -> bool:
    """Whether anything is marked."""
    return look.execute(select(credit_pending.c.id).limit(1)).first() is not None


def set_event(unit: Unit, subject: str, author_id: str, kind: CreditKind, at: datetime) -> Counts | None:
    """The thing counts so from now on, whatever it counted before; None where it counted so already."""
    before = _event(unit, subject)
    if before and (before.author_id, before.kind, before.at, before.void_at) == (author_id, kind.value, at, None):
        return None
    row = {"id": new_id(), "author_id": author_id, "subject": subject, "kind": kind.value, "at": at, "void_at": None}
    put = insert_into(credit_events, unit.dialect).values(row)
    changed = {name: getattr(put.excluded, name) for name in ("author_id", "kind", "at", "void_at")}
    unit.execute(put.on_conflict_do_update(index_elements=["subject"], set_=changed))
    return _event(unit, subject)


def void(unit: Unit, subject: str, *, now: datetime) -> Counts | None:
    """Takes an event back; None where there is none that counts."""
    counts = credit_events.c.void_at.is_(None)
    this = update(credit_events).where(credit_events.c.subject == subject, counts)
    return _event(unit, subject) if unit.execute(this.values(void_at=now)).rowcount else None


def note(unit: Unit, changed: Iterable[Counts | None], *, now: datetime) -> None:
    """One entry about all events that a unit changed; none where it changed none. The unit commits both."""
    told = [event_document(each) for each in changed if each]
    if told:
        why = "counted from what holds of comments"
        entry = Entry(COUNTED, MACHINE, "credit", LEDGER_SUBJECT, why, "credit", facts={"events": told})
        ledger.append(unit, entry, now=now)


def event_document(event: Counts) -> list[str | None]:
    """An event as an entry tells it: id, account, what for, kind, when, taken back when."""
    at, void_at = _told(event.at), _told(event.void_at)
    return [event.id, event.author_id, event.subject, event.kind, at, void_at]


def forget(unit: Unit, *, before: datetime, now: datetime) -> int:
    """Removes what happened before then and weighs nothing any more; how many."""
    old = select(credit_events.c.id).where(credit_events.c.at < before).limit(_FORGOTTEN_AT_ONCE)
    gone = unit.execute(delete(credit_events).where(credit_events.c.id.in_(old))).rowcount
    if gone:
        facts = {"before": _told(before), "events": gone}
        entry = Entry(FORGOTTEN, MACHINE, "credit", LEDGER_SUBJECT, "weighs nothing any more", "credit", facts=facts)
        ledger.append(unit, entry, now=now)
    return gone


def events_of(look: Reading, author_id: str) -> tuple[CreditEvent, ...]:
    """What counts, the oldest first."""
    told = [CreditEvent(line.kind, line.at) for line in lines_of(look, author_id) if line.void_at is None]
    return tuple(reversed(told))


def lines_of(look: Reading, author_id: str) -> list[Line]:
    """Every event, those taken back too, the newest first."""
    events = credit_events.c
    query = select(events.subject, events.kind, events.at, events.void_at).where(events.author_id == author_id)
    rows = look.execute(query.order_by(events.at.desc(), events.id.desc()).limit(MOST_EVENTS))
    return [Line(row.subject, CreditKind(row.kind), row.at, row.void_at) for row in rows]


def any_exist(look: Reading) -> bool:
    """Whether anything was ever counted for anybody."""
    return look.execute(select(credit_events.c.id).limit(1)).first() is not None


def known(look: Reading, subjects: Collection[str]) -> set[str]:
    """Those of the subjects that count."""
    if not subjects:
        return set()
    query = select(credit_events.c.subject).where(credit_events.c.subject.in_(list(subjects)))
    return set(look.execute(query.where(credit_events.c.void_at.is_(None))).scalars())


def good_accounts(
    look: Reading, *, since: datetime, policies: Collection[str], author_id: str | None = None
) -> list[str]:
    """Known accounts that commented in the 24 hours from `since` and had nothing stopped, as it holds now.

    `policies` are the names of those that keep credit; with `author_id` the one account is asked about.
    """
    if not policies:
        return []
    named = or_(*(decisions.c.policy.like(f"{name}@%") for name in sorted(policies)))
    within = and_(decisions.c.created_at >= since, decisions.c.created_at < since + DAY)
    holds = func.coalesce(decisions.c.final_outcome, decisions.c.outcome)
    stopped = func.sum(case((holds == Outcome.BLOCK, 1), else_=0))
    query = (
        select(authors.c.id)
        .join(comments, comments.c.author_index == authors.c.author_index)
        .join(decisions, decisions.c.comment_id == comments.c.id)
        .where(within, named)
        .group_by(authors.c.id)
        .having(stopped == 0)
    )
    if author_id is not None:
        query = query.where(authors.c.id == author_id)
    return sorted(look.execute(query).scalars())


def set_good_day(unit: Unit, author_id: str, day: datetime, *, is_good: bool, now: datetime) -> Counts | None:
    """Whether the day that begins at `day` was a good one for the account; None where that changes nothing."""
    subject = f"day:{author_id}:{day.date().isoformat()}"
    if is_good:
        return set_event(unit, subject, author_id, CreditKind.GOOD_DAY, day + DAY)
    return void(unit, subject, now=now)


def _event(look: Reading, subject: str) -> Counts | None:
    found = look.execute(select(credit_events).where(credit_events.c.subject == subject)).one_or_none()
    return None if found is None else value_of(Counts, found)


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")
