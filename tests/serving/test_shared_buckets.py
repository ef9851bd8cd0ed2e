"""A key's rate is one for all processes of a server."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest

from serving.errors import TooOftenError
from serving.fairness import Limits
from serving.shared_buckets import SLOTS, TRIED, buckets_in
from tests.serving.processes import run, running
from tests.serving.test_process import question

RATE = 20.0


def limits(folder: Path) -> Limits:
    return Limits(lambda: 100.0, buckets=buckets_in(folder))


def let_through(folder: Path, count: int) -> int:
    mine, through = limits(folder), 0
    for _ in range(count):
        try:
            mine.take("a", RATE)
            through += 1
        except TooOftenError:
            continue
    return through


def test_several_processes_let_through_what_one_would(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        through = pool.starmap(let_through, [(tmp_path, 50)] * 3)
    assert RATE == sum(through)


def test_what_one_charges_another_waits_for(tmp_path: Path) -> None:
    one, other = limits(tmp_path), limits(tmp_path)
    one.charge("a", RATE, 60)
    with pytest.raises(TooOftenError) as told:
        other.take("a", RATE)
    assert 3 == told.value.retry_after
    other.take("b", RATE)


def test_more_keys_than_there_is_room_for_forget_the_oldest(tmp_path: Path) -> None:
    buckets = buckets_in(tmp_path)
    assert buckets is not None
    for number in range(3 * SLOTS):
        buckets.put(f"key-{number}", 1.0, float(number))
    assert (1.0, float(3 * SLOTS - 1)) == buckets.get(f"key-{3 * SLOTS - 1}")
    kept = sum(buckets.get(f"key-{number}") is not None for number in range(3 * SLOTS))
    assert SLOTS * 0.9 < kept <= SLOTS
    assert TRIED < SLOTS


def test_a_folder_that_is_gone_leaves_each_process_to_itself(tmp_path: Path) -> None:
    assert buckets_in(tmp_path / "gone") is None


def test_a_turn_takes_microseconds(tmp_path: Path) -> None:
    mine = Limits(buckets=buckets_in(tmp_path))
    began = time.perf_counter()
    for _ in range(1000):
        mine.take("a", 1e9)
    assert time.perf_counter() - began < 1.0


def test_with_several_workers_a_key_has_one_rate(tmp_path: Path) -> None:
    made = run(tmp_path, "keys", "create", "shop", "--scope", "score", "--rate", "5").stdout
    key = next(word for word in made.split() if word.startswith("ck_"))
    with running(tmp_path, "--workers", "2", "--no-worker") as server:
        statuses = []
        began = time.monotonic()
        for _ in range(40):
            with server.client() as client:
                headers = {"Authorization": f"Bearer {key}"}
                body = question(deadline_ms=20_000)
                statuses.append(client.post("/v1/score", json=body, headers=headers).status_code)
        took = time.monotonic() - began
    assert {200, 429} >= set(statuses)
    assert statuses.count(200) <= 5 + 5 * took + 1
