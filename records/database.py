"""The database: one URL, SQLite beside the process or PostgreSQL beyond it.

SQLite has one writer. Within a process writers queue for a lock (SQLite's own waiting is by polling and unfair);
between processes each writing transaction starts with BEGIN IMMEDIATE, so that it waits at its start and never fails
halfway. Commits are synced to disk (`synchronous=FULL`): an answered decision survives a killed process and a lost
power line.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from moderation.errors import ConfigError, ConflictError, Fault, InvalidInputError, PartUnavailableError
from records import moved_away, schema
from records.house_queues import AS_USUAL, HouseQueues
from records.marks import Marks
from records.unit_of_work import Hashes, Reading, Unit, no_hashes

PART = "database"
BUSY_SECONDS = 10.0
"""How long a writer waits for its turn before it is told that the database is busy."""

_READ_ONLY = "25006"
"""What PostgreSQL says of a write where it takes none: a standby, or a server whose disk is nearly full."""

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_BEGIN = "chaffinch_begin"
_FILE = "chaffinch_file"


class Database:
    """Opens units of work. Making one connects to nothing; the first unit does."""

    def __init__(
        self,
        url: str,
        *,
        busy_seconds: float = BUSY_SECONDS,
        pool_size: int = 8,
        queues: Callable[[], HouseQueues] = lambda: AS_USUAL,
        marks: Marks | None = None,
    ) -> None:
        """`queues` reads what they promise and need in this house, for every unit of work; once, when first asked.

        Who opens no case needs no file of it: with a mistake there, somebody's texts can still be erased. `marks` are
        the keys by which entries of the ledger are known as this installation's; without them none is marked.
        """
        self._queues = cache(queues)
        self.marks = marks
        self.hashes: Hashes = no_hashes
        self._url = _checked(url)
        self._busy_seconds = busy_seconds
        self._writer = _Line()
        self._engine = _engine(self._url, busy_seconds, pool_size)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def address(self) -> str:
        """The URL without its password, for messages."""
        return shown(self._url)

    @property
    def place(self) -> str:
        """The same, a file by its whole path: it can be found from every folder."""
        if self.dialect != _SQLITE:
            return self.address
        return shown(self._url.set(database=str(Path(self._url.database or "").resolve())))

    @property
    def folder(self) -> Path | None:
        """Where SQLite's file is; None for a server's database, whose disk is not ours to know."""
        return Path(self._url.database or "").resolve().parent if self.dialect == _SQLITE else None

    @contextmanager
    def unit(self, *, os_user: str | None = None, proved: str | None = None) -> Iterator[Unit]:
        """A unit of work; commits only by `unit.commit()`. Raises `PartUnavailableError` where nothing answers.

        Its commit raises `MovedAwayError` where the records went to another database.

        `os_user` is who types, for a command line that believes names: every entry of the ledger tells it; `proved` is
        whose password they gave.
        """
        with self._turn(), self._connected("BEGIN IMMEDIATE") as connection:
            begun = connection.begin()
            unit = Unit(
                connection, begun, os_user=os_user, proved=proved, queues=self._queues, marks=self.marks,
                hashes=self.hashes, check=moved_away.check_once,
            )  # fmt: skip
            try:
                yield unit
            finally:
                unit.end()

    @contextmanager
    def reading(self, *, steady: bool = False) -> Iterator[Reading]:
        """A look that never waits for writers on SQLite. Raises `PartUnavailableError`.

        A `steady` one sees everything as it was when it began, on PostgreSQL too: for who holds records against others.
        """
        with self._connected("BEGIN") as connection:
            if steady and self.dialect != _SQLITE:
                connection.execution_options(isolation_level="REPEATABLE READ")
            connection.begin()
            look = Reading(connection, queues=self._queues, marks=self.marks, hashes=self.hashes)
            try:
                yield look
            finally:
                look.end()

    def migrate(self) -> None:
        """Brings the tables up to date. Several processes may call it at once: one works, the others wait."""
        self._prepare_file()
        with self._turn(), self._connected("BEGIN IMMEDIATE") as connection:
            transaction = connection.begin()
            schema.upgrade(connection)
            transaction.commit()

    @contextmanager
    def founding(self, *, os_user: str | None = None) -> Iterator[Unit]:
        """A unit of work in which the tables are made: they are there with what is written into them, or not at all.

        `os_user` as of `unit`. Raises `ConflictError` where there are tables already.
        """
        self._prepare_file()
        with self._turn(), self._connected("BEGIN IMMEDIATE") as connection:
            begun = connection.begin()
            unit = Unit(connection, begun, os_user=os_user, queues=self._queues, marks=self.marks, hashes=self.hashes)
            if schema.revision(connection) is not None:
                raise ConflictError(f"{self.address} has tables already: name a database that is empty.")
            schema.upgrade(connection)
            try:
                yield unit
            finally:
                unit.end()

    def check_empty(self) -> None:
        """Raises `ConflictError` where there are tables already, `PartUnavailableError` where nothing answers."""
        self._prepare_file()
        with self._connected("BEGIN") as connection:
            if schema.revision(connection) is not None:
                raise ConflictError(f"{self.address} has tables already: name a database that is empty.")

    def downgrade(self, revision: str) -> None:
        """Takes the tables back to `revision` (`base`: none). Data in what goes is lost."""
        with self._turn(), self._connected("BEGIN IMMEDIATE") as connection:
            transaction = connection.begin()
            schema.downgrade(connection, revision)
            transaction.commit()

    def check(self) -> None:
        """Returns where the database answers and is up to date. Raises `PartUnavailableError` with what to do."""
        with self._connected("BEGIN") as connection:
            schema.check(connection)

    def is_bare(self) -> bool:
        """Whether it has no tables of ours. Raises `PartUnavailableError` where nothing answers."""
        with self._connected("BEGIN") as connection:
            return schema.revision(connection) is None

    def clean(self) -> None:
        """After an erasure: what was removed leaves SQLite's files too, once no reader holds an older state.

        PostgreSQL does it in its own time (autovacuum); backups and archived logs keep what they have.
        """
        if self.dialect == _SQLITE:
            with self._turn(), self._engine.connect() as connection:
                driver = connection.connection.driver_connection
                if isinstance(driver, sqlite3.Connection):
                    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Gives back every connection."""
        self._engine.dispose()

    @contextmanager
    def _connected(self, begin: str) -> Iterator[Connection]:
        try:
            connection = self._engine.connect().execution_options(**{_BEGIN: begin})
        except PoolTimeoutError as error:
            raise PartUnavailableError(
                PART, "Every database connection is busy. Try again, or raise the pool."
            ) from error
        with connection:  # closing rolls back what was not committed
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self.dialect != _SQLITE:
            yield
            return
        if not self._writer.acquire(timeout=self._busy_seconds):
            raise PartUnavailableError(PART, "The database is busy writing. Try again in a moment.")
        try:
            yield
        finally:
            self._writer.release()

    def _prepare_file(self) -> None:
        """The file and its folder, readable by this user alone: it will hold what people wrote.

        A file that is there is not opened: to close it again would take from this process every lock that SQLite holds
        on it (POSIX), and whoever closed it last elsewhere would take the log from under those who still write.
        """
        if self.dialect != _SQLITE:
            return
        path = Path(self._url.database or "")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            _check_usable(path)
        except OSError as error:
            detail = (
                f"The database file {path} cannot be made ({error.strerror}). Check the folder and its rights; "
                "CHAFFINCH_HOME names another home."
            )
            raise PartUnavailableError(PART, detail) from error


