"""Sealing: entries get their number in the log, the Merkle tree grows, and a signed checkpoint says what it now is.

One worker seals at a time. A lease says who tries (`ledger_log`), so that the others leave the database alone; what
makes two at once impossible is the lock on that row, which goes with the transaction: a sealer that is killed leaves
its round undone as a whole, and the next one does it. Writers are never waited for: what is committed is sealed, what
commits a moment later comes in the next round. Before a round the tree is held against the last checkpoint, so that
nothing that was altered is ever signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from moderation.errors import ChaffinchError, ConflictError, InvalidInputError
from records import ledger_keys, notes
from records.columns import as_bytes
from records.ids import first_id_of, made_at
from records.inserting import insert_into
from records.marks import Marks, gate
from records.merkle import TILE, complete, hashes_in, leaf_hash, nodes_of, root
from records.notes import Checkpoint, Signer
from records.tables import ledger, ledger_checkpoints, ledger_log, ledger_tiles
from records.unit_of_work import Reading, Unit

MOST = 1000
"""Entries that one round seals: who writes on SQLite waits meanwhile."""

LEASE = timedelta(seconds=2)
"""Longer than between two rounds. Who reads a lease that ends later than this knows that a clock was set back."""

SKEW = timedelta(minutes=1)
"""So far the clocks of two machines may differ."""

KEPT = timedelta(days=1)
"""How long checkpoints are kept of which there are several in an hour."""


class LedgerDamagedError(ChaffinchError):
    """The tree is not the one that was signed last: somebody altered it, and nothing more is signed."""


class AnotherKeyError(ConflictError):
    """A newer key signs than the one at hand: open it, and try again."""


def is_due(look: Reading, owner: str, *, now: datetime) -> bool:
    """Whether there is something to seal, and nobody else is at it."""
    waits = look.execute(select(ledger.c.id).where(ledger.c.sealed_index.is_(None)).limit(1)).first()
    if waits is None:
        return False
    held = look.execute(select(ledger_log.c.sealer, ledger_log.c.sealer_until)).one_or_none()
    return held is None or _may(held, owner, now)


Refused = Callable[[Sequence[str]], object]
"""Hears the ids of entries that wait and that no process of ours wrote (`records/marks.py`)."""


def seal(
    unit: Unit,
    signer: Signer,
    *,
    owner: str,
    now: datetime,
    most: int = MOST,
    marks: Marks | None = None,
    refused: Refused = lambda _ids: None,
) -> int:
    """Seals what waits, in the order of ids; how many. The caller commits.

    With `marks`, the keys of this installation, nothing is sealed that nobody of ours wrote; `refused` hears of it.
    0 where another sealer is at it. Raises `LedgerDamagedError`, and `AnotherKeyError` where the key was renewed.
    """
    held = unit.execute(select(ledger_log).with_for_update(skip_locked=True)).one_or_none()
    if held is None or not _may(held, owner, now):
        return 0
    if ledger_keys.newest(unit) != signer.number:
        raise AnotherKeyError("The ledger is signed with a newer key by now.")
    size, last = _checked_head(unit)
    rows, leaves, strangers = _waiting(unit, marks, most)
    if strangers:
        refused(strangers)
    if not rows:
        return 0
    _number(unit, [row.id for row in rows], leaves, size)
    _grow(unit, size, leaves)
    _sign(unit, signer, size + len(rows), last, now)
    unit.execute(update(ledger_log).values(sealer=owner, sealer_until=now + LEASE))
    return len(rows)


def _waiting(unit: Unit, marks: Marks | None, most: int) -> tuple[list[Row[Any]], list[bytes], list[str]]:
    """What is to be sealed now with its leaves, and the ids of what waits in vain; in the order of ids."""
    columns = ledger.c.id, ledger.c.kind, ledger.c.subject_id, ledger.c.body, ledger.c.mark, ledger.c.sealed_index
    waiting = select(*columns).where(ledger.c.sealed_index.is_(None)).order_by(ledger.c.id).limit(most)
    through = None if marks is None else gate(unit, marks)
    again = _Sealed(unit)
    found: list[Row[Any]] = []
    leaves: list[bytes] = []
    strangers: list[str] = []
    after, read = "", most
    while read == most and len(found) < most:
        rows = unit.execute(waiting.where(ledger.c.id > after)).all()
        read = len(rows)
        for row in rows:
            leaf = leaf_hash(as_bytes(row.body))
            if (through is None or through.lets_in(row, leaf)) and not again.has(row.id, leaf):
                found.append(row)
                leaves.append(leaf)
            else:
                strangers.append(row.id)
            after = row.id
    return found[:most], leaves[:most], strangers


class _Sealed:
    """Whether an entry is in the log already: somebody took its number off, or put it in again.

    What is newer than the last checkpoint cannot be, so nearly always nothing is read. Of what is older the hashes
    are read from the checkpoint before it on.
    """

    def __init__(self, look: Reading) -> None:
        last = newest(look)
        self._look = look
        self._since = "" if last is None else first_id_of(last.created_at - SKEW)
        self._leaves: dict[int, list[bytes]] = {}

    def has(self, entry_id: str, leaf: bytes) -> bool:
        if entry_id >= self._since:
            return False
        position = self._before(entry_id) // TILE
        while hashes := self._tile(position):
            if leaf in hashes:
                return True
            position += 1
        return False

    def _before(self, entry_id: str) -> int:
        """The size of the last checkpoint from before the entry was written."""
        earlier = ledger_checkpoints.c.created_at < made_at(entry_id) - SKEW
        query = select(func.coalesce(func.max(ledger_checkpoints.c.size), 0)).where(earlier)
        return int(self._look.execute(query).scalar_one())

    def _tile(self, position: int) -> list[bytes]:
        if position not in self._leaves:
            self._leaves[position] = tile(self._look, 0, position)
        return self._leaves[position]


def newest(look: Reading) -> Row[Any] | None:
    """The last checkpoint: size, root, note, created_at; None before the first."""
    query = select(ledger_checkpoints).order_by(ledger_checkpoints.c.size.desc()).limit(1)
    return look.execute(query).one_or_none()


def oldest_waiting(look: Reading) -> datetime | None:
    """When the first entry that is not sealed yet was written."""
    query = select(ledger.c.created_at).where(ledger.c.sealed_index.is_(None)).order_by(ledger.c.id).limit(1)
    return look.execute(query).scalar_one_or_none()


def forget(unit: Unit, *, now: datetime) -> int:
    """Removes checkpoints older than a day but for the first of each hour, and the newest; how many.

    Each that is left covers all that the others did.
    """
    last = select(func.max(ledger_checkpoints.c.size)).scalar_subquery()
    old = ledger_checkpoints.c.created_at < now - KEPT
    passing = delete(ledger_checkpoints).where(~ledger_checkpoints.c.lasting, old, ledger_checkpoints.c.size < last)
    return unit.execute(passing).rowcount


def tile(look: Reading, level: int, position: int) -> list[bytes]:
    """The hashes of a tile as they are stored; none where there is no such tile."""
    this = (ledger_tiles.c.level == level, ledger_tiles.c.position == position)
    found = look.execute(select(ledger_tiles.c.hashes).where(*this)).scalar_one_or_none()
    return [] if found is None else hashes_in(as_bytes(found))


class Tiles:
    """Tiles of one look, each read once."""

    def __init__(self, look: Reading) -> None:
        self._look = look
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, position: int) -> list[bytes]:
        """The hashes of a tile. Raises `LedgerDamagedError` where there is none."""
        key = level, position
        if key not in self._read:
            self._read[key] = tile(self._look, *key)
        if not self._read[key]:
            raise LedgerDamagedError(_damaged(f"the tile {position} of level {level} is gone"))
        return self._read[key]


def _may(held: Row[Any], owner: str, now: datetime) -> bool:
    """Whether the lease is ours, over, or cannot be meant: a clock that was set back must not stop the sealing."""
    until: datetime | None = held.sealer_until
    return held.sealer == owner or until is None or not now < until <= now + LEASE


_LAST_NUMBER = select(func.max(ledger.c.sealed_index)).where(ledger.c.sealed_index.is_not(None))
"""Said as the partial index says it: SQLite would otherwise read every entry that there is, each round."""


def _checked_head(unit: Unit) -> tuple[int, Row[Any] | None]:
    """The size of the log and its last checkpoint. Raises `LedgerDamagedError` where the tree is another."""
    last = newest(unit)
    size = last.size if last else 0
    numbered = unit.execute(_LAST_NUMBER).scalar_one()
    if numbered is not None and numbered >= size:
        raise LedgerDamagedError(_damaged(f"entry {numbered} is numbered, and the last checkpoint covers {size}"))
    if last is not None:
        _check_tree(unit, _signed(unit, last))
    return size, last


def _signed(look: Reading, last: Row[Any]) -> Checkpoint:
    """The last checkpoint as it was signed. Raises `LedgerDamagedError` where nobody did."""
    with suppress(InvalidInputError):
        found = notes.parse(last.note)
        if notes.signed_by(found, ledger_keys.verifiers(look)) and found.size == last.size:
            return found
    raise LedgerDamagedError(_damaged(f"the checkpoint of {last.size} entries is not signed by the ledger's key"))


def _check_tree(look: Reading, signed: Checkpoint) -> None:
    try:
        is_same = root(nodes_of(Tiles(look)), signed.size) == signed.root
    except IndexError:  # a tile was cut short
        is_same = False
    if not is_same:
        told = f"the tree over the first {signed.size} entries is not the one that was signed"
        raise LedgerDamagedError(_damaged(told))


def _damaged(what: str) -> str:
    return (
        f"The ledger was altered: {what}. Nothing more is sealed. chaffinch audit verify tells all that differs; then "
        "restore the tables ledger_tiles and ledger_checkpoints from a backup."
    )


_NUMBERED = (
    update(ledger)
    .where(ledger.c.id == bindparam("this"))
    .values(sealed_index=bindparam("at"), leaf_hash=bindparam("leaf"))
)


_NUMBERED_ON_SQLITE = "UPDATE ledger SET sealed_index = ?, leaf_hash = ? WHERE id = ?"
"""The same in the driver's own words: three microseconds less an entry, of which the mark took two."""


