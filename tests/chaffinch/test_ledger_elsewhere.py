"""A home whose keys signed a ledger that is not in the database at hand: no command answers for that ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from chaffinch.main import app
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from moderation.errors import ChaffinchError
from records.database import Database
from records.ledger_keys import open_signer
from tests.chaffinch.test_audit_command import sealed

DATABASE = "chaffinch.db"
REFUSED = "The keys of this home"

OTHERWISE = {
    "audit verify": "tells it as a finding, and ends with 3 (test_audit_of_nothing.py)",
    "audit checkpoint": "the same", "audit public-key": "of the key alone",
    "doctor": "tells it as a finding",
    "demo": "asks for an empty home", "duties": "has a rehearsal of its own in a home of its own",
}  # fmt: skip


@pytest.fixture
def there(home: Path) -> Path:
    """Keys of a ledger, without it."""
    sealed()
    settings = load_settings()
    with closing(open_database(settings)) as database:
        open_signer(database, key_folder(settings), now=datetime.now(UTC))
    for path in home.glob(f"{DATABASE}*"):
        path.unlink()
    return home


def _commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if not isinstance(group, click.Group):
        yield path
        return
    for name, command in group.commands.items():
        yield from _commands(command, (*path, name))


def test_print() -> None:
    print(sorted(_commands(get_command(app))))


def said_by(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code, words
    assert isinstance(done.exception, ChaffinchError), (words, done.output, done.exception)
    return str(done.exception)
