"""Cases as stored. What may be done with one, when and by whom is `review/queue.py`'s business."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update

from moderation.errors import NotFoundError
from records import ledger
from records.ids import id_made_at, id_of_age, made_at, new_id
from records.mapping import value_of
from records.opening import Opening
from records.paging import DEFAULT_LIMIT, Page, checked_limit, decode, encode, list_of, page_of
from records.tables import cases, comments
from records.turns import MOST_REACH, Promises, turn_of, weight_of
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, GoldRecord, Purpose
from records.waiting import (
    ANEW,
    ANYTHING,
    APPEALS,
    BLIND,
    COMPLAINT,
    COMPLAINTS,
    DECIDES,
    DISAGREEMENT,
    ESCALATED,
    LIFE,
    UNDECIDED,
    Wanted,
    is_about,
    waiting_state,
    waits,
)

__all__ = ["ANYTHING", "DISAGREEMENT", "ESCALATED", "Wanted"]

GOLD = "gold"
"""The `why` of a case whose answer is known; no page says it."""

OPENED = "case.opened"
BY_DECISION = "decision"
"""Who opens most cases: the entry of the decision names the case, and no other is written."""

TOLD = ("comment_id", "decision_id", "opened_by", "purpose", "gold_id", "created_at")
"""What the entry of an opening tells. A known answer's `created_at` is when it might have been opened."""

APART = "apart"
"""Who opened a case in which a lead settles what people decided apart."""

A_MOMENT = timedelta(seconds=1)
"""So long after its moment the id of a case may be drawn."""

_AT_ONCE = 500
"""Ids in one question to the database."""

NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_token": None, "lease_expires_at": None}
NOT_KEPT: dict[str, Any] = {"kept_for": None, "kept_until": None}


@dataclass(frozen=True, slots=True)
class NewCase:
    """A decision about a comment, the case it asks for (None: none), and whether the comment may have one already."""

    comment_id: str
    decision_id: str
    opening: Opening | None
    may_have_one: bool


@dataclass(frozen=True, slots=True)
class AsOpened:
    """What a case says of its urgency, and since when; the label is the one suspected."""

    label: str | None
    priority: float
    reach: int
    weight: float
    due_at: datetime
    turn_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in a queue, leased cases included, and since when."""

    queue: str
    waiting: int
    oldest: datetime


def open_or_join(
    unit: Unit, wanted: Sequence[NewCase], *, edited: Collection[str], opened_by: str, now: datetime
) -> dict[str, str]:
    """Opens a case where one is asked for, or brings the comment's undecided case up to date: at most one each.

    Returns case ids by comment id. Cases of `edited` comments leave the hands they are in.
    """
    present = _undecided(unit, [case.comment_id for case in wanted if case.may_have_one])
    _void_checks(unit, edited, now)
    for case in wanted:
        if case.comment_id in present:
            by_decision, taken_back = opened_by == BY_DECISION, case.comment_id in edited
            _join(unit, present[case.comment_id], case, by_decision=by_decision, taken_back=taken_back)
    new = [case for case in wanted if case.opening is not None and case.comment_id not in present]
    around = _around(unit, [case.comment_id for case in new])
    rows = [
        _row(case, case.opening, opened_by, around[case.comment_id], now, unit.queues.promises)
        for case in new
        if case.opening
    ]
    if rows:
        unit.execute(insert(cases), rows)
    if opened_by != BY_DECISION:
        _note(unit, rows, now)
    return {comment_id: case.id for comment_id, case in present.items()} | {r["comment_id"]: r["id"] for r in rows}


def ask_again(unit: Unit, case: CaseRecord, *, queue: str, why: str, purpose: Purpose, now: datetime) -> CaseRecord:
    """Another case about what `case` was about, and just as urgent, for other eyes.

    A second look has the time that the first one had by itself (`due_by_itself`), and an id that tells the moment of
    the first one's: the page's address, and the order of lists, say no more than the page.
    """
    is_opinion = purpose is Purpose.OPINION
    promised = due_by_itself(case, queue, unit.queues.promises) - case.created_at if is_opinion else None
    turn = turn_of(queue, case.priority, case.weight, opened=now, promises=unit.queues.promises, promised=promised)
    row = {
        **{name: getattr(case, name) for name in ("comment_id", "decision_id", "label", "priority", "lang", "reach")},
        "id": id_of_age(case.id) if is_opinion else new_id(),
        "queue": queue,
        "why": why,
        "purpose": purpose,
        "weight": case.weight,
        "due_at": turn.due_at,
        "turn_at": turn.turn_at,
        "state": waiting_state(queue),
        "opened_by": "quality",
        "created_at": now,
    }
    _note(unit, [row], now)
    return case_of(unit.execute(insert(cases).values(row).returning(cases)).one())


def due_by_itself(case: CaseRecord, queue: str, promises: Promises) -> datetime:
    """By when a look at it was promised in this queue, had it stood for nobody.

    One that stands for others is as urgent as the first of them. What somebody of the public was promised holds.
    """
    if case.why in (COMPLAINT, *ANEW):
        return case.due_at
    return max(case.due_at, case.created_at + promises.of(queue, case.priority))


def put_in_hand(
    unit: Unit,
    gold: GoldRecord,
    owner: str,
    opened: AsOpened,
    *,
    purpose: Purpose,
    expires_at: datetime,
    now: datetime,
) -> CaseRecord:
    """A known answer as a case in the hands of `owner`, which says of itself what a case about its comment would.

    Its id tells since when it might have waited, as its page does.
    """
    decided = unit.execute(select(comments.c.lang, comments.c.surface).where(comments.c.id == gold.comment_id)).one()
    row = {
        "id": _id_as_opened(unit, gold, opened.created_at),
        "comment_id": gold.comment_id,
        "decision_id": gold.decision_id,
        "queue": decided.surface,
        "why": GOLD,
        "lang": decided.lang,
        "purpose": purpose,
        "gold_id": gold.id,
        **asdict(opened),
        **lease_values(owner, expires_at),
        "opened_by": "quality",
    }
    _note(unit, [row], now)
    return case_of(unit.execute(insert(cases).values(row).returning(cases)).one())


def _id_as_opened(look: Reading, gold: GoldRecord, opened: datetime) -> str:
    """An id as a case about the comment would have had, opened then: drawn as long after as its real one's was."""
    query = select(cases.c.id, cases.c.created_at).where(cases.c.comment_id == gold.comment_id, DECIDES)
    first = look.execute(query.order_by(cases.c.id).limit(1)).one_or_none()
    late = timedelta(0) if first is None else made_at(first.id) - first.created_at
    return id_made_at(opened + min(max(late, timedelta(0)), A_MOMENT))


