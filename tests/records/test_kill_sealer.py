"""A sealer that is killed in the middle of its work leaves a whole ledger, and the next one goes on with it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import sealing
from records.auditing import audit
from records.database import Database
from records.ledger_keys import open_signer
from tests import proofs
from tests.records.databases import NOW, new_postgres_url

ROOT = Path(__file__).resolve().parents[2]


def signed_before_the_kill(url: str, keys: Path, *, rounds: int) -> int:
    """The last size that the sealer told before it was killed."""
    command = [sys.executable, str(ROOT / "tests/records/kill_sealer.py"), url, str(keys)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stdout is not None
        sizes = [int(process.stdout.readline()) for _ in range(rounds)]
        process.kill()
    return sizes[-1]


def killed(url: str, keys: Path, times: int) -> int:
    """How many entries were sealed in the end; after each kill everything that was told is there, and fits."""
    database = Database(url)
    database.migrate()
    signer = open_signer(database, keys, now=NOW)
    for number in range(times):
        told = signed_before_the_kill(url, keys, rounds=1 + number % 5)
        with database.reading() as look:
            found = audit(look)
        assert () == found.findings
        assert told <= found.size
    while True:
        with database.unit() as unit:
            count = sealing.seal(unit, signer, owner="the last", now=datetime.now(UTC) + sealing.LEASE)
            unit.commit()
        if not count:
            break
    with database.reading() as look:
        found = audit(look)
    database.close()
    assert (0, ()) == (found.unsealed, found.findings)
    return found.size


def test_a_killed_sealer_leaves_a_whole_ledger(tmp_path: Path) -> None:
    assert killed(f"sqlite:///{tmp_path}/chaffinch.db", tmp_path / "keys", 2) > 0


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_hundred_killed_sealers_leave_a_whole_ledger(tmp_path: Path, kind: str) -> None:
    url = f"sqlite:///{tmp_path}/chaffinch.db" if kind == "sqlite" else new_postgres_url()
    times = proofs.full(100)
    proofs.report("killed-sealers", database=kind, kills=times, sealed=killed(url, tmp_path / "keys", times))
