"""Cases in somebody's hands: claimed, skipped, handed on, closed. When and by whom is `review/queue.py`'s business."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from records import knowing
from records.cases import ANYTHING, ESCALATED, NO_LEASE, NOT_KEPT, Wanted, case_of, changed, lease_values, lock_where
from records.inserting import insert_into
from records.known_as import known_as
from records.tables import cases, skips
from records.turns import turn_of
from records.unit_of_work import Reading, Unit
from records.values import KNOWN_ANSWER, CaseRecord, CaseState, Purpose
from records.waiting import (
    ANEW,
    CHOSEN,
    COMPLAINT,
    COMPLAINTS,
    FLAGGED,
    LIFE,
    MEASURES,
    free,
    in_order,
    passed_over,
    waiting_state,
)

SOON = timedelta(minutes=5)
"""From so long before its promise ends on a case is urgent."""

GRAVE = 1.0
"""From this priority on, too: the page calls it grave."""

_LOOKS = 3
"""So often at the most, in one claim, others are looked for in place of what was taken into a group just then."""

_LOOKED_AT = 50
"""Cases, the first by turn, among which what is urgent is looked for."""


def leased_by(look: Reading, owner: str, *, now: datetime) -> list[CaseRecord]:
    """What `owner` has in hand, longest first."""
    mine = and_(cases.c.state == CaseState.CLAIMED, cases.c.lease_owner == owner, cases.c.lease_expires_at > now)
    query = select(cases).where(mine).order_by(cases.c.lease_expires_at, cases.c.id)
    return [case_of(row) for row in look.execute(query)]


def claim(
    unit: Unit,
    owner: str,
    *,
    count: int,
    expires_at: datetime,
    now: datetime | None = None,
    wanted: Wanted = ANYTHING,
) -> list[CaseRecord]:
    """Leases the first `count` waiting cases that nobody else is taking just now (SKIP LOCKED on PostgreSQL).

    What a colleague handed to `owner` comes first; what they put off comes when its time is over, and not before, also
    where nothing else waits. Cases about which they were unsure, or
    gave the opinion that is to be checked, are for other eyes. `now` (the lease's end, if not given) is when cases kept
    for others or put off are anybody's again. What only measures overtakes nothing that is urgent.
    """
    moment, me = now or expires_at, known_as(unit, owner)
    handed = unit.execute(select(cases.c.id).where(cases.c.kept_for == owner)).scalars().all()
    parts = [and_(free(moment), ~passed_over(me, moment))]
    found: list[str] = []
    for _ in range(_LOOKS):
        asked = count - len(found)
        looked: list[str] = []
        for part in [cases.c.id.in_(handed), *parts] if handed else parts:
            looked += _next(unit, part, [*found, *looked], asked - len(looked), me, wanted, moment)
        still = _still_free(unit, looked, handed, moment)
        found += still
        if len(still) == len(looked):
            break
    return [lease(unit, case_id, owner, expires_at=expires_at) for case_id in found]


def _still_free(unit: Unit, locked: Sequence[str], handed: Sequence[str], now: datetime) -> list[str]:
    """Those of the cases that are free now that they are locked.

    PostgreSQL looks again at a row that changed before it was locked, and not at rows of other tables: a case that
    joined a group in that moment would be handed out, though another stands for it.
    """
    if not locked or unit.dialect == "sqlite":
        return list(locked)
    query = select(cases.c.id).where(cases.c.id.in_(locked), or_(cases.c.id.in_(handed), free(now)))
    still = set(unit.execute(query).scalars())
    return [case_id for case_id in locked if case_id in still]


def _next(
    unit: Unit,
    part: ColumnElement[bool],
    found: Sequence[str],
    count: int,
    me: Sequence[str],
    wanted: Wanted,
    now: datetime,
) -> list[str]:
    """The first `count` of `part` that are not found yet, locked: what comes ahead, then by turn."""
    if not count:
        return []
    columns = cases.c.id, cases.c.turn_at, MEASURES.label("measures")
    waiting = in_order(select(*columns).where(part, cases.c.id.not_in(found)), me, wanted)
    ahead = _ahead(unit, waiting, count)
    left = count - len(ahead)
    return ahead + (_first(unit, waiting.where(cases.c.id.not_in(ahead)), left, now) if left else [])


def _ahead(unit: Unit, waiting: Select[Any], count: int) -> list[str]:
    """What comes before all that waits by turn, locked: trusted flaggers' notices, and before these threats to life.

    Nothing where no such notice waits.
    """
    if not _flagged(unit, waiting, 1):
        return []
    life = unit.execute(_locked(waiting.where(cases.c.ahead == LIFE), count)).scalars().all()
    left = count - len(life)
    return [*life, *(unit.execute(_locked(_of_flaggers(waiting), left)).scalars().all() if left else ())]


def _flagged(look: Reading, waiting: Select[Any], count: int) -> list[str]:
    return list(look.execute(_of_flaggers(waiting).limit(count)).scalars())


def _of_flaggers(waiting: Select[Any]) -> Select[Any]:
    """Those in the queue of complaints: what was handed on to seniors, or is appealed, has its own order."""
    return waiting.where(cases.c.ahead == FLAGGED, cases.c.queue == COMPLAINTS)


def _first(unit: Unit, waiting: Select[Any], count: int, now: datetime) -> list[str]:
    """The first `count` by turn, locked; where one of them only measures, what is urgent comes before it."""
    taken = list(unit.execute(_locked(waiting, count)))
    if any(row.measures for row in taken) and (urgent := _urgent(unit, waiting, now)):
        taken += unit.execute(_locked(waiting.where(cases.c.id.in_(urgent)), count))
        taken.sort(key=lambda row: (row.measures, row.turn_at, row.id))
    return list(dict.fromkeys(row.id for row in taken))[:count]


def _locked(waiting: Select[Any], count: int) -> Select[Any]:
    return waiting.limit(count).with_for_update(skip_locked=True, key_share=True, of=cases)


def _urgent(look: Reading, waiting: Select[Any], now: datetime) -> list[str]:
    """Those of the first cases that decide something and cannot wait: promised soon, or late, or grave."""
    decide = waiting.where(~MEASURES).add_columns(cases.c.due_at, cases.c.priority).limit(_LOOKED_AT)
    return [row.id for row in look.execute(decide) if row.due_at <= now + SOON or row.priority >= GRAVE]


def anything_urgent(look: Reading, owner: str, *, now: datetime, wanted: Wanted = ANYTHING) -> bool:
    """Whether something waits for `owner` that nothing which only measures may overtake."""
    me = known_as(look, owner)
    waiting = in_order(select(cases.c.id).where(free(now), ~passed_over(me, now)), me, wanted)
    return bool(_urgent(look, waiting, now))


def skip(unit: Unit, case_id: str, moderator: str, *, reason: str, until: datetime | None, now: datetime) -> None:
    """The moderator does not get this case again (`until` None), or not before then."""
    values = {"reason": reason, "until": until, "created_at": now}
    row = {"case_id": case_id, "moderator": moderator, **values}
    written = insert_into(skips, unit.dialect).values(row)
    unit.execute(written.on_conflict_do_update(index_elements=["case_id", "moderator"], set_=values))


def skipped_since(look: Reading, case_id: str, moderator: str, *, since: datetime) -> bool:
    """Whether the moderator skipped this case since then."""
    mine = (skips.c.case_id == case_id, skips.c.moderator == moderator, skips.c.created_at >= since, CHOSEN)
    return look.execute(select(skips.c.case_id).where(*mine)).first() is not None


def unskip(unit: Unit, case_id: str, moderator: str) -> None:
    """As if the moderator had not skipped it."""
    unit.execute(delete(skips).where(skips.c.case_id == case_id, skips.c.moderator == moderator))


def put_off_until(look: Reading, owner: str, *, now: datetime) -> datetime | None:
    """When the first case that `owner` put off comes back to them, if it still waits."""
    mine = (skips.c.moderator == owner, skips.c.until > now, cases.c.state.in_((CaseState.OPEN, CaseState.ESCALATED)))
    query = select(func.min(skips.c.until)).join(cases, cases.c.id == skips.c.case_id).where(*mine)
    found: datetime | None = look.execute(query).scalar_one()
    return found


def lessons_of(look: Reading, owner: str) -> int:
    """How many lessons are theirs that they have not answered: in hand, or given back by nobody yet."""
    mine = and_(cases.c.purpose == Purpose.LESSON, cases.c.lease_owner == owner, cases.c.state == CaseState.CLAIMED)
    return int(look.execute(select(func.count()).select_from(cases).where(mine)).scalar_one())


def peek(look: Reading, owner: str, *, now: datetime, after: int = 0, wanted: Wanted = ANYTHING) -> CaseRecord | None:
    """The case that stands `after` others in `owner`'s way, as it waits; None where fewer do."""
    me = known_as(look, owner)
    mine = or_(cases.c.kept_for == owner, and_(free(now), ~passed_over(me, now)))
    waiting = in_order(select(cases).where(mine), me, wanted)
    ahead = _all_ahead(look, in_order(select(cases.c.id).where(mine), me, wanted), after + 1)
    if after < len(ahead):
        return case_of(look.execute(select(cases).where(cases.c.id == ahead[after])).one())
    found = look.execute(waiting.where(cases.c.id.not_in(ahead)).offset(after - len(ahead)).limit(1)).one_or_none()
    return None if found is None else case_of(found)


def _all_ahead(look: Reading, waiting: Select[Any], count: int) -> list[str]:
    """As `_ahead`, of the first `count`, for who only looks."""
    flagged = _flagged(look, waiting, count)
    if not flagged:
        return []
    life = look.execute(waiting.where(cases.c.ahead == LIFE).limit(count)).scalars().all()
    return [*life, *flagged][:count]


def waiting_by_queue(look: Reading, owner: str, *, now: datetime, wanted: Wanted, most: int) -> dict[str, int]:
    """How many of the first `most` cases that `owner` may be given wait in each queue, the next one's queue first."""
    me = known_as(look, owner)
    query = in_order(select(cases.c.queue).where(free(now), ~passed_over(me, now)), me, wanted).limit(most)
    return dict(Counter(look.execute(query).scalars()))


def lease(unit: Unit, case_id: str, owner: str, *, expires_at: datetime) -> CaseRecord:
    """Leases this very case, whatever it was; the caller has it locked."""
    case = changed(unit, case_id, **lease_values(owner, expires_at), **NOT_KEPT)
    knowing.had(unit, case, owner)
    return case


def prolong(unit: Unit, case_id: str, *, expires_at: datetime) -> CaseRecord:
    """The same lease, longer; the caller has the case locked."""
    return changed(unit, case_id, lease_expires_at=expires_at)


def put_back(unit: Unit, case: CaseRecord, *, queue: str | None = None) -> CaseRecord:
    """To the queue it came from, or to another, by whose promise its turn then comes; the caller has it locked."""
    target = queue or case.queue
    place = {} if target == case.queue else _no_later(unit, case, target)
    return changed(unit, case.id, queue=target, state=waiting_state(target), **place, **NO_LEASE, **NOT_KEPT)


def _no_later(unit: Unit, case: CaseRecord, queue: str) -> dict[str, Any]:
    """Its place in another queue. What somebody of the public was promised holds there too."""
    turn = turn_of(queue, case.priority, case.weight, opened=case.created_at, promises=unit.queues.promises)
    if case.why not in (COMPLAINT, *ANEW):
        return {"due_at": turn.due_at, "turn_at": turn.turn_at}
    return {"due_at": min(turn.due_at, case.due_at), "turn_at": min(turn.turn_at, case.turn_at)}


def hand_to(unit: Unit, case: CaseRecord, user_id: str, *, until: datetime) -> CaseRecord:
    """Back to its queue, where it waits for one person until then; the caller has it locked."""
    state = waiting_state(case.queue)
    return changed(unit, case.id, state=state, kept_for=user_id, kept_until=until, **NO_LEASE)


def keep_nothing_for(unit: Unit, user_id: str) -> None:
    """What was handed to this user is anybody's again."""
    lock_where(unit, cases.c.kept_for == user_id)
    unit.execute(update(cases).where(cases.c.kept_for == user_id).values(**NOT_KEPT))


def close(unit: Unit, case_id: str, *, now: datetime) -> CaseRecord:
    """Decided; the caller has the case locked."""
    knowing.settled(unit, case_id)
    return changed(unit, case_id, state=CaseState.CLOSED, closed_at=now, **NO_LEASE, **NOT_KEPT)


def reopen(unit: Unit, case_id: str, owner: str, *, expires_at: datetime) -> CaseRecord:
    """Open again in the hands of `owner`; the caller has the case locked."""
    changed(unit, case_id, closed_at=None)
    return lease(unit, case_id, owner, expires_at=expires_at)


def expire(unit: Unit, *, now: datetime, limit: int = 1000) -> int:
    """Puts cases whose lease has run out back into their queues; how many. Those in use just now come next time.

    A known answer was meant for one person and waits for nobody: it is closed.
    """
    over = select(cases.c.id).where(cases.c.state == CaseState.CLAIMED, cases.c.lease_expires_at <= now)
    found = unit.execute(over.limit(limit).with_for_update(skip_locked=True, key_share=True)).scalars().all()
    known = cases.c.purpose.in_(KNOWN_ANSWER)
    for values, which in (
        ({"state": CaseState.CLOSED, "closed_at": now}, known),
        ({"state": CaseState.ESCALATED}, and_(~known, cases.c.queue == ESCALATED)),
        ({"state": CaseState.OPEN}, and_(~known, cases.c.queue != ESCALATED)),
    ):
        if found:
            unit.execute(update(cases).where(cases.c.id.in_(found), which).values(**values, **NO_LEASE))
    return len(found)
