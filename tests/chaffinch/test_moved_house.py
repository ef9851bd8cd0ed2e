"""The lines of docs/deploy/README.md by which a house moves to PostgreSQL, typed as they are printed; and what the old
database says from then on.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from records import keys
from records.database import Database
from tests.records.databases import new_postgres_url, new_sqlite_url

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "deploy" / "README.md").read_text(encoding="utf-8")
PRINTED_URL = "postgresql://chaffinch:...@db.example/chaffinch?sslmode=verify-full"


def printed(heading: str) -> list[str]:
    section = re.split(rf"^#+ {heading}\n", PAGE, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    ")]


def cron(line: str) -> str:
    """What cron gives to the shell: after five fields of time and the user."""
    return line.split(maxsplit=6)[6]


@dataclass
class Machine:
    """A folder in the place of the page's `/`, with what the page takes for granted as small programs."""

    root: Path
    url: str

    def make(self) -> None:
        for name in ("bin", "etc", "home"):
            (self.root / name).mkdir()
        new_sqlite_url(self.root / "home")
        (self.root / "etc" / "environment").write_text(f"CHAFFINCH_HOME={self.root / 'home'}\n", encoding="utf-8")
        self._program("systemctl", "exit 0")
        self._program("sudo", 'shift 2; exec "$@"')
        self._program("program", f'exec {shlex.quote(sys.executable)} -m chaffinch "$@"')
        wrapper = (ROOT / "docs" / "deploy" / "chaffinch.sh").read_text(encoding="utf-8")
        (self.root / "bin" / "chaffinch").write_text(self._placed(wrapper), encoding="utf-8")
        (self.root / "bin" / "chaffinch").chmod(0o755)

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        """As a shell does it, with nothing of ours in its environment."""
        environment = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            ["sh", "-c", self._placed(line)], env=environment, capture_output=True, text=True, check=False
        )

    def _placed(self, line: str) -> str:
        places = {
            PRINTED_URL: self.url, "/opt/chaffinch/.venv/bin/chaffinch": str(self.root / "bin" / "program"),
            "/usr/local/bin/chaffinch": str(self.root / "bin" / "chaffinch"),
            "/etc/chaffinch/environment": str(self.root / "etc" / "environment"),
        }  # fmt: skip
        return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], line)

    def _program(self, name: str, words: str) -> None:
        (self.root / "bin" / name).write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
        (self.root / "bin" / name).chmod(0o755)


def names_of_keys(url: str) -> set[str]:
    with closing(Database(url)) as database, database.reading() as look:
        return {each.name for each in keys.page(look).items}


@pytest.mark.timeout(300)
def test_the_printed_lines_move_a_house_and_work_on_the_new_database(tmp_path: Path) -> None:
    machine = Machine(tmp_path, new_postgres_url(empty=True))
    machine.make()
    (make_key,) = re.findall(r"`(sudo -u chaffinch chaffinch keys create shop)`", PAGE)
    assert 0 == machine.type(make_key.replace("shop", "before")).returncode
    for line in printed("From SQLite to PostgreSQL"):
        done = machine.type(line)
        assert 0 == done.returncode, f"{line}\n{done.stdout}{done.stderr}"
    assert "not the ledger in service" not in done.stdout
    assert 0 == machine.type(make_key).returncode
    for line in printed("Every day"):
        done = machine.type(cron(line))
        assert 0 == done.returncode, f"{line}\n{done.stdout}{done.stderr}"
    assert {"before", "shop"} == names_of_keys(machine.url)
    assert {"before"} == names_of_keys(f"sqlite:///{tmp_path / 'home' / 'chaffinch.db'}")


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


@pytest.fixture
def moved(home: Path, tmp_path: Path) -> str:
    """A house that was copied away, and the settings still name the old database."""
    new_sqlite_url(home)
    assert 0 == typed("keys", "create", "shop").exit_code
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert 0 == typed("database", "copy", url, "--by", "ada", "--why", "a larger disk").exit_code
    return url


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "0"), ("worker",), ("keys", "create", "other"), ("keys", "list"), ("retention",),
        ("search", "rebuild"), ("users", "list"), ("audit", "export", "x.zip", "--by", "ada", "--why", "asked"),
        ("database", "copy", "sqlite:///{folder}/third.db", "--by", "ada", "--why", "again"),
    ],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_what_was_copied_away_is_refused_with_where_it_went(moved: str, words: tuple[str, ...], tmp_path: Path) -> None:
    done = typed(*(each.format(folder=tmp_path) for each in words))
    assert 0 != done.exit_code
    told = str(done.exception)
    assert f"copied this database to {moved}" in told
    assert "set CHAFFINCH_DATABASE_URL to it" in told


def test_reading_it_says_so_in_the_first_line_and_writes_nothing(moved: str) -> None:
    for words in (("--json",), ()):
        done = typed("audit", "verify", *words)
        assert 3 == done.exit_code, done.output
    assert done.stdout.startswith(f"This is not the ledger in service. ada copied this database to {moved}")
    assert "could not be noted" not in done.output


def test_doctor_names_where_it_went(moved: str) -> None:
    assert f"copied this database to {moved}" in typed("doctor", "--json").stdout


def test_it_is_taken_back_into_service_on_purpose(moved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("database", "reopen", "--by", "ada", "--why", "the new disk failed")
    refused = typed(*words)
    assert f"{moved} answers and is in service" in str(refused.exception)
    assert "copied this database" in str(typed("keys", "create", "other").exception)
    done = typed(*words, "--although-in-service")
    assert 0 == done.exit_code, done.output
    assert "is in service again" in done.stdout
    assert f"{moved} is out of service, and its ledger says so" in done.stdout
    assert 0 == typed("keys", "create", "other").exit_code
    again = typed("database", "reopen", "--by", "ada", "--why", "once more")
    assert "were not copied away" in str(again.exception)
    assert 0 == typed("audit", "verify").exit_code
    monkeypatch.setenv("CHAFFINCH_DATABASE_URL", moved)
    assert "took sqlite:///" in str(typed("keys", "create", "lost").exception)
    assert 3 == typed("audit", "verify").exit_code


def test_it_is_taken_back_where_the_other_one_is_no_more(moved: str) -> None:
    for file in Path(moved.removeprefix("sqlite:///")).parent.glob("new.db*"):
        file.unlink()
    done = typed("database", "reopen", "--by", "ada", "--why", "the new disk failed", "--json")
    assert 0 == done.exit_code, done.output
    told = json.loads(done.stdout)["other"]
    assert {"address": moved, "was": "does not answer", "given_up": False} == told
