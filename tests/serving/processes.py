"""A real `chaffinch serve` in a process of its own, found, asked and ended by what it printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from records import decisions
from records.database import Database
from records.values import DecisionRecord
from tests.chaffinch.commands import Child, the_nursery

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 280
"""A server that lives is waited for: beside other work a start takes minutes."""


@dataclass
class Server:
    """A process that answers at `address`; `printed` and `logged` are its two streams so far."""

    process: subprocess.Popen[bytes] | Child
    address: str
    printed: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def client(self) -> httpx.Client:
        """Without the certificates of the world, which take longer to read than the server takes to answer."""
        return httpx.Client(base_url=self.address, timeout=30, trust_env=False, verify=False)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "chaffinch", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHAFFINCH_")}
    return kept | {"CHAFFINCH_HOME": str(home), "CHAFFINCH_MODEL": "none"} | more


def run(home: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return the_nursery().run(arguments, stdin.encode(), environment(home, **more))


@contextmanager
def running(home: Path, *arguments: str, alone: bool = False, **more: str) -> Iterator[Server]:
    """A server on a free port; killed at the end if it still runs.

    `alone` starts it as a user does, with an interpreter of its own. One of several processes is always: each of
    those begins as what started the first.
    """
    words = ("serve", "--port", "0", *arguments)
    if alone or "--workers" in arguments:
        process: subprocess.Popen[bytes] | Child = _started_alone(words, environment(home, **more))
    else:
        process = the_nursery().start(words, environment(home, **more))
    server = Server(process, "")
    ready = threading.Event()
    readers = [
        threading.Thread(target=_read, args=(process.stdout, server.printed, ready), daemon=True),
        threading.Thread(target=_read, args=(process.stderr, server.logged, ready), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        assert ready.wait(START_SECONDS), "".join(server.logged)
        found = re.search(r"http://\S+:\d+", "".join(server.printed))
        assert found, "".join(server.logged)
        server.address = found[0]
        yield server
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(20)
        for reader in readers:
            reader.join(10)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def _started_alone(words: tuple[str, ...], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*words),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def stored_at(url: str) -> dict[str, str]:
    """Comment id by decision id, of every decision in the database."""
    return {record.id: record.comment_id for record in _records_at(url)}


def decided_at(url: str) -> dict[str, tuple[str, dict[str, float]]]:
    """Outcome, and scores as they are told, by decision id, of every decision in the database."""
    return {
        record.id: (
            record.decision.outcome.value,
            {label.name: round(label.score, 4) for label in record.decision.labels},
        )
        for record in _records_at(url)
    }


def _records_at(url: str) -> Iterator[DecisionRecord]:
    cursor = None
    with closing(Database(url)) as database, database.reading() as look:
        while True:
            page = decisions.page(look, limit=200, cursor=cursor)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return


def _read(stream: object, into: list[str], ready: threading.Event) -> None:
    """Until the end of the stream; `ready` is set once the server has said that it is, or has ended."""
    for line in stream:  # type: ignore[attr-defined]
        into.append(line.decode("utf-8", "replace"))
        if into[-1].startswith("ready "):
            ready.set()
    ready.set()
