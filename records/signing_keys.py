"""The key that signs the ledger, as it lies in a file of the home and as the database knows it.

What is above it decides when one is made or renewed (`ledger_keys`); whoever writes an entry asks it first whether the
key at hand is the ledger's (`begins`), since an entry without a mark that fits reads as forged for ever.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Row, insert, select, text

from moderation.errors import ConfigError, Fault, InvalidInputError
from records import key_files
from records.notes import Signer, Verifier
from records.tables import ledger, ledger_keys, ledger_log
from records.unit_of_work import Marking, Reading, Unit

_WHAT = "The ledger's signing key"


def begins(unit: Unit, marks: Marking, *, now: datetime) -> bool:
    """Whether this is the first entry that bears a mark: the key is made then, whoever writes.

    Looks once in a process. Raises `ConfigError` where the ledger has a key and it is not at hand, or is another.
    """
    if marks.are_the_ledgers:
        return False
    row = newest(unit)
    if row is None:
        lock(unit)
        row = newest(unit)  # another process may have been first
    if row is None:
        first(unit, marks.folder, now)
        marks.renewed()
        unit.makes_key = True
        return True
    opened(marks.folder, row)
    if not unit.makes_key:
        publish(marks.folder, row)
        marks.found(row.id)
    return False


def is_empty(look: Reading) -> bool:
    """Whether the ledger has no entry at all."""
    return look.execute(select(ledger.c.id).limit(1)).first() is None


def lock(unit: Unit) -> None:
    """Processes that would make a key take turns; SQLite has one writer anyway."""
    if unit.dialect == "postgresql":
        unit.execute(text("LOCK TABLE ledger_keys IN EXCLUSIVE MODE"))


def newest(look: Reading) -> Row[Any] | None:
    """The row of the key that signs."""
    return look.execute(select(ledger_keys).order_by(ledger_keys.c.id.desc()).limit(1)).one_or_none()


def first(unit: Unit, folder: Path, now: datetime) -> Signer:
    """The first key. Raises `ConfigError` where the log has a name already: its keys were removed.

    And where the folder's keys signed a ledger before, which is not in this database: to begin another one in its
    place would let nobody notice that it is gone.
    """
    if unit.execute(select(ledger_log.c.id)).first() is not None:
        told = "has no row though the ledger was sealed: restore the table from a backup"
        raise key_files.fault("ledger_keys", told, what=_WHAT)
    check_unused(folder)
    name = f"chaffinch/{secrets.token_hex(8)}"
    unit.execute(insert(ledger_log).values(id=1, origin=name))
    return made(unit, folder, 1, name, now)


def check_unused(folder: Path) -> None:
    """Raises `ConfigError` where the folder's keys signed a ledger before; for who found none in the database."""
    if signed := published(folder):
        told = (
            f"are those of the ledger {signed[0].name}, which is not in this database: restore it from a backup, or "
            "set CHAFFINCH_DATABASE_URL to where it is. A house that begins anew gets another CHAFFINCH_HOME"
        )
        raise key_files.fault(folder, told, what="The keys of this home")


def made(unit: Unit, folder: Path, number: int, name: str, now: datetime) -> Signer:
    """A new key in its file, and its public half in the database."""
    path = _path(folder, number)
    key_files.create(path, what=_WHAT)
    signer = Signer(name, number, _key(path))
    row = {"id": number, "verifier": str(signer.verifier), "created_at": now}
    unit.execute(insert(ledger_keys).values(row))
    return signer


def opened(folder: Path, row: Row[Any]) -> Signer:
    """The key of this row. Raises `ConfigError` where its file is missing, damaged or another."""
    path = _path(folder, row.id)
    if not path.exists():
        told = (
            "is missing: restore it from a backup of the keys, or set CHAFFINCH_HOME to the home of this ledger. "
            "Where it is lost for good, chaffinch audit new-key announces another one in the ledger; until then "
            "nothing is written and nothing is sealed"
        )
        raise ConfigError("The ledger's signing key is not here.", [Fault(str(path), told)])
    told_before = Verifier.parse(row.verifier)
    signer = Signer(told_before.name, row.id, _key(path))
    if str(signer.verifier) != str(told_before):
        told = (
            "is another key than the one that signed: restore the right one, or set CHAFFINCH_HOME to the home of this "
            "ledger"
        )
        raise key_files.fault(path, told, what=_WHAT)
    return signer


def publish(folder: Path, row: Row[Any] | None) -> None:
    """Keeps the public half beside the key, once its row is committed: the home then says which ledger is its own.

    A folder that takes no file keeps nobody from anything.
    """
    if row is None or (path := folder / f"ledger-{row.id}.pub").exists():
        return
    with suppress(OSError):
        aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        aside.write_text(f"{row.verifier}\n", encoding="utf-8")
        aside.replace(path)


def published(folder: Path) -> list[Verifier]:
    """Public keys of the ledger that a home's keys belong to; none where nothing was ever committed."""
    found: list[Verifier] = []
    for path in sorted(folder.glob("ledger-*.pub")):
        with suppress(InvalidInputError, OSError, UnicodeDecodeError):
            found.append(Verifier.parse(path.read_text(encoding="utf-8")))
    return found


def _key(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key_files.read(path, what=_WHAT))


def _path(folder: Path, number: int) -> Path:
    return folder / f"ledger-{number}.key"
