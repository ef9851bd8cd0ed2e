"""An entry that no process of this installation wrote is not sealed, and is told: who has the database has no key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from records import ledger, sealing
from records.auditing import audit
from records.canonical import canonical
from records.database import Database
from records.ids import new_id
from records.ledger import Actor, Entry
from records.ledger_keys import open_signer, renew
from records.marks import BEGUN, Marks
from records.notes import Signer
from records.tables import ledger as entries
from records.tampering import What
from tests.records.databases import NOW, PATIENT, _emptied, _shared_postgres_url, new_sqlite_url

MIA = Actor("user", "mia")
EARLIER = NOW - timedelta(hours=12)


@pytest.fixture(params=["sqlite", "postgres"])
def marked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database whose processes have the keys of the installation."""
    url = new_sqlite_url(tmp_path) if request.param == "sqlite" else _emptied(_shared_postgres_url())
    with closing(Database(url, busy_seconds=PATIENT, marks=Marks(tmp_path / "keys"))) as database:
        yield database


def write(database: Database, many: int = 1) -> None:
    with database.unit() as unit:
        ledger.append_all(unit, [Entry("rule.live", MIA, "rule", "r", "too wide", "")] * many, now=NOW)
        unit.commit()


def seal(database: Database, signer: Signer, *, marks: Marks | None = None) -> list[str]:
    """Who was refused."""
    refused: list[str] = []
    with database.unit() as unit:
        sealing.seal(unit, signer, owner="one", now=NOW, marks=marks or database.marks, refused=refused.extend)
        unit.commit()
    return refused


def forge(database: Database, *, at: Any = EARLIER, mark: bytes | None = None) -> str:
    """As who has the database alone puts an entry in, for the service to seal it."""
    entry_id = new_id()
    body = {
        "v": 1, "id": entry_id, "at": at.isoformat(timespec="microseconds"), "kind": "approval.approved",
        "actor": {"kind": "user", "id": "eve"}, "subject": {"kind": "approval", "id": "nothing-real"}, "reason": "fine",
        "ground": "", "versions": None, "facts": {},
    }  # fmt: skip
    row = {"id": entry_id, "kind": body["kind"], "subject_id": "nothing-real", "body": canonical(body)}
    with database.unit() as unit:
        unit.execute(insert(entries).values(**row, created_at=at, mark=mark))
        unit.commit()
    return entry_id


def found(database: Database, marks: Marks | None) -> list[tuple[What, str | None]]:
    with database.reading() as look:
        return [(each.what, each.entry_id) for each in audit(look, marks=marks).findings]


def test_what_the_service_wrote_is_sealed_and_in_order(marked: Database, tmp_path: Path) -> None:
    write(marked)  # makes the key
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    write(marked, 3)
    assert [] == seal(marked, signer)
    with marked.reading() as look:
        done = audit(look, marks=marked.marks)
        kinds = [each.kind for each in ledger.page(look).items]
    assert (5, 0, (), ()) == (done.size, done.unsealed, done.findings, done.remarks)
    assert [BEGUN, *["rule.live"] * 4] == kinds


def test_an_entry_put_in_by_hand_is_not_sealed_and_verify_names_it(marked: Database, tmp_path: Path) -> None:
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    write(marked, 3)
    seal(marked, signer)
    forged = [forge(marked), forge(marked, at=NOW + timedelta(hours=2)), forge(marked, mark=bytes(18))]
    write(marked)
    assert forged == seal(marked, signer)
    assert [(What.INSERTED, each) for each in forged] == found(marked, marked.marks)
    with marked.reading() as look:
        assert 5 == audit(look, marks=marked.marks).size  # what came after it is sealed all the same


def test_another_mark_that_was_seen_is_no_mark_of_it(marked: Database, tmp_path: Path) -> None:
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    write(marked)
    with marked.reading() as look:
        seen = look.execute(text("SELECT mark FROM ledger ORDER BY id DESC LIMIT 1")).scalar_one()
    forged = forge(marked, mark=bytes(seen))
    assert [forged] == seal(marked, signer)


def test_an_entry_that_an_earlier_program_sealed_is_found_afterwards(marked: Database, tmp_path: Path) -> None:
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    write(marked)
    seal(marked, signer)
    forged = forge(marked)
    with marked.unit() as unit:
        sealing.seal(unit, signer, owner="one", now=NOW)
        unit.commit()
    assert [(What.INSERTED, forged)] == found(marked, marked.marks)


def test_what_an_earlier_program_wrote_stands(marked: Database, tmp_path: Path) -> None:
    """Up to the first mark whatever was there; for an hour around it what a program writes that knows of none."""
    with closing(Database(marked._url.render_as_string(hide_password=False))) as earlier:
        signer = open_signer(earlier, tmp_path / "keys", now=NOW)
        forge(earlier)
        seal(earlier, signer)
        forge(earlier)  # waits since yesterday
        open_signer(marked, tmp_path / "keys", now=NOW)
        assert [] == seal(marked, signer)
        write(earlier)
        assert [] == seal(marked, signer)
        late = forge(earlier)
        assert [late] == seal(marked, signer)
    assert [(What.INSERTED, late)] == found(marked, marked.marks)


