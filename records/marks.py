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
from json.encoder import encode_basestring as _quoted
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

NONE_BEFORE = "none_before"
"""Fact of `BEGUN` in a ledger whose first entry it is: nothing without a mark is ever let in there."""

NEAR = timedelta(hours=1)
"""So long around the first mark programs from before it may have written, and go on writing, without one.

In a ledger from before revision 0041 alone: while its servers are replaced one by one, those of before answer on, and
their entries would read as forged. Where marks began with the ledger there were none such.
"""

_WHAT = "The ledger's signing key"
_NUMBER_BYTES, _TAG_BYTES = 2, 16


class Marks:
    """The keys that mark, as they lie in `folder`; they are read when first needed, and the newest marks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys: dict[int, bytes] = {}
        self._newest: int | None = None
        self._are_the_ledgers = False

    @property
    def are_the_ledgers(self) -> bool:
        """Whether the key that marks was found to be the ledger's own."""
        return self._are_the_ledgers

    def found(self, number: int) -> None:
        """The key of this number is here, and is the ledger's."""
        self._newest, self._are_the_ledgers = number, True

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
        self._newest, self._are_the_ledgers = None, False

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
    none_before: bool = False
    """Whether marks began with the ledger: then no program of before ever wrote into it."""

    def lets_in(self, row: Row[Any], leaf: bytes) -> bool | None:
        """Whether an entry may be in the log; None where that cannot be told, since the key of its mark is not here."""
        if row.sealed_index is None and not is_its_own(row):
            return False
        fits = self.marks.fits(leaf, row.mark)
        if fits or self.since is None or self._stood_before(row, leaf):
            return True
        if row.mark is not None:
            return fits
        return not self.none_before and (self.index is None or _is_near(as_bytes(row.body), self.since))

    def _stood_before(self, row: Row[Any], leaf: bytes) -> bool:
        """Whether it was sealed before there were marks, or a person took it as it stood."""
        if row.sealed_index is not None and (self.index is None or row.sealed_index < self.index):
            return True
        return (self.taken or {}).get(row.id) == leaf.hex()


def is_its_own(row: Row[Any]) -> bool:
    """Whether a row stands under the id, kind and subject that its bytes say: a copy of an entry has its mark too.

    In canonical JSON (RFC 8785) these names stand so beside each other, and a quotation mark within words has a
    backslash before it: looked for as bytes, since the sealer would parse a thousand entries twice a second.
    """
    try:
        named = f',"id":{_quoted(row.id)},"kind":{_quoted(row.kind)},"reason":'.encode(errors="replace")
        subject = f',"subject":{{"id":{_quoted(row.subject_id)},"kind":'.encode(errors="replace")
    except TypeError:  # a cell of SQLite that is no text
        return False
    body = as_bytes(row.body)
    at = body.rfind(named)  # both stand near the end
    return at >= 0 and body.find(subject, at) > 0


def gate(look: Reading, marks: Marks) -> Gate:
    """As the ledger says it: its first entry about marks that bears one, and what was taken at renewals of the key."""
    for row in look.execute(_about(BEGUN, SUBJECT).order_by(ledger.c.id)):
        fits, at = marks.fits(leaf_hash(as_bytes(row.body)), row.mark), _moment(as_bytes(row.body))
        if at is not None and (fits or (fits is None and row.sealed_index is not None)):
            return Gate(marks, at, row.sealed_index, _taken(look, marks), _none_before(as_bytes(row.body)))
    return Gate(marks)


def is_begun(look: Reading) -> bool:
    """Whether the ledger says that its entries bear marks."""
    return look.execute(_about(BEGUN, SUBJECT).limit(1)).first() is not None


def waiting_without(look: Reading, marks: Marks, *, copies: bool = True) -> dict[str, str]:
    """Entries that wait and that the sealer would not take, with their hashes; without `copies`, of others or altered.

    A copy has the mark of an entry that is sealed, so it is never taken, whoever says so.
    """
    found = gate(look, marks)
    waiting = select(ledger).where(ledger.c.sealed_index.is_(None)).order_by(ledger.c.id)
    rows = (row for row in look.execute(waiting) if copies or is_its_own(row))
    leaves = ((row, leaf_hash(as_bytes(row.body))) for row in rows)
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


def _none_before(body: bytes) -> bool:
    return json.loads(body)["facts"].get(NONE_BEFORE) is True


def _is_near(body: bytes, since: datetime) -> bool:
    at = _moment(body)
    return at is not None and since - NEAR <= at <= since + NEAR


def strange(ids: Sequence[str]) -> str:
    """Entries that nobody of ours wrote, in a sentence that says what to do."""
    named = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    return (
        f"{len(ids)} entries that wait bear no mark of this installation, or are copies of others, and are not "
        f"sealed: {named}. Somebody put them into the database, or a program with another home, or of a version that "
        "wrote without the key, did. chaffinch audit verify tells more, and chaffinch audit new-key takes what is no "
        "copy as it stands, which the ledger then says."
    )
