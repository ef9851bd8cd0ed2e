"""Several processes behind one address follow a change of rules together."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import httpx
import pytest

from governance import rules as life
from governance.rules import Standards, Wish
from moderation.rules import RuleState
from moderation.taxonomy import load_taxonomy
from records.database import Database
from serving.parts import Options, utc_now
from tests.records.databases import new_postgres_url
from tests.serving.asking import question
from tests.serving.processes import Server, running
from tests.serving.test_stored import TEXT, a_rule

ROUND = 24
"""Connections asked in one round, which processes share by chance."""

PATIENCE = 60.0
"""Seconds on a busy machine. How often a process looks is a setting (below); how long a look takes is the machine's."""


def rulesets(server: Server) -> set[str]:
    """What answers now, over connections of their own, so that processes take turns."""
    return {ask_alone(server).json()["ruleset"] for _ in range(ROUND)}


def ask_alone(server: Server) -> httpx.Response:
    with server.client() as client:
        return client.post("/v1/score", json=question(TEXT))


def live(server: Server) -> list[str]:
    """The rules that processes have taken up, as their logs say: one line of each process and set."""
    lines = [json.loads(line) for line in "".join(server.logged).splitlines() if '"part_live"' in line]
    return [line["ruleset"] for line in lines if line["part"] == "rules"]


def logged_live(server: Server, count: int) -> list[str]:
    """`live` once it has so many lines, or what it has when patience ends."""
    ends = time.monotonic() + PATIENCE
    while len(live(server)) < count and time.monotonic() < ends:
        time.sleep(0.05)
    return live(server)


def test_every_process_looks_twice_in_the_two_seconds_promised() -> None:
    assert 2.0 >= 2 * Options().follow_every


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def test_every_process_follows(engine: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'chaffinch.db'}" if engine == "sqlite" else new_postgres_url(empty=True)
    standards = Standards(load_taxonomy(), date(2026, 3, 1))
    with running(tmp_path, "--workers", "2", "--no-worker", CHAFFINCH_DATABASE_URL=url) as server:
        before = ask_alone(server).json()["ruleset"]
        was = logged_live(server, 2)  # each process once: one that is still starting would take up the old rules later
        database = Database(url)
        with database.unit() as unit:
            life.add(unit, a_rule(), by="Mia", why="seen today", now=utc_now())
            wish = Wish("ads.hippo", RuleState.LIVE, "Mia", "it held")
            life.promote(unit, wish, standards=standards, packed=lambda _: None, now=utc_now())
            unit.commit()
        database.close()
        taken_up, answered = logged_live(server, len(was) + 2)[len(was) :], rulesets(server)
        decided = ask_alone(server).json()["decision"]
        server.stop()
    assert {before} == set(was)
    assert "review" == decided
    assert 2 == len(taken_up)  # each process once
    assert answered == set(taken_up)
    assert before not in answered
