"""Figures that the ledger and erasing are held to, at full count: they fail where they are missed.

They time, so they run alone (`make proof` runs one after the other); what somebody else does on the machine counts.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from records.database import Database
from records.personal import open_keyring
from tests import proofs

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
ENTRIES = COMMENTS = 1_000_000
VERIFIED_WITHIN, ERASED_WITHIN, MOST_SHARE = 60.0, 5.0, 0.15
"""Seconds at full count, seconds, and what ledger and sealing may take of the throughput."""

pytestmark = [pytest.mark.proof, pytest.mark.timeout(7200)]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Benchmarks are scripts, and find one another by their folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module


def test_a_million_entries_are_verified_within_a_minute(script: Any, tmp_path: Path) -> None:
    ledger, entries = script("ledger"), proofs.full(ENTRIES)
    seconds = ledger.verifying(tmp_path, ledger.the_engine(), entries)
    proofs.report("ledger-verified", entries=entries, seconds=round(seconds, 2), most=VERIFIED_WITHIN)
    assert seconds < max(10.0, VERIFIED_WITHIN * entries / ENTRIES)


def test_ledger_and_sealing_take_a_small_share_of_the_throughput(script: Any, tmp_path: Path) -> None:
    """The median of five pairs in one process; PostgreSQL, whose own CPU is not this process's, is told beside it."""
    ledger, rounds = script("ledger"), max(5, proofs.full(20))
    engine = ledger.the_engine()
    shares = {"SQLite": ledger.share(tmp_path, engine, rounds)}
    for url in ledger.postgres():
        shares["PostgreSQL"] = ledger.share(tmp_path, engine, rounds, url=url)
    told = {f"{name} {kind}": round(share, 4) for name, each in shares.items() for kind, share in each.medians.items()}
    proofs.report("ledger-share", rounds=rounds, pairs=ledger.PAIRS, most=MOST_SHARE, **told)
    assert shares["SQLite"].medians["CPU"] <= MOST_SHARE


def test_an_author_among_a_million_comments_is_erased_within_seconds(script: Any, tmp_path: Path) -> None:
    house, erasing, comments = script("_house"), script("erasing"), proofs.full(COMMENTS)
    with closing(Database(f"sqlite:///{tmp_path}/chaffinch.db")) as database:
        database.migrate()
        keyring = open_keyring(database, tmp_path / "keys", now=datetime.now(UTC))
        house.fill(database, comments)
        house.index(database)
        seconds, left = erasing.show(database, keyring)
    proofs.report("erasing", comments=comments, seconds=round(seconds, 2), most=ERASED_WITHIN)
    assert left == 0
    assert seconds < ERASED_WITHIN
