"""The way to the newest tables (Alembic, configured here and not by a file: there is one database, named by a URL)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from moderation.errors import PartUnavailableError

_SCRIPTS = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x6368_6166_6669_6E63  # "chaffinc": any number that no other program of this server uses


def upgrade(connection: Connection) -> None:
    """To the newest revision, within the caller's transaction. SQLite's transaction has the lock; PostgreSQL's asks."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # a migration may take longer than a busy row
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    current = revision(connection)
    if current is not None and current not in _known():
        raise PartUnavailableError("database", _newer(current))
    if current != head():
        command.upgrade(_config(connection), "head")


def downgrade(connection: Connection, target: str) -> None:
    """To an earlier revision, within the caller's transaction."""
    command.downgrade(_config(connection), target)


def check(connection: Connection) -> None:
    """Returns where the tables are the newest. Raises `PartUnavailableError`."""
    current = revision(connection)
    if current == head():
        return
    if current is not None and current not in _known():
        raise PartUnavailableError("database", _newer(current))
    found = "has no tables yet" if current is None else f"is at revision {current}, not {head()}"
    raise PartUnavailableError(
        "database", f"The database {found}. Start `chaffinch serve` once to bring it up to date."
    )


def revision(connection: Connection) -> str | None:
    """The revision that the database is at; None where it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision that this program knows."""
    return _scripts().get_current_head()


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _newer(current: str) -> str:
    return f"The database is at revision {current}, which is unknown here. Use the newer Chaffinch that made it."


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_SCRIPTS))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