def _number(unit: Unit, ids: Sequence[str], leaves: Sequence[bytes], first: int) -> None:
    if unit.dialect == "sqlite":
        numbered = zip(ids, leaves, strict=True)
        rows = [(at, leaf, entry_id) for at, (entry_id, leaf) in enumerate(numbered, first)]
        unit.connection.exec_driver_sql(_NUMBERED_ON_SQLITE, rows)
        return
    unit.execute(
        _NUMBERED,
        [
            {"this": entry_id, "at": at, "leaf": leaf}
            for at, (entry_id, leaf) in enumerate(zip(ids, leaves, strict=True), first)
        ],
    )


def _grow(unit: Unit, size: int, leaves: Sequence[bytes]) -> None:
    """Lays hashes on the tiles of a level; what becomes complete there goes up to the next."""
    level, hashes = 0, list(leaves)
    while hashes:
        position, inside = divmod(size, TILE)
        before = tile(unit, level, position) if inside else []
        if len(before) != inside:
            raise LedgerDamagedError(_damaged(f"the tile {position} of level {level} has {len(before)} hashes"))
        laid = before + hashes
        parts = [laid[at : at + TILE] for at in range(0, len(laid), TILE)]
        rows = [{"level": level, "position": position + at, "hashes": b"".join(part)} for at, part in enumerate(parts)]
        statement = insert_into(ledger_tiles, unit.dialect)
        replaced = {"hashes": statement.excluded.hashes}
        unit.execute(statement.on_conflict_do_update(index_elements=["level", "position"], set_=replaced), rows)
        hashes = [complete(part) for part in parts if len(part) == TILE]
        level, size = level + 1, size // TILE


def _sign(unit: Unit, signer: Signer, size: int, last: Row[Any] | None, now: datetime) -> None:
    found = root(nodes_of(Tiles(unit)), size)
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = {
        "size": size,
        "root": found,
        "note": signer.sign(size, found),
        "created_at": now,
        "lasting": last is None or last.created_at < hour,
    }
    unit.execute(insert(ledger_checkpoints).values(row))