def test_without_marks_an_entry_that_is_dated_long_before_is_a_finding(sqlite: Database, tmp_path: Path) -> None:
    signer = open_signer(sqlite, tmp_path / "keys", now=NOW)
    write(sqlite, 3)
    seal(sqlite, signer)
    slow = forge(sqlite, at=NOW - timedelta(hours=2))
    forged = forge(sqlite)
    seal(sqlite, signer)
    assert slow < forged
    assert [(What.INSERTED, forged)] == found(sqlite, None)


def test_a_renewed_key_takes_what_waits_and_says_so(marked: Database, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    first = open_signer(marked, keys, now=NOW)
    write(marked)
    seal(marked, first)
    strange = forge(marked)
    assert [strange] == seal(marked, first)
    signer = renew(marked, keys, actor=MIA, why="the old one is lost", now=NOW, os_user=None)
    write(marked)
    assert [] == seal(marked, signer)
    assert [] == found(marked, marked.marks)
    with marked.reading() as look:
        [told] = ledger.of_kind(look, signer.name, "ledger.key_renewed")
    assert [strange] == list(json.loads(told.body)["facts"]["taken"])


def test_where_a_key_is_not_at_hand_that_is_a_remark(marked: Database, tmp_path: Path) -> None:
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    write(marked)
    seal(marked, signer)
    with marked.reading() as look:
        done = audit(look, marks=Marks(tmp_path / "elsewhere"))
    assert ((), 1) == (done.findings, len(done.remarks))
    assert done.remarks[0].startswith("Of 2 entries it could not be told")


def test_a_mark_is_never_changed(marked: Database, tmp_path: Path) -> None:
    open_signer(marked, tmp_path / "keys", now=NOW)
    with marked.unit() as unit, pytest.raises(DBAPIError, match="only grows"):
        unit.execute(text("UPDATE ledger SET mark = NULL, sealed_index = 0, leaf_hash = body"))


def replay(database: Database, *, under: str, number: int) -> str:
    """As who has the database alone copies an entry with its mark, for the service to seal it again."""
    with database.unit() as unit:
        row = unit.execute(select(entries).where(entries.c.sealed_index == number)).one()._asdict()
        row |= {"id": row["id"] + under, "sealed_index": None, "leaf_hash": None}
        unit.execute(insert(entries).values(**row))
        unit.commit()
    return str(row["id"])


def test_a_copy_of_an_entry_with_its_mark_is_not_sealed_and_named(marked: Database, tmp_path: Path) -> None:
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    write(marked, 3)
    seal(marked, signer)
    copied = replay(marked, under="x", number=1)
    assert [(What.INSERTED, copied)] == found(marked, marked.marks) == found(marked, None)
    assert [copied] == seal(marked, signer)
    assert [(What.INSERTED, copied)] == found(marked, marked.marks)
    renew(marked, tmp_path / "keys", actor=MIA, why="take what waits", now=NOW, os_user=None)
    assert [copied] == seal(marked, open_signer(marked, tmp_path / "keys", now=NOW))


def test_an_entry_whose_number_was_taken_off_is_not_sealed_again(marked: Database, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    signer = open_signer(marked, tmp_path / "keys", now=now)
    write(marked, 3)
    with marked.unit() as unit:
        sealing.seal(unit, signer, owner="one", now=now + timedelta(hours=1), marks=marked.marks)
        name = unit.execute(select(entries.c.id).where(entries.c.sealed_index == 1)).scalar_one()
        on_server = unit.dialect == "postgresql"
        unit.execute(
            text("SET LOCAL session_replication_role = replica" if on_server else "DROP TRIGGER ledger_update")
        )
        unit.execute(update(entries).where(entries.c.id == name).values(sealed_index=None, leaf_hash=None))
        unit.commit()
    again: list[str] = []
    with marked.unit() as unit:
        later = now + timedelta(hours=2)
        sealing.seal(unit, signer, owner="one", now=later, marks=marked.marks, refused=again.extend)
        unit.commit()
    assert [name] == again
    assert {(What.INSERTED, name), (What.MISSING, None)} == set(found(marked, marked.marks))


def test_a_first_unit_that_is_taken_back_leaves_a_ledger_that_can_begin(marked: Database, tmp_path: Path) -> None:
    """As a rehearsal of duties does, or a command that fails after its second entry."""
    with marked.unit() as unit:
        for _ in range(2):
            ledger.append_all(unit, [Entry("rule.live", MIA, "rule", "r", "too wide", "")], now=NOW)
    assert [] == list((tmp_path / "keys").glob("*.pub"))
    write(marked)
    signer = open_signer(marked, tmp_path / "keys", now=NOW)
    assert [] == seal(marked, signer)
    with marked.reading() as look:
        assert [] == list(audit(look, marks=Marks(tmp_path / "keys")).findings)
