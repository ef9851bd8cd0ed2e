"""The outbox: events written in the transaction of what they tell, and how far each is on its way to each endpoint.

An event that is committed is sent, at least once, to every endpoint that heard of its type when it happened; one whose
transaction was taken back is not. For each endpoint that something waits for there is one job (`jobs.py`): whoever has
it sends there, nobody else does. A sending is counted before it begins, so that what may have been heard of is never
withdrawn; what was begun and not noted (a worker was killed) is sent again under the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, insert, literal, select, update

from moderation.errors import ConflictError
from records import jobs, webhooks
from records.house_values import DeliveryRecord, DeliveryState, EndpointRecord
from records.ids import first_id_of, new_id
from records.inserting import insert_into
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import webhook_deliveries as deliveries
from records.tables import webhook_events as events
from records.unit_of_work import Reading, Unit

JOB = "webhooks"
"""The kind of the job that sends to one endpoint."""

KEEP_TRYING = timedelta(days=3)
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=8)
DELIVERED_KEPT = timedelta(days=7)
DEAD_KEPT = timedelta(days=30)
_AT_ONCE = 1000
"""Rows that one unit forgets."""

IS_DISABLED = "the endpoint was disabled"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be told. `data` holds no text of a comment and no pseudonym; `subject_id` is what withdraws it.

    Of events with the same `once` only the first is written.
    """

    type: str
    subject_id: str
    data: Mapping[str, Any]
    happened_at: datetime
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for an endpoint, and since when the oldest does."""

    endpoint_id: str
    waiting: int
    oldest: datetime


def put(unit: Unit, event: NewEvent, *, now: datetime, not_before: datetime | None = None) -> str | None:
    """Writes it for everybody who listens; its id, None where nobody does or it was told before.

    Nothing is sent before `not_before`, so that it can be withdrawn until then. For a disabled endpoint it becomes a
    dead letter at once.
    """
    audience = webhooks.listening(unit, event.type, since=event.happened_at)
    if not audience:
        return None
    event_id = _inserted(unit, event)
    if event_id is None:
        return None
    due = not_before or now
    unit.execute(insert(deliveries), [_row(event_id, endpoint, due, now) for endpoint in audience])
    awake = [endpoint.id for endpoint in audience if endpoint.disabled_at is None]
    unit.last(lambda: wake(unit, awake, at=due, now=now))
    return event_id


def withdraw(unit: Unit, subject_id: str) -> None:
    """Events about this are not sent. Raises `ConflictError` where one may have been heard of already."""
    mine = select(deliveries.c.id, deliveries.c.event_id, deliveries.c.attempts).join(events)
    mine = mine.where(events.c.subject_id == subject_id).order_by(deliveries.c.next_at, deliveries.c.id)
    found = unit.execute(mine.with_for_update(of=deliveries)).all()
    if any(row.attempts for row in found):
        raise ConflictError("The platform was told of this already. Open the case again, with a reason.")
    unit.execute(delete(deliveries).where(deliveries.c.id.in_([row.id for row in found])))
    unit.execute(delete(events).where(events.c.id.in_({row.event_id for row in found})))


def wake(unit: Unit, endpoint_ids: Iterable[str], *, at: datetime, now: datetime) -> None:
    """Somebody sends to these, not before `at`. Always in one order, so that no two units wait in a circle."""
    for endpoint_id in sorted(endpoint_ids):
        job = jobs.enqueue(
            unit, JOB, {"endpoint_id": endpoint_id}, now=now, run_at=at, unique_key=turn_of(endpoint_id)
        )  # fmt: skip
        jobs.hasten(unit, job, run_at=at)


def turn_of(endpoint_id: str) -> str:
    """What `jobs.take_turns` takes, by whoever changes what is sent to an endpoint."""
    return f"{JOB}:{endpoint_id}"


def take(unit: Unit, endpoint_id: str, *, count: int, now: datetime) -> list[DeliveryRecord]:
    """The next `count` that are due, counted as begun: commit, then send. The longest due first."""
    due = select(deliveries.c.id).where(_waits_for(endpoint_id), deliveries.c.next_at <= now)
    first = due.order_by(deliveries.c.next_at, deliveries.c.id).limit(count).with_for_update(key_share=True)
    ids = unit.execute(first).scalars().all()
    begun = {
        deliveries.c.attempts: deliveries.c.attempts + 1,
        deliveries.c.give_up_at: func.coalesce(
            deliveries.c.give_up_at, literal(now + KEEP_TRYING, deliveries.c.give_up_at.type)
        ),
    }
    unit.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(begun))
    query = _whole().where(deliveries.c.id.in_(ids)).order_by(deliveries.c.next_at, deliveries.c.id)
    return [_value(row) for row in unit.execute(query)]


def next_at(look: Reading, endpoint_id: str) -> datetime | None:
    """When something is due there next; None where nothing waits."""
    query = select(deliveries.c.next_at).where(_waits_for(endpoint_id)).order_by(deliveries.c.next_at).limit(1)
    return look.execute(query).scalar_one_or_none()


def delivered(unit: Unit, delivery: DeliveryRecord, *, status: int, now: datetime) -> None:
    """The endpoint took it."""
    _settle(unit, delivery, state=DeliveryState.DELIVERED, settled_at=now, status=status, error=None)


def failed(unit: Unit, delivery: DeliveryRecord, *, status: int | None, error: str, now: datetime) -> bool:
    """The endpoint did not take it: again later, or dead after three days of trying. Whether it is dead."""
    told = {"status": status, "error": error}
    last = delivery.give_up_at or now
    if now >= last:
        _settle(unit, delivery, state=DeliveryState.DEAD, settled_at=now, **told)
        return True
    _settle(unit, delivery, next_at=min(now + delay(delivery), last), **told)
    return False


def delay(delivery: DeliveryRecord) -> timedelta:
    """Three times as long after each attempt, up to eight hours, give or take a half, so that none come back at once.

    The share comes from id and attempt: spread like chance, and the same when asked again.
    """
    longest: timedelta = min(FIRST_DELAY * 3 ** min(delivery.attempts - 1, 12), LONGEST_DELAY)
    digest = hashlib.sha256(f"{delivery.id}:{delivery.attempts}".encode()).digest()
    return longest * (0.5 + int.from_bytes(digest[:4], "big") / 2**32)


def bury(
    unit: Unit, endpoint_id: str, *, error: str, now: datetime, made_before: datetime | None = None
) -> int:  # fmt: skip
    """Gives up whatever waits for an endpoint, or what was made before that moment; how much. It can be replayed."""
    waits = _waits_for(endpoint_id)
    if made_before is not None:
        waits = waits & (deliveries.c.made_at <= made_before)
    dead = {"state": DeliveryState.DEAD, "settled_at": now, "error": error}
    return unit.execute(update(deliveries).where(waits).values(dead)).rowcount


def drop(unit: Unit, endpoint_id: str) -> None:
    """Forgets what waits for an endpoint that is no more, and its dead letters."""
    undelivered = deliveries.c.state != DeliveryState.DELIVERED
    unit.execute(delete(deliveries).where(deliveries.c.endpoint_id == endpoint_id, undelivered))


def replay(unit: Unit, endpoint_id: str, *, now: datetime, ids: Collection[str] | None = None) -> int:
    """Dead letters of an endpoint wait again, all or those with these ids, for three days anew; how many."""
    dead = update(deliveries).where(deliveries.c.endpoint_id == endpoint_id, deliveries.c.state == DeliveryState.DEAD)
    if ids is not None:
        dead = dead.where(deliveries.c.id.in_(ids))
    anew = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": now, "give_up_at": None, "settled_at": None}
    count = unit.execute(dead.values(anew)).rowcount
    if count:
        unit.last(lambda: wake(unit, [endpoint_id], at=now, now=now))
    return count


def page(
    look: Reading,
    state: DeliveryState,
    *,
    endpoint_id: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[DeliveryRecord]:
    """Sendings in this state, oldest first, to all endpoints or one."""
    query = _whole().where(deliveries.c.state == state)
    if endpoint_id is not None:
        query = query.where(deliveries.c.endpoint_id == endpoint_id)
    return page_by_id(
        look,
        query,
        deliveries.c.id,
        _value,
        asked_of("deliveries", limit, cursor, state=state, endpoint=endpoint_id),
    )


def find(look: Reading, ids: Collection[str]) -> list[DeliveryRecord]:
    """The sendings with these ids, as far as there are any."""
    return [_value(row) for row in look.execute(_whole().where(deliveries.c.id.in_(ids)))]


def count_dead(look: Reading, endpoint_id: str) -> int:
    """How many dead letters there are for an endpoint."""
    mine = deliveries.c.endpoint_id == endpoint_id, deliveries.c.state == DeliveryState.DEAD
    return int(look.execute(select(func.count()).select_from(deliveries).where(*mine)).scalar_one())


def backlog(look: Reading) -> list[Backlog]:
    """What waits, by endpoint."""
    waits = deliveries.c.state == DeliveryState.WAITING
    counted = select(
        deliveries.c.endpoint_id, func.count().label("waiting"), func.min(deliveries.c.made_at).label("at")
    )
    rows = look.execute(counted.where(waits).group_by(deliveries.c.endpoint_id))
    return [Backlog(row.endpoint_id, row.waiting, row.at) for row in rows]


def held(look: Reading, endpoint_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """How much waits for each endpoint, and how many dead letters there are."""
    waiting = {each.endpoint_id: each.waiting for each in backlog(look)}
    return {each: (waiting.get(each, 0), count_dead(look, each)) for each in endpoint_ids}


def forget(unit: Unit, *, now: datetime) -> int:
    """Deletes what was delivered a week ago and what was given up a month ago, a thousand at a time; how many."""
    gone = _forget_settled(unit, DeliveryState.DELIVERED, now - DELIVERED_KEPT)
    gone += _forget_settled(unit, DeliveryState.DEAD, now - DEAD_KEPT)
    old = events.c.id < first_id_of(now - DELIVERED_KEPT)
    alone = select(events.c.id).where(old, ~exists().where(deliveries.c.event_id == events.c.id)).limit(_AT_ONCE)
    unit.execute(delete(events).where(events.c.id.in_(alone)))
    return gone


def _forget_settled(unit: Unit, state: DeliveryState, before: datetime) -> int:
    old = select(deliveries.c.id).where(deliveries.c.state == state, deliveries.c.settled_at < before).limit(_AT_ONCE)
    return unit.execute(delete(deliveries).where(deliveries.c.id.in_(old))).rowcount


def _inserted(unit: Unit, event: NewEvent) -> str | None:
    row = {
        "id": new_id(),
        "type": event.type,
        "subject_id": event.subject_id,
        "data": dict(event.data),
        "happened_at": event.happened_at,
        "once": event.once,
    }
    new = insert_into(events, unit.dialect).on_conflict_do_nothing(index_elements=["once"])
    return unit.execute(new.values(row).returning(events.c.id)).scalar_one_or_none()


def _row(event_id: str, endpoint: EndpointRecord, due: datetime, now: datetime) -> dict[str, Any]:
    dead = endpoint.disabled_at is not None
    return {
        "id": new_id(),
        "event_id": event_id,
        "endpoint_id": endpoint.id,
        "state": DeliveryState.DEAD if dead else DeliveryState.WAITING,
        "attempts": 0,
        "next_at": due,
        "error": IS_DISABLED if dead else None,
        "made_at": now,
        "settled_at": now if dead else None,
    }


def _waits_for(endpoint_id: str) -> ColumnElement[bool]:
    return (deliveries.c.endpoint_id == endpoint_id) & (deliveries.c.state == DeliveryState.WAITING)


def _settle(unit: Unit, delivery: DeliveryRecord, **values: object) -> None:
    """Where it waits still: it may have been dropped or given up while it was sent."""
    this = deliveries.c.id == delivery.id, deliveries.c.state == DeliveryState.WAITING
    unit.execute(update(deliveries).where(*this).values(values))


def _whole() -> Select[Any]:
    return select(deliveries, events.c.type, events.c.data, events.c.happened_at).join(events)


def _value(row: Row[Any]) -> DeliveryRecord:
    return value_of(DeliveryRecord, row, state=DeliveryState)
