"""Is the ledger what was sealed? Every entry, stored hash and checkpoint held against each other, and what differs.

Three things say the same where nobody touched them: the entries' own bytes, the tiles of hashes, and the signed
checkpoints. Where two of them agree the third was altered. Who alters all that the database holds is found by a
checkpoint that was kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Text, func, select, type_coerce

from records import signatures
from records.cells import BESIDE_THE_LOG, odd_cells
from records.columns import as_bytes
from records.marks import Gate, Marks, gate, is_its_own
from records.merkle import EMPTY, HASH_BYTES, TILE, complete, hashes_in, leaf_hash, roots_at
from records.notes import Checkpoint, Verifier
from records.signatures import Signed
from records.tables import ledger, ledger_checkpoints, ledger_tiles
from records.tampering import Finding, Odd, What, entries_words, explained
from records.unit_of_work import Reading

_BATCH = 5000
MOST_ODD = 200_000
"""Entries that differ, after which no more are looked for."""

BACKWARDS = timedelta(minutes=1)
"""Entries may be sealed this much out of the order of their moments: transactions take time."""

_LONG_AGO = datetime.fromtimestamp(0, UTC)

LONG_BEFORE = timedelta(hours=6)
"""Without marks (`records/marks.py`) an entry dated so long before one that was sealed before it was inserted.