def _check_usable(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


class _Line:
    """Who writes next: whoever came first. A plain lock may go to the thread that just gave it back, again and again.

    So a worker that writes in many short turns lets everybody through who came meanwhile.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    def acquire(self, timeout: float) -> bool:
        """Whether it is one's turn, within so many seconds."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine not in self._waiting:  # it was handed over at the last moment
                return True
            self._waiting.remove(mine)
        return False

    def release(self) -> None:
        """Hands the turn to whoever waits longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


def shown(url: str | URL) -> str:
    """A URL without its password, for messages."""
    return make_url(url).render_as_string(hide_password=True)


def _checked(url: str) -> URL:
    """The URL with the driver that we ship. Raises `ConfigError` for one that cannot be meant."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unusable(
            "it is not a URL: sqlite:////var/lib/chaffinch/chaffinch.db or postgresql://host/name"
        ) from None
    backend = parsed.drivername.partition("+")[0]
    if backend in ("postgres", _POSTGRESQL):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != _SQLITE:
        raise _unusable(f"'{backend}' is not supported: use sqlite or postgresql")
    if parsed.database in (None, "", ":memory:"):
        raise _unusable("a database in memory keeps nothing: name a file, sqlite:///var/chaffinch.db")
    return parsed


def _unusable(detail: str) -> ConfigError:
    return ConfigError("The database URL cannot be used.", [Fault("CHAFFINCH_DATABASE_URL", detail)])


