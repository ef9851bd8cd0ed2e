"""An answered decision is on disk: a killed process loses none that it had acknowledged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from records import decisions, ledger
from records.database import Database
from tests.records.databases import NOW, new_postgres_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/chaffinch.db" if request.param == "sqlite" else new_postgres_url()


def acknowledged_before_the_kill(url: str, keys: Path, *, count: int) -> list[str]:
    """Decision ids that the writer printed before it was killed in the midst of its work."""
    command = [sys.executable, str(ROOT / "tests/records/kill_writer.py"), url, str(keys)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stdout is not None
        ids = [process.stdout.readline().strip() for _ in range(count)]
        process.kill()
        rest = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    return [*ids, *(line.strip() for line in rest)]


def test_every_acknowledged_decision_survives_kill_9_with_comment_and_ledger_entry(url: str, tmp_path: Path) -> None:
    database = Database(url)
    database.migrate()
    ids = [
        decision_id
        for count in (3, 20, 47)
        for decision_id in acknowledged_before_the_kill(url, tmp_path / "keys", count=count)
    ]
    assert len(set(ids)) == len(ids) >= 70
    with database.reading() as look:
        for decision_id in ids:
            assert NOW == decisions.get(look, decision_id).created_at
            assert ["decision"] == [entry.kind for entry in ledger.page(look, subject_id=decision_id).items]
        counts = {look.execute(text(f"SELECT count(*) FROM {t}")).scalar() for t in ("comments", "decisions", "ledger")}
    assert 1 == len(counts), "a comment, a decision and a ledger entry are written together or not at all"
    database.close()