Whatever takes longer than a transaction writes the moment of its start: retention over years of texts, a copy of all
records, a neutrality audit. The longest of these end within an hour or two; clocks of machines differ by seconds.
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, and what is wrong with it. `remarks` are no faults."""

    size: int
    root: bytes
    checkpoints: int
    unsealed: int
    oldest_unsealed: datetime | None
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]


def audit(
    look: Reading,
    *,
    outside: Sequence[Checkpoint] = (),
    trusted: Sequence[Verifier] = (),
    marks: Marks | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Audit:
    """Reads the whole ledger. `outside`: checkpoints that were kept elsewhere; `trusted`: keys known from elsewhere.

    Without `trusted` the keys are those of the database, which whoever altered it may have altered too. `marks` are
    the keys of this installation: an entry that none of its processes wrote is found with them.
    """
    findings = list(odd_cells(look, BESIDE_THE_LOG))
    through = _Through(None if marks is None else gate(look, marks))
    tiles = _Tiles(look)
    size = tiles.sealed
    within = select(ledger_checkpoints).where(ledger_checkpoints.c.size <= size)
    stored = look.execute(within.order_by(ledger_checkpoints.c.size)).all()
    signed = signatures.checked(look, stored, outside, trusted)
    findings += [*signatures.keys_missed(look, trusted), *signed.faults, *too_short(outside, size)]
    remarks = [*signed.remarks]
    odd = _entries(look, size, tiles, through, findings, remarks, progress)
    findings += through.waiting(look, odd)
    remarks += through.remarks()
    _beyond(look, tiles, odd)
    held = _roots(size, tiles, odd, signed)
    findings += held.findings
    if not held.entries_fit:
        findings += explained(odd, size)
        findings += tiles.faults(size)
    unsealed, oldest = _waiting(look)
    ordered = sorted(findings, key=lambda each: (each.first is None, each.first or 0, each.what))
    return Audit(size, held.root, len(stored), unsealed, oldest, tuple(ordered), tuple(remarks))


class _Tiles:
    """The stored hashes, level by level."""

    def __init__(self, look: Reading) -> None:
        newest = select(func.coalesce(func.max(ledger_checkpoints.c.size), 0)).scalar_subquery()
        rows = look.execute(select(ledger_tiles, newest.label("sealed"))).all()  # in one: a sealer may be at work
        self._bytes = {(row.level, row.position): as_bytes(row.hashes) for row in rows}
        self.sealed: int = rows[0].sealed if rows else look.execute(select(newest)).scalar_one()

    def leaf(self, index: int) -> bytes | None:
        """The hash of an entry when it was sealed; None where it is not stored."""
        position, inside = divmod(index, TILE)
        found = self._bytes.get((0, position), b"")[inside * HASH_BYTES : (inside + 1) * HASH_BYTES]
        return found if len(found) == HASH_BYTES else None

    def faults(self, size: int) -> Iterator[Finding]:
        """Tiles that are not over those below them or not there, and hashes of more entries than were signed."""
        held = sum(len(hashes) for (level, _), hashes in self._bytes.items() if level == 0) // HASH_BYTES
        if held > size:
            told = (
                f"The ledger was truncated: hashes of {held} entries are stored, the last checkpoint covers {size}. "
                "Later ones were removed."
            )
            yield Finding(What.TRUNCATED, told, size, held - 1)
        level, count = 0, size
        while count:
            for position in range((count + TILE - 1) // TILE):
                full = min(TILE, count - position * TILE)
                hashes = hashes_in(self._bytes.get((level, position), b""))[:full]
                if len(hashes) < full or (level and hashes != self._below(level, position, full)):
                    told = (
                        f"The stored hashes of level {level}, tile {position}, were altered or removed: restore them."
                    )
                    yield Finding(What.HASHES, told)
            level, count = level + 1, count // TILE

    def _below(self, level: int, position: int, count: int) -> list[bytes | None]:
        below = [self._bytes.get((level - 1, position * TILE + at), b"") for at in range(count)]
        return [complete(hashes_in(each)) if len(each) == TILE * HASH_BYTES else None for each in below]


@dataclass(slots=True)
class _Through:
    """Entries beside their marks, and beside the moment of those sealed before them."""

    gate: Gate | None
    latest: datetime = _LONG_AGO
    backwards: int = 0
    unknown: int = 0

    def check(self, row: Row[Any], leaf: bytes) -> Finding | None:
        """What is wrong with who wrote it, or when."""
        written = _moment(row.created_at) or self.latest
        before, self.latest = self.latest, max(self.latest, written)
        self.backwards += written < before - BACKWARDS
        if self.gate is not None and self.gate.since is not None:
            return self._stranger(row, leaf)
        if written < before - LONG_BEFORE:
            told = (
                f"Entry {row.sealed_index} ({row.id}) is dated {before - written} before one that was sealed before it:"
                " it was inserted, unless a clock was set back so far."
            )
            return Finding(What.INSERTED, told, row.sealed_index, row.sealed_index, row.id)
        return None

    def waiting(self, look: Reading, odd: Odd) -> Iterator[Finding]:
        """Entries that wait to be sealed and will not be; `odd` knows what was sealed and stands there no more."""
        unsealed = select(*(each for each in ledger.c if each is not ledger.c.created_at))
        query = unsealed.where(ledger.c.sealed_index.is_(None)).order_by(ledger.c.id)
        sealed_as = {leaf: index for index, leaf in odd.expected.items() if leaf}
        for row in look.execute(query):
            leaf = leaf_hash(as_bytes(row.body))
            found = _copied(row) or _again(row, sealed_as.get(leaf))
            if found is None and self.gate is not None and self.gate.since is not None:
                found = self._stranger(row, leaf)
            if found is not None:
                yield found

    def _stranger(self, row: Row[Any], leaf: bytes) -> Finding | None:
        lets_in = None if self.gate is None else self.gate.lets_in(row, leaf)
        waits_in_vain = row.sealed_index is None and self.gate is not None and self.gate.marks.are_here
        if lets_in or (lets_in is None and not waits_in_vain):
            self.unknown += lets_in is None
            return None
        place = "that waits to be sealed" if row.sealed_index is None else str(row.sealed_index)
        told = (
            f"Entry {place} ({row.id}) bears no mark of this installation: somebody put it in or altered it with the "
            "database's own tools, or a program with another home wrote it."
        )
        return Finding(What.INSERTED, told, row.sealed_index, row.sealed_index, row.id)

    def remarks(self) -> Iterator[str]:
        """What is odd and no fault, and what could not be told."""
        if self.backwards:
            yield (
                f"{self.backwards} entries are dated more than a minute before an earlier one: a clock was set back, or"
                " two machines' clocks differ. Their order in the log is the order of sealing."
            )
        if self.unknown:
            yield (
                f"Of {self.unknown} entries it could not be told whether this installation wrote them: the ledger's key"
                " of then is not among its keys. Restore it from a backup and verify again."
            )


def _copied(row: Row[Any]) -> Finding | None:
    """An entry that waits under another name than its own: it has the mark of the one that it is a copy of."""
    if is_its_own(row) or _said(row.body)[:3] == (row.id, row.kind, row.subject_id):
        return None
    told = (
        f"Entry that waits to be sealed ({row.id}) is not what its bytes say: its id, kind or subject is another. "
        "Somebody put in a copy of an entry or altered one with the database's own tools; it is never sealed."
    )
    return Finding(What.INSERTED, told, entry_id=row.id)


def _again(row: Row[Any], index: int | None) -> Finding | None:
    if index is None:
        return None
    told = (
        f"Entry that waits to be sealed ({row.id}) was sealed as {index} already: its number was taken off, or it was "
        "removed and put in again. It is not sealed a second time; set its number and leaf_hash from a backup."
    )
    return Finding(What.INSERTED, told, entry_id=row.id)


def _entries(
    look: Reading,
    size: int,
    tiles: _Tiles,
    through: _Through,
    findings: list[Finding],
    remarks: list[str],
    progress: Progress,
) -> Odd:
    """Every entry against its own columns and the stored hash of its number."""
    odd, expect = Odd(), 0
    for row in _rows(look, size):
        if row.sealed_index < expect:
            told = f"A second entry bears number {row.sealed_index}: {row.id} was inserted."
            findings.append(Finding(What.INSERTED, told, row.sealed_index, row.sealed_index, row.id))
            continue
        for index in range(expect, row.sealed_index):
            _note(odd, index, tiles.leaf(index), None)
        leaf = leaf_hash(as_bytes(row.body))
        stored = tiles.leaf(row.sealed_index)
        if leaf != stored:
            _note(odd, row.sealed_index, stored, (leaf, row.id))
        elif (unlike := _unlike(row, leaf)) is not None:
            findings.append(Finding(What.CHANGED, unlike, row.sealed_index, row.sealed_index, row.id))
        elif (strange := through.check(row, leaf)) is not None:
            findings.append(strange)
        expect = row.sealed_index + 1
        if expect % _BATCH == 0:
            progress(expect, size)
        if len(odd.expected) > MOST_ODD:
            remarks.append(
                f"More than {MOST_ODD} entries differ; what follows entry {row.sealed_index} was not looked at."
            )
            return odd
    for index in range(expect, size):
        _note(odd, index, tiles.leaf(index), None)
    progress(size, size)
    return odd


def _rows(look: Reading, size: int) -> Iterator[Row[Any]]:
    plain = look.dialect == "sqlite"  # which keeps whatever it is given: what is no moment must not stop the reading
    written = type_coerce(ledger.c.created_at, Text) if plain else ledger.c.created_at
    others = [column for column in ledger.c if column is not ledger.c.created_at]
    query = select(*others, written.label("created_at")).order_by(ledger.c.sealed_index, ledger.c.id)
    after = -1
    while True:
        within = query.where(ledger.c.sealed_index > after, ledger.c.sealed_index <= min(after + _BATCH, size - 1))
        yield from look.execute(within)
        after += _BATCH
        if after >= size - 1:
            return


def _moment(stored: datetime | str | None) -> datetime | None:
    """None where it is none."""
    if isinstance(stored, datetime):
        return stored
    try:
        return datetime.fromisoformat(stored or "").replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def _note(odd: Odd, index: int, expected: bytes | None, found: tuple[bytes, str] | None) -> None:
    odd.expected[index] = expected or b""
    odd.found[index] = found


def _unlike(row: Row[Any], leaf: bytes) -> str | None:
    """What of a row differs from its sealed bytes, in a sentence."""
    if row.leaf_hash is None or as_bytes(row.leaf_hash) != leaf:
        return (
            f"Entry {row.sealed_index} ({row.id}): its column leaf_hash was changed; its bytes are as they were sealed."
        )
    said = _said(row.body)
    if not said:
        return f"Entry {row.sealed_index} ({row.id}) is none: Chaffinch did not write it."
    written = _moment(row.created_at)
    held = row.id, row.kind, row.subject_id, written and written.isoformat(timespec="microseconds")
    names = "id", "kind", "subject_id", "created_at"
    other = [name for name, one, two in zip(names, said, held, strict=True) if one != two]
    if not other:
        return None
    return (
        f"Entry {row.sealed_index} ({row.id}): its column {', '.join(other)} was changed; "
        "its bytes are as they were sealed."
    )


def _said(body: bytes) -> tuple[object, ...]:
    """Id, kind, subject and moment as an entry's bytes have them; nothing where they are no entry's."""
    try:
        told = json.loads(body)
        return told["id"], told["kind"], told["subject"]["id"], told["at"]
    except (ValueError, KeyError, TypeError):
        return ()


def _beyond(look: Reading, tiles: _Tiles, odd: Odd) -> None:
    """Entries that bear a number which no checkpoint covers, unless they were sealed under it (`_Tiles.faults`)."""
    covered = select(func.coalesce(func.max(ledger_checkpoints.c.size), 0)).scalar_subquery()
    query = select(ledger.c.sealed_index, ledger.c.id, ledger.c.body).where(ledger.c.sealed_index >= covered)
    for row in look.execute(query.order_by(ledger.c.sealed_index).limit(MOST_ODD)):
        leaf = leaf_hash(as_bytes(row.body))
        if isinstance(row.sealed_index, int) and leaf != tiles.leaf(row.sealed_index):
            _note(odd, row.sealed_index, None, (leaf, row.id))


def _roots(size: int, tiles: _Tiles, odd: Odd, marks: Signed) -> _Held:
    """The root over the stored hashes, and every checkpoint that says another."""
    inside = {each.size for each in marks.outside if each.size <= size}
    wanted = sorted({row.size for row in marks.stored} | inside | {size})
    roots = dict(roots_at((tiles.leaf(index) or b"" for index in range(size)), wanted))
    misfits = _misfits(roots, marks)
    if misfits and odd.expected:  # do the entries say what was signed? then it is the hashes that were altered
        real = dict(roots_at(_overlaid(size, tiles, odd), wanted))
        if not _misfits(real, marks):
            told = (
                "Stored hashes of entries were altered or removed; the entries themselves are those that were signed."
            )
            return _Held(real[size], [Finding(What.HASHES, told)], entries_fit=True)
    findings = [_ranged(misfits[0], _fitting(misfits, marks))] if misfits else []
    return _Held(roots.get(size, EMPTY), findings, entries_fit=False)


@dataclass(frozen=True, slots=True)
class _Held:
    """What came of holding the tree against the checkpoints."""

    root: bytes
    findings: list[Finding]
    entries_fit: bool


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A signed checkpoint with another root than the tree of its size has."""

    size: int
    from_outside: bool


