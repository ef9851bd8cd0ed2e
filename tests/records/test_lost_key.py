"""Who has no key of the ledger writes nothing into it: an entry without a mark would read as forged later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from moderation.errors import ConfigError
from records import ledger, sealing
from records.auditing import audit
from records.database import Database
from records.ledger import Actor, Entry
from records.ledger_keys import open_signer, renew
from records.marks import BEGUN, Marks
from records.tampering import What
from tests.records.databases import NOW, PATIENT, _emptied, _shared_postgres_url, new_sqlite_url
from tests.records.test_marks import forge

MIA = Actor("user", "mia")
ENTRY = Entry("rule.live", MIA, "rule", "r", "too wide", "")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_sqlite_url(tmp_path) if request.param == "sqlite" else _emptied(_shared_postgres_url())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def house(url: str, keys: Path) -> Iterator[Database]:
    with closing(at(url, keys)) as database:
        yield database


def at(url: str, keys: Path) -> Database:
    """As a process of its own sees it, with the keys of its home."""
    return Database(url, busy_seconds=PATIENT, marks=Marks(keys))


def write(database: Database) -> None:
    with database.unit() as unit:
        ledger.append(unit, ENTRY, now=NOW)
        unit.commit()


def written(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.kind for each in ledger.page(look).items]


def seal(database: Database, keys: Path) -> list[str]:
    refused: list[str] = []
    signer = open_signer(database, keys, now=NOW)
    with database.unit() as unit:
        sealing.seal(unit, signer, owner="one", now=NOW, marks=database.marks, refused=refused.extend)
        unit.commit()
    return refused


def test_whoever_writes_first_makes_the_key_and_their_entry_bears_a_mark(house: Database, keys: Path) -> None:
    write(house)
    assert [BEGUN, "rule.live"] == written(house)
    assert (keys / "ledger-1.key").exists()
    assert [] == seal(house, keys)
    with house.reading() as look:
        assert () == audit(look, marks=house.marks).findings


def test_without_the_key_nothing_is_written_and_it_is_said_what_to_do(url: str, house: Database, keys: Path) -> None:
    write(house)
    (keys / "ledger-1.key").rename(keys / "away")
    with closing(at(url, keys)) as later, pytest.raises(ConfigError, match="not here") as refused:
        write(later)
    assert "CHAFFINCH_HOME" in str(refused.value)
    assert "new-key" in str(refused.value)
    (keys / "away").rename(keys / "ledger-1.key")
    with closing(at(url, keys)) as later:
        write(later)
    assert [BEGUN, "rule.live", "rule.live"] == written(house)
    assert [] == seal(house, keys)


def test_a_home_with_no_key_or_with_another_writes_nothing(url: str, house: Database, tmp_path: Path) -> None:
    write(house)
    with closing(at(url, tmp_path / "elsewhere")) as other, pytest.raises(ConfigError, match="not here"):
        write(other)
    theirs = tmp_path / "theirs"
    with closing(at(new_sqlite_url(theirs), theirs / "keys")) as another:
        write(another)
    with closing(at(url, theirs / "keys")) as other, pytest.raises(ConfigError, match="another key"):
        write(other)
    assert [BEGUN, "rule.live"] == written(house)


def test_a_lost_key_is_renewed_without_it(url: str, house: Database, keys: Path) -> None:
    write(house)
    (keys / "ledger-1.key").unlink()
    with closing(at(url, keys)) as later:
        renew(later, keys, actor=MIA, why="it is lost", now=NOW, os_user=None)
        write(later)
        assert "rule.live" == written(later)[-1]


def test_where_marks_began_with_the_ledger_no_entry_is_ever_let_in_without(house: Database, keys: Path) -> None:
    """The hour that programs of before have is for ledgers of before."""
    write(house)
    early = forge(house, at=NOW)
    assert [early] == seal(house, keys)
    late = forge(house, at=NOW)
    assert [early, late] == seal(house, keys)
    with house.reading() as look:
        assert [What.INSERTED] * 2 == [each.what for each in audit(look, marks=house.marks).findings]
