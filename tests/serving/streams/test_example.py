"""The client of the how-to, against a server that ends connections and has no room now and then."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from types import ModuleType
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.serving.processes import ROOT


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stream_client", ROOT / "docs/examples/stream_client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask(example: ModuleType, count: int, answer: Any) -> list[str]:
    """Ids in the order in which their answers came. `answer` gets stream and item of every message."""

    async def converse(stream: ServerConnection) -> None:
        async for message in stream:
            await answer(stream, json.loads(message))

    async def run() -> list[str]:
        async with asyncio.timeout(60), serve(converse, "127.0.0.1", 0) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            items = [{"id": str(number)} for number in range(count)]
            return [told["id"] async for _, told in example.answers(f"ws://{host}:{port}", items, "ck_1")]

    return asyncio.run(run())


def test_what_had_no_answer_when_the_server_stopped_is_sent_again(example: ModuleType) -> None:
    taken: list[str] = []

    async def answer(stream: ServerConnection, item: dict[str, Any]) -> None:
        taken.append(item["id"])
        if len(taken) == 4:
            await stream.close(1012)
        else:
            await stream.send(json.dumps({"id": item["id"]}))

    assert [str(number) for number in range(8)] == ask(example, 8, answer)
    assert 2 == taken.count("3")


@pytest.mark.parametrize("status", [409, 429, 503])
def test_what_is_sent_again_has_the_same_key_and_every_item_its_own(example: ModuleType, status: int) -> None:
    keys: dict[str, list[str]] = {}

    async def answer(stream: ServerConnection, item: dict[str, Any]) -> None:
        taken = keys.setdefault(item["id"], [])
        taken.append(item["idempotency_key"])
        again = {"error": {"status": status, "retry_after": 0}} if len(taken) == 1 else {}
        await stream.send(json.dumps({"id": item["id"]} | again))

    assert {"0", "1", "2"} == set(ask(example, 3, answer))
    assert [2, 2, 2] == [len(taken) for taken in keys.values()]
    assert 3 == len({key for taken in keys.values() for key in taken})


def test_what_found_no_room_is_sent_again_and_the_others_are_not(example: ModuleType) -> None:
    taken: list[str] = []

    async def answer(stream: ServerConnection, item: dict[str, Any]) -> None:
        taken.append(item["id"])
        full = item["id"] == "1" and taken.count("1") == 1
        await stream.send(
            json.dumps({"id": "1", "error": {"status": 429, "retry_after": 0}} if full else {"id": item["id"]})
        )

    assert {"0", "1", "2", "3"} == set(ask(example, 4, answer))
    assert ["0", "1", "1", "2", "3"] == sorted(taken)


def test_a_key_that_no_longer_holds_is_not_tried_for_ever(example: ModuleType) -> None:
    async def answer(stream: ServerConnection, _: dict[str, Any]) -> None:
        await stream.close(4401)

    with pytest.raises(ConnectionClosed):
        ask(example, 2, answer)
