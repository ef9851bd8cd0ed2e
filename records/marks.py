"""Marks: which entries of the ledger a process of this installation wrote, and which only stand in its table.

Whoever can write to the database can put an entry in that waits to be sealed. What they lack are the files in `keys/`:
every entry bears a keyed hash of its bytes, made by who writes it with a key that is derived from the
ledger's own. The sealer seals no entry without a mark that fits, and `chaffinch audit verify` tells of every one. Since
when entries bear marks an entry says (`BEGUN`), which is sealed like all others; what was sealed before it stands.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Row, select

from moderation.errors import ConfigError
from records import key_files
from records.columns import as_bytes
from records.merkle import leaf_hash
from records.tables import ledger, ledger_log
from records.unit_of_work import Reading

BEGUN = "ledger.marked"
SUBJECT = "marks"
RENEWED = "ledger.key_renewed"

NEAR = timedelta(hours=1)
"""So long around the first mark programs from before it may have written, and go on writing, without one."""

_WHAT = "The ledger's signing key"
_NUMBER_BYTES, _TAG_BYTES = 2, 16


class Marks:
    """The keys that mark, as they lie in `folder`; they are read when first needed, and the newest marks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys: dict[int, bytes] = {}
        self._newest: int | None = None

    def of(self, body: bytes) -> bytes | None:
        """The mark of an entry; None before the ledger had a key."""
        if self._newest is None:
            self._newest = max(self._numbers(), default=None)
        key = None if self._newest is None else self._key(self._newest)
        return None if key is None or self._newest is None else _mark(self._newest, key, leaf_hash(body))

    def fits(self, leaf: bytes, mark: bytes | str | None) -> bool | None:
        """Whether a mark is that of the entry with this leaf hash; None where its key is not here."""
        told = b"" if mark is None else as_bytes(mark)
        if len(told) != _NUMBER_BYTES + _TAG_BYTES:
            return False
        number = int.from_bytes(told[:_NUMBER_BYTES])
        key = self._key(number)
        return None if key is None else hmac.compare_digest(told, _mark(number, key, leaf))

    @property
    def are_here(self) -> bool:
        """Whether any key is in the folder."""
        return any(True for _ in self._numbers())

    def renewed(self) -> None:
        """Another key marks from now on."""
        self._newest = None

    def _key(self, number: int) -> bytes | None:
        if number not in self._keys:
            try:
                secret = key_files.read(self.folder / f"ledger-{number}.key", what=_WHAT)
            except ConfigError:
                return None
            self._keys[number] = HKDF(SHA256(), 32, salt=None, info=b"chaffinch ledger mark").derive(secret)
        return self._keys[number]

    def _numbers(self) -> Iterator[int]:
        for path in self.folder.glob("ledger-*.key"):
            number = path.stem.removeprefix("ledger-")
            if number.isascii() and number.isdecimal():
                yield int(number)


def _mark(number: int, key: bytes, leaf: bytes) -> bytes:
    """BLAKE2b with a key (RFC 7693) over the leaf hash, which the sealer needs anyway: a microsecond."""
    return number.to_bytes(_NUMBER_BYTES) + hashlib.blake2b(leaf, key=key, digest_size=_TAG_BYTES).digest()


@dataclass(frozen=True, slots=True)
class Gate:
    """Which entries are ours. `since`: the moment of the first mark, None before it; `index`: its number in the log."""

    marks: Marks
    since: datetime | None = None
    index: int | None = None
    taken: Mapping[str, str] | None = None
    """Entries that a person took as they stood when they renewed the key, with their hashes."""

    def lets_in(self, row: Row[Any], leaf: bytes) -> bool | None:
        """Whether an entry may be in the log; None where that cannot be told, since the key of its mark is not here."""
        fits = self.marks.fits(leaf, row.mark)
        if fits or self.since is None:
            return True
        if row.sealed_index is not None and (self.index is None or row.sealed_index < self.index):
            return True  # sealed before there were marks
        if (self.taken or {}).get(row.id) == leaf.hex():
            return True
        if row.mark is None and self.index is None:
            return True  # it waited already when marks began, and is sealed with the entry that says so
        if row.mark is None:
            return _is_near(as_bytes(row.body), self.since)
        return fits


def gate(look: Reading, marks: Marks) -> Gate:
    """As the ledger says it: its first entry about marks that bears one, and what was taken at renewals of the key."""
    for row in look.execute(_about(BEGUN, SUBJECT).order_by(ledger.c.id)):
        fits, at = marks.fits(leaf_hash(as_bytes(row.body)), row.mark), _moment(as_bytes(row.body))
        if at is not None and (fits or (fits is None and row.sealed_index is not None)):
            return Gate(marks, at, row.sealed_index, _taken(look, marks))
    return Gate(marks)


def is_begun(look: Reading) -> bool:
    """Whether the ledger says that its entries bear marks."""
    return look.execute(_about(BEGUN, SUBJECT).limit(1)).first() is not None


def waiting_without(look: Reading, marks: Marks) -> dict[str, str]:
    """Entries that wait and that the sealer would not take, with their hashes."""
    found = gate(look, marks)
    waiting = select(ledger).where(ledger.c.sealed_index.is_(None)).order_by(ledger.c.id)
    leaves = ((row, leaf_hash(as_bytes(row.body))) for row in look.execute(waiting))
    return {row.id: leaf.hex() for row, leaf in leaves if not found.lets_in(row, leaf)}


def _about(kind: str, subject_id: str) -> Any:  # noqa: ANN401 - a query
    return select(ledger).where(ledger.c.subject_id == subject_id, ledger.c.kind == kind)


def _taken(look: Reading, marks: Marks) -> dict[str, str]:
    taken: dict[str, str] = {}
    name = look.execute(select(ledger_log.c.origin)).scalar()
    for row in look.execute(_about(RENEWED, str(name))):
        if marks.fits(leaf_hash(as_bytes(row.body)), row.mark):
            taken |= json.loads(as_bytes(row.body))["facts"].get("taken", {})
    return taken


def _moment(body: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(body)["at"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError):
        return None


def _is_near(body: bytes, since: datetime) -> bool:
    at = _moment(body)
    return at is not None and since - NEAR <= at <= since + NEAR


def strange(ids: Sequence[str]) -> str:
    """Entries that nobody of ours wrote, in a sentence that says what to do."""
    named = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    return (
        f"{len(ids)} entries that wait bear no mark of this installation and are not sealed: {named}. Somebody put "
        "them into the database, or a program with another home wrote them. chaffinch audit verify tells more, and "
        "chaffinch audit new-key takes them as they stand, which the ledger then says."
    )
