"""One sealer orders entries and signs what the log now is, however many try and whatever befalls them."""

from __future__ import annotations

import re
import shutil
import threading
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen

from moderation.errors import ConfigError
from records import ledger, ledger_keys, notes, sealing
from records.auditing import audit
from records.database import Database
from records.ledger import Actor, Entry
from records.ledger_keys import open_signer, renew
from records.merkle import leaf_hash, roots_at
from records.notes import Signer
from records.personal import open_keyring
from records.sealing import LEASE, AnotherKeyError, LedgerDamagedError, seal
from tests.records.databases import NOW, new_sqlite_url
from tests.records.factories import an_answer, put

MIA = Actor("user", "mia")


def write(database: Database, count: int = 1, *, now: datetime = NOW) -> list[str]:
    entries = [Entry("rule.changed", MIA, "rule", f"r-{number}", "too wide", "") for number in range(count)]
    with database.unit() as unit:
        ids = ledger.append_all(unit, entries, now=now)
        unit.commit()
    return ids


def seal_all(database: Database, signer: Signer, *, owner: str = "one", now: datetime = NOW, most: int = 1000) -> int:
    done = 0
    while True:
        with database.unit() as unit:
            count = seal(unit, signer, owner=owner, now=now, most=most)
            unit.commit()
        done += count
        if not count:
            return done


@pytest.fixture
def signer(database: Database, tmp_path: Path) -> Signer:
    return open_signer(database, tmp_path / "keys", now=NOW)


def test_no_round_reads_the_whole_ledger(tmp_path: Path) -> None:
    """Every look at it goes through an index: what a round costs does not grow with what was sealed before."""
    said: list[tuple[str, object]] = []
    with closing(Database(new_sqlite_url(tmp_path))) as database:
        signer = open_signer(database, tmp_path / "keys", now=NOW)
        write(database, 3)
        with database.unit() as unit:
            listen(unit.connection, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
            assert sealing.is_due(unit, "one", now=NOW)
            seal(unit, signer, owner="one", now=NOW)
            told = [(each, values) for each, values in said if re.search(r"(FROM|UPDATE) ledger\b", each)]
            plans = [
                (line[3], each)
                for each, values in told
                for line in unit.connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {each}",
                    values[0] if isinstance(values, list) else values,  # type: ignore[arg-type]
                )
                if re.search(r"\bledger\b", line[3])
            ]
    assert 4 <= len(plans)
    assert [] == [plan for plan in plans if "USING" not in plan[0]]


def test_entries_get_their_numbers_in_the_order_of_their_ids_and_a_signed_root(
    database: Database, signer: Signer
) -> None:
    ids = [*write(database, 5), *write(database, 3)]
    assert 8 == seal_all(database, signer, most=3)
    with database.reading() as look:
        entries = ledger.page(look, limit=200).items
        last = sealing.newest(look)
        assert last is not None
        note = notes.parse(last.note)
    assert sorted(ids) == [entry.id for entry in sorted(entries, key=lambda entry: entry.sealed_index or 0)]
    assert [leaf_hash(entry.body) for entry in entries] == [entry.leaf_hash for entry in entries]
    assert signer.verifier.has_signed(note)
    assert [(8, note.root)] == list(roots_at((leaf_hash(entry.body) for entry in entries), [8]))


def test_over_many_rounds_and_tiles_the_root_is_that_of_all_entries(sqlite: Database, tmp_path: Path) -> None:
    signer = open_signer(sqlite, tmp_path, now=NOW)
    for count in (1, 254, 1, 1, 300, 256 * 2):
        write(sqlite, count)
        seal_all(sqlite, signer)
    with sqlite.reading() as look:
        found = audit(look)
        leaves = look.execute(text("SELECT leaf_hash FROM ledger ORDER BY sealed_index")).scalars().all()
    assert (1069, ()) == (found.size, found.findings)
    assert [(1069, found.root)] == list(roots_at(leaves, [1069]))


def test_what_is_not_committed_yet_comes_in_a_later_round_and_nobody_waits(postgres: Database, tmp_path: Path) -> None:
    signer = open_signer(postgres, tmp_path, now=NOW)
    with postgres.unit() as slow:
        early = ledger.append(slow, Entry("rule.changed", MIA, "rule", "r", "why", ""), now=NOW)
        late = write(postgres)[0]  # another writer does not wait for the first
        assert 1 == seal_all(postgres, signer)  # nor does the sealer
        slow.commit()
    assert 1 == seal_all(postgres, signer)
    with postgres.reading() as look:
        assert [(0, late), (1, early)] == [(ledger.get(look, each).sealed_index, each) for each in (late, early)]
        assert () == audit(look).findings


def test_many_sealers_at_once_seal_each_entry_once(database: Database, signer: Signer) -> None:
    stop = threading.Event()

    def work(owner: str) -> None:
        while not stop.is_set():
            with database.unit() as unit:
                seal(unit, signer, owner=owner, now=NOW, most=7)
                unit.commit()

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(12):
        write(database, 5)
    stop.set()
    for thread in threads:
        thread.join(60)
    seal_all(database, signer, owner="worker-0", now=NOW + LEASE)
    with database.reading() as look:
        found = audit(look)
    assert (60, 0, ()) == (found.size, found.unsealed, found.findings)


