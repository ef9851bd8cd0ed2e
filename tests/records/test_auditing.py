"""Whoever tampers with the ledger by the database's own tools is found, and it is said which entry it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from records import ledger, notes, sealing
from records.auditing import Audit, audit
from records.database import Database
from records.ledger import Actor, Entry
from records.ledger_keys import open_signer
from records.merkle import complete, hashes_in, leaf_hash
from records.notes import Checkpoint, Signer
from records.sealing import seal
from records.tampering import What
from records.unit_of_work import Unit
from tests.records.databases import NOW

ENTRY = Entry("rule.changed", Actor("user", "mia"), "rule", "r", "too wide", "")
COUNT = 12
ROUNDS = (4, 4, 4)
PARKED = 1000


@pytest.fixture
def sealed(database: Database, tmp_path: Path) -> Database:
    """Twelve entries, sealed in three rounds."""
    signer = open_signer(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        for count in ROUNDS:
            write_and_seal(unit, signer, count)
        unit.commit()
    return database


def write_and_seal(unit: Unit, signer: Signer, count: int) -> None:
    ledger.append_all(unit, [ENTRY] * count, now=NOW)
    seal(unit, signer, owner="one", now=NOW)


@contextmanager
def tampered(database: Database, do: Callable[[Unit], object]) -> Iterator[Unit]:
    """As who owns the database does it: triggers and the unique index are no obstacle. Taken back at the end."""
    with database.unit() as unit:
        if unit.dialect == "postgresql":
            unit.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for name in ("insert", "update", "delete"):
                unit.execute(text(f"DROP TRIGGER ledger_{name}"))
        unit.execute(text("DROP INDEX uq_ledger_sealed_index"))
        do(unit)
        yield unit


def run(unit: Unit, statement: str, **values: Any) -> None:
    unit.execute(text(statement), values)


def told(found: Audit) -> list[tuple[What, int | None, int | None]]:
    return [(each.what, each.first, each.last) for each in found.findings]


def newest(database: Database) -> Checkpoint:
    with database.reading() as look:
        last = sealing.newest(look)
    assert last is not None
    return notes.parse(last.note)


OTHER = b'{"v":1,"id":"x","at":"","kind":"","subject":{"kind":"","id":""}}'


def text_or_bytes(unit: Unit) -> str | bytes:
    """SQLite takes text where bytes should be."""
    return OTHER.decode() if unit.dialect == "sqlite" else OTHER


def put_at(unit: Unit, index: int, body: bytes = OTHER) -> None:
    run(
        unit,
        "INSERT INTO ledger (id, kind, subject_id, body, created_at, sealed_index, leaf_hash)"
        " SELECT 'x', kind, subject_id, :body, created_at, :at, :leaf FROM ledger WHERE sealed_index = 0",
        body=body,
        at=index,
        leaf=leaf_hash(body),
    )


def insert_among(unit: Unit) -> None:
    run(unit, "UPDATE ledger SET sealed_index = sealed_index + :far WHERE sealed_index >= 5", far=PARKED)
    run(unit, "UPDATE ledger SET sealed_index = sealed_index - :far WHERE sealed_index >= :far", far=PARKED - 1)
    put_at(unit, 5)


def remove_and_close_up(unit: Unit) -> None:
    run(unit, "DELETE FROM ledger WHERE sealed_index = 5")
    run(unit, "UPDATE ledger SET sealed_index = sealed_index - 1 WHERE sealed_index > 5")


def swap(unit: Unit) -> None:
    for statement in ("SET sealed_index = 99 WHERE sealed_index = 3", "SET sealed_index = 3 WHERE sealed_index = 8"):
        run(unit, f"UPDATE ledger {statement}")
    run(unit, "UPDATE ledger SET sealed_index = 8 WHERE sealed_index = 99")


def replace_one(unit: Unit) -> None:
    run(unit, "DELETE FROM ledger WHERE sealed_index = 6")
    put_at(unit, 6)


def refit(unit: Unit, index: int) -> None:
    """Body, leaf hash and tile: all that the database holds but the signature."""
    found = unit.execute(text("SELECT body FROM ledger WHERE sealed_index = :at"), {"at": index}).scalar_one()
    body = bytes(found).replace(b"too wide", b"too free")
    run(
        unit,
        "UPDATE ledger SET body = :body, leaf_hash = :leaf WHERE sealed_index = :at",
        body=body,
        leaf=leaf_hash(body),
        at=index,
    )
    hashes = hashes_in(unit.execute(text("SELECT hashes FROM ledger_tiles WHERE level = 0")).scalar_one())
    hashes[index] = leaf_hash(body)
    run(unit, "UPDATE ledger_tiles SET hashes = :hashes", hashes=b"".join(hashes))


WAYS: dict[str, tuple[Callable[[Unit], object], list[tuple[What, int | None, int | None]]]] = {
    "body": (
        lambda unit: run(unit, "UPDATE ledger SET body = :body WHERE sealed_index = 7", body=OTHER),
        [(What.CHANGED, 7, 7)],
    ),
    "body and hash": (
        lambda unit: run(
            unit,
            "UPDATE ledger SET body = :body, leaf_hash = :leaf WHERE sealed_index = 7",
            body=OTHER,
            leaf=leaf_hash(OTHER),
        ),
        [(What.CHANGED, 7, 7)],
    ),
    "hash alone": (
        lambda unit: run(unit, "UPDATE ledger SET leaf_hash = body WHERE sealed_index = 7"),
        [(What.CHANGED, 7, 7)],
    ),
    "column": (
        lambda unit: run(unit, "UPDATE ledger SET subject_id = 'other' WHERE sealed_index IN (2, 7)"),
        [(What.CHANGED, 2, 2), (What.CHANGED, 7, 7)],
    ),
    "moment": (
        lambda unit: run(unit, "UPDATE ledger SET created_at = '2020-01-01 00:00:00.000000' WHERE sealed_index = 7"),
        [(What.CHANGED, 7, 7)],
    ),
    "body as text": (
        lambda unit: run(unit, "UPDATE ledger SET body = :body WHERE sealed_index = 7", body=text_or_bytes(unit)),
        [(What.CHANGED, 7, 7)],
    ),
    "missing": (
        lambda unit: run(unit, "DELETE FROM ledger WHERE sealed_index IN (0, 5, 6)"),
        [(What.MISSING, 0, 0), (What.MISSING, 5, 6)],
    ),
    "missing and closed up": (
        remove_and_close_up,
        [(What.MISSING, 5, 5), (What.REORDERED, 5, 10)],
    ),
    "put back among the unsealed": (
        lambda unit: run(unit, "UPDATE ledger SET sealed_index = NULL, leaf_hash = NULL WHERE sealed_index = 4"),
        [(What.INSERTED, None, None), (What.MISSING, 4, 4)],
    ),
    "inserted": (
        insert_among,
        [(What.INSERTED, 5, 5), (What.REORDERED, 6, 12)],
    ),
    "inserted under a number that is taken": (lambda unit: put_at(unit, 5), [(What.INSERTED, 5, 5)]),
    "inserted beyond": (lambda unit: put_at(unit, COUNT), [(What.INSERTED, COUNT, COUNT)]),
    "another in its place": (replace_one, [(What.CHANGED, 6, 6)]),
    "reordered": (swap, [(What.REORDERED, 3, 3), (What.REORDERED, 8, 8)]),
    "truncated": (
        lambda unit: run(unit, "DELETE FROM ledger WHERE sealed_index >= 10"),
        [(What.TRUNCATED, 10, 11)],
    ),
    "all gone": (lambda unit: run(unit, "DELETE FROM ledger"), [(What.TRUNCATED, 0, 11)]),
    "all made to fit": (lambda unit: refit(unit, 7), [(What.CHANGED, 4, 7)]),
    "stored hashes alone": (
        lambda unit: run(unit, "UPDATE ledger_tiles SET hashes = :hashes", hashes=bytes(32 * COUNT)),
        [(What.HASHES, None, None)],
    ),
    "stored hashes gone": (lambda unit: run(unit, "DELETE FROM ledger_tiles"), [(What.HASHES, None, None)]),
    "the last checkpoint gone": (
        lambda unit: run(unit, "DELETE FROM ledger_checkpoints WHERE size = 12"),
        [(What.TRUNCATED, 8, 11)],
    ),
    "a checkpoint's note": (
        lambda unit: run(
            unit, "UPDATE ledger_checkpoints SET note = replace(note, 'chaffinch/', 'chaffinch!') WHERE size = 8"
        ),
        [(What.CHECKPOINT, None, None)],
    ),
    "a checkpoint's row": (
        lambda unit: run(unit, "UPDATE ledger_checkpoints SET root = :root WHERE size = 8", root=bytes(32)),
        [(What.CHECKPOINT, None, None)],
    ),
}


def test_every_way_of_tampering_is_found_and_named(sealed: Database) -> None:
    expected = {way: sorted(found, key=str) for way, (_, found) in WAYS.items()}
    seen = {}
    for way, (do, _) in WAYS.items():
        with tampered(sealed, do) as unit:
            seen[way] = sorted(told(audit(unit)), key=str)
    assert expected == seen
    with sealed.reading() as look:
        assert [] == told(audit(look))


def roll_back(unit: Unit) -> None:
    """To the state of the second round, in every table: what a restored backup looks like."""
    run(unit, "DELETE FROM ledger WHERE sealed_index >= 8")
    run(unit, "DELETE FROM ledger_checkpoints WHERE size > 8")
    tile = unit.execute(text("SELECT hashes FROM ledger_tiles WHERE level = 0")).scalar_one()
    run(unit, "UPDATE ledger_tiles SET hashes = :hashes", hashes=bytes(tile)[: 32 * 8])


def test_what_is_cut_off_in_every_table_is_found_by_a_checkpoint_that_was_kept_elsewhere(sealed: Database) -> None:
    kept = newest(sealed)
    with tampered(sealed, roll_back) as unit:
        assert [] == told(audit(unit))
        found = audit(unit, outside=[kept])
    assert [(What.TRUNCATED, 8, 11)] == told(found)
    assert "restored from an older backup" in found.findings[0].sentence


def test_a_history_rewritten_with_the_key_is_found_by_a_checkpoint_that_was_kept_elsewhere(
    sealed: Database, tmp_path: Path
) -> None:
    signer = open_signer(sealed, tmp_path / "keys", now=NOW)
    kept = newest(sealed)

    def rewrite(unit: Unit) -> None:
        refit(unit, 7)
        hashes = hashes_in(unit.execute(text("SELECT hashes FROM ledger_tiles WHERE level = 0")).scalar_one())
        root = complete(hashes[:8])
        run(unit, "DELETE FROM ledger_checkpoints WHERE size > 8")
        run(unit, "DELETE FROM ledger WHERE sealed_index >= 8")
        run(unit, "UPDATE ledger_tiles SET hashes = :hashes", hashes=b"".join(hashes[:8]))
        note = signer.sign(8, root)
        run(unit, "UPDATE ledger_checkpoints SET root = :root, note = :note WHERE size = 8", root=root, note=note)

    with tampered(sealed, rewrite) as unit:
        write_and_seal(unit, signer, 4)
        assert [] == told(audit(unit))
        assert [(What.CHANGED, 0, 11)] == told(audit(unit, outside=[kept]))


def test_a_checkpoint_of_another_ledger_is_told_from_ours(sealed: Database) -> None:
    other = Signer("chaffinch/other", 1, Ed25519PrivateKey.generate())
    note = notes.parse(other.sign(COUNT, bytes(32)))
    with sealed.reading() as look:
        found = audit(look, outside=[note])
    assert any("not signed by a key of this ledger" in each.sentence for each in found.findings)


def test_keys_that_are_known_from_elsewhere_are_believed_and_not_those_of_the_database(
    sealed: Database, tmp_path: Path
) -> None:
    real = open_signer(sealed, tmp_path / "keys", now=NOW).verifier
    with sealed.reading() as look:
        assert [] == told(audit(look, trusted=[real]))
    forger = Signer(real.name, 1, Ed25519PrivateKey.generate())

    def sign_anew(unit: Unit) -> None:
        run(unit, "UPDATE ledger_keys SET verifier = :key", key=str(forger.verifier))
        for row in unit.execute(text("SELECT size, root FROM ledger_checkpoints")).all():
            note = forger.sign(row.size, bytes(row.root))
            run(unit, "UPDATE ledger_checkpoints SET note = :note WHERE size = :size", note=note, size=row.size)

    with tampered(sealed, sign_anew) as unit:
        assert [] == told(audit(unit))  # a database whose keys are its own word proves nothing about them
        assert {What.KEY, What.CHECKPOINT} == {what for what, _, _ in told(audit(unit, trusted=[real]))}


def test_what_sqlite_takes_for_a_moment_does_not_stop_the_reading(tmp_path: Path, sqlite: Database) -> None:
    signer = open_signer(sqlite, tmp_path / "keys", now=NOW)
    with sqlite.unit() as unit:
        write_and_seal(unit, signer, 3)
        unit.commit()
    with tampered(sqlite, lambda unit: run(unit, "UPDATE ledger SET created_at = 'x' WHERE sealed_index = 1")) as unit:
        assert [(What.CHANGED, 1, 1)] == told(audit(unit))


def test_entries_that_wait_are_counted_and_no_fault(sealed: Database) -> None:
    with sealed.unit() as unit:
        ledger.append(unit, ENTRY, now=NOW)
        found = audit(unit)
    assert (COUNT, 1, NOW, ()) == (found.size, found.unsealed, found.oldest_unsealed, found.findings)


def test_a_ledger_without_entries_is_whole(database: Database) -> None:
    with database.reading() as look:
        found = audit(look)
    assert (0, 0, ()) == (found.size, found.unsealed, found.findings)
