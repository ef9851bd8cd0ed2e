"""Several processes behind one address follow a change of rules together."""

from __future__ import annotations

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
from serving.parts import utc_now
from tests.records.databases import new_postgres_url
from tests.serving.asking import question
from tests.serving.processes import Server, running
from tests.serving.test_stored import TEXT, a_rule

ROUND = 24
"""Connections asked in one round: that one of two processes got none of them is a matter of one in millions."""

PATIENCE = 20.0


def rulesets(server: Server) -> set[str]:
    """What answers now, over connections of their own, so that processes take turns."""
    return {ask_alone(server).json()["ruleset"] for _ in range(ROUND)}


def ask_alone(server: Server) -> httpx.Response:
    with server.client() as client:
        return client.post("/v1/score", json=question(TEXT))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_every_process_follows_within_two_seconds(engine: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'chaffinch.db'}" if engine == "sqlite" else new_postgres_url(empty=True)
    standards = Standards(load_taxonomy(), date(2026, 3, 1))
    with running(tmp_path, "--workers", "2", "--no-worker", CHAFFINCH_DATABASE_URL=url) as server:
        before = ask_alone(server).json()["ruleset"]
        database = Database(url)
        with database.unit() as unit:
            life.add(unit, a_rule(), by="Mia", why="seen today", now=utc_now())
            wish = Wish("ads.hippo", RuleState.LIVE, "Mia", "it held")
            life.promote(unit, wish, standards=standards, packed=lambda _: None, now=utc_now())
            unit.commit()
        database.close()
        began = last = time.monotonic()
        while before in rulesets(server) and last - began < PATIENCE:
            last = time.monotonic()
        after = rulesets(server)
        decided = ask_alone(server).json()["decision"]
        server.stop()
    assert "review" == decided
    assert 1 == len(after)
    assert before not in after
    assert last - began <= 2.0  # the last round in which anybody still answered with the old rules began in time
