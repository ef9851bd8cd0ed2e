"""What is written is sealed within a second, by one of many workers, and what cannot be is told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from structlog.testing import capture_logs

from records import ledger
from records.auditing import audit
from records.database import Database
from records.ledger import MACHINE, Entry
from records.ledger_keys import open_signer, renew
from records.notes import Signer
from serving.parts import utc_now
from serving.sealer import Sealer

PATIENT = 30


def write(database: Database) -> None:
    with database.unit() as unit:
        ledger.append(unit, Entry("x", MACHINE, "x", "x", "x", ""), now=utc_now())
        unit.commit()


def sealer(database: Database, keys: Path, owner: str = "one") -> Sealer:
    def signer() -> Signer:
        return open_signer(database, keys, now=utc_now())

    return Sealer(database, signer, owner=owner, now=utc_now, every=0.05)


def sizes(database: Database) -> tuple[int, int]:
    with database.reading() as look:
        found = audit(look)
    assert () == found.findings
    return found.size, found.unsealed


@contextmanager
def running(*sealers: Sealer) -> Iterator[None]:
    for each in sealers:
        each.start()
    try:
        yield
    finally:
        for each in sealers:
            each.stop()


def test_of_two_workers_one_seals_what_both_wait_for_and_the_end_seals_the_rest(
    database: Database, tmp_path: Path
) -> None:
    open_signer(database, tmp_path, now=utc_now())
    with running(sealer(database, tmp_path), sealer(database, tmp_path, "two")):
        for _ in range(5):
            write(database)
            time.sleep(0.02)
        began = time.monotonic()
        while sizes(database) != (5, 0) and time.monotonic() - began < PATIENT:
            time.sleep(0.02)
        assert (5, 0) == sizes(database)


def test_a_key_that_is_lost_while_it_runs_is_told_once_a_minute_and_found_again(
    database: Database, tmp_path: Path
) -> None:
    open_signer(database, tmp_path / "keys", now=utc_now())
    shutil.move(tmp_path / "keys", tmp_path / "away")
    one = sealer(database, tmp_path / "keys")
    write(database)
    with capture_logs() as told:
        assert [0, 0] == [one.turn(), one.turn()]
    assert [("not_sealed", "ConfigError")] == [(line["event"], line["error"]) for line in told]
    assert "is missing: restore it" in told[0]["detail"]
    shutil.move(tmp_path / "away", tmp_path / "keys")
    assert 1 == one.turn()


def test_a_renewed_key_is_taken_up(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    open_signer(database, tmp_path, now=utc_now())
    write(database)
    assert 1 == one.turn()
    renew(database, tmp_path, actor=MACHINE, why="known to others", now=utc_now(), os_user=None)
    assert [0, 1] == [one.turn(), one.turn()]
    assert (2, 0) == sizes(database)


def test_an_altered_ledger_is_told_and_not_signed(database: Database, tmp_path: Path) -> None:
    one = sealer(database, tmp_path)
    open_signer(database, tmp_path, now=utc_now())
    write(database)
    assert 1 == one.turn()
    with database.unit() as unit:
        unit.execute(text("DELETE FROM ledger_tiles"))
        unit.commit()
    write(database)
    with capture_logs() as told:
        assert 0 == one.turn()
    assert [("not_sealed", "LedgerDamagedError")] == [(line["event"], line["error"]) for line in told]
    assert "chaffinch audit verify" in told[0]["detail"]
