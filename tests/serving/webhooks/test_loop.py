"""The whole way on real processes: a moderator's verdict, two kills, a receiver that the how-to shows."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.records.databases import new_postgres_url
from tests.serving.asking import CLEAN, question
from tests.serving.processes import ROOT, Server, run, running
from tests.serving.webhooks.receiver import Got, Reply, receiving, until

NEAR = {"CHAFFINCH_WEBHOOK_HTTP": "true", "CHAFFINCH_WEBHOOK_NETWORKS": "127.0.0.0/8"}


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """The receiver of the how-to."""
    spec = importlib.util.spec_from_file_location("webhook_receiver", ROOT / "docs/examples/webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


# Whose turn it is to send is tried on both databases in tests/records/test_outbox.py; this minute is `make proof`'s.
@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    url = f"sqlite:///{tmp_path / 'chaffinch.db'}" if request.param == "sqlite" else new_postgres_url(empty=True)
    return NEAR | {"CHAFFINCH_DATABASE_URL": url}


def verdict(client: httpx.Client) -> dict[str, Any]:
    """A comment that passed, doubted by the platform and rejected by a moderator."""
    decision_id = client.post("/v1/score", json=question(CLEAN, id="c-77")).json()["decision_id"]
    client.post(f"/v1/decisions/{decision_id}/feedback", json={"verdict": "false_negative"}).raise_for_status()
    case = client.post("/v1/cases:claim", json={}).json()["items"][0]
    asked = {"verdict": "reject", "labels": ["fraud"], "lease_token": case["lease_token"], "note": CLEAN}
    given: dict[str, Any] = client.post(f"/v1/cases/{case['id']}/verdict", json=asked).raise_for_status().json()
    return given


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_a_verdict_reaches_the_platform_once_though_the_server_is_killed_before_and_after_it_is_sent(
    settings: dict[str, str], tmp_path: Path, example: ModuleType
) -> None:
    with receiving() as receiver:
        added = run(tmp_path, "webhooks", "add", receiver.url, "--by", "mia", "--json", **settings)
        endpoint = json.loads(added.stdout)
        with running(tmp_path, "--no-access-log", **settings) as server, server.client() as client:
            given = verdict(client)
            server.kill()
        assert [] == receiver.got, "killed between commit and delivery"

        with running(tmp_path, "--no-access-log", **settings) as server:
            receiver.behave = lambda _: killing(server)
            receiver.wait_for(1)
            server.process.wait(30)

        inbox = str(tmp_path / "inbox.db")
        receiver.behave = lambda got: Reply(example.Inbox(endpoint["secret"], inbox).take(got.headers, got.body))
        with running(tmp_path, "--no-access-log", **settings) as server, server.client() as client:
            receiver.wait_for(2)
            until(lambda: 'outcome="delivered"} 1.0' in client.get("/metrics").text)
            metrics = client.get("/metrics").text
            assert 0 == server.stop()
    first, second = receiver.got
    assert (first.id, first.body) == (second.id, second.body)
    check(second, given)
    assert example.Inbox(endpoint["secret"], inbox).take(second.headers, second.body) == 204, "a duplicate is taken"
    assert example.Inbox(endpoint["secret"], inbox).take(second.headers, second.body + b" ") == 401
    with sqlite3.connect(inbox) as kept:
        assert [(second.id,)] == kept.execute("SELECT id FROM inbox").fetchall()
    kept.close()
    assert f'chaffinch_webhook_outbox{{endpoint="{endpoint["id"]}"}} 0.0' in metrics
    assert CLEAN not in "".join(server.logged)


def killing(server: Server) -> Reply:
    """The receiver has it, and whoever sent it is gone before it could note that."""
    server.kill()
    return Reply()


def check(got: Got, given: dict[str, Any]) -> None:
    data = got.message["data"]
    assert ("decision.final", "c-77", "block", "pass") == (
        got.message["type"],
        data["id"],
        data["decision"],
        data["answered"],
    )
    assert (given["verdict_id"], given["decision"]["decision_id"]) == (data["verdict_id"], data["decision_id"])
    assert CLEAN not in got.body.decode()
