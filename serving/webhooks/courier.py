"""Sends what waits in the outbox: many endpoints at once, each in one hand, none at another's cost.

Every endpoint that something waits for has one job. Whoever claims it sends a few events at a time, notes what became
of them in the same transaction that takes the next, and lays the job down after some seconds, behind those of others.
An endpoint that does not answer is left to rest, longer each time, and then tried with a single event: a thousand
events that wait for it cost as many requests as one. Order is not promised: an event that failed comes later than those
after it.

A worker that is killed between an answer and its note leaves events that are sent again, under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from governance import webhooks as governing
from governance.events import message
from moderation.errors import ChaffinchError, ConfigError, ConflictError
from records import jobs, moved_away, outbox, webhooks
from records.database import Database
from records.house_values import DeliveryRecord, EndpointRecord, JobRecord
from records.personal import Keyring
from records.unit_of_work import Unit
from records.webhooks import Health
from serving.logs import frames, log
from serving.webhooks.signing import signed

if TYPE_CHECKING:  # its libraries are loaded by who sends
    from serving.webhooks.sending import Answer, Sender

    Sent = tuple[DeliveryRecord, Answer]

AT_ONCE = 4
"""Requests to one endpoint at the same time; one where the last ones failed."""

ENDPOINTS_AT_ONCE = 16
TURN_SECONDS = 10.0
"""After so long an endpoint's job goes behind those of others."""

LEASE = timedelta(seconds=30)
"""Longer than a request may take; what a killed worker had in hand waits for its end."""

GRACE_SECONDS = 5.0
"""How long requests under way may take once the worker was asked to stop."""

FIRST_REST = timedelta(seconds=2)
LONGEST_REST = timedelta(minutes=1)
LATER = timedelta(minutes=1)
"""When a job that could not be done at all is tried again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent next, and how it is signed."""

    endpoint: EndpointRecord
    secrets: tuple[str, ...] = field(repr=False)
    deliveries: tuple[DeliveryRecord, ...]


