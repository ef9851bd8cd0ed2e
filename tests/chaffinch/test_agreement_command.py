"""`chaffinch agreement` as it is typed."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import authors
from records.authors import Statement
from records.ledger import MACHINE
from records.personal import open_keyring
from tests.records.databases import NOW

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {"zh": tmp_path / "zh.txt", "en": tmp_path / "en.txt"}
    found["zh"].write_text("\ufeff文明发言。\r\n不发广告。\r\n", encoding="utf-8")
    found["en"].write_text("Be civil.\n", encoding="utf-8")
    return found


def publish(files: dict[str, Path], *more: str, version: str = "2026-01") -> Result:
    named = ("--zh", str(files["zh"]), "--en", str(files["en"]), "--by", "mia", "--why", "the first one")
    return CliRunner().invoke(app, ("agreement", "publish", version, *named, *more))


def told(*words: str) -> str:
    result = CliRunner().invoke(app, ("agreement", *words))
    assert 0 == result.exit_code, result.output + str(result.exception)
    return result.stdout


def test_versions_are_published_listed_with_who_accepted_them_and_shown(files: dict[str, Path]) -> None:
    assert "never published" not in told("list")
    assert "2026-01 is published" in publish(files).stdout
    assert 0 == publish(files).exit_code
    later = json.loads(publish(files, "--from", "2031-01-01", "--json", version="2031").stdout)
    assert "2031-01-01T00:00:00+00:00" == later["valid_from"]
    settings = load_settings()
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=NOW)
        with database.unit() as unit:
            for name, version in (("a", "2026-01"), ("b", "1.0")):
                authors.state(unit, keyring, name, Statement(agreement_version=version), actor=MACHINE, now=NOW)
            unit.commit()
    rows = [(each["version"], each["state"], each["accounts"]) for each in json.loads(told("list", "--json"))]
    assert [("2031", "will hold", 0), ("2026-01", "holds", 1), ("1.0", "never published", 1)] == rows
    assert json.loads(told("show", "2026-01", "--json"))["zh"] == "文明发言。\n不发广告。"
    assert "Be civil." in told("show", "2026-01")
    assert "1.0 (1)" in publish(files).stderr


def test_what_cannot_be_published_is_refused_in_a_sentence(files: dict[str, Path]) -> None:
    assert 0 == publish(files).exit_code
    files["en"].write_text("Be rude.\n", encoding="utf-8")
    assert isinstance(publish(files).exception, ConflictError)
    assert "has passed" in str(publish(files, "--from", "2020-01-01", version="b").exception)
    files["en"].write_bytes(b"\xff\xfe")
    assert "Save it as UTF-8" in str(publish(files, version="b").exception)
    files["en"].write_bytes(b"x" * 400_001)
    assert isinstance(publish(files, version="b").exception, InvalidInputError)
    files["en"].unlink()
    assert isinstance(publish(files, version="b").exception, OSError)
    assert isinstance(CliRunner().invoke(app, ("agreement", "show", "b")).exception, NotFoundError)
