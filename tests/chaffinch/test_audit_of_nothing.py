"""`chaffinch audit verify` where the ledger is gone, was never there, has no secret key beside it, or no guards."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaffinch.commands.doctor import examine
from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from moderation.errors import ConfigError, NotFoundError
from records.database import Database
from records.ledger_keys import open_signer
from tests.chaffinch.test_audit_command import alter, sealed, typed

DATABASE = "chaffinch.db"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def there(home: Path) -> Path:
    """A home with a ledger, which went on after its first process ended."""
    sealed()
    settings = load_settings()
    with closing(open_database(settings)) as database:
        open_signer(database, key_folder(settings), now=datetime.now(UTC))
    return home


def lose_the_database(home: Path) -> None:
    for path in home.glob(f"{DATABASE}*"):
        path.unlink()


def test_a_home_that_is_not_there_is_no_fit_and_none_is_made(home: Path) -> None:
    for words in (("verify",), ("checkpoint",), ("export", str(home.parent / "x.zip"), "--by", "m", "--why", "w")):
        with pytest.raises(NotFoundError, match=r"Nothing was verified|no ledger here"):
            raise typed(*words).exception or AssertionError
    assert not home.exists()


def test_tables_in_which_nothing_was_ever_written_are_no_fit(home: Path) -> None:
    home.mkdir()
    open_database(load_settings()).close()
    with pytest.raises(NotFoundError, match="has no entry"):
        raise typed("verify").exception or AssertionError
    assert {DATABASE} == files(home)


def test_keys_without_their_database_are_a_finding_and_nothing_is_made(there: Path) -> None:
    lose_the_database(there)
    before = files(there)
    done = typed("verify")
    assert (3, True) == (done.exit_code, "The ledger is not here:" in done.stdout)
    assert "ledger-1.key" in done.stdout
    assert "fit" not in done.stdout
    seen = {each.part: each for each in examine(load_settings())}["database"]
    assert ("broken", True) == (seen.state, "The ledger is not here:" in seen.seen)
    assert before == files(there)


def test_keys_beside_an_empty_database_are_a_finding(there: Path) -> None:
    lose_the_database(there)
    (there / DATABASE).touch()
    assert 3 == typed("verify").exit_code
    assert 0 == (there / DATABASE).stat().st_size
    with pytest.raises(ConfigError, match="keys of this home"):
        open_database(load_settings())
    assert 0 == (there / DATABASE).stat().st_size
    with closing(Database(load_settings().records_url)) as database:
        database.migrate()
    done = typed("verify")
    assert (3, True) == (done.exit_code, "the database knows no key of a ledger" in done.stdout)


def test_a_checkpoint_or_a_key_from_elsewhere_without_a_ledger_is_a_finding(there: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    typed("checkpoint", "--out", str(kept))
    key = typed("checkpoint", "--key").stdout.strip()
    shutil.rmtree(there)
    for words, told in ((("--checkpoint", str(kept)), "was truncated"), (("--key", key), "signed nothing here")):
        done = typed("verify", *words)
        assert (3, True) == (done.exit_code, told in done.stdout)
    assert not there.exists()


def test_a_ledger_that_lost_every_entry_and_checkpoint_is_a_finding(there: Path) -> None:
    with closing(sqlite3.connect(there / DATABASE)) as by_hand, by_hand:
        by_hand.executescript(
            "DROP TRIGGER ledger_delete; DELETE FROM ledger; DELETE FROM ledger_tiles; DELETE FROM ledger_checkpoints"
        )
    done = typed("verify", "--ledger-only")
    assert (3, True) == (done.exit_code, "not one entry" in done.stdout)


def test_no_other_ledger_begins_with_the_keys_of_one_that_is_gone(there: Path) -> None:
    lose_the_database(there)
    settings = load_settings()
    with closing(Database(settings.records_url)) as database:
        database.migrate()
        with pytest.raises(ConfigError, match="keys of this home"):
            open_signer(database, key_folder(settings), now=datetime.now(UTC))


def test_a_ledger_that_was_put_in_place_of_the_homes_own_is_a_finding(there: Path) -> None:
    aside = there.parent / "aside"
    shutil.move(there / "keys", aside)
    lose_the_database(there)
    sealed()
    assert 0 == typed("verify").exit_code
    shutil.copy(aside / "ledger-1.pub", there / "keys" / "ledger-1.pub")
    done = typed("verify")
    assert (3, True) == (done.exit_code, "signed nothing here" in done.stdout)


@pytest.mark.parametrize("only", [(), ("--ledger-only",)])
def test_what_was_found_is_told_without_any_secret_key(there: Path, only: tuple[str, ...]) -> None:
    shutil.move(there / "keys" / "ledger-1.key", there / "away")
    done = typed("verify", *only)
    assert (0, True) == (done.exit_code, "entries are what was sealed" in done.stdout)
    assert "could not be noted in the ledger" in done.stderr
    alter("DROP TRIGGER ledger_update", "UPDATE ledger SET body = replace(body, 'pass', 'bloc') WHERE sealed_index = 1")
    done = typed("verify", *only)
    assert (3, True) == (done.exit_code, "Entry 1 (" in done.stdout)
    assert "could not be noted in the ledger" in done.stderr
    found = json.loads(typed("verify", *only, "--json").stdout)["findings"]
    assert {"changed", "guard"} == {each["what"] for each in found} - {"record", "missing"}


def test_a_copy_of_the_database_alone_is_verified(there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an auditor has it: no keys, no home."""
    with closing(sqlite3.connect(there / DATABASE)) as source, closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        source.backup(copy)
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("CHAFFINCH_DATABASE_URL", f"sqlite:///{tmp_path / 'copy.db'}")
    assert 0 == typed("verify").exit_code
    assert not (tmp_path / "nowhere").exists()
    alter("UPDATE comments SET text = 'other' WHERE id = (SELECT max(id) FROM comments)")
    done = typed("verify")
    assert (3, True) == (done.exit_code, "is another than when" in done.stdout)


def test_a_guard_that_was_dropped_is_found_by_verify_and_doctor(there: Path) -> None:
    assert "ok" == {each.part: each for each in examine(load_settings())}["database"].state
    alter("DROP TRIGGER ledger_update")
    done = typed("verify", "--ledger-only")
    assert (3, True) == (done.exit_code, "The trigger ledger.ledger_update is gone" in done.stdout)
    seen = {each.part: each for each in examine(load_settings())}["database"]
    assert ("broken", True) == (seen.state, "ledger.ledger_update is gone" in seen.seen)
    assert there.exists()


def test_duties_as_the_first_command_leave_a_home_that_can_be_used(home: Path) -> None:
    home.mkdir()
    runner = CliRunner()
    runner.invoke(app, ["duties", "--profile", "cn-2017"])
    made = runner.invoke(
        app, ["users", "create", "mia", "--role", "lead", "--password-stdin"], input="a long password\n"
    )
    assert 0 == made.exit_code, made.exception
    assert 0 == typed("verify").exit_code
