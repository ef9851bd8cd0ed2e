"""Pseudonyms and their keys."""

from __future__ import annotations

import shutil
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from moderation.comment import Author, Client, Comment, Context
from moderation.errors import ConfigError
from records import rewrapping
from records.database import Database
from records.personal import Keyring, open_keyring, rotate
from records.tables import metadata
from tests.records.databases import NOW
from tests.records.factories import a_decision, an_answer, put

CANARIES = ("canary-author-5d1e", "canary-device-77", "canary-network-03")


def test_a_pseudonym_comes_back_and_is_found(keyring: Keyring) -> None:
    assert "a-1" == keyring.reveal("author", keyring.encrypt("author", "a-1"))
    assert keyring.index("author", "a-1") in keyring.indexes("author", "a-1")


def test_encryption_differs_each_time_and_the_index_does_not(keyring: Keyring) -> None:
    assert keyring.encrypt("author", "a-1") != keyring.encrypt("author", "a-1")
    assert keyring.index("author", "a-1") == keyring.index("author", "a-1")


def test_kinds_do_not_mix(keyring: Keyring) -> None:
    assert keyring.index("author", "x") != keyring.index("device", "x")
    with pytest.raises(ConfigError, match="altered"):
        keyring.reveal("device", keyring.encrypt("author", "x"))


@pytest.mark.parametrize("stored", ["1:AAAA", "1:***", "1:" + "A" * 80])
def test_an_altered_value_is_refused(keyring: Keyring, stored: str) -> None:
    with pytest.raises(ConfigError, match="altered"):
        keyring.reveal("author", stored)


@pytest.mark.parametrize("stored", ["9:AAAA", "odd", ""])
def test_a_value_of_an_unknown_key_asks_for_it(keyring: Keyring, stored: str) -> None:
    with pytest.raises(ConfigError, match="restore it from a backup"):
        keyring.reveal("author", stored)


def test_the_key_is_made_once_and_for_its_owner_alone(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = open_keyring(database, folder, now=NOW)
    again = open_keyring(database, folder, now=NOW)
    assert made.fingerprints() == again.fingerprints()
    assert ["1.key"] == [path.name for path in folder.iterdir()]
    assert ("-rw-------", "drwx------") == tuple(stat.filemode(p.stat().st_mode) for p in (folder / "1.key", folder))


def test_starting_at_once_makes_one_key(database: Database, tmp_path: Path) -> None:
    made: list[dict[int, bytes]] = []
    start = threading.Barrier(4)

    def open_it() -> None:
        start.wait(10)
        made.append(open_keyring(database, tmp_path / "keys", now=NOW).fingerprints())

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [made[0]] * 4 == made


def test_a_lost_key_is_said_at_the_start_and_none_is_made(database: Database, tmp_path: Path) -> None:
    open_keyring(database, tmp_path / "keys", now=NOW)
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(ConfigError, match=r"1\.key: is missing: restore it"):
        open_keyring(database, tmp_path / "keys", now=NOW)
    assert not (tmp_path / "keys").exists()


def test_another_installations_key_is_said_at_the_start(sqlite: Database, tmp_path: Path) -> None:
    open_keyring(sqlite, tmp_path / "keys", now=NOW)
    other = Database(f"sqlite:///{tmp_path}/other.db")
    other.migrate()
    open_keyring(other, tmp_path / "other", now=NOW)
    other.close()
    shutil.copy(tmp_path / "other" / "1.key", tmp_path / "keys" / "1.key")
    with pytest.raises(ConfigError, match="another key"):
        open_keyring(sqlite, tmp_path / "keys", now=NOW)


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "cut short"), (b"c2hvcnQ=", "cut short"), (b"$$", "cannot be")]
)
def test_a_damaged_key_file_is_said(sqlite: Database, tmp_path: Path, content: bytes, sentence: str) -> None:
    open_keyring(sqlite, tmp_path / "keys", now=NOW)
    (tmp_path / "keys" / "1.key").write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        open_keyring(sqlite, tmp_path / "keys", now=NOW)


def test_after_rotation_the_new_key_writes_and_the_old_one_still_reads(database: Database, tmp_path: Path) -> None:
    old = open_keyring(database, tmp_path / "keys", now=NOW)
    new = rotate(database, tmp_path / "keys", now=NOW)
    assert "a-1" == new.reveal("author", old.encrypt("author", "a-1"))
    assert old.index("author", "a-1") in new.indexes("author", "a-1")
    assert new.encrypt("author", "a-1").startswith("2:")


def test_what_older_keys_wrote_is_written_anew_and_found_under_the_newest(database: Database, tmp_path: Path) -> None:
    store_canaries(database, open_keyring(database, tmp_path / "keys", now=NOW))
    newer = rotate(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        assert [1, 0] == [rewrapping.rewrap_some(unit, newer, now=NOW) for _ in range(2)]
        assert not rewrapping.left(unit, newer)
        unit.commit()
    with database.reading() as look:
        found = look.execute(text("SELECT author_index, author_cipher, device_index FROM comments")).one()
    assert (newer.index("author", CANARIES[0]), CANARIES[0]) == (
        found.author_index, newer.reveal("author", found.author_cipher),
    )  # fmt: skip
    assert found.device_index in newer.indexes("device", CANARIES[1])


def test_secrets_are_not_shown(keyring: Keyring) -> None:
    assert "index=" not in repr(keyring._keys[1])


def store_canaries(database: Database, keyring: Keyring) -> None:
    author, device, network = CANARIES
    comment = Comment(
        "看得见的话", "c-1", "zh", author=Author(author), context=Context(), client=Client(device, network)
    )
    put(database, keyring, an_answer(comment, a_decision()))


def test_no_pseudonym_stands_in_the_database_file(sqlite: Database, tmp_path: Path) -> None:
    store_canaries(sqlite, open_keyring(sqlite, tmp_path / "keys", now=NOW))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("chaffinch.db*"))
    assert "看得见的话".encode() in stored
    assert [] == [canary for canary in CANARIES if canary.encode() in stored]


def test_no_pseudonym_stands_in_any_table(database: Database, keyring: Keyring) -> None:
    store_canaries(database, keyring)
    with database.reading() as look:
        rows = [repr(tuple(row)) for name in metadata.tables for row in look.execute(text(f"SELECT * FROM {name}"))]
    assert any("看得见的话" in row for row in rows)
    assert [] == [canary for canary in CANARIES for row in rows if canary in row]
