"""What measures is measured: the load client's time stamps, and the sentences of `serve.py`."""

from __future__ import annotations

import json
import os
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from moderation.errors import ChaffinchError

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are scripts, and find one another by their folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def load() -> ModuleType:
    return import_module("_load")


@contextmanager
def answering(status: int = 200, *, stall: float = 0.0, body: bytes = b"{}") -> Iterator[int]:
    """A server on threads; it answers one request after the other, the first after `stall` seconds."""
    turn, waits = threading.Lock(), [stall]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            with turn:
                time.sleep(waits.pop() if waits else 0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)


def test_a_closed_loop_keeps_a_stamp_of_every_answer(load: ModuleType) -> None:
    with answering() as port:
        got = load.closed((os.getpid(), port), [load.http_request(b"{}")], clients=2, seconds=1.0)
    assert len(got.due) == len(got.answered) >= 2
    assert got.percentile(0.0) == got.latencies.min() > 0
    assert got.percentile(1.0) == got.latencies.max()
    assert got.rate == pytest.approx(len(got.answered) / got.wall)


def test_a_closed_loop_that_is_refused_measures_nothing(load: ModuleType) -> None:
    with answering(429) as port, pytest.raises(ChaffinchError, match="429"):
        load.closed((os.getpid(), port), [load.http_request(b"{}")], clients=1, seconds=1.0)


def test_a_closed_loop_that_bears_refusals_counts_them_and_comes_back_later(load: ModuleType) -> None:
    with answering(429) as port:
        got = load.closed((os.getpid(), port), [load.http_request(b"{}")], clients=2, seconds=0.5, bearing=True)
    assert (0, 2) == (len(got.answered), got.refused)


def test_answers_without_a_part_are_counted(load: ModuleType) -> None:
    with answering(body=b'{"degraded":true}') as port:
        got = load.closed((os.getpid(), port), [load.http_request(b"{}")], clients=1, seconds=0.3)
    assert 0 < got.degraded == len(got.answered)


def test_the_default_deadline_s_refusals_and_degraded_answers_are_told() -> None:
    serve = import_module("serve")
    shipped = _one(serve, serve.SHIPPED, 32, 300, refused=20, degraded=5, answered=80)
    assert [
        "default deadline, everyday, 32 clients: of 100 requests 20 (20.0%) refused (429, 503), 5 (5.0%) degraded"
    ] == [line for line in serve.ratios([shipped]) if line.startswith("default")]


def test_a_body_without_a_deadline_leaves_it_to_the_server() -> None:
    asked = json.loads(import_module("serve")._as_shipped("a"))
    assert {"store": True, "explain": False} == asked["options"]


def test_an_open_loop_counts_a_stall_against_all_that_were_due_meanwhile(load: ModuleType) -> None:
    with answering(stall=0.4) as port:
        got = load.opened((os.getpid(), port), [load.http_request(b"{}")], rate=50, seconds=0.5, connections=4)
    assert (25, 0) == (len(got.answered), got.refused)
    assert (got.latencies > 100).sum() >= 8


def test_refusals_of_an_open_loop_are_counted_and_are_no_latency(load: ModuleType) -> None:
    with answering(429) as port:
        got = load.opened((os.getpid(), port), [load.http_request(b"{}")], rate=50, seconds=0.2, connections=2)
    assert (0, 10) == (len(got.answered), got.refused)


def _one(serve: ModuleType, contender: str, clients: int, rate: float, **others: float) -> object:
    figures = {"p50": 10.0, "p99": 20.0, "refused": 0, "client_cpu": 0.1, "server_ms": 1.0, "megabytes": 300.0}
    return serve.Found(contender, "everyday", clients, rate, **{**figures, **others})


def test_a_bar_is_reached_or_missed_and_says_which() -> None:
    serve = import_module("serve")
    found = [
        _one(serve, serve.NAIVE, 1, 10, p50=100.0),
        _one(serve, serve.NAIVE, 32, 50, p99=100.0, server_ms=20.0),
        _one(serve, serve.INT8, 32, 400),
        _one(serve, serve.OURS, 1, 300, p50=6.0),
        _one(serve, serve.OURS, 32, 2000, p99=9.0, megabytes=401.0),
        _one(serve, serve.STORED, 32, 900),
    ]
    told = "\n".join(serve.ratios(found))
    assert "throughput to naive, everyday, 32 clients: 40 (at least 40: reached; by processor 20.0x)" in told
    assert "throughput to int8 batched, everyday, 32 clients: 5 (at least 4: reached" in told
    assert "p50 to naive, everyday, 1 client: 0.06 (at most 0.05: MISSED)" in told
    assert "p99 to naive, everyday, 32 clients: 0.09 (at most 0.1: reached)" in told
    assert "ours, stored to not stored, everyday, 32 clients: 0.45 (at least 0.5: MISSED)" in told
    assert "memory of ours: 401 MB (at most 400: MISSED)" in told


def test_figures_time_stamps_and_a_picture_are_kept(load: ModuleType, tmp_path: Path) -> None:
    serve = import_module("serve")
    stamps = {
        f"{name}/everyday/{clients}": load.Stamps([0.0, 1.0], [0.5, 1.25], wall=2.0)
        for name in (serve.NAIVE, serve.OURS)
        for clients in (1, 32)
    }
    told = Namespace(seconds=2.0, rate=100.0, clients=(1, 32))
    found = [_one(serve, serve.NAIVE, 32, 1), _one(serve, serve.OURS, 32, 50)]
    serve.keep(tmp_path, "public-1", told, found, stamps)
    document = json.loads((tmp_path / "serve.json").read_bytes())
    assert ("public-1", 50) == (document["model"], document["measured"][1]["rate"])
    with np.load(tmp_path / "stamps.npz") as raw:
        assert [0.5, 1.25] == raw[f"{serve.OURS}/everyday/32/answered"].tolist()
    assert (tmp_path / "serve.png").stat().st_size > 1_000