class Courier:
    """Start and stop it; it works in a thread of its own."""

    def __init__(
        self,
        database: Database,
        keyring: Callable[[], Keyring],
        sender: Callable[[], Sender],
        *,
        owner: str,
        now: Callable[[], datetime],
        every: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sender` is made within the loop that uses it, once there is something to send; `owner` names the leases."""
        self._database = database
        self._open_keyring = keyring
        self._keyring: Keyring | None = None
        self._make_sender = sender
        self._owner = owner
        self._now = now
        self._every = every
        self._clock = clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Starts sending."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the requests that are under way; what takes longer is sent again by another worker."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=GRACE_SECONDS + 2 * self._every + 2)

    def _run(self) -> None:
        with ThreadPoolExecutor(4, thread_name_prefix="webhooks") as threads:
            asyncio.run(self._work(threads))

    async def _work(self, threads: ThreadPoolExecutor) -> None:
        asyncio.get_running_loop().set_default_executor(threads)
        busy: set[asyncio.Task[None]] = set()
        async with AsyncExitStack() as stack:
            sender: Sender | None = None
            while not self._ending.is_set():
                for job in await self._claim(ENDPOINTS_AT_ONCE - len(busy)):
                    if sender is None:
                        sender = await stack.enter_async_context(self._make_sender())
                    busy.add(asyncio.create_task(self._serve(job, sender)))
                busy = await self._wait(busy)
            await self._finish(busy)

    async def _wait(self, busy: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Until it is time to look again, or somebody has a hand free; those still at work."""
        if not busy:
            await asyncio.sleep(self._every)
            return busy
        return (await asyncio.wait(busy, timeout=self._every, return_when=asyncio.FIRST_COMPLETED))[1]

    async def _finish(self, busy: set[asyncio.Task[None]]) -> None:
        if not busy:
            return
        _, late = await asyncio.wait(busy, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _claim(self, count: int) -> list[JobRecord]:
        if count < 1:
            return []
        try:
            return await asyncio.to_thread(self._claimed, count)
        except ChaffinchError as error:
            log.warning("webhooks_wait", detail=str(error))
        except Exception as error:  # the next look may find things mended
            log.error("webhooks_failed", error=type(error).__name__, where=frames(error))
        return []

    def _claimed(self, count: int) -> list[JobRecord]:
        """Looks before it takes the writer's turn: mostly there is nothing to do."""
        now = self._now()
        with self._database.reading() as look:
            if moved_away.found(look) or not jobs.is_due(look, (outbox.JOB,), now=now):
                return []
        with self._database.unit() as unit:
            claimed = jobs.claim(unit, self._owner, now=now, lease=LEASE, kinds=(outbox.JOB,), count=count)
            unit.commit()
        return claimed

    async def _serve(self, job: JobRecord, sender: Sender) -> None:
        """Sends to one endpoint until nothing is due, it fails, or others should have their turn."""
        started = self._clock()
        sent: list[Sent] = []
        try:
            while True:
                over = self._ending.is_set() or self._clock() - started > TURN_SECONDS
                batch = await asyncio.to_thread(self._next, job, sent, over)
                if batch is None:
                    return
                sent = await self._send(batch, sender)
        except ConflictError:
            log.warning("job_lost", kind=job.kind, job=job.id)
        except Exception as error:  # whatever failed, the job is tried again
            log.error("job_failed", kind=job.kind, job=job.id, error=type(error).__name__, where=frames(error))
            await asyncio.to_thread(self._put_off, job)

    async def _send(self, batch: Batch, sender: Sender) -> list[Sent]:
        answers = await asyncio.gather(*(self._one(batch, delivery, sender) for delivery in batch.deliveries))
        return list(zip(batch.deliveries, answers, strict=True))

    async def _one(self, batch: Batch, delivery: DeliveryRecord, sender: Sender) -> Answer:
        body = orjson.dumps(message(delivery.type, delivery.data, happened_at=delivery.happened_at))
        headers = signed(delivery.event_id, body, batch.secrets, now=self._now())
        answer = await sender.send(batch.endpoint.url, body, headers)
        if not answer.taken:
            told = {"event_id": delivery.event_id, "attempt": delivery.attempts, "error": answer.error}
            log.warning("webhook_not_taken", endpoint=batch.endpoint.id, status=answer.status, **told)
        return answer

    def _next(self, job: JobRecord, sent: Sequence[Sent], over: bool) -> Batch | None:
        """Notes what was sent and takes what is due next; None where the job was laid down.

        Keys are opened before the transaction, which they would wait for, and anew where one is missing: they may have
        been rotated.
        """
        keyring = self._keyring = self._keyring or self._open_keyring()
        try:
            return self._step(job, sent, over, keyring)
        except ConfigError:
            keyring = self._keyring = self._open_keyring()
            return self._step(job, sent, over, keyring)

    def _step(self, job: JobRecord, sent: Sequence[Sent], over: bool, keyring: Keyring) -> Batch | None:
        endpoint_id, now = str(job.payload["endpoint_id"]), self._now()
        with self._database.unit() as unit:
            jobs.take_turns(unit, outbox.turn_of(endpoint_id))
            jobs.heartbeat(unit, job, now=now, lease=LEASE)
            endpoint = _noted(unit, endpoint_id, sent, now)
            batch = None if endpoint is None or over else _batch(unit, endpoint, keyring, now)
            if batch is None:
                _lay_down(unit, job, endpoint, now)
            unit.commit()
        return batch

    def _put_off(self, job: JobRecord) -> None:
        try:
            with self._database.unit() as unit:
                jobs.postpone(unit, job, run_at=self._now() + LATER)
                unit.commit()
        except ChaffinchError as error:  # its lease runs out, and another takes it
            log.warning("job_lost", kind=job.kind, job=job.id, detail=str(error))


def _batch(unit: Unit, endpoint: EndpointRecord, keyring: Keyring, now: datetime) -> Batch | None:
    if endpoint.resting_until is not None and endpoint.resting_until > now:
        return None
    stored = webhooks.secrets_of(unit, endpoint.id, now=now)
    secrets = tuple(webhooks.reveal(keyring, each) for each in stored)
    taken = outbox.take(unit, endpoint.id, count=1 if endpoint.failures else AT_ONCE, now=now)
    return Batch(endpoint, secrets, tuple(taken)) if taken else None


def _noted(unit: Unit, endpoint_id: str, sent: Sequence[Sent], now: datetime) -> EndpointRecord | None:
    """The endpoint after what became of `sent`; None where nothing is sent to it any more."""
    endpoint = webhooks.find(unit, endpoint_id)
    if endpoint is None or endpoint.removed_at is not None:
        outbox.drop(unit, endpoint_id)
        return None
    if sent:
        endpoint = _settled(unit, endpoint, sent, now)
    if endpoint.disabled_at is not None:
        outbox.bury(unit, endpoint_id, error=outbox.IS_DISABLED, now=now)
        return None
    return endpoint


def _settled(unit: Unit, endpoint: EndpointRecord, sent: Sequence[Sent], now: datetime) -> EndpointRecord:
    died = 0
    for delivery, answer in sent:
        if answer.taken:
            outbox.delivered(unit, delivery, status=answer.status or 0, now=now)
        else:
            died += outbox.failed(unit, delivery, status=answer.status, error=answer.error, now=now)
    answers = [answer for _, answer in sent]
    health = _health(endpoint, answers, now)
    if health.failing_since is not None and now - health.failing_since >= outbox.KEEP_TRYING:
        long_ago = now - outbox.KEEP_TRYING
        died += outbox.bury(unit, endpoint.id, error="it took nothing for three days", now=now, made_before=long_ago)
    noted = webhooks.note(unit, endpoint.id, health, died=died)
    if any(answer.gone for answer in answers) and noted.disabled_at is None:
        log.warning("webhook_disabled", endpoint=endpoint.id, why=governing.GONE)
        return governing.gone(unit, endpoint.id, now=now)
    return noted


def _health(endpoint: EndpointRecord, answers: Sequence[Answer], now: datetime) -> Health:
    taken = sum(answer.taken for answer in answers)
    failed = len(answers) - taken
    if taken:
        return Health(taken, failed)
    failures = endpoint.failures + 1
    unwell = any(answer.unwell for answer in answers)
    rest = now + _rest(failures, max(answer.retry_after for answer in answers)) if unwell else None
    return Health(0, failed, failures, endpoint.failing_since or now, rest)


def _rest(failures: int, asked: float) -> timedelta:
    """Twice as long after each failure in a row, up to a minute, or as long as the receiver asks for."""
    longest: timedelta = min(FIRST_REST * 2 ** min(failures - 1, 10), LONGEST_REST)
    return max(longest * random.uniform(0.5, 1), timedelta(seconds=asked))  # noqa: S311 - spreads, hides nothing


def _lay_down(unit: Unit, job: JobRecord, endpoint: EndpointRecord | None, now: datetime) -> None:
    """Until something is due; for good where nothing waits. Who writes an event meanwhile waits for this turn's end."""
    due = None if endpoint is None else outbox.next_at(unit, endpoint.id)
    if endpoint is None or due is None:
        jobs.drop(unit, job)
        return
    jobs.postpone(unit, job, run_at=max(due, now, endpoint.resting_until or now))