def promise(
    unit: Unit, case: CaseRecord, *, due_at: datetime, since: datetime | None = None, ahead: int | None = None
) -> CaseRecord:
    """Whoever asked for it, then or when it was opened, was promised an answer: its turn comes no later than that."""
    asked = since or case.created_at
    turn_at = asked + (due_at - asked) / max(case.weight, 1.0)
    times = {"due_at": min(due_at, case.due_at), "turn_at": min(turn_at, case.turn_at)}
    return changed(unit, case.id, ahead=_further(case.ahead, ahead), **times)


def give_to(  # noqa: PLR0913 - each by its name
    unit: Unit, case: CaseRecord, *, queue: str, why: str, label: str | None, due_at: datetime,
    since: datetime | None = None, ahead: int | None = None,
) -> CaseRecord:  # fmt: skip
    """It is another queue's from now on, in nobody's hands, by a promise of its own; the caller has it locked.

    Its turn comes as that of one that waits `since` then, or since it was opened.
    """
    asked = since or case.created_at
    turn_at = asked + max(due_at - asked, timedelta(0)) / max(case.weight, 1.0)
    place: dict[str, Any] = {"queue": queue, "why": why, "label": label, "due_at": due_at, "turn_at": turn_at}
    place["ahead"] = _further(case.ahead, ahead)
    return changed(unit, case.id, state=waiting_state(queue), **place, **NO_LEASE, **NOT_KEPT)


def _further(before: int | None, now: int | None) -> int | None:
    """The further ahead of two."""
    return max(before or 0, now or 0) or None


def get(look: Reading, case_id: str) -> CaseRecord:
    """The case. Raises `NotFoundError`."""
    return _one(look, case_id, lock=False)


def lock(unit: Unit, case_id: str) -> CaseRecord:
    """The case, which nobody else changes until this unit ends. Raises `NotFoundError`."""
    return _one(unit, case_id, lock=True)


def lock_where(unit: Unit, which: ColumnElement[bool]) -> None:
    """Locks several in the order of their ids, so that no two units that change many wait for each other."""
    unit.execute(select(cases.c.id).where(which).order_by(cases.c.id).with_for_update(key_share=True)).all()


def before(look: Reading, opinion: CaseRecord) -> CaseRecord:
    """The case of whose verdict `opinion` is a second look; itself where there is none."""
    same = (cases.c.comment_id == opinion.comment_id, cases.c.decision_id == opinion.decision_id, DECIDES)
    closed = cases.c.closed_at <= opinion.created_at
    query = select(cases).where(*same, closed).order_by(cases.c.closed_at.desc(), cases.c.id.desc()).limit(1)
    found = look.execute(query).one_or_none()
    return opinion if found is None else case_of(found)


