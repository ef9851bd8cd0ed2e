"""The way to the newest tables (Alembic, configured here and not by a file: there is one database, named by a URL).

Whoever migrates notes which earlier programs may go on (`migrations/__init__.py`): they stay ready, start again where
they are restarted, and change nothing of the tables.

Alembic is loaded where something is to be changed: a server whose tables are the newest goes without its 12 MB.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, delete, insert, inspect, select, table, text

from moderation.errors import PartUnavailableError
from records.tables import schema_state

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_AT = "alembic_version"
"""Alembic's own table: the revision that the database is at."""
_SCRIPTS = Path(__file__).resolve().parent / "migrations"
OLDEST_POSTGRESQL = 15
"""The oldest version of a server that the tests were run on."""

_LOCK = 0x6368_6166_6669_6E63  # "chaffinc": any number that no other program of this server uses


def upgrade(connection: Connection) -> None:
    """To the newest revision, within the caller's transaction. SQLite's transaction has the lock; PostgreSQL's asks."""
    check_server(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))  # a migration may take longer than a busy row
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    current = revision(connection)
    if _is_newer(connection, current):
        return
    if current != head():
        from alembic import command

        command.upgrade(_config(connection), "head")
        _note(connection)


def downgrade(connection: Connection, target: str) -> None:
    """To an earlier revision, within the caller's transaction."""
    from alembic import command

    command.downgrade(_config(connection), target)


def check(connection: Connection) -> None:
    """Returns where the tables are the newest, or newer and good for this program. Raises `PartUnavailableError`."""
    check_server(connection)
    current = revision(connection)
    if current == head() or _is_newer(connection, current):
        return
    found = "has no tables yet" if current is None else f"is at revision {current}, not {head()}"
    raise PartUnavailableError(
        "database", f"The database {found}. Start `chaffinch serve` once to bring it up to date."
    )


def check_server(connection: Connection) -> None:
    """Raises `PartUnavailableError` for a PostgreSQL that would not understand all that it is asked."""
    version = connection.dialect.server_version_info
    if connection.dialect.name == "postgresql" and version and int(version[0]) < OLDEST_POSTGRESQL:
        told = ".".join(map(str, version))
        raise PartUnavailableError(
            "database",
            f"The server is PostgreSQL {told}, and {OLDEST_POSTGRESQL} is the oldest that Chaffinch runs on. Upgrade "
            "the server (pg_upgrade), or name another with CHAFFINCH_DATABASE_URL.",
        )


def revision(connection: Connection) -> str | None:
    """The revision that the database is at; None where it is empty."""
    if not inspect(connection).has_table(_AT):
        return None
    return connection.execute(select(column("version_num")).select_from(table(_AT))).scalar()


def head() -> str:
    """The newest revision that this program knows."""
    return _known()[-1]


def serves_from() -> str:
    """The last revision after which nothing was taken away: programs that know it can use the newest tables."""
    return next(script.revision for script in _scripts().walk_revisions() if getattr(script.module, "contracts", False))


def _is_newer(connection: Connection, current: str | None) -> bool:
    """Whether a newer program made these tables and left them good for this one; raises where they are not."""
    if current is None or current in _known():
        return False
    if inspect(connection).has_table(schema_state.name):
        row = connection.execute(select(schema_state).where(schema_state.c.revision == current)).one_or_none()
        if row is not None and row.serves_from in _known():
            return True
    raise PartUnavailableError("database", _newer(current))


def _note(connection: Connection) -> None:
    connection.execute(delete(schema_state))
    connection.execute(insert(schema_state).values(id=1, revision=head(), serves_from=serves_from()))


def _known() -> list[str]:
    """The revisions, from first to last: files are named for them (`0017_oversight.py`), as a test sees to."""
    return sorted(path.stem.split("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def _newer(current: str) -> str:
    return f"The database is at revision {current}, which is unknown here. Use the newer Chaffinch that made it."


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(_SCRIPTS))


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
