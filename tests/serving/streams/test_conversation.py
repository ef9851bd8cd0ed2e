"""One connection by itself: what it talks with is written out here, so that every turn of events can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.streams.conversation import REASONS, STOP, Close, Conversation, Taken

GONE = {"type": "websocket.disconnect", "code": 1005}
PATIENT = 60.0


def said(*bodies: str) -> list[dict[str, Any]]:
    return [{"type": "websocket.receive", "text": body} for body in bodies]


@dataclass
class Client:
    """Says what it was given to say, then nothing more; reads at most `reads` answers."""

    says: list[dict[str, Any]]
    reads: float = float("inf")
    heard: list[str] = field(default_factory=list)
    closed: tuple[int, str] | None = None

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if not self.says:
            await asyncio.Event().wait()
        return self.says.pop(0)

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            self.closed = (message["code"], message["reason"])
            return
        if len(self.heard) >= self.reads:
            await asyncio.Event().wait()
        self.heard.append(message["text"])


@dataclass
class Echo:
    """Answers an item with itself; work and storing take as many turns of the loop as they are told to."""

    work_turns: Sequence[int] = (0,)
    give_turns: Sequence[int] = (0,)
    ends: Callable[[bytes], Close | None] = lambda _: None
    under_way: int = 0
    most_under_way: int = 0
    given: list[str] = field(default_factory=list)
    taken: int = 0

    async def take(self, body: bytes) -> Taken[str]:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.taken += 1
        return Taken(self._work(self.taken, body.decode()), self.ends(body))

    async def _work(self, number: int, text: str) -> str:
        for _ in range(self.work_turns[number % len(self.work_turns)]):
            await asyncio.sleep(0)
        return text

    async def give(self, work: str) -> str:
        self.given.append(work)
        for _ in range(self.give_turns[len(self.given) % len(self.give_turns)]):
            await asyncio.sleep(0)
        self.under_way -= 1
        return f"re {work}"


def talk(
    client: Client, answers: Echo, *, most: int = 4, idle: float = PATIENT, patience: float = PATIENT
) -> Close:  # fmt: skip
    async def run() -> Close:
        async with asyncio.timeout(30):
            return await Conversation(
                client.receive, client.send, answers, most=most, idle=idle, patience=patience
            ).run()  # fmt: skip

    return asyncio.run(run())


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(0, 40),
    most=st.integers(1, 8),
    work=st.lists(st.integers(0, 9), min_size=1, max_size=7),
    give=st.lists(st.integers(0, 9), min_size=1, max_size=7),
)
def test_however_long_each_takes_all_are_stored_and_answered_once_and_in_order(
    count: int, most: int, work: list[int], give: list[int]
) -> None:
    items = [str(number) for number in range(count)]
    client, answers = Client([*said(*items), {"type": STOP}]), Echo(work, give)
    assert Close.RESTART is talk(client, answers, most=most)
    assert [f"re {item}" for item in items] == client.heard
    assert items == answers.given
    assert answers.most_under_way <= most


def test_what_came_before_the_server_stops_is_answered_and_what_comes_after_is_not_taken() -> None:
    client, answers = Client([*said("a", "b"), {"type": STOP}, *said("c")]), Echo([5], [5])
    assert Close.RESTART is talk(client, answers)
    assert (["re a", "re b"], 2) == (client.heard, answers.taken)
    assert (1012, REASONS[Close.RESTART]) == client.closed


def test_what_a_client_sent_before_it_went_is_stored_though_nobody_hears() -> None:
    client, answers = Client([*said("a", "b"), GONE]), Echo([3], [3])
    assert Close.NORMAL is talk(client, answers)
    assert (["a", "b"], None) == (answers.given, client.closed)


def test_a_client_that_went_away_in_the_middle_of_an_answer_loses_nothing_that_it_sent() -> None:
    class Leaver(Client):
        async def send(self, message: Any) -> None:
            raise ConnectionResetError

    client, answers = Leaver([*said("a", "b", "c"), GONE]), Echo()
    assert Close.NORMAL is talk(client, answers, most=1)
    assert ["a", "b", "c"] == answers.given


def test_a_client_that_does_not_read_is_told_and_what_was_taken_is_stored() -> None:
    client, answers = Client(said(*"abcdefgh"), reads=1), Echo()
    assert Close.SLOW is talk(client, answers, most=3, patience=0.05)
    assert ["re a"] == client.heard
    assert list("abcdefgh")[: answers.taken] == answers.given
    assert (4420, REASONS[Close.SLOW]) == client.closed


def test_not_more_is_read_than_may_be_under_way() -> None:
    client, answers = Client(said(*"abcdefgh"), reads=0), Echo()
    talk(client, answers, most=3, patience=0.05)
    assert 3 == answers.taken


def test_silence_ends_it() -> None:
    client = Client(said("a"))
    assert Close.IDLE is talk(client, Echo(), idle=0.05)
    assert (["re a"], 4408) == (client.heard, client.closed and client.closed[0])


def test_an_item_may_end_it_after_its_answer() -> None:
    client = Client(said("a", "b", "c"))
    answers = Echo(ends=lambda body: Close.KEY if body == b"b" else None)
    assert Close.KEY is talk(client, answers)
    assert (["re a", "re b"], 4401) == (client.heard, client.closed and client.closed[0])


def test_binary_frames_are_items_too() -> None:
    client = Client([{"type": "websocket.receive", "bytes": b"a"}, {"type": STOP}])
    talk(client, Echo())
    assert ["re a"] == client.heard


@pytest.mark.parametrize("code", list(Close))
def test_a_reason_fits_into_a_close_frame(code: Close) -> None:
    assert len(REASONS[code].encode()) <= 123