def undecided_of(look: Reading, comment_id: str) -> CaseRecord | None:
    """The comment's case that waits for a person, if there is one."""
    query = select(cases).where(cases.c.comment_id == comment_id, DECIDES, cases.c.state.in_(UNDECIDED))
    found = look.execute(query).one_or_none()
    return None if found is None else case_of(found)


def blind_of(look: Reading, comment_id: str) -> list[CaseRecord]:
    """The cases about the comment in which somebody is asked, or will be, who must not know what was decided."""
    query = select(cases).where(cases.c.comment_id == comment_id, BLIND, cases.c.state.in_(UNDECIDED))
    return [case_of(row) for row in look.execute(query.order_by(cases.c.id))]


def undecided_among(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    """Those of the comments of which a case waits for a person who decides."""
    found: set[str] = set()
    for first in range(0, len(comment_ids), _AT_ONCE):
        # By the comments' index; the state is looked at in what is found (`waiting.waits`).
        some = cases.c.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        rows = look.execute(select(cases.c.comment_id, cases.c.state).where(some, DECIDES))
        found |= {row.comment_id for row in rows if row.state in UNDECIDED}
    return found


def had_one(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    """Those of the comments that have a case, decided or not."""
    found: set[str] = set()
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = comment_ids[first : first + _AT_ONCE]
        found |= set(look.execute(select(cases.c.comment_id).where(cases.c.comment_id.in_(some))).scalars())
    return found


def was_opened_by(look: Reading, comment_id: str, opened_by: str) -> bool:
    """Whether any case about the comment was opened that way, decided or not."""
    query = select(cases.c.id).where(cases.c.comment_id == comment_id, cases.c.opened_by == opened_by).limit(1)
    return look.execute(query).first() is not None


def queues_of(look: Reading, comment_id: str) -> set[str]:
    """The queues in which people were asked to decide about the comment."""
    return set(look.execute(select(cases.c.queue).where(cases.c.comment_id == comment_id, DECIDES)).scalars())


def reach_of(look: Reading, comment_id: str) -> int:
    """How many comments its thread has by now, itself included; a longer thread counts as one of `MOST_REACH`."""
    return max(1, int(_around(look, [comment_id])[comment_id].reach))


def page(
    look: Reading,
    *,
    queue: str | None = None,
    label: str | None = None,
    state: CaseState | None = None,
    comment_id: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[CaseRecord]:
    """Cases by priority, then age."""
    query = select(cases).order_by(cases.c.priority.desc(), cases.c.id).limit(checked_limit(limit) + 1)
    for column, value in (("queue", queue), ("state", state), ("comment_id", comment_id)):
        if value is not None:
            query = query.where(cases.c[column] == value)
    if label is not None:
        query = query.where(is_about(label))
    mark = list_of("cases", queue=queue, label=label, state=state, comment=comment_id)
    if cursor is not None:
        priority, last = decode(mark, cursor, float, str)
        after = or_(cases.c.priority < priority, and_(cases.c.priority == priority, cases.c.id > last))
        query = query.where(after)
    items = [case_of(row) for row in look.execute(query)]
    return page_of(items, limit, [encode(mark, float(item.priority), item.id) for item in items])


def any_in(look: Reading, queue: str) -> bool:
    """Whether any case, decided or not, is in this queue."""
    there = select(cases.c.id).where(cases.c.state.in_(tuple(CaseState)), cases.c.queue == queue)  # by its index
    return look.execute(there.limit(1)).first() is not None


def depths(look: Reading) -> list[Depth]:
    """What waits, by queue."""
    query = select(cases.c.queue, func.count().label("waiting"), func.min(cases.c.created_at).label("oldest"))
    waiting = query.where(cases.c.state.in_(UNDECIDED)).group_by(cases.c.queue).order_by(cases.c.queue)
    return [Depth(row.queue, row.waiting, row.oldest) for row in look.execute(waiting)]


def _undecided(unit: Unit, comment_ids: Sequence[str]) -> dict[str, CaseRecord]:
    """Undecided cases by comment; the comments are locked, so that none is opened meanwhile."""
    if not comment_ids:
        return {}
    order = sorted(set(comment_ids))
    unit.execute(
        select(comments.c.id).where(comments.c.id.in_(order)).order_by(comments.c.id).with_for_update(key_share=True)
    ).all()
    query = select(cases).where(cases.c.comment_id.in_(order)).order_by(cases.c.id)
    found = unit.execute(query.with_for_update(key_share=True))
    return {row.comment_id: case_of(row) for row in found if waits(row)}


def _void_checks(unit: Unit, edited: Collection[str], now: datetime) -> None:
    """A second opinion on a text that is no more, or an answer that was known of it, is worth nothing."""
    if edited:
        theirs = update(cases).where(cases.c.comment_id.in_(edited), ~DECIDES, cases.c.state.in_(UNDECIDED))
        unit.execute(theirs.values(state=CaseState.CLOSED, closed_at=now, **NO_LEASE))


def _around(look: Reading, comment_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Language of each comment, and how many its thread has by now, itself included."""
    found: dict[str, Row[Any]] = {}
    beside = comments.alias()
    in_thread = select(beside.c.id).where(beside.c.thread_id == comments.c.thread_id).limit(MOST_REACH)
    counted = select(func.count()).select_from(in_thread.correlate(comments).subquery("thread")).scalar_subquery()
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = comment_ids[first : first + _AT_ONCE]
        query = select(comments.c.id, comments.c.lang, counted.label("reach")).where(comments.c.id.in_(some))
        found |= {row.id: row for row in look.execute(query)}
    return found


def _join(unit: Unit, present: CaseRecord, case: NewCase, *, by_decision: bool, taken_back: bool) -> None:
    """A new decision says anew why the case is here; whoever else joins only adds weight."""
    changes: dict[str, Any] = {"decision_id": case.decision_id}
    if case.opening is not None:
        if present.why not in ANEW:  # whoever decides that knows nothing of what the machine thinks
            changes["label"] = case.opening.label or present.label
            changes["why"] = case.opening.why if by_decision else present.why
        changes |= _heavier(present, case.opening, unit.queues.promises)
    if taken_back:
        changes |= {"state": waiting_state(present.queue), **NO_LEASE}
    changed(unit, present.id, **changes)


def _heavier(present: CaseRecord, opening: Opening, promises: Promises) -> dict[str, Any]:
    """The graver of what was and what is said of it; its turn only comes earlier by that.

    What the public asks for is promised by the clock of its kind, and not by its queue's, which is the shortest of all.
    """
    own = present.due_at - present.created_at if present.queue in (COMPLAINTS, APPEALS) else None
    priority = max(present.priority, opening.priority)
    weight = weight_of(priority, reach=present.reach, unsureness=opening.unsureness)
    turn = turn_of(
        present.queue, priority, max(weight, present.weight), opened=present.created_at, promises=promises, promised=own
    )  # fmt: skip
    return {
        "priority": priority,
        "weight": turn.weight,
        "due_at": min(turn.due_at, present.due_at),
        "turn_at": min(turn.turn_at, present.turn_at),
        "ahead": _further(present.ahead, LIFE if opening.threatens else None),
    }


def _row(
    case: NewCase, opening: Opening, opened_by: str, around: Row[Any], now: datetime, promises: Promises
) -> dict[str, Any]:
    reach = max(1, around.reach)
    weight = weight_of(opening.priority, reach=reach, unsureness=opening.unsureness)
    turn = turn_of(opening.queue, opening.priority, weight, opened=now, promises=promises)
    return {
        "id": new_id(),
        "comment_id": case.comment_id,
        "decision_id": case.decision_id,
        "queue": opening.queue,
        "label": opening.label,
        "why": opening.why,
        "priority": opening.priority,
        "lang": around.lang,
        "purpose": Purpose.DECIDE,
        "reach": reach,
        "weight": weight,
        "due_at": turn.due_at,
        "turn_at": turn.turn_at,
        "ahead": LIFE if opening.threatens else None,
        "state": CaseState.OPEN,
        "opened_by": opened_by,
        "created_at": now,
    }


def _note(unit: Unit, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """That these were opened, by what and about what; nothing of where they wait, which changes."""
    entries = [
        ledger.Entry(
            OPENED, ledger.MACHINE, "case", row["id"], row["why"], "",
            facts={name: _told(row[name]) for name in TOLD if row.get(name) is not None},
        )
        for row in rows
    ]  # fmt: skip
    ledger.append_all(unit, entries, now=now)


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def lease_values(owner: str, expires_at: datetime) -> dict[str, Any]:
    token = secrets.token_urlsafe(16)
    return {"state": CaseState.CLAIMED, "lease_owner": owner, "lease_token": token, "lease_expires_at": expires_at}


def changed(unit: Unit, case_id: str, **values: object) -> CaseRecord:
    statement = update(cases).where(cases.c.id == case_id).values(**values).returning(cases)
    return case_of(unit.execute(statement).one())


def _one(look: Reading, case_id: str, *, lock: bool) -> CaseRecord:
    query = select(cases).where(cases.c.id == case_id)
    found = look.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if found is None:
        raise NotFoundError("There is no such case.")
    return case_of(found)


def case_of(row: Row[Any]) -> CaseRecord:
    return value_of(CaseRecord, row, state=CaseState, purpose=Purpose)
