"""One unit of work: what is written in it becomes true together at `commit()`, or not at all.

A use case is a function that takes its unit; whoever opened the unit commits it. Leaving without commit takes all
back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult, Executable, RootTransaction

from records.house_queues import AS_USUAL, HouseQueues

Hashes = Callable[[str, str], tuple[str, ...]]
"""From a kind and what it is of to the keyed hashes under which this house may hold it."""


def no_hashes(_kind: str, _of: str) -> tuple[str, ...]:
    """Where no keys were opened."""
    return ()


def _no_check(_unit: Unit) -> None:
    """Whatever was written may be committed."""


Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Marking(Protocol):
    """What marks entries of the ledger as this installation's (`records/marks.py`)."""

    @property
    def folder(self) -> Path:
        """Where the keys are."""

    @property
    def are_the_ledgers(self) -> bool:
        """Whether the key that marks was found to be the ledger's own."""

    def of(self, body: bytes) -> bytes | None:
        """The mark of an entry; None before the ledger had a key."""

    def found(self, number: int) -> None:
        """The key of this number is here, and is the ledger's."""

    def renewed(self) -> None:
        """Another key marks from now on."""


class Reading:
    """A consistent look at the database. Whatever is written through it is taken back."""

    def __init__(
        self,
        connection: Connection,
        *,
        queues: Callable[[], HouseQueues] = lambda: AS_USUAL,
        marks: Marking | None = None,
        hashes: Hashes = no_hashes,
    ) -> None:
        """`queues` gives what they promise and need in this house, to whoever asks; `marks` marks entries.

        `hashes` are those of the keys that were opened for this database, if any.
        """
        self._queues = queues
        self.marks = marks
        self.hashes = hashes
        self._connection = connection
        self._over = False

    @property
    def queues(self) -> HouseQueues:
        """What they promise and need in this house. Raises `ConfigError` where that cannot be read."""
        return self._queues()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    @property
    def connection(self) -> Connection:
        """For those of this room who ask the database about itself."""
        return self._connection

    def execute(self, statement: Executable, parameters: Parameters | None = None) -> CursorResult[Any]:
        """Runs a statement. Only repositories of this room call it."""
        if self._over:
            raise RuntimeError("This unit of work is over: open another with database.unit().")
        return self._connection.execute(statement, parameters)

    def end(self) -> None:
        """No statement may follow."""
        self._over = True


class Unit(Reading):
    """A look that may also write, and commits only when told.

    Rows are locked in one order, a comment before its cases, and with FOR NO KEY UPDATE (`key_share=True`), which lets
    others insert rows that refer to them: so that on PostgreSQL no two units wait for each other.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that its writers are told
        self,
        connection: Connection,
        transaction: RootTransaction,
        *,
        os_user: str | None = None,
        proved: str | None = None,
        queues: Callable[[], HouseQueues] = lambda: AS_USUAL,
        marks: Marking | None = None,
        hashes: Hashes = no_hashes,
        check: Callable[[Unit], None] = _no_check,
    ) -> None:
        """`os_user` is whom the operating system knows as the one who types; None where a server works for somebody.

        `proved` is whose password they gave there, by the name of the account. `check` is asked once all is written,
        and raises where it must not be committed.
        """
        super().__init__(connection, queues=queues, marks=marks, hashes=hashes)
        self.os_user = os_user
        self.proved = proved
        self.makes_key = False
        """Whether the ledger's first key is made in it: nobody counts on that key before the commit."""
        self._transaction = transaction
        self._check = check
        self._last: list[Callable[[], object]] = []
        self._once: set[str] = set()

    def once(self, name: str, look: Callable[[], object]) -> None:
        """Looks the first time that it is asked by this name; what one unit does many times is looked at once."""
        if name not in self._once:
            self._once.add(name)
            look()

    def last(self, write: Callable[[], object]) -> None:
        """Writes just before the commit: a counter that many units add to is so locked after all else, and briefly."""
        self._last.append(write)

    def commit(self) -> None:
        """Makes everything written so far true and durable, and ends the unit. Raises `PartUnavailableError`."""
        if self._over:
            raise RuntimeError("This unit of work is over and cannot be committed again.")
        for write in self._last:
            write()
        self._check(self)
        self.end()
        self._transaction.commit()