def _overlaid(size: int, tiles: _Tiles, odd: Odd) -> Iterator[bytes]:
    for index in range(size):
        found = odd.found.get(index)
        yield found[0] if found else (tiles.leaf(index) or b"")


def _misfits(roots: Mapping[int, bytes], marks: Signed) -> list[_Misfit]:
    """The smallest first."""
    stored = [_Misfit(note.size, False) for _, note in marks.signed if roots.get(note.size, note.root) != note.root]
    outside = [_Misfit(each.size, True) for each in marks.outside if roots.get(each.size, each.root) != each.root]
    return sorted(stored + outside, key=lambda each: (each.size, each.from_outside))


def _fitting(misfits: Sequence[_Misfit], marks: Signed) -> list[int]:
    """Sizes up to which all is as it was; where a checkpoint from outside does not fit ours are worth nothing."""
    wrong = {each.size for each in misfits}
    ours = [] if any(each.from_outside for each in misfits) else [row.size for row in marks.stored]
    return [0, *sorted({*ours, *(each.size for each in marks.outside)} - wrong)]


def _ranged(misfit: _Misfit, fits: Sequence[int]) -> Finding:
    """Names the entries that it is about: those after the last checkpoint that fits."""
    first = max(size for size in fits if size < misfit.size)
    which, last = ("the checkpoint from outside" if misfit.from_outside else "the signed checkpoint"), misfit.size - 1
    told = (
        f"{entries_words(first, last).capitalize()}: one or more were changed, inserted, reordered or removed, and "
        f"their hashes made to fit: {which} of {misfit.size} entries has another root, and up to {first} all fits."
    )
    return Finding(What.CHANGED, told, first, last)


def too_short(outside: Sequence[Checkpoint], size: int) -> Iterator[Finding]:
    """Checkpoints from outside that cover more entries than are here."""
    for each in outside:
        if each.size > size:
            told = (
                f"The ledger was truncated: a checkpoint from outside covers {each.size} entries, and {size} are here. "
                "Or it was restored from an older backup."
            )
            yield Finding(What.TRUNCATED, told, size, each.size - 1)


def _waiting(look: Reading) -> tuple[int, datetime | None]:
    oldest = func.min(type_coerce(ledger.c.created_at, Text) if look.dialect == "sqlite" else ledger.c.created_at)
    columns = func.count().label("many"), oldest.label("oldest")
    found = look.execute(select(*columns).where(ledger.c.sealed_index.is_(None))).one()
    return found.many, _moment(found.oldest)
