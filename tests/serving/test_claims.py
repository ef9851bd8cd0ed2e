"""A claim on an `Idempotency-Key` is given up with its request, also where nobody hears from the database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from moderation.errors import InProgressError, PartUnavailableError
from records import idempotency
from records.database import PART, Database
from records.idempotency import LOCKED, Replay, Request, Started
from records.personal import Keyring
from records.unit_of_work import Unit
from serving.idempotency import Claims, Once
from serving.parts import utc_now
from serving.writer import Writer

REQUEST = Request("key-1", "order-66", "POST", "/v1/score", b"body hash")


class SilentDatabase:
    """A real database whose word does not always come back: `deaf` commits are made, and nobody hears of it.

    `gone` units are not even opened.
    """

    def __init__(self, real: Database) -> None:
        self.real = real
        self.gone = self.deaf = False
        self.refused, self.heard = threading.Event(), threading.Event()

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        if self.gone:
            self.refused.set()
            raise PartUnavailableError(PART, "gone")
        with self.real.unit() as unit:
            yield unit
        if self.deaf:
            raise PartUnavailableError(PART, "gone in the middle of a commit")
        self.heard.set()


@pytest.fixture
def silent(database: Database) -> SilentDatabase:
    return SilentDatabase(database)


@contextmanager
def claims_over(database: object, keyring: Keyring) -> Iterator[Claims]:
    writer = Writer(database, keyring, utc_now, patience=20)  # type: ignore[arg-type]
    writer.start()
    yield Claims(writer, utc_now, keyring)
    writer.stop()


@pytest.fixture
def claims(silent: SilentDatabase, keyring: Keyring) -> Iterator[Claims]:
    with claims_over(silent, keyring) as made:
        yield made


@pytest.fixture
def elsewhere(database: Database, keyring: Keyring) -> Iterator[Claims]:
    """Another process over the same database."""
    with claims_over(database, keyring) as made:
        yield made


async def begun(claims: Claims) -> Once:
    once = await claims.begin(REQUEST)
    assert isinstance(once, Once)
    return once


def test_a_claim_that_was_made_unheard_is_given_up(claims: Claims, silent: SilentDatabase) -> None:
    async def ask() -> None:
        silent.deaf = True
        with pytest.raises(PartUnavailableError):
            await claims.begin(REQUEST)
        silent.deaf = False
        await begun(claims)

    asyncio.run(ask())


def test_a_claim_that_is_still_worked_on_is_kept(claims: Claims) -> None:
    async def ask() -> None:
        await begun(claims)
        with pytest.raises(InProgressError):
            await claims.begin(REQUEST)

    asyncio.run(ask())


def test_another_process_finds_the_key_free_once_the_database_answers(
    claims: Claims, silent: SilentDatabase, elsewhere: Claims
) -> None:
    async def ask() -> None:
        once = await begun(claims)
        silent.gone = True
        claims.give_up(once)
        assert await asyncio.to_thread(silent.refused.wait, 10)
        with pytest.raises(InProgressError):
            await elsewhere.begin(REQUEST)
        silent.heard.clear()
        silent.gone = False
        assert await asyncio.to_thread(silent.heard.wait, 10)
        await begun(elsewhere)

    asyncio.run(ask())


def test_what_was_given_up_is_forgotten_beyond_a_bound(
    claims: Claims, silent: SilentDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock runs out by itself: a database that is gone for hours takes no memory."""
    monkeypatch.setattr("serving.idempotency.MOST_GIVEN_UP", 1)

    async def ask() -> None:
        first = await begun(claims)
        other = Request("key-1", "order-67", "POST", "/v1/score", b"body hash")
        second = await claims.begin(other)
        assert isinstance(second, Once)
        silent.gone = True
        claims.give_up(first)
        claims.give_up(second)
        assert await asyncio.to_thread(silent.refused.wait, 10)
        silent.gone = False
        await begun(claims)
        with pytest.raises(InProgressError):
            await claims.begin(other)

    asyncio.run(ask())


class Clock:
    def __init__(self) -> None:
        self.late = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.late


def test_what_a_process_that_is_gone_worked_on_is_free_within_seconds(
    claims: Claims, silent: SilentDatabase, keyring: Keyring
) -> None:
    """Its lock is not renewed any more. One that lives keeps what it works on, however long that takes."""

    async def ask() -> None:
        await begun(claims)

    asyncio.run(ask())  # its loop ends with the request still under way: nobody is left to renew or give up
    late, kept = Clock(), idempotency.keyed(REQUEST, keyring)
    late.late = LOCKED - timedelta(seconds=1)
    for seconds, free in ((0, False), (2, True)):
        late.late += timedelta(seconds=seconds)
        with silent.real.unit() as unit:
            if not free:
                with pytest.raises(InProgressError):
                    idempotency.begin(unit, idempotency.to_start(kept), now=late())
                continue
            assert isinstance(idempotency.begin(unit, idempotency.to_start(kept), now=late()), Started)


def test_what_takes_longer_than_its_lock_stays_whose_it_is(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.idempotency.RENEWED_SECONDS", 0.01)
    clock = Clock()
    writer = Writer(database, keyring, clock, patience=20)
    writer.start()
    claims, renewed = Claims(writer, clock, keyring), asyncio.Event()
    renew = idempotency.renew

    async def ask() -> None:
        loop = asyncio.get_running_loop()

        def tell(*given: Any, **named: Any) -> None:
            renew(*given, **named)
            if clock.late:
                loop.call_soon_threadsafe(renewed.set)

        monkeypatch.setattr(idempotency, "renew", tell)
        once = await begun(claims)
        clock.late = LOCKED - timedelta(seconds=1)
        await asyncio.wait_for(renewed.wait(), 20)
        await asyncio.sleep(0.05)
        clock.late += timedelta(seconds=2)
        with pytest.raises(InProgressError):
            await claims.begin(REQUEST)
        await writer.run(lambda unit: once.then({"a": 1})(unit, ()))
        claims.done(once)
        assert Replay(200, {"a": 1}) == await claims.begin(REQUEST)

    asyncio.run(ask())
    writer.stop()
