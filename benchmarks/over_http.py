"""Over HTTP, closed loop, beside an empty validated POST in the same run: `python benchmarks/over_http.py`.

(Not `http.py`: a script's folder comes first on the path, and that name is the standard library's.)

Three servers one after the other, each a process of its own (uvicorn, uvloop, httptools): a FastAPI route that
validates a body and answers nothing, ours with `store: false`, ours with `store: true` on SQLite. Raw time stamps; the
client's own CPU is printed, for it shares the machine.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import _material
import orjson
from fastapi import FastAPI

from moderation.lists import NO_LISTS, Lists
from moderation.pipeline import Engine
from moderation.policy import Policy
from moderation.ports import Scorer
from moderation.rules import RuleSet
from moderation.taxonomy import Taxonomy
from serving.schemas import ScoreRequest

SECONDS = 4.0
CLIENTS = (1, 8, 32)
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figures:
    """Requests a second; milliseconds."""

    rate: float
    median: float
    p99: float
    client_cpu: float


def main() -> None:
    """Prints a table, and ratios to the empty POST."""
    empty = {count: measure("empty", count, store=False) for count in CLIENTS}
    for name, store in (("store: false", False), ("store: true", True)):
        for count in CLIENTS:
            ours = measure("ours", count, store=store)
            show(name, count, ours, ours.rate / empty[count].rate)
    for count in CLIENTS:
        show("empty POST", count, empty[count], 1.0)


def show(name: str, clients: int, found: Figures, ratio: float) -> None:
    """One line."""
    sys.stdout.write(
        f"{name:13} {clients:3} clients {found.rate:8.0f}/s  p50 {found.median:7.2f} ms  p99 {found.p99:7.2f} ms"
        f"  client CPU {found.client_cpu:4.0%}  {ratio:5.2f} x empty POST\n"
    )


def measure(kind: str, clients: int, *, store: bool) -> Figures:
    """A fresh server, warmed up, asked for some seconds."""
    with tempfile.TemporaryDirectory() as home, serving(kind, home) as port:
        asyncio.run(ask(port, clients, 0.5, store))
        cpu = time.process_time()
        begin = time.perf_counter()
        times = sorted(asyncio.run(ask(port, clients, SECONDS, store)))
        wall = time.perf_counter() - begin
        cpu = time.process_time() - cpu
    return Figures(len(times) / wall, times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3, cpu / wall)


@contextmanager
def serving(kind: str, home: str) -> Iterator[int]:
    """A server in a process of its own; its port."""
    process = subprocess.Popen(
        [sys.executable, __file__, kind],
        cwd=ROOT,
        env={**os.environ, "BENCHMARK_HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


async def ask(port: int, clients: int, seconds: float, store: bool) -> list[float]:
    """Seconds that each request took."""
    until = time.perf_counter() + seconds
    lists = await asyncio.gather(*(one_client(port, until, store, number) for number in range(clients)))
    return [each for one in lists for each in one]


async def one_client(port: int, until: float, store: bool, number: int) -> list[float]:
    """One connection, one request after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for request in cycle(requests(store, number)):
        begin = time.perf_counter()
        if begin > until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - begin)
    writer.close()
    return times


def requests(store: bool, number: int) -> list[bytes]:
    """The comments as HTTP requests, each client beginning at another one."""
    texts = _material.COMMENTS
    made = []
    for at in range(len(texts)):
        text = texts[(at + number) % len(texts)]
        body = orjson.dumps({"content": {"text": text}, "options": {"store": store, "deadline_ms": 30_000}})
        head = f"POST /v1/score HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n"
        made.append(f"{head}content-type: application/json\r\n\r\n".encode() + body)
    return made


def serve(kind: str, home: Path) -> None:
    """Runs in the server's process: prints the port, then answers."""
    import uvicorn

    from chaffinch.commands.serve import listen
    from serving.logs import configure
    from serving.tuning import tune

    configure()
    app = empty_app() if kind == "empty" else our_app(home)
    tune()
    listening = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")  # type: ignore[arg-type]
    uvicorn.Server(config).run(sockets=[listening])


def empty_app() -> object:
    """What an engineer writes in a minute: a validated body, an empty answer."""
    app = FastAPI()

    @app.post("/v1/score")
    async def answer(asked: ScoreRequest) -> dict[str, str]:
        return {}

    return app


def our_app(home: Path) -> object:
    """The service over SQLite in an empty home, as `chaffinch serve --no-access-log` runs it."""
    from datetime import UTC, datetime

    from records.database import Database
    from records.personal import open_keyring
    from serving.app import create_app
    from serving.engine_holder import EngineHolder
    from serving.parts import Options, Parts

    engine, _ = _material.engine()
    database = Database(f"sqlite:///{home / 'bench.db'}")
    database.migrate()
    keyring = open_keyring(database, home / "keys", now=datetime.now(UTC))
    options = Options(open_without_keys=True, worker=False, access_log=False)
    return create_app(Parts(database, keyring, EngineHolder(Fixed(engine)), options))


class Fixed:
    """A loader of one engine's parts."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def taxonomy(self) -> Taxonomy:
        """The engine's."""
        return self.engine.taxonomy

    def model_mark(self) -> str:
        """Never differs."""
        return "fixed"

    def rules_mark(self) -> str:
        """Never differs."""
        return "fixed"

    def load_model(self) -> Scorer:
        """The engine's."""
        return self.engine.scorer

    def load_rules(self) -> RuleSet:
        """The engine's."""
        assert self.engine.rules is not None
        return self.engine.rules

    def load_lists(self) -> Lists:
        """None: the benchmark's own."""
        return NO_LISTS

    def load_policies(self) -> Mapping[str, Policy]:
        """The engine's."""
        return self.engine.policies


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], Path(os.environ["BENCHMARK_HOME"]))
    else:
        main()
