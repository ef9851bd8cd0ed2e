"""Commands beside a server that was started again: both mean the same database, and what was answered is there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from tests.serving.processes import run, running, stored_at


def asked(link: httpx.Client, known_as: str) -> str:
    """The decision's id."""
    told = link.post("/v1/score", json={"id": known_as, "content": {"text": "hello"}})
    assert 200 == told.status_code, told.text
    return str(told.json()["decision_id"])


def test_what_a_restarted_server_answers_beside_commands_is_kept(tmp_path: Path) -> None:
    """Reading commands, writing ones, a kill: nothing is lost, servers follow, and the ledger fits."""
    home, url = tmp_path / "home", f"sqlite:///{tmp_path / 'home' / 'chaffinch.db'}"
    made = run(home, "users", "create", "ada", "--role", "lead", "--password-stdin", stdin="correct horse battery\n")
    assert 0 == made.returncode, made.stderr
    with running(home) as server:
        assert 0 == server.stop()
    answered = {}
    with running(home) as server, server.client() as link:
        for number, words in enumerate((("rules", "list"), ("audit", "verify"), ("keys", "list"))):
            done = run(home, *words)
            assert 0 == done.returncode, done.stderr
            assert (home / "chaffinch.db-wal").exists(), words
            answered[f"c-{number}"] = asked(link, f"c-{number}")
        until = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
        words = ["--reason", "fraud", "--source", "reports", "--ground", "fraud", "--until", until, "--by", "ada"]
        added = run(home, "lists", "add", "domain", "evil2shop.com", "--action", "block", "--yes", *words)
        assert 0 == added.returncode, added.stderr
        answered["c-last"] = asked(link, "c-last")
        server.kill()
    with closing(sqlite3.connect(home / "chaffinch.db")) as file:
        assert [("ok",)] == file.execute("PRAGMA integrity_check").fetchall()
    verified = run(home, "audit", "verify")
    assert 0 == verified.returncode, verified.stdout + verified.stderr
    assert set(answered.values()) <= set(stored_at(url)), "each answer is there"
    with running(home) as server, server.client() as link:
        said = link.post("/v1/score", json={"content": {"text": "see evil2shop.com now"}, "options": {"store": False}})
        assert "block" == said.json()["decision"], "what a command added is what decides"
        assert 0 == server.stop()
