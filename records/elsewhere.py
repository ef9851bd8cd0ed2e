"""The database that records were copied to, or back from: whether it is in service, so that another must not be.

Its address is known without the password. A server that answers and does not let us in may serve it, which is said.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from sqlalchemy import URL, make_url

from moderation.errors import ChaffinchError, ConflictError, PartUnavailableError
from records import copying, ledger, moved_away
from records.database import Database
from records.ledger import Actor
from records.marks import Marks
from records.moved_away import MovedAway

PATIENCE = 5
"""Seconds that a server may take to answer."""

_HIDDEN = "***"
"""What stands in an address in the place of a password."""


class State(StrEnum):
    """What is there."""

    IN_SERVICE = "in service"
    """Tables of ours without a mark."""
    OUT_OF_SERVICE = "out of service"
    """No tables, or a mark that leads nowhere else."""
    SILENT = "does not answer"
    CLOSED = "cannot be looked into"
    """Something answers, and does not let us in or cannot be read."""


@dataclass(frozen=True, slots=True)
class Other:
    """Where the way of the marks ends; `detail` is why it cannot be looked into."""

    address: str
    state: State
    detail: str = ""

    @property
    def may_serve(self) -> bool:
        """Whether it is in service, for all that is known."""
        return self.state in (State.IN_SERVICE, State.CLOSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who takes records back, why, and whom the machine knows them as."""

    by: str
    why: str
    os_user: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Where the records had gone, what is there, and whether that was taken out of service."""

    moved: MovedAway
    other: Other
    given_up: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the databases on the way: a whole `url` of one of them, and the `marks` of this installation."""

    marks: Marks | None = None
    url: str | None = None

    def open(self, address: str) -> Database:
        """The database at an address that has no password."""
        return Database(self._whole(address), marks=self.marks, busy_seconds=PATIENCE)

    def answers(self, address: str) -> bool:
        """Whether a server answers there, whoever asks, or a file is there."""
        url = make_url(self._whole(address))
        if url.get_backend_name() == "sqlite":
            return Path(url.database or "").exists()
        asked = make_conninfo(_plain(url), connect_timeout=PATIENCE)
        return PGconn.ping(asked.encode()) in (Ping.OK, Ping.REJECT)

    def _whole(self, address: str) -> str:
        if self.url is not None and are_one(self.url, address):
            return self.url
        url = make_url(address)
        return _rendered(url._replace(password=None) if url.password == _HIDDEN else url)


def are_one(url: str, address: str) -> bool:
    """Whether both name the same database, with a password or without."""
    return _named(make_url(url)) == _named(make_url(address))


def check_meant(url: str, moved: MovedAway) -> None:
    """Raises `ConflictError` where the URL is not of the database that the records went to."""
    if not are_one(url, moved.address):
        raise ConflictError(f"The records went to {moved.address}: give the URL of that database.")


def find(moved: MovedAway, here: Database, keys: Keys) -> Other:
    """The database that the marks lead to from here: what was copied on is followed."""
    address, seen = moved.address, {here.place}
    while True:
        seen.add(address)
        other, further = _look(address, keys)
        if further is None or further.address in seen:
            return other
        address = further.address


def take_back(here: Database, keys: Keys, asked: Asked, *, although_in_service: bool) -> TakenBack | None:
    """Takes records that were copied away back into service here; None where they were not.

    The other database is looked at once no copy can be running any more. It is taken out of service before this one is
    back: killed between the two, neither is in service, and it can be asked again. Raises `ConflictError` where the
    other one is in service, or may be, unless `although_in_service`.
    """
    with here.unit(os_user=asked.os_user) as unit:
        moved = copying.take_back(unit, by=asked.by, why=asked.why, now=asked.now)
        if moved is None:
            return None
        if keys.url is not None:
            check_meant(keys.url, moved)
        other = find(moved, here, keys)
        if not although_in_service:
            _check(other)
        given_up = other.may_serve and _could_give_up(other, here, keys, asked)
        unit.commit()
    return TakenBack(moved, other, given_up)


def check_unserved(moved: MovedAway, here: Database, keys: Keys) -> None:
    """Raises `ConflictError` where the database that a copy was begun to is whole and in service."""
    other = find(moved, here, keys)
    if other.state is State.IN_SERVICE:
        raise ConflictError(f"{other.address} is whole and in service: set CHAFFINCH_DATABASE_URL to it.")


def _check(other: Other) -> None:
    if other.state is State.IN_SERVICE:
        raise ConflictError(
            f"{other.address} answers and is in service: two databases would sign one ledger. Set "
            "CHAFFINCH_DATABASE_URL to it; or, where what it was told since may be lost, stop what serves it and add "
            "--although-in-service, which takes it out of service."
        )
    if other.state is State.CLOSED:
        raise ConflictError(
            f"{other.address} answers, and whether it is in service cannot be seen. {other.detail} Give its whole URL "
            "with --other (- reads it from standard input); or, where nothing serves it, add --although-in-service."
        )


def _could_give_up(other: Other, here: Database, keys: Keys, asked: Asked) -> bool:
    """Takes the other one out of service, on its record; whether that could be written there."""
    entry = ledger.Entry(moved_away.GIVEN_UP, Actor("user", asked.by), "records", "all", asked.why, "")
    try:
        with closing(keys.open(other.address)) as database:
            database.check()
            with database.unit(os_user=asked.os_user) as unit:
                ledger.append(unit, entry, now=asked.now)
                moved_away.give_up(unit, here.place, who=asked.by, now=asked.now)
                unit.commit()
    except ChaffinchError:
        return False
    return True


def _look(address: str, keys: Keys) -> tuple[Other, MovedAway | None]:
    """What is at the address, and where its mark leads."""
    with closing(keys.open(address)) as database:
        try:
            moved = None
            is_bare = database.is_bare()
            if not is_bare:
                with database.reading() as look:
                    moved = moved_away.found(look)
        except PartUnavailableError as error:
            state = State.CLOSED if keys.answers(address) else State.SILENT
            return Other(address, state, str(error)), None
    return Other(address, State.OUT_OF_SERVICE if is_bare or moved else State.IN_SERVICE), moved


def _named(url: URL) -> tuple[str, str | None, int | None, str | None]:
    if url.get_backend_name() == "sqlite":
        return "sqlite", None, None, str(Path(url.database or "").resolve())
    host = url.host or str(url.query.get("host", ""))
    return "postgresql", host, url.port or 5432, url.database


def _plain(url: URL) -> str:
    """As libpq knows it: without the name of a driver."""
    return _rendered(url.set(drivername="postgresql"))


def _rendered(url: URL) -> str:
    return url.render_as_string(hide_password=False)