def _engine(url: URL, busy_seconds: float, pool_size: int) -> Engine:
    if url.get_backend_name() == _SQLITE:
        # Readers need no writer's turn: a connection for every thread that reads, and one that writes.
        # `mode=rw`: only `migrate` makes a file; a mistyped path must not become an empty database.
        existing = url.set(database=f"file:{quote(url.database or '')}").update_query_dict(
            {"mode": "rw", "uri": "true"}
        )
        engine = create_engine(existing, pool_size=pool_size, max_overflow=24, pool_timeout=busy_seconds)
        event.listen(engine, "connect", _SqliteSettings(busy_seconds))
        event.listen(engine, "begin", _begin)
        same = _SameFile(Path(url.database or ""))
        event.listen(engine, "connect", same.note)
        event.listen(engine, "checkout", same.check)
    else:
        waits = {"connect_timeout": max(2, int(busy_seconds)), "options": f"-c lock_timeout={int(busy_seconds * 1000)}"}
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=8,
            pool_timeout=busy_seconds,
            pool_pre_ping=True,
            connect_args={name: value for name, value in waits.items() if name not in url.query},
        )
    event.listen(engine, "handle_error", _translate)
    return engine


class _SqliteSettings:
    """What each new SQLite connection is told."""

    def __init__(self, busy_seconds: float) -> None:
        self._busy_seconds = busy_seconds

    def __call__(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3 begins nothing by itself: `_begin` does
        connection.execute(f"PRAGMA busy_timeout = {int(self._busy_seconds * 1000)}")
        self._write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")  # what was erased is overwritten, where it costs no reading

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """WAL is a property of the file; the first one sets it. SQLite does not wait for others here: we do."""
        deadline = time.monotonic() + self._busy_seconds
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


class _SameFile:
    """A file that was moved or removed goes on taking commits that nobody will ever find: open what is there now."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """Which file a new connection has open."""
        record.info[_FILE] = self._identity()

    def check(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Raises `DisconnectionError` for a connection to another file; the pool then opens a new one."""
        if record.info.get(_FILE) != self._identity():
            raise DisconnectionError("the database file was moved or replaced")

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _translate(context: ExceptionContext) -> None:
    """A database that cannot answer is a part that is missing, wherever in a unit it is noticed."""
    if context.is_pre_ping:  # the pool notices by itself that this connection is gone, and opens another
        return
    error = context.sqlalchemy_exception
    if isinstance(error, DataError) or isinstance(context.original_exception, UnicodeEncodeError):
        fault = Fault("a value", "holds a NUL, a lone surrogate or a number out of range")
        raise InvalidInputError("The database cannot hold what was sent.", [fault]) from None
    if (
        context.is_disconnect
        or isinstance(error, OperationalError | InterfaceError)
        or type(error) is DatabaseError
        or getattr(context.original_exception, "sqlstate", None) == _READ_ONLY
    ):
        raise PartUnavailableError(PART, _sentence(context)) from context.original_exception


def _sentence(context: ExceptionContext) -> str:
    lines = str(context.original_exception).strip().splitlines()
    cause = lines[0] if lines else type(context.original_exception).__name__
    return f"The database does not answer ({cause}). Check CHAFFINCH_DATABASE_URL, the server and the disk."
