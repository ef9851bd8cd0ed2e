"""Data about people leaves the house in one way: nobody is given anything before the entry that says so stands.

    1. whoever gives is somebody who may, and says why, and on which ground where texts and pseudonyms are in it
    2. what is given is written to a file that has no name: of a process that is killed, or a full disk, nothing is left
    3. the entry is committed
    4. the file gets its name, and its owner alone may read it; or it is sent

Where the last step fails the ledger says that something was given which nobody got: the other way round is what must
not be.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Generic, TypeVar

from governance import approvals, said_about
from governance.wording import seen
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import ledger
from records.database import Database
from records.ledger import Actor, Entry
from records.unit_of_work import Reading, Unit
from registry.files import replacing

T = TypeVar("T")

MAX_GROUND = 200
IN_MEMORY = 1 << 20
"""Bytes; what is larger is on the disk meanwhile, without a name."""

OWNER_ALONE = 0o600
"""The mode of a file that was given out."""


TEXTS = "texts.exported"
"""Texts of this house's comments were shown or written by a command, as samples, examples or suspects."""

FOR_TRAINING = approvals.LOOK_AFTER | {"data_scientist"}
FOR_RULES = approvals.MAY_APPROVE | {"data_scientist"}
"""Roles that may have texts by a command, to make models or rules of them."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives something out, as they say themselves, why and on which ground. `opened`: texts and pseudonyms."""

    by: str
    why: str
    ground: str = ""
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Gift(Generic[T]):
    """`make` looks, checks and writes; `note` writes the entry of what `make` told, and may write to the file too."""

    make: Callable[[Reading, IO[bytes]], T]
    note: Callable[[Unit, T], object]


def check(
    look: Reading, giver: Giver, *, typed: bool = False, needs: Collection[str] = approvals.LOOK_AFTER
) -> tuple[str, str]:
    """Who gives it and why, as the entry will say. Raises `ForbiddenError`, and `InvalidInputError` for what lacks."""
    who, why = approvals.person(look, giver.by, needs=needs, typed=typed), approvals.words("why", giver.why)
    ground = seen(giver.ground)
    if giver.opened and not ground:
        raise InvalidInputError(
            "A ground is missing.", [Fault("ground", "texts and pseudonyms are given on one: the request, the article")]
        )
    if len(ground) > MAX_GROUND:
        raise InvalidInputError("The ground is too long.", [Fault("ground", f"say it in {MAX_GROUND} characters")])
    return who, why


@dataclass(frozen=True, slots=True)
class Teller:
    """Who has texts told by a command, for the work of the house, and why."""

    who: str
    why: str

    @property
    def actor(self) -> Actor:
        """As the ledger names them."""
        return Actor("user", self.who)


def teller(look: Reading, by: str, why: str, *, needs: Collection[str] = FOR_TRAINING) -> Teller:
    """Whoever types it, with their reason, which the ledger keeps: it names nobody. Raises as `check`."""
    who, reason = check(look, Giver(by, why), typed=True, needs=needs)
    said_about.check_lasting(look, "why", reason)
    return Teller(who, reason)


def note_texts(unit: Unit, by: Teller, what: str, texts: int, *, ground: str, now: datetime) -> None:
    """The entry of so many texts that are told in the next moment; `what` says as which part of which work."""
    ledger.append(unit, Entry(TEXTS, by.actor, "texts", what, by.why, ground, facts={"texts": texts}), now=now)


@contextmanager
def given(
    database: Database, gift: Gift[T], *, os_user: str | None = None, folder: Path | None = None
) -> Iterator[tuple[IO[bytes], T]]:
    """What was made, at its beginning, and what `make` told of it, once the entry is committed.

    Without an entry there is nothing: whatever `make`, `note` or the commit raises is raised here.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=None if folder is None else str(folder)) as file:
        with database.reading() as look:
            told = gift.make(look, file)
        with database.unit(os_user=os_user) as unit:
            gift.note(unit, told)
            unit.commit()
        file.seek(0)
        yield file, told


def give_file(database: Database, out: Path, gift: Gift[T], *, os_user: str | None = None) -> T:
    """The same as a file of this name. Raises `ConflictError`, before anything, where something has the name."""
    if out.exists():
        raise ConflictError(f"{out} is there already: name another file.")
    with (
        given(database, gift, os_user=os_user, folder=out.parent) as (file, told),
        replacing(out, mode=OWNER_ALONE) as named,
    ):
        shutil.copyfileobj(file, named)
    return told
