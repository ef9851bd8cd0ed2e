"""What is scraped of one process is that of all."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.metrics import Metrics
from serving.shared_metrics import FOLDER, GONE_SECONDS, Together
from tests.serving.processes import running
from tests.serving.test_process import question


def process(folder: Path, refused: int, waiting: int) -> Metrics:
    made = Metrics()
    made.together = Together(folder)
    made.watch("model", lambda: waiting)
    for _ in range(refused):
        made.refused("model")
    made.leave()
    return made


def value(text: str, name: str, **labels: str) -> float | None:
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return found.get((name, tuple(sorted(labels.items()))))


def test_counts_and_shares_are_added_up_and_the_same_is_told_once(tmp_path: Path) -> None:
    one, _ = process(tmp_path, 3, 2), process(tmp_path, 4, 5)
    one._depth.labels("forum").set(7)
    text = one.text().decode()
    assert 7.0 == value(text, "chaffinch_refused_total", part="model")
    assert 7.0 == value(text, "chaffinch_model_waiting")
    assert 7.0 == value(text, "chaffinch_queue_depth", queue="forum")


def test_whoever_is_gone_has_counted_and_waits_for_nothing(tmp_path: Path) -> None:
    process(tmp_path, 4, 5)
    [left] = (tmp_path / FOLDER).iterdir()
    long_ago = time.time() - GONE_SECONDS - 1
    os.utime(left, (long_ago, long_ago))
    text = process(tmp_path, 3, 2).text().decode()
    assert (7.0, 2.0) == (
        value(text, "chaffinch_refused_total", part="model"),
        value(text, "chaffinch_model_waiting"),
    )


def test_the_sum_is_written_as_one_process_writes_it(tmp_path: Path) -> None:
    alone = process(tmp_path / "none", 1, 0)
    alone._seconds.labels("fast").observe(0.01)
    alone._lists.labels('a "kind"\\', "block").inc()
    own = alone.registry
    families = {each.name: each.samples for each in own.collect() if each.name.startswith("chaffinch")}
    read = {each.name: each.samples for each in text_string_to_metric_families(alone.text().decode())}
    for name, samples in families.items():
        assert {(s.name, tuple(sorted(s.labels.items()))): s.value for s in samples if "created" not in s.name} == {
            (s.name, tuple(sorted(s.labels.items()))): s.value for s in read[name]
        }, name


@pytest.mark.timeout(200)
def test_a_server_of_two_processes_tells_all_that_was_decided(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "2", "--no-worker") as server:
        for _ in range(12):
            with server.client() as client:
                assert 200 == client.post("/v1/score", json=question(deadline_ms=20_000)).status_code
        until = time.monotonic() + 60
        told = 0.0
        while told < 12 and time.monotonic() < until:
            with server.client() as client:
                text = client.get("/metrics").text
            told = sum(
                sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.name == "chaffinch_decisions_total"
            )
            time.sleep(0.5)
    assert 12 == told
