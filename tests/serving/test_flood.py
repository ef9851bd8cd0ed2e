"""A hundred times as much as it can answer: refused at once, in bounded memory, and nobody at another's cost.

What is timed is a proof (`make proof`): a machine at work elsewhere would fail it for no fault of ours. Turns, bounds
and counts are in `test_fairness.py` and `test_overload.py`.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from records import keys
from records.database import Database
from serving.parts import utc_now
from tests.proofs import full, report
from tests.serving.asking import CLEAN, question
from tests.serving.open_loop import Measured, offer, request_bytes
from tests.serving.processes import ROOT, START_SECONDS, environment

OFFERED, ANSWERED = 2000, 20
"""Requests a second: what comes, and what the model can answer."""
CONNECTIONS = 64
SECONDS = 5
"""Of usual traffic, then of flood: a round."""


@dataclass(frozen=True)
class Slow:
    """A server over a slow model, and two keys for it."""

    port: int
    process: subprocess.Popen[bytes]
    keys: tuple[str, str]

    def measured(self, rates: dict[str, float], seconds: float) -> dict[str, Measured]:
        """What each key was answered that asks at its rate, all at once."""

        async def all_of_them() -> list[Measured]:
            body = orjson.dumps(question(CLEAN, store=False))
            asked = (
                offer(
                    self.port, [request_bytes(body, key)] * max(1, round(rate * seconds)), rate=rate, connections=many
                )
                for key, rate in rates.items()
                for many in [CONNECTIONS if rate > ANSWERED else 8]
            )
            return list(await asyncio.gather(*asked))

        return dict(zip(rates, asyncio.run(all_of_them()), strict=True))

    @property
    def resident(self) -> int:
        """Bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@contextmanager
def slow_server(home: Path) -> Iterator[Slow]:
    url = f"sqlite:///{home / 'slow.db'}"
    with closing(Database(url)) as database:
        database.migrate()
        with database.unit() as unit:
            made = [keys.create(unit, name, scopes=["score"], now=utc_now())[1] for name in ("greedy", "modest")]
            unit.commit()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "tests/serving/slow_server.py"), url, str(home / "keys"), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(home, PYTHONPATH=str(ROOT)))
    try:
        until = time.monotonic() + START_SECONDS
        while not listens(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield Slow(port, process, (made[0], made[1]))
    finally:
        process.terminate()
        process.wait(30)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Floods:
    """Rounds of usual traffic and flood in turn, so that a neighbour who comes and goes slows both alike."""

    usual: Measured = field(default_factory=lambda: Measured(0))
    flooded: Measured = field(default_factory=lambda: Measured(0))
    recovered: list[float] = field(default_factory=list)

    def round(self, server: Slow, seconds: float) -> None:
        greedy, modest = server.keys
        self.usual.add(server.measured({greedy: ANSWERED / 2}, seconds)[greedy])
        self.flooded.add(server.measured({greedy: OFFERED}, seconds)[greedy])
        ended = time.monotonic()
        while server.measured({modest: 5}, 1)[modest].counts.keys() != {200}:
            assert time.monotonic() - ended < 60
        self.recovered.append(time.monotonic() - ended)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_a_flood_is_refused_at_once_and_what_is_taken_is_answered_as_ever(tmp_path: Path) -> None:
    """What is taken in a flood is compared with what was asked between the floods of the same minute."""
    floods = Floods()
    with slow_server(tmp_path) as server:
        greedy, modest = server.keys
        server.measured({greedy: ANSWERED / 2}, 2)
        server.measured({greedy: OFFERED}, 2)
        before = server.resident
        for _ in range(full(6)):
            floods.round(server, SECONDS)
        grown = (server.resident - before) / 2**20
        both = server.measured({greedy: OFFERED, modest: 5}, full(20))
    usual, flooded, recovered = floods.usual, floods.flooded, max(floods.recovered)
    report(
        "flood",
        offered=round(flooded.rate),
        usual={"p50_ms": usual.quantile(200, 0.5), "p99_ms": usual.quantile(200, 0.99), "asked": usual.wanted},
        flood={
            "statuses": {str(status): count for status, count in flooded.counts.items()},
            "degraded": flooded.degraded,
            "p50_of_429_ms": flooded.quantile(429, 0.5),
            "p50_of_429_sent_ms": flooded.quantile(429, 0.5, sent=True),
            "p99_of_200_sent_ms": flooded.quantile(200, 0.99, sent=True),
            "answered_a_second": flooded.counts[200] / flooded.seconds,
        },
        memory_grown_mb=grown,
        recovered_seconds=recovered,
        beside_a_flood={
            "statuses": {str(status): count for status, count in both[modest].counts.items()},
            "degraded": both[modest].degraded,
            "p99_ms": both[modest].quantile(200, 0.99),
        },
    )
    assert {200, 429} >= flooded.counts.keys()
    assert 0 == flooded.without_retry
    assert flooded.quantile(429, 0.5, sent=True) < 50
    assert flooded.quantile(200, 0.99, sent=True) < 3 * usual.quantile(200, 0.99, sent=True)
    assert grown < 10
    assert recovered < 5
    assert {200: both[modest].wanted} == both[modest].counts
