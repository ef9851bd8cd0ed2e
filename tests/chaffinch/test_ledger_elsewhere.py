"""A home whose keys signed a ledger that is not in the database at hand: no command answers in that ledger's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from records.database import Database
from records.ledger_keys import open_signer

REFUSED = "The keys of this home cannot be used"

OTHERWISE = {
    "audit verify": "tells it as a finding (test_audit_of_nothing.py)",
    "doctor": "tells it as a finding (test_audit_of_nothing.py)",
    "demo": "has a home of its own",
    "duties": "asks for a profile first, and rehearses in a home of its own",
    "data sources": "of a file",
    "data starter": "of a file",
    "data realism": "of files",
    "credit simulate": "of a policy alone",
    "campaigns trial": "of made-up comments alone",
    "shadow stop": "of the registry first",
    "webhooks replay": "asks which first",
    "rollback": "of the registry first",
}
"""Commands without an argument that has to be given, which look for no ledger or tell it in another way."""

WITH_WORDS = (
    ("keys", "create", "shop"),
    ("keys", "revoke", "x"),
    ("users", "disable", "x"),
    ("data", "export-labels", "--by", "mei", "--why", "x"),
    ("audit", "export", "x.zip", "--by", "mei", "--why", "x"),
)


@pytest.fixture
def there(home: Path) -> Path:
    """Keys of a ledger that was committed, without it."""
    settings = load_settings()
    with closing(open_database(settings)) as database:
        for _ in range(2):  # the public half is kept by who finds the key committed
            open_signer(database, key_folder(settings), now=datetime.now(UTC))
    for path in home.glob("chaffinch.db*"):
        path.unlink()
    return home


def _bare_commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _bare_commands(command, (*path, name))
        elif not any(each.required for each in command.params):
            yield (*path, name)


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_no_command_answers_for_a_ledger_that_is_elsewhere_and_none_makes_another(there: Path) -> None:
    before = _files(there)
    walked = [words for words in _bare_commands(get_command(app)) if " ".join(words) not in OTHERWISE]
    assert {("keys", "list"), ("users", "list"), ("serve",), ("retention",)} <= set(walked)
    answered = {}
    for words in [*walked, *WITH_WORDS]:
        done = CliRunner().invoke(app, words)
        if done.exit_code != 1 or REFUSED not in str(done.exception):
            answered[words] = done.exit_code, done.output, done.exception
    assert {} == answered
    assert before == _files(there)


def test_tables_of_another_house_are_not_taken_for_its_own(there: Path) -> None:
    with closing(Database(load_settings().records_url)) as database:
        database.migrate()
    assert there.is_dir()
    done = CliRunner().invoke(app, ["keys", "list"])
    assert REFUSED in str(done.exception)


def test_a_home_that_begins_is_refused_nothing(home: Path) -> None:
    assert 0 == CliRunner().invoke(app, ["keys", "list"]).exit_code
    assert home.is_dir()
