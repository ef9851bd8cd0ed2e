from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from moderation.comment import Comment
from moderation.errors import PartUnavailableError
from moderation.pipeline import Engine
from records import decisions
from records.database import Database
from records.ids import new_id
from records.personal import Keyring
from records.storing import Answered, Stored, store_decisions
from records.unit_of_work import Unit
from serving.errors import MaybeStoredError, OverloadedError
from serving.parts import utc_now
from serving.writer import Writer
from tests.fakes import KeywordScorer
from tests.serving.loaders import shipped_policies, shipped_rules, taxonomy

ENGINE = Engine(taxonomy(), shipped_rules(), shipped_policies(), KeywordScorer({}))


def answered(text: str = "好", decision_id: str | None = None) -> Answered:
    comment = Comment(text=text)
    return Answered(comment, ENGINE.judge(comment), decision_id or new_id(), 1.0)


class CountingDatabase:
    """Opens units of a real database and counts them; `gate` holds the first one back."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.units = 0
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        self.units += 1
        self.entered.set()
        assert self.gate.wait(20)
        with self.real.unit() as unit:
            yield unit


@pytest.fixture
def counting(database: Database) -> CountingDatabase:
    return CountingDatabase(database)


@pytest.fixture
def writer(counting: CountingDatabase, keyring: Keyring) -> Iterator[Writer]:
    made = Writer(counting, keyring, utc_now, most_waiting=100, patience=20)  # type: ignore[arg-type]
    made.start()
    yield made
    counting.gate.set()
    made.stop()


def ids_on_disk(database: Database) -> set[str]:
    with database.reading() as look:
        return {record.id for record in decisions.page(look, limit=200).items}


async def behind_one(counting: CountingDatabase, writer: Writer, *more: Any) -> list[Any]:
    """Runs `more` so that all of it waits behind one write that is under way; outcomes of `more`."""
    counting.gate.clear()
    first = asyncio.create_task(writer.store([answered()]))
    await asyncio.to_thread(counting.entered.wait, 10)
    tasks = [asyncio.create_task(one) for one in more]
    await asyncio.sleep(0)
    counting.gate.set()
    await first
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def test_requests_that_wait_together_share_a_commit(
    writer: Writer, counting: CountingDatabase, database: Database
) -> None:
    items = [answered() for _ in range(20)]
    asyncio.run(behind_one(counting, writer, *(writer.store([item]) for item in items)))
    assert 2 == counting.units
    assert {item.decision_id for item in items} <= ids_on_disk(database)


def test_a_row_that_cannot_be_stored_fails_alone(
    writer: Writer, counting: CountingDatabase, database: Database
) -> None:
    good, twice = [answered() for _ in range(3)], new_id()
    asyncio.run(writer.store([answered(decision_id=twice)]))
    stores = [writer.store([item]) for item in (good[0], answered(decision_id=twice), good[1], good[2])]
    outcomes = asyncio.run(behind_one(counting, writer, *stores))
    assert [False, True, False, False] == [isinstance(outcome, Exception) for outcome in outcomes]
    assert {item.decision_id for item in good} <= ids_on_disk(database)


def test_what_belongs_together_is_stored_whole_or_not_at_all(writer: Writer, database: Database) -> None:
    good, twice = answered(), answered()
    with pytest.raises(Exception, match="UNIQUE"):
        asyncio.run(writer.store([good, twice, twice]))
    assert set() == ids_on_disk(database)


def test_what_follows_is_in_the_same_transaction(writer: Writer, database: Database) -> None:
    def fail(_: Unit, __: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(writer.store([answered()], fail))
    assert set() == ids_on_disk(database)


def test_beyond_the_bound_there_is_a_refusal_at_once(counting: CountingDatabase, keyring: Keyring) -> None:
    writer = Writer(counting, keyring, utc_now, most_waiting=2, patience=20)  # type: ignore[arg-type]
    writer.start()
    counting.gate.clear()

    async def offer() -> None:
        waiting = [asyncio.create_task(writer.store([answered()])) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await writer.store([answered()])
        counting.gate.set()
        await asyncio.gather(*waiting)

    asyncio.run(offer())
    writer.stop()


def test_a_database_that_is_gone_is_said_to_everybody_who_waits(tmp_path: Path, keyring: Keyring) -> None:
    writer = Writer(Database(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}"), keyring, utc_now)
    writer.start()

    async def all_of_them() -> list[object]:
        return list(await asyncio.gather(*(writer.store([answered()]) for _ in range(5)), return_exceptions=True))

    assert [PartUnavailableError] * 5 == [type(outcome) for outcome in asyncio.run(all_of_them())]
    writer.stop()


def test_a_database_that_hangs_is_not_waited_for_for_ever(counting: CountingDatabase, keyring: Keyring) -> None:
    writer = Writer(counting, keyring, utc_now, patience=0.2)  # type: ignore[arg-type]
    writer.start()
    counting.gate.clear()
    with pytest.raises(PartUnavailableError):
        asyncio.run(writer.store([answered()]))
    counting.gate.set()
    writer.stop()


def test_what_was_refused_is_not_stored_afterwards(counting: CountingDatabase, keyring: Keyring) -> None:
    writer = Writer(counting, keyring, utc_now, patience=0.3)  # type: ignore[arg-type]
    counting.gate.clear()
    writer.start()
    refused, waits = answered(), answered()

    async def ask() -> list[object]:
        first = asyncio.create_task(writer.store([refused]))
        while not counting.entered.is_set():
            await asyncio.sleep(0.01)
        second = asyncio.create_task(writer.store([refused_too]))
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        third = asyncio.create_task(writer.store([waits]))
        counting.gate.set()
        return [*outcomes, await third]

    refused_too = answered()
    outcomes = asyncio.run(ask())
    writer.stop()
    assert [PartUnavailableError, PartUnavailableError, type(None)] == [type(each) for each in outcomes]
    assert {waits.decision_id} == ids_on_disk(counting.real)


def test_a_commit_that_has_begun_is_waited_for(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, begun = Unit.commit, threading.Event()

    def slow(unit: Unit) -> None:
        begun.set()
        threading.Event().wait(0.5)
        commit(unit)

    monkeypatch.setattr(Unit, "commit", slow)
    writer = Writer(database, keyring, utc_now, patience=0.4)
    writer.start()
    item = answered()
    asyncio.run(writer.store([item]))
    writer.stop()
    assert begun.is_set()
    assert {item.decision_id} == ids_on_disk(database)


def test_a_commit_that_never_ends_or_breaks_is_told_as_unknown(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: Unit) -> None:
        raise PartUnavailableError("database", "the connection is gone")

    hung = threading.Event()
    for broken in (lost, lambda _: hung.wait(5)):
        monkeypatch.setattr(Unit, "commit", broken)
        writer = Writer(database, keyring, utc_now, patience=0.2)
        writer.start()
        with pytest.raises(MaybeStoredError):
            asyncio.run(writer.store([answered()]))
        hung.set()
        writer.stop()
        hung.clear()


def test_what_was_asked_before_the_stop_is_written(counting: CountingDatabase, keyring: Keyring) -> None:
    writer = Writer(counting, keyring, utc_now, patience=20)  # type: ignore[arg-type]
    writer.start()
    items = [answered() for _ in range(5)]

    async def ask_and_stop() -> None:
        counting.gate.clear()
        waiting = [asyncio.create_task(writer.store([item])) for item in items]
        await asyncio.sleep(0)
        counting.gate.set()
        await asyncio.to_thread(writer.stop)
        await asyncio.gather(*waiting)

    asyncio.run(ask_and_stop())
    assert {item.decision_id for item in items} == ids_on_disk(counting.real)


def locked(database: Database) -> sqlite3.Connection:
    """Another program's hold on the database: nothing is written until it is closed."""
    other = sqlite3.connect(database.address.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_deadline_holds_while_another_program_writes_and_nothing_is_stored_later(
    database: Database, keyring: Keyring
) -> None:
    writer = Writer(database, keyring, utc_now)
    writer.grace = 0.1
    writer.start()
    refused, waits = answered(), answered()
    other = locked(database)

    async def ask() -> float:
        began = time.perf_counter()
        with pytest.raises(PartUnavailableError) as told:
            await writer.store([refused], until=began + 0.2)
        assert not isinstance(told.value, MaybeStoredError)
        took = time.perf_counter() - began
        last = asyncio.create_task(writer.store([waits]))
        await asyncio.sleep(0.05)
        other.close()
        await last
        return took

    assert 0.3 <= asyncio.run(ask()) < 2.0
    writer.stop()
    assert {waits.decision_id} == ids_on_disk(database)


def test_one_whose_deadline_has_passed_still_has_the_grace(writer: Writer, database: Database) -> None:
    item = answered()
    asyncio.run(writer.store([item], until=time.perf_counter() - 5))
    assert {item.decision_id} == ids_on_disk(database)


def test_nothing_is_kept_of_what_was_given_up_while_the_database_hangs(
    counting: CountingDatabase, keyring: Keyring
) -> None:
    writer = Writer(counting, keyring, utc_now, most_waiting=4)  # type: ignore[arg-type]
    writer.grace = 0.01
    writer.start()
    counting.gate.clear()

    async def ask() -> list[object]:
        now = time.perf_counter()
        first = asyncio.create_task(writer.store([answered()], until=now + 30))
        await asyncio.to_thread(counting.entered.wait, 10)
        outcomes: list[object] = []
        for _ in range(5):
            some = (writer.store([answered()], until=time.perf_counter()) for _ in range(3))
            outcomes += await asyncio.gather(*some, return_exceptions=True)
        counting.gate.set()
        await first
        return outcomes

    assert [PartUnavailableError] * 15 == [type(each) for each in asyncio.run(ask())]
    assert {} == dict(writer._queue._turns)
    writer.stop()
    assert 1 == len(ids_on_disk(counting.real))


def test_others_that_give_up_make_a_batch_be_written_again_once_at_most(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time all who are left have their commit, however slow it is."""
    rounds: list[int] = []

    def slow(unit: Unit, items: Sequence[Answered], **more: Any) -> list[Stored]:
        rounds.append(len(items))
        time.sleep(0.3)
        return store_decisions(unit, items, **more)

    monkeypatch.setattr("serving.writer.store_decisions", slow)
    writer = Writer(database, keyring, utc_now)
    writer.grace = 0.0
    items = [answered() for _ in range(3)]

    async def ask() -> list[object]:
        now = time.perf_counter()
        until = (now + 0.15, now + 0.45, now + 60)
        asks = [asyncio.create_task(writer.store([each], until=at)) for each, at in zip(items, until, strict=True)]
        await asyncio.sleep(0)
        writer.start()
        return list(await asyncio.gather(*asks, return_exceptions=True))

    outcomes = asyncio.run(ask())
    writer.stop()
    assert [PartUnavailableError, type(None), type(None)] == [type(each) for each in outcomes]
    assert [3, 2] == rounds
    assert {item.decision_id for item in items[1:]} == ids_on_disk(database)
