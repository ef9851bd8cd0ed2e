"""`chaffinch audit` as it is typed, within this process."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from chaffinch.commands.doctor import examine
from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from governance import access
from moderation.errors import ConfigError, ConflictError, NotFoundError
from records.ids import new_id
from records.ledger_keys import open_signer
from records.personal import open_keyring
from records.sealing import seal
from serving.sealer import Sealer
from tests.records.factories import a_comment, an_answer, put


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words])


def sealed(*, decisions: int = 3) -> None:
    settings, now = load_settings(), datetime.now(UTC)
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now)
        signer = open_signer(database, key_folder(settings), now=now)
        put(database, keyring, *(an_answer(a_comment(f"text {n}")) for n in range(decisions)), now=now)
        with database.unit() as unit:
            access.create_key(unit, "shop", scopes=["score"], rate=None, now=now)
            seal(unit, signer, owner="one", now=now)
            unit.commit()


def alter(*statements: str) -> None:
    with closing(open_database(load_settings())) as database, database.unit() as unit:
        for statement in statements:
            unit.execute(text(statement))
        unit.commit()


@pytest.mark.usefixtures("home")
def test_a_whole_ledger_is_verified_and_a_changed_one_exits_with_three(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(NotFoundError, match="There is no ledger here"):
        raise typed("checkpoint").exception or AssertionError
    sealed()
    done = typed("verify")
    assert (0, True) == (done.exit_code, "5 entries are what was sealed, and 1 checkpoints fit" in done.stdout)
    kept, key = tmp_path / "kept.txt", typed("checkpoint", "--key").stdout.strip()
    assert 0 == typed("checkpoint", "--out", str(kept)).exit_code
    assert 5 == json.loads(typed("checkpoint", "--json").stdout)["size"]
    assert 0 == typed("verify", "--checkpoint", str(kept), "--key", key).exit_code

    alter("DROP TRIGGER ledger_update", "UPDATE ledger SET body = replace(body, 'pass', 'bloc') WHERE sealed_index = 1")
    done = typed("verify")
    assert (3, True) == (done.exit_code, "Entry 1 (" in done.stdout)
    found = json.loads(typed("verify", "--json").stdout)["findings"]
    assert ("changed", 1, 1) == tuple(found[0][name] for name in ("what", "first", "last"))


@pytest.mark.usefixtures("home")
def test_records_that_are_no_longer_what_the_ledger_says_are_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    sealed()
    ways = {
        "UPDATE decisions SET outcome = 'block' WHERE id = (SELECT min(id) FROM decisions)": "says block",
        "UPDATE comments SET text = 'other' WHERE id = (SELECT max(id) FROM comments)": "is another than when",
        "DELETE FROM decisions WHERE id = (SELECT max(id) FROM decisions)": "is gone from the table decisions",
    }
    for statement, sentence in ways.items():
        alter(statement)
        done = typed("verify")
        assert (3, True) == (done.exit_code, sentence in done.stdout), sentence
    assert 0 == typed("verify", "--ledger-only").exit_code


@pytest.mark.usefixtures("home")
def test_evidence_is_written_once_and_is_an_entry(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    sealed()
    out = tmp_path / "evidence.zip"
    words = ("export", str(out), "--by", "mia", "--why", "asked by the authority", "--kind", "key.created")
    done = typed(*words)
    assert (0, True) == (done.exit_code, "1 of 5 entries" in done.stdout)
    with pytest.raises(ConflictError, match="is there already"):
        raise typed(*words).exception or AssertionError
    with closing(open_database(load_settings())) as database, database.reading() as look:
        query = "SELECT kind FROM ledger WHERE sealed_index IS NULL"
        assert ["evidence.exported"] == look.execute(text(query)).scalars().all()


@pytest.mark.usefixtures("home")
def test_exchanged_authors_are_found_and_a_lost_pseudonym_key_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    sealed()
    keys = key_folder(load_settings())
    assert (0, False) == (typed("verify").exit_code, "Remark" in typed("verify").stdout)
    shutil.move(keys / "1.key", tmp_path / "away")
    done = typed("verify")
    assert (0, True) == (done.exit_code, "Remark: The authors of 3 comments were not held against" in done.stdout)
    assert 1 == len(json.loads(typed("verify", "--json").stdout)["remarks"])
    assert not (keys / "1.key").exists()
    words = ("--by", "mia", "--why", "asked by the authority", "--kind", "decision", "--ground", "g", "--open")
    done = typed("export", str(tmp_path / "lost.zip"), *words)
    assert (0, True) == (done.exit_code, "3 of 5 entries" in done.stdout)
    assert "3 pseudonyms could not be opened: the pseudonym key that they were stored under" in done.stdout
    assert "To check it: unzip it" in done.stdout

    shutil.move(tmp_path / "away", keys / "1.key")
    alter("UPDATE comments SET author_index = NULL, author_cipher = NULL WHERE id = (SELECT max(id) FROM comments)")
    done = typed("verify")
    assert (3, True) == (done.exit_code, "say: author_index or author_cipher." in done.stdout)
    told = json.loads(typed("export", str(tmp_path / "altered.zip"), *words, "--json").stdout)
    assert (5, [{"kind": "author", "why": "another", "number": 1}]) == (told["opened"], told["not_opened"])


@pytest.mark.usefixtures("home")
def test_a_lost_signing_key_is_told_by_the_doctor_and_a_new_one_is_made_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    sealed()
    keys = tmp_path / "home" / "keys"
    shutil.move(keys / "ledger-1.key", tmp_path / "away")
    finding = {each.part: each for each in examine(load_settings())}["ledger"]
    assert ("broken", True) == (finding.state, "is missing: restore it" in finding.seen)
    settings = load_settings()
    with closing(open_database(settings)) as database, pytest.raises(ConfigError, match="is missing"):
        open_signer(database, key_folder(settings), now=datetime.now(UTC))
    done = typed("new-key", "--by", "mia", "--why", "the disk broke")
    assert (0, True) == (done.exit_code, done.stdout.startswith("chaffinch/"))
    assert "ok" == {each.part: each for each in examine(load_settings())}["ledger"].state


TAKE = (
    "measures",
    "take",
    "a-7",
    "--measure",
    "warn",
    "--reason-zh",
    "多次发布广告",
    "--ground",
    "rule 3",
    "--by",
    "mia",
)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "words",
    [
        TAKE,
        ("erase", "author", "--by", "mia", "--why", "asked for", "--yes"),
        ("keys", "create", "newspaper", "--scope", "score"),
        ("retention",),
    ],
)
def test_a_command_that_writes_refuses_while_the_signing_key_is_away(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "home").mkdir()
    sealed()
    shutil.move(key_folder(load_settings()) / "ledger-1.key", tmp_path / "away")
    done = CliRunner().invoke(app, words, input="a-long-passphrase-of-ben\n" * 2)
    assert isinstance(done.exception, ConfigError), done.output
    assert "is missing: restore it from a backup of the keys" in str(done.exception)
    shutil.move(tmp_path / "away", key_folder(load_settings()) / "ledger-1.key")
    assert 0 == typed("verify").exit_code


@pytest.mark.usefixtures("home")
def test_before_the_first_server_a_command_makes_the_key(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, TAKE)
    assert (0, True) == (done.exit_code, (key_folder(load_settings()) / "ledger-1.key").exists()), done.output
    assert 0 == typed("verify").exit_code


@pytest.mark.usefixtures("home")
def test_the_doctor_says_that_what_waits_will_not_be_sealed(tmp_path: Path) -> None:
    """Where entries without a mark wait it does no good to start another worker."""
    (tmp_path / "home").mkdir()
    sealed()
    entry = "x', 'k', 's', CAST('{}' AS BLOB), '2026-01-01 00:00:00.000000"
    alter(f"INSERT INTO ledger (id, kind, subject_id, body, created_at) VALUES ('{entry}')")
    finding = {each.part: each for each in examine(load_settings())}["ledger"]
    assert ("broken", True) == (finding.state, "1 entries that wait bear no mark of this installation" in finding.seen)
    assert "audit verify" in finding.todo


@pytest.mark.usefixtures("home")
def test_a_lost_pseudonym_key_is_said_early_and_no_other_is_made(tmp_path: Path) -> None:
    def found() -> str:
        return {each.part: f"{each.state}: {each.seen}" for each in examine(load_settings())}["pseudonyms"]

    sealed(decisions=1)
    keys = key_folder(load_settings())
    assert found().startswith("ok: every key of 1 is here")
    shutil.move(keys / "1.key", tmp_path / "away")
    assert found().startswith("broken: Stored pseudonyms were made with keys that are not here.")
    assert not (keys / "1.key").exists()
    (keys / "1.key").write_bytes((keys / "ledger-1.key").read_bytes())
    (keys / "1.key").chmod(0o600)
    assert found().startswith("broken: ")


@pytest.mark.usefixtures("home")
def test_an_entry_that_was_put_in_by_hand_is_found_and_not_sealed(tmp_path: Path) -> None:
    """As somebody does who has the file of the database and nothing else, dated twelve hours back."""
    (tmp_path / "home").mkdir()
    sealed()
    settings = load_settings()
    forged = new_id()
    body = {
        "v": 1, "id": forged, "at": "2026-01-01T00:00:00.000000+00:00", "kind": "approval.approved", "reason": "fine",
        "actor": {"kind": "user", "id": "eve"}, "subject": {"kind": "approval", "id": "nothing-real"}, "ground": "",
        "versions": None, "facts": {},
    }  # fmt: skip
    row = (forged, body["kind"], "nothing-real", json.dumps(body).encode(), "2026-01-01 00:00:00.000000")
    with closing(sqlite3.connect(settings.records_url.removeprefix("sqlite:///"))) as by_hand, by_hand:
        by_hand.execute("INSERT INTO ledger (id, kind, subject_id, body, created_at) VALUES (?, ?, ?, ?, ?)", row)
    with closing(open_database(settings)) as database:
        signer = open_signer(database, key_folder(settings), now=datetime.now(UTC))
        worker = Sealer(database, lambda: signer, owner="one", now=lambda: datetime.now(UTC))
        assert 0 == worker.turn()
    told = typed("verify")
    assert 3 == told.exit_code
    assert f"Entry that waits to be sealed ({forged}) bears no mark of this installation" in told.stdout
    assert "The question to a second person nothing-real, of which entry that is not sealed yet tells" in told.stdout
