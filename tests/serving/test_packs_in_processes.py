"""Packs on the disk and several processes: all follow an edit, and a broken one leaves all with what was in force."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from moderation.taxonomy import CONFIGS
from records import ledger
from records.database import Database
from records.ledger_kinds import ENGINE
from tests.records.databases import new_postgres_url
from tests.serving.asking import question
from tests.serving.processes import Server, running
from tests.serving.test_killed import serving_processes

PATIENCE = 120.0
"""Seconds on a busy machine, of which the two that are promised are a setting."""

ROUND = 24
OWN = """[[rules]]
id = "ads.hippo"
title = {{ zh = "河马", en = "Hippo" }}
label = "advertising"
action = "{action}"
ground = "platform-rules:advertising"
owner = "o"
why = "w"
terms = ["{term}"]
examples = {{ match = ["{term}"], no_match = ["你好"] }}
"""

HIPPO, RHINO = "紫色河马", "绿色犀牛"


def decided(server: Server, text: str) -> set[tuple[str, str]]:
    """What answers say, over connections of their own, so that processes take turns."""
    answers = set()
    for _ in range(ROUND):
        with server.client() as client:
            told = client.post("/v1/score", json=question(text)).json()
        answers.add((told["decision"], told["ruleset"]))
    return answers


def until(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < ends:
        time.sleep(0.2)
    return holds()


def agree(server: Server, text: str, decision: str) -> bool:
    """Whether every process says this, by one set of rules."""
    found = decided(server, text)
    return len(found) == 1 and found.pop()[0] == decision


def details(server: Server) -> set[tuple[int, bool]]:
    """Of each process whether it is ready, and whether it tells of the pack."""
    told = set()
    for _ in range(ROUND):
        with server.client() as client:
            answer = client.get("/readyz")
        told.add((answer.status_code, "own.toml:" in (answer.json()["parts"]["rules"]["detail"] or "")))
    return told


def kill_one(server: Server) -> None:
    """A process that serves dies; the server puts another in its place."""
    before = serving_processes(server)
    os.kill(before[0], signal.SIGKILL)
    assert until(lambda: len({*serving_processes(server)} - {before[0]}) == 2)


@contextmanager
def two(tmp_path: Path, url: str) -> Iterator[tuple[Server, Path]]:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    given = {"CHAFFINCH_CONFIGS": str(tmp_path / "configs"), "CHAFFINCH_DATABASE_URL": url}
    with running(tmp_path, "--workers", "2", "--no-worker", **given) as server:
        yield server, tmp_path / "configs" / "rules" / "own.toml"


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def test_processes_follow_an_edit_together_and_keep_what_held_while_the_disk_is_broken(
    engine: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'chaffinch.db'}" if engine == "sqlite" else new_postgres_url(empty=True)
    with two(tmp_path, url) as (server, own):
        assert agree(server, HIPPO, "pass")
        own.write_text(OWN.format(action="block", term=HIPPO), encoding="utf-8")
        assert until(lambda: agree(server, HIPPO, "review")), "a block that nobody agreed to only holds"
        own.write_text(OWN.format(action="review", term=RHINO).replace("terms", "terms = "), encoding="utf-8")
        assert until(lambda: details(server) == {(200, True)})
        kill_one(server)
        assert until(lambda: agree(server, HIPPO, "review")), "the new process reads what is in force"
        assert details(server) == {(200, True)}
        both = OWN.format(action="block", term=HIPPO) + OWN.replace("ads.hippo", "ads.rhino").format(
            action="review", term=RHINO
        )
        own.write_text(both, encoding="utf-8")
        assert until(lambda: agree(server, RHINO, "review"))
        assert agree(server, HIPPO, "review")
        assert until(lambda: details(server) == {(200, False)})
    refused = [json.loads(line) for line in "".join(server.logged).splitlines() if '"part_refused"' in line]
    assert {"packs"} == {each["part"] for each in refused}
    database = Database(url)
    with database.reading() as look:
        told = [json.loads(each.body)["facts"] for each in ledger.of_kind(look, ENGINE, "parts.packs")]
    database.close()
    assert [1, 2, 3] == [each["number"] for each in told]
    assert [[], ["ads.hippo"], ["ads.hippo"]] == [each["reviewing"] for each in told]
