"""A look into the records that makes none where there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from chaffinch.health.finding import ABSENT, Finding
from chaffinch.settings import Settings

if TYPE_CHECKING:
    from records.database import Database
    from records.unit_of_work import Reading


def looked(settings: Settings, part: str, look: Callable[[Reading], Finding]) -> Finding:
    """What a look into the database finds, where there is one."""
    with opened(settings) as database:
        if database is None:
            return Finding(part, ABSENT, "no database yet", "run chaffinch serve: it makes the tables")
        with database.reading() as reading:
            return look(reading)


@contextmanager
def opened(settings: Settings) -> Iterator[Database | None]:
    """The records as they are; None where the home has none yet, since opening would make an empty file."""
    from records.database import Database

    if not settings.database_url and not (settings.home / "chaffinch.db").exists():
        yield None
        return
    with closing(Database(settings.records_url)) as database:
        yield database
