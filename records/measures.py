"""Measures as stored. Who may take one, and what follows, is `governance/account_measures.py`'s business."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, insert, literal, or_, select, update

from moderation.decision import Outcome
from moderation.errors import ConflictError, NotFoundError
from moderation.lists import ACCOUNT, ListAction
from moderation.standing import Function, Held, HeldThread
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.tables import (
    approvals,
    authors,
    comment_revisions,
    comments,
    decisions,
    list_entries,
    measures,
    verdicts,
)
from records.unit_of_work import Reading, Unit
from records.values import Purpose, VerdictKind

HOLDING = ("restrict", "suspend", "close")
"""Measures that hold an account while they are in force."""

STOPPING = ("refuse", "delete")
RECOMMEND = "recommend"
"""Measures by which a comment is not shown."""


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """What is to be taken; one of `author_id`, `comment_id`, `thread_id` and `reporter_id` by its kind."""

    measure: str
    target_kind: TargetKind
    reason_zh: str
    reason_en: str
    ground: str
    asked_by: str
    author_id: str | None = None
    comment_id: str | None = None
    thread_id: str | None = None
    cause_id: str | None = None
    closes: tuple[Function, ...] = ()
    per_hour: int | None = None
    days: float | None = None
    policy: str | None = None
    replaces: str | None = None
    reporter_id: str | None = None
    role: str | None = None


def add(unit: Unit, new: NewMeasure, *, waits: bool, now: datetime) -> MeasureRecord:
    """Writes it: in force from now, or waiting. The database refuses one without a reason or a ground."""
    values = {name: getattr(new, name) for name in NewMeasure.__slots__}
    row = values | {"closes": list(new.closes), "id": new_id(), "created_at": now} | _begun(new.days, waits, now)
    return _value(unit.execute(insert(measures).values(row).returning(measures)).one())


def get(look: Reading, measure_id: str, *, lock: bool = False) -> MeasureRecord:
    """The measure. Raises `NotFoundError`."""
    query = select(measures).where(measures.c.id == measure_id)
    found = look.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if found is None:
        raise NotFoundError("There is no such measure.")
    return _value(found)


def same(look: Reading, new: NewMeasure) -> MeasureRecord | None:
    """The same on the same, in force or waiting."""
    found = about(look, new, states=(MeasureState.WAITING, MeasureState.IN_FORCE))
    return next((each for each in found if each.measure == new.measure), None)


def about(
    look: Reading, new: NewMeasure | MeasureRecord, *, states: Collection[MeasureState]
) -> list[MeasureRecord]:  # fmt: skip
    """Those in these states on the same account, comment or thread, the oldest first."""
    on = _same_target(new)
    if not on:  # of an account that was erased
        return []
    query = select(measures).where(*on, measures.c.state.in_(states))
    return [_value(row) for row in look.execute(query.order_by(measures.c.id))]


def _same_target(made: NewMeasure | MeasureRecord) -> list[ColumnElement[bool]]:
    target = {name: getattr(made, name) for name in ("author_id", "comment_id", "thread_id", "reporter_id")}
    return [measures.c[name] == value for name, value in target.items() if value is not None]


def beside(look: Reading, one: MeasureRecord) -> list[MeasureRecord]:
    """Others on the same account, comment or thread, the newest first."""
    return [each for each in reversed(about(look, one, states=tuple(MeasureState))) if each.id != one.id]


def page(
    look: Reading,
    *,
    states: Collection[MeasureState] = tuple(MeasureState),
    author_id: str | None = None,
    thread_id: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[MeasureRecord]:
    """Measures, the newest first; those on one account or thread if it is given."""
    query = select(measures).where(measures.c.state.in_(states))
    if author_id is not None:
        query = query.where(measures.c.author_id == author_id)
    if thread_id is not None:
        query = query.where(measures.c.thread_id == thread_id)
    return page_by_id(
        look,
        query,
        measures.c.id,
        _value,
        asked_of("measures", limit, cursor, states=set(states), author=author_id, thread=thread_id),
        newest_first=True,
    )


def of_approval(look: Reading, approval_id: str) -> list[MeasureRecord]:
    """Those that a second person is asked about together, in the order of asking."""
    query = select(measures).where(measures.c.approval_id == approval_id).order_by(measures.c.id)
    return [_value(row) for row in look.execute(query)]


def caused_by(look: Reading, comment_id: str) -> list[MeasureRecord]:
    """Measures on accounts for this comment that hold or wait, and those on the comment itself."""
    about = or_(measures.c.cause_id == comment_id, measures.c.comment_id == comment_id)
    query = select(measures).where(about, measures.c.state.in_((MeasureState.WAITING, MeasureState.IN_FORCE)))
    return [_value(row) for row in look.execute(query.order_by(measures.c.id))]


def naming(look: Reading, comment_id: str) -> list[MeasureRecord]:
    """Measures on accounts that were taken for this comment, whatever became of them, the oldest first."""
    query = select(measures).where(measures.c.cause_id == comment_id).order_by(measures.c.id)
    return [_value(row) for row in look.execute(query)]


def ever_caused_by(look: Reading, comment_id: str) -> list[MeasureRecord]:
    """Measures on this comment, and on accounts for it, whatever became of them, the oldest first."""
    about = or_(measures.c.cause_id == comment_id, measures.c.comment_id == comment_id)
    return [_value(row) for row in look.execute(select(measures).where(about).order_by(measures.c.id))]


def keep_appeal(unit: Unit, measure_id: str, note: str | None) -> None:
    """The words of whom it is about, who asked for another look."""
    unit.execute(update(measures).where(measures.c.id == measure_id).values(appeal_note=note))


def forget_appeals(unit: Unit, kind: str, *, before: datetime) -> int:
    """Removes the words of appeals that were answered before then (`kind`: of the questions); how many."""
    old = select(approvals.c.subject_id).where(approvals.c.kind == kind, approvals.c.answered_at < before)
    noted = and_(measures.c.appeal_note.is_not(None), measures.c.id.in_(old))
    return unit.execute(update(measures).where(noted).values(appeal_note=None)).rowcount


def set_approval(unit: Unit, measure_ids: Collection[str], approval_id: str) -> None:
    """Which question they wait for."""
    unit.execute(update(measures).where(measures.c.id.in_(list(measure_ids))).values(approval_id=approval_id))


def begin(unit: Unit, measure: MeasureRecord, *, now: datetime) -> MeasureRecord:
    """A second person agreed: it holds from now on. Raises `ConflictError` where it waits no more."""
    return _changed(unit, measure.id, MeasureState.WAITING, _begun(measure.days, False, now))


def end(
    unit: Unit, measure: MeasureRecord, state: MeasureState, *, by: str | None, why: str, now: datetime
) -> MeasureRecord:
    """Over, lifted or refused. Raises `ConflictError` where it was before."""
    values = {"state": state, "ended_at": now, "ended_by": by, "ended_why": why}
    return _changed(unit, measure.id, measure.state, values)


def due(look: Reading, *, now: datetime, limit: int) -> list[MeasureRecord]:
    """Those whose time is over."""
    over = and_(measures.c.state == MeasureState.IN_FORCE, measures.c.ends_at <= now)
    query = select(measures).where(over).order_by(measures.c.ends_at, measures.c.id).limit(limit)
    return [_value(row) for row in look.execute(query)]


def is_account_held(look: Reading, author_index: str, *, now: datetime) -> bool:
    """Whether a measure or an entry of a list holds or refuses the account of this keyed hash."""
    return look.execute(select(1).where(_account_held(literal(author_index), now))).first() is not None


def _account_held(author_index: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    m, a, e = measures.alias("holds").c, authors.c, list_entries.c
    lasts = or_(m.ends_at.is_(None), m.ends_at > now)
    holds = and_(a.author_index == author_index, m.author_id == a.id, m.measure.in_(HOLDING), lasts)
    counts = and_(e.removed_at.is_(None), e.waits_since.is_(None), or_(e.expires_at.is_(None), e.expires_at > now))
    listed = and_(e.kind == ACCOUNT, e.key == author_index, e.action != ListAction.ALLOW.value, counts)
    return or_(exists().where(holds, m.state == MeasureState.IN_FORCE), exists().where(listed))


class Unshown(StrEnum):
    """Why a measure speaks of something that is there no more, or not as it was."""

    ERASED = "erased"
    BLOCKED = "blocked"
    CHANGED = "changed"
    HELD = "held"


def unshown(look: Reading, *, measure: str, now: datetime, limit: int) -> list[tuple[MeasureRecord, Unshown]]:
    """Measures of this name in force on comments that are blocked, erased, changed, or of an account that is held."""
    m, c, d, earlier = measures.c, comments.c, decisions.c, comment_revisions.c
    holds = select(func.coalesce(d.final_outcome, d.outcome)).where(d.comment_id == c.id).order_by(d.id.desc())
    blocked = holds.limit(1).correlate(comments).scalar_subquery() == Outcome.BLOCK.value
    erased = c.erased_at.is_not(None)
    changed = exists().where(earlier.comment_id == m.comment_id, earlier.superseded_at > m.starts_at)
    held = _account_held(c.author_index, now)
    why = case(
        (erased, Unshown.ERASED.value), (blocked, Unshown.BLOCKED.value), (changed, Unshown.CHANGED.value),
        else_=Unshown.HELD.value,
    )  # fmt: skip
    query = (
        select(measures, why.label("why"))
        .join(comments, c.id == m.comment_id)
        .where(m.state == MeasureState.IN_FORCE, m.measure == measure, or_(erased, blocked, changed, held))
    )
    return [(_value(row), Unshown(row.why)) for row in look.execute(query.order_by(m.id).limit(limit))]


def unfounded(look: Reading, *, kind: str, before: datetime, limit: int) -> list[MeasureRecord]:
    """Measures on accounts in force whose comment was let stand since they began, and stands.

    By a verdict that was given until `before`, or by lifting what stopped it. Those of which a question of this `kind`
    was ever asked are left out.
    """
    m, d, given, stop = measures.c, decisions.c, verdicts.c, measures.alias("stop").c
    holds = select(func.coalesce(d.final_outcome, d.outcome)).where(d.comment_id == m.cause_id).order_by(d.id.desc())
    stands = holds.limit(1).correlate(measures).scalar_subquery() == Outcome.PASS.value
    decided = and_(given.verdict == VerdictKind.APPROVE, given.purpose == Purpose.DECIDE, given.undone_at.is_(None))
    since = and_(given.created_at > m.starts_at, given.created_at <= before)
    approved = exists().where(given.comment_id == m.cause_id, decided, since)
    lifted = exists().where(
        stop.comment_id == m.cause_id, stop.measure.in_(STOPPING), stop.state == MeasureState.LIFTED,
        stop.ended_at > m.starts_at,
    )  # fmt: skip
    asked = exists().where(approvals.c.kind == kind, approvals.c.subject_id == m.id)
    held = and_(m.state == MeasureState.IN_FORCE, m.target_kind == TargetKind.AUTHOR, m.cause_id.is_not(None))
    query = select(measures).where(held, stands, or_(approved, lifted), ~asked).order_by(m.id).limit(limit)
    return [_value(row) for row in look.execute(query)]


def taken_since(look: Reading, author_id: str, moment: datetime) -> list[MeasureRecord]:
    """Measures on the account that began since then and were neither taken back nor replaced, the oldest first."""
    counts = measures.c.state.in_((MeasureState.IN_FORCE, MeasureState.ENDED))
    query = select(measures).where(measures.c.author_id == author_id, measures.c.starts_at >= moment, counts)
    return [_value(row) for row in look.execute(query.order_by(measures.c.starts_at, measures.c.id))]


def asked_since(look: Reading, who: Collection[str], moment: datetime) -> int:
    """How many somebody asked for by themselves since then and nobody had to agree to; `who` is all that they go by."""
    alone = and_(measures.c.asked_by.in_(who), measures.c.created_at >= moment, measures.c.approval_id.is_(None))
    return int(look.execute(select(func.count()).where(alone)).scalar_one())


def alone_on(look: Reading, new: NewMeasure, who: Collection[str], since: datetime) -> list[MeasureRecord]:
    """What somebody held the same account or thread by since then by their word alone, the oldest first."""
    m = measures.c
    mine = (m.asked_by.in_(who), m.approval_id.is_(None), m.measure.in_(HOLDING), m.starts_at >= since)
    query = select(measures).where(*_same_target(new), *mine)
    return [_value(row) for row in look.execute(query.order_by(m.id))]


def length_of(taken: Iterable[MeasureRecord]) -> timedelta:
    """For how long these held together, and will by what runs; with an end."""
    spans = ((each.starts_at, each.ended_at or each.ends_at) for each in taken)
    return sum((until - begun for begun, until in spans if begun and until), timedelta(0))


def taken_before(look: Reading, made: MeasureRecord, *, within: timedelta = timedelta(days=365)) -> int:
    """How many measures on the same account began in that time before it and were not taken back."""
    if made.author_id is None or made.starts_at is None:
        return 0
    counts = measures.c.state.in_((MeasureState.IN_FORCE, MeasureState.ENDED))
    earlier = measures.c.starts_at >= made.starts_at - within, measures.c.id < made.id
    query = select(func.count()).where(measures.c.author_id == made.author_id, *earlier, counts)
    return int(look.execute(query).scalar_one())


def begun(look: Reading, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """How many began in `since <= moment < until`, by what they are and on what; taken back since, they did begin."""
    what = measures.c.target_kind, measures.c.measure
    query = select(*what, func.count().label("number")).where(_began(since, until)).group_by(*what)
    return {(row.target_kind, row.measure): row.number for row in look.execute(query)}


def on_accounts(look: Reading, since: datetime, until: datetime) -> list[MeasureRecord]:
    """Those on accounts that began in the span, the oldest first."""
    mine = and_(measures.c.target_kind == TargetKind.AUTHOR, _began(since, until))
    return [_value(row) for row in look.execute(select(measures).where(mine).order_by(measures.c.id))]


def stopping(look: Reading, comment_id: str, *, at: datetime | None = None) -> MeasureRecord | None:
    """The last one for which a comment is not shown, or for which it was not at a moment that is over."""
    m = measures.c
    then = m.state == MeasureState.IN_FORCE
    if at is not None:
        then = and_(m.starts_at <= at, or_(m.ended_at.is_(None), m.ended_at > at))
    query = select(measures).where(m.comment_id == comment_id, m.measure.in_(STOPPING), then).order_by(m.id.desc())
    found = look.execute(query.limit(1)).one_or_none()
    return None if found is None else _value(found)


def held_by(look: Reading, author_id: str) -> tuple[Held, ...]:
    """What holds an account; who uses it looks whether its time is over."""
    m = measures.c
    runs = and_(m.author_id == author_id, m.state == MeasureState.IN_FORCE, m.measure.in_(HOLDING))
    query = select(measures).where(runs).order_by(m.id)
    found = [_value(row) for row in look.execute(query)]
    return tuple(Held(each.measure, each.ground, each.closed, each.ends_at) for each in found)


def of_account(look: Reading, author_id: str, state: MeasureState) -> list[MeasureRecord]:
    """Measures on the account in this state, the oldest first."""
    m = measures.c
    query = select(measures).where(m.author_id == author_id, m.target_kind == TargetKind.AUTHOR, m.state == state)
    return [_value(row) for row in look.execute(query.order_by(m.id))]


def any_holds(look: Reading) -> bool:
    """Whether any account was ever held, so that who asks for every comment may spare it."""
    query = select(measures.c.id).where(measures.c.author_id.is_not(None), measures.c.measure.in_(HOLDING))
    return look.execute(query.limit(1)).first() is not None


def holding_thread(look: Reading, thread_id: str) -> tuple[HeldThread, ...]:
    """What holds a thread; who uses it looks whether its time is over."""
    m = measures.c
    runs = and_(m.thread_id == thread_id, m.state == MeasureState.IN_FORCE, m.measure.in_(HOLDING))
    found = [_value(row) for row in look.execute(select(measures).where(runs).order_by(m.id))]
    return tuple(
        HeldThread(one.id, one.measure, one.ground, one.reason_zh, one.reason_en, one.closed, one.ends_at)
        for one in found
    )


def find(look: Reading, measure_id: str) -> MeasureRecord | None:
    """The measure; None where there is none."""
    found = look.execute(select(measures).where(measures.c.id == measure_id)).one_or_none()
    return None if found is None else _value(found)


def held_thread(look: Reading, thread_id: str, ground: str, *, at: datetime) -> MeasureRecord | None:
    """What held a thread on this ground at that moment, the newest; of decisions that do not name it."""
    m = measures.c
    on = m.thread_id == thread_id, m.ground == ground, m.measure.in_(HOLDING), m.starts_at <= at
    query = select(measures).where(*on, or_(m.ended_at.is_(None), m.ended_at > at)).order_by(m.id.desc()).limit(1)
    found = look.execute(query).one_or_none()
    return None if found is None else _value(found)


def held_author(look: Reading, author_id: str, *, at: datetime) -> list[MeasureRecord]:
    """What held an account at that moment, over since or not, the newest first."""
    m = measures.c
    on = m.author_id == author_id, m.measure.in_(HOLDING), m.starts_at <= at
    lasted = or_(m.ended_at.is_(None), m.ended_at > at), or_(m.ends_at.is_(None), m.ends_at > at)
    return [_value(row) for row in look.execute(select(measures).where(*on, *lasted).order_by(m.id.desc()))]


def on_reporters(
    look: Reading, reporter_ids: Collection[str], *, measure: str, since: datetime | None = None
) -> list[MeasureRecord]:
    """Measures of this name in force on any of these who report, begun since then, the newest first."""
    m = measures.c
    mine = and_(m.reporter_id.in_(list(reporter_ids)), m.measure == measure, m.state == MeasureState.IN_FORCE)
    query = select(measures).where(mine, *([] if since is None else [m.starts_at >= since]))
    return [_value(row) for row in look.execute(query.order_by(m.id.desc()))]


def of_reporter(look: Reading, reporter_id: str, measure: str) -> list[MeasureRecord]:
    """Every measure of this name on somebody who reports, the oldest first."""
    mine = and_(measures.c.reporter_id == reporter_id, measures.c.measure == measure)
    return [_value(row) for row in look.execute(select(measures).where(mine).order_by(measures.c.id))]


def any_thread_held(look: Reading) -> bool:
    """Whether any thread is held now."""
    m = measures.c
    runs = and_(m.thread_id.is_not(None), m.state == MeasureState.IN_FORCE, m.measure.in_(HOLDING))
    return look.execute(select(m.id).where(runs).limit(1)).first() is not None


def _began(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(measures.c.starts_at >= since, measures.c.starts_at < until)


def _begun(days: float | None, waits: bool, now: datetime) -> dict[str, Any]:
    if waits:
        return {"state": MeasureState.WAITING}
    ends_at = None if days is None else now + timedelta(days=days)
    return {"state": MeasureState.IN_FORCE, "starts_at": now, "ends_at": ends_at}


def _changed(unit: Unit, measure_id: str, before: MeasureState, values: dict[str, Any]) -> MeasureRecord:
    this = update(measures).where(measures.c.id == measure_id, measures.c.state == before)
    found = unit.execute(this.values(values).returning(measures)).one_or_none()
    if found is None:
        raise ConflictError(f"This measure is {get(unit, measure_id).state} already.")
    return _value(found)


def measure_of(row: Row[Any]) -> MeasureRecord:
    """The measure that a row of the table is; what stands beside its columns is left out."""
    return _value(row)


def _value(row: Row[Any]) -> MeasureRecord:
    return value_of(MeasureRecord, row, state=MeasureState, target_kind=TargetKind, closes=_functions)


def _functions(names: list[str]) -> tuple[Function, ...]:
    return tuple(Function(name) for name in names)