def test_a_lease_keeps_others_away_until_it_is_over(database: Database, signer: Signer) -> None:
    write(database)
    assert 1 == seal_all(database, signer, owner="one")
    write(database)
    assert 0 == seal_all(database, signer, owner="two", now=NOW + LEASE / 2)
    with database.reading() as look:
        assert not sealing.is_due(look, "two", now=NOW + LEASE / 2)
        assert sealing.is_due(look, "one", now=NOW + LEASE / 2)
        assert sealing.is_due(look, "two", now=NOW + LEASE)
    assert 1 == seal_all(database, signer, owner="two", now=NOW + LEASE)


def test_a_clock_that_was_set_back_stops_no_sealing(database: Database, signer: Signer) -> None:
    write(database)
    seal_all(database, signer, owner="one", now=NOW)
    before = NOW - timedelta(hours=3)
    write(database, now=before)
    assert 1 == seal_all(database, signer, owner="two", now=before)
    with database.reading() as look:
        found = audit(look)
    assert (2, ()) == (found.size, found.findings)
    assert any("a clock was set back" in remark for remark in found.remarks)


def test_a_round_that_is_cut_off_leaves_nothing_and_the_next_does_it(database: Database, signer: Signer) -> None:
    write(database, 3)
    with database.unit() as unit:
        assert 3 == seal(unit, signer, owner="killed", now=NOW)
    with database.reading() as look:
        assert sealing.newest(look) is None
        assert {None} == {entry.sealed_index for entry in ledger.page(look).items}
    assert 3 == seal_all(database, signer, owner="next")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE ledger_tiles SET hashes = body FROM (SELECT leaf_hash AS body FROM ledger LIMIT 1) AS b", "the tree"),
        ("DELETE FROM ledger_tiles", "is gone"),
        ("DELETE FROM ledger_checkpoints", "the last checkpoint covers 0"),
        ("UPDATE ledger_checkpoints SET note = 'x'", "not signed by"),
        ("UPDATE ledger_checkpoints SET note = replace(note, 'chaffinch/', 'chaffinch!')", "not signed by"),
    ],
)
def test_what_was_altered_is_never_signed(database: Database, signer: Signer, damage: str, sentence: str) -> None:
    write(database, 3)
    seal_all(database, signer)
    write(database)
    with database.unit() as unit:
        unit.execute(text(damage))
        unit.commit()
    with database.unit() as unit, pytest.raises(LedgerDamagedError, match=sentence):
        seal(unit, signer, owner="one", now=NOW)


def test_a_lost_key_is_said_and_none_is_made(database: Database, signer: Signer, tmp_path: Path) -> None:
    assert signer.number == 1
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(ConfigError, match=r"ledger-1\.key: is missing: restore it.*audit new-key"):
        open_signer(database, tmp_path / "keys", now=NOW)
    assert not (tmp_path / "keys").exists()


def test_another_ledgers_key_is_said(database: Database, signer: Signer, tmp_path: Path) -> None:
    (tmp_path / "keys" / "ledger-1.key").write_text("A" * 43 + "=\n")
    with pytest.raises(ConfigError, match="another key"):
        open_signer(database, tmp_path / "keys", now=NOW)
    with database.reading() as look, pytest.raises(ConfigError, match="another key"):
        ledger_keys.check(look, tmp_path / "keys")


def test_keys_that_were_removed_from_the_database_are_not_made_anew(
    database: Database, signer: Signer, tmp_path: Path
) -> None:
    with database.unit() as unit:
        unit.execute(text("DELETE FROM ledger_keys"))
        unit.commit()
    with pytest.raises(ConfigError, match="restore the table"):
        open_signer(database, tmp_path / "keys", now=NOW)


def test_a_new_key_goes_on_where_the_lost_one_stopped_and_the_ledger_says_who_made_it(
    database: Database, signer: Signer, tmp_path: Path
) -> None:
    write(database, 2)
    seal_all(database, signer)
    shutil.rmtree(tmp_path / "keys")
    new = renew(database, tmp_path / "keys", actor=MIA, why="the disk broke", now=NOW, os_user="root")
    with database.unit() as unit, pytest.raises(AnotherKeyError):
        seal(unit, signer, owner="one", now=NOW)
    assert 1 == seal_all(database, new)
    with database.reading() as look:
        told = ledger.page(look, limit=10).items[-1]
        found = audit(look)
    assert ("ledger.key_renewed", 2, 3, ()) == (told.kind, told.sealed_index, found.size, found.findings)
    assert str(new.verifier).encode() in told.body
    assert b"the disk broke" in told.body


def test_the_sealer_s_key_is_beside_those_of_pseudonyms_and_apart(database: Database, tmp_path: Path) -> None:
    put(database, open_keyring(database, tmp_path, now=NOW), an_answer())
    signer = open_signer(database, tmp_path, now=NOW)
    assert {"1.key", "ledger-1.key"} == {path.name for path in tmp_path.iterdir() if path.suffix == ".key"}
    assert "key=" not in repr(signer)


def test_of_many_checkpoints_in_an_hour_the_first_stays_for_good_and_the_newest(
    database: Database, signer: Signer
) -> None:
    moments = [NOW + timedelta(minutes=minute) for minute in (0, 1, 2, 60, 61)]
    for moment in moments:
        write(database, now=moment)
        seal_all(database, signer, now=moment)
    with database.unit() as unit:
        assert 0 == sealing.forget(unit, now=moments[0] + timedelta(days=1))
        assert 2 == sealing.forget(unit, now=moments[-1] + timedelta(days=2))
        unit.commit()
    with database.reading() as look:
        assert (5, 3, ()) == ((found := audit(look)).size, found.checkpoints, found.findings)
