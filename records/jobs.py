"""Jobs: all that happens later. A worker leases a job, does it, and says so; a lease that runs out goes back.

A job is done at least once: a worker that is killed between its work and `done` leaves a job that another does again,
so handlers must be safe to repeat. It is never in two hands at once, and a worker that lost its lease can finish
nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update

from moderation.errors import ConflictError, NotFoundError
from records.house_values import JobRecord, JobState
from records.ids import new_id
from records.mapping import value_of
from records.tables import jobs
from records.unit_of_work import Reading, Unit

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(hours=6)

_NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_token": None, "lease_expires_at": None}


def enqueue(
    unit: Unit,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> JobRecord:
    """A job for `run_at` (at once if not given); the one that already waits under `unique_key`, if one does."""
    waiting = None if unique_key is None else _waiting(unit, unique_key)
    if waiting is not None:
        return waiting
    row = {
        "id": new_id(),
        "kind": kind,
        "payload": dict(payload),
        "state": JobState.READY,
        "run_at": run_at or now,
        "attempts": 0,
        "unique_key": unique_key,
        "created_at": now,
    }
    return _value(unit.execute(insert(jobs).values(row).returning(jobs)).one())


def claim(
    unit: Unit,
    owner: str,
    *,
    now: datetime,
    lease: timedelta = LEASE,
    kinds: Collection[str] | None = None,
    count: int = 1,
) -> list[JobRecord]:
    """Leases jobs that are due, or whose lease ran out, oldest first. The caller commits, then does them."""
    due = and_(jobs.c.state == JobState.READY, jobs.c.run_at <= now)
    query = select(jobs.c.id).where(or_(due, _abandoned(now)))
    if kinds is not None:
        query = query.where(jobs.c.kind.in_(kinds))
    first = query.order_by(jobs.c.run_at, jobs.c.id).limit(count).with_for_update(skip_locked=True, key_share=True)
    return [_lease(unit, job_id, owner, now + lease) for job_id in unit.execute(first).scalars().all()]


def heartbeat(unit: Unit, job: JobRecord, *, now: datetime, lease: timedelta = LEASE) -> JobRecord:
    """A longer lease for a job that takes its time. Raises `ConflictError` where it went to another worker."""
    return _finish(unit, job, lease_expires_at=now + lease)


def done(unit: Unit, job: JobRecord, *, now: datetime) -> None:
    """It is done. Raises `ConflictError` where it went to another worker."""
    _finish(unit, job, state=JobState.DONE, finished_at=now, last_error=None, **_NO_LEASE)


def fail(unit: Unit, job: JobRecord, error: str, *, now: datetime, max_attempts: int = MAX_ATTEMPTS) -> JobRecord:
    """Again later, or `dead` after `max_attempts`. Raises `ConflictError` where it went to another worker."""
    if job.attempts >= max_attempts:
        return _finish(unit, job, state=JobState.DEAD, finished_at=now, last_error=error, **_NO_LEASE)
    again = now + delay(job)
    return _finish(unit, job, state=JobState.READY, run_at=again, last_error=error, **_NO_LEASE)


def delay(job: JobRecord) -> timedelta:
    """Twice as long after each attempt, up to six hours, and up to a half more so that jobs that failed together part.

    The share comes from the job's id and attempt: spread like chance, and the same when asked again.
    """
    doubled: timedelta = FIRST_DELAY * 2 ** min(job.attempts - 1, 20)
    longest = min(doubled, LONGEST_DELAY)
    digest = hashlib.sha256(f"{job.id}:{job.attempts}".encode()).digest()
    share: float = int.from_bytes(digest[:4], "big") / 2**33
    return longest + longest * share


def get(look: Reading, job_id: str) -> JobRecord:
    """The job. Raises `NotFoundError`."""
    found = look.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such job.")
    return _value(found)


def is_due(look: Reading, kinds: Collection[str], *, now: datetime) -> bool:
    """Whether `claim` would find one: asked by who should not take the writer's turn for nothing."""
    due = and_(jobs.c.state == JobState.READY, jobs.c.run_at <= now)
    query = select(jobs.c.id).where(or_(due, _abandoned(now)), jobs.c.kind.in_(kinds)).limit(1)
    return look.execute(query).first() is not None


def take_turns(unit: Unit, unique_key: str) -> None:
    """Until this unit ends nobody else enqueues under this key, nor does what asks for this turn too."""
    if unit.dialect == "postgresql":  # SQLite has one writer anyway
        unit.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(unique_key, 0))))


def hasten(unit: Unit, job: JobRecord, *, run_at: datetime) -> None:
    """Not later than that; nothing changes for one that runs."""
    later = and_(jobs.c.id == job.id, jobs.c.state == JobState.READY, jobs.c.run_at > run_at)
    unit.execute(update(jobs).where(later).values(run_at=run_at))


def postpone(unit: Unit, job: JobRecord, *, run_at: datetime) -> JobRecord:
    """Given back to be gone on with then; no failure. Raises `ConflictError` where it went to another worker."""
    return _finish(unit, job, state=JobState.READY, run_at=run_at, **_NO_LEASE)


def drop(unit: Unit, job: JobRecord) -> None:
    """Done, and nobody needs to know. Raises `ConflictError` where it went to another worker."""
    _finish(unit, job, state=JobState.DONE, **_NO_LEASE)
    unit.execute(delete(jobs).where(jobs.c.id == job.id))


def counts(look: Reading) -> dict[JobState, int]:
    """How many there are in each state."""
    found = look.execute(select(jobs.c.state, func.count().label("many")).group_by(jobs.c.state))
    return {JobState(row.state): row.many for row in found}


def _waiting(unit: Unit, unique_key: str) -> JobRecord | None:
    take_turns(unit, unique_key)  # another process may be enqueueing the same
    alive = jobs.c.state.in_((JobState.READY, JobState.RUNNING))
    found = unit.execute(select(jobs).where(jobs.c.unique_key == unique_key, alive)).one_or_none()
    return None if found is None else _value(found)


def _abandoned(now: datetime) -> ColumnElement[bool]:
    return and_(jobs.c.state == JobState.RUNNING, jobs.c.lease_expires_at <= now)


def _lease(unit: Unit, job_id: str, owner: str, expires_at: datetime) -> JobRecord:
    values = {"state": JobState.RUNNING, "lease_owner": owner, "lease_token": secrets.token_urlsafe(16)}
    statement = (
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(**values, lease_expires_at=expires_at, attempts=jobs.c.attempts + 1)
    )
    return _value(unit.execute(statement.returning(jobs)).one())


def _finish(unit: Unit, job: JobRecord, **values: object) -> JobRecord:
    mine = and_(jobs.c.id == job.id, jobs.c.state == JobState.RUNNING, jobs.c.lease_token == job.lease_token)
    changed = unit.execute(update(jobs).where(mine).values(**values).returning(jobs)).one_or_none()
    if changed is None:
        raise ConflictError("This job's lease ran out and it went to another worker.")
    return _value(changed)


def _value(row: Row[Any]) -> JobRecord:
    return value_of(JobRecord, row, state=JobState)
