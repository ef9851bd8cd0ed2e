"""The key that signs the ledger's checkpoints: a file of the installation, its public half in the database.

`<folder>/ledger-<number>.key` is an Ed25519 seed; the newest signs. A key that is lost is said at the start, and none
is made in its place by itself: whoever kept checkpoints would see signatures by a key that nobody announced. `renew`
makes one on purpose, and the ledger says who did it and why.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Row, insert, select, text

from moderation.errors import ConfigError, Fault
from records import key_files, ledger, marks
from records.database import Database
from records.ledger import Actor, Entry
from records.notes import Signer, Verifier
from records.tables import ledger_keys, ledger_log
from records.unit_of_work import Reading, Unit

_WHAT = "The ledger's signing key"


def open_signer(database: Database, folder: Path, *, now: datetime) -> Signer:
    """The newest key of the ledger, the first one made where there is neither file nor row.

    Raises `ConfigError` where the key is missing, damaged or another one.
    """
    with database.unit() as unit:  # processes that start at once take turns here
        _lock(unit)
        row = _newest(unit)
        signer = _first(unit, folder, now) if row is None else _opened(folder, row)
        if database.marks is not None and not marks.is_begun(unit):
            ledger.append(unit, _begun(), now=now)
        unit.commit()
    return signer


def renew(database: Database, folder: Path, *, actor: Actor, why: str, now: datetime, os_user: str | None) -> Signer:
    """A new key that signs from now on, announced in the ledger; the earlier one need not be there any more.

    Entries that wait without a mark that fits are taken as they stand, and named there.
    """
    with database.unit(os_user=os_user) as unit:
        _lock(unit)
        row = _newest(unit)
        if row is None:
            signer = _first(unit, folder, now)
        else:
            taken = {} if database.marks is None else marks.waiting_without(unit, database.marks)
            signer = _made(unit, folder, row.id + 1, origin(unit), now)
            if database.marks is not None:
                database.marks.renewed()
            ledger.append(unit, _announced(row, signer, actor, why, taken), now=now)
        unit.commit()
    return signer


def verifiers(look: Reading) -> list[Verifier]:
    """Every public key that ever signed here, the newest first."""
    query = select(ledger_keys.c.verifier).order_by(ledger_keys.c.id.desc())
    return [Verifier.parse(told) for told in look.execute(query).scalars()]


def newest(look: Reading) -> int | None:
    """The number of the key that signs; None before the first."""
    row = _newest(look)
    return None if row is None else int(row.id)


def check(look: Reading, folder: Path) -> Verifier | None:
    """The key that signs, if its file is here and the right one; None where nothing was sealed yet.

    Raises `ConfigError`.
    """
    row = _newest(look)
    return None if row is None else _opened(folder, row).verifier


def at_hand(look: Reading) -> Signer | None:
    """The key that signs, for who has the keys of the home with them. Raises `ConfigError` where it is lost."""
    row = _newest(look)
    return None if row is None or look.marks is None else _opened(look.marks.folder, row)


def origin(look: Reading) -> str:
    """The log's own name."""
    return str(look.execute(select(ledger_log.c.origin)).scalar_one())


def _lock(unit: Unit) -> None:
    if unit.dialect == "postgresql":
        unit.execute(text("LOCK TABLE ledger_keys IN EXCLUSIVE MODE"))


def _newest(look: Reading) -> Row[Any] | None:
    return look.execute(select(ledger_keys).order_by(ledger_keys.c.id.desc()).limit(1)).one_or_none()


def _first(unit: Unit, folder: Path, now: datetime) -> Signer:
    """The first key. Raises `ConfigError` where the log has a name already: its keys were removed."""
    if unit.execute(select(ledger_log.c.id)).first() is not None:
        told = "has no row though the ledger was sealed: restore the table from a backup"
        raise key_files.fault("ledger_keys", told, what=_WHAT)
    name = f"chaffinch/{secrets.token_hex(8)}"
    unit.execute(insert(ledger_log).values(id=1, origin=name))
    return _made(unit, folder, 1, name, now)


def _made(unit: Unit, folder: Path, number: int, name: str, now: datetime) -> Signer:
    path = _path(folder, number)
    key_files.create(path, what=_WHAT)
    signer = Signer(name, number, _key(path))
    row = {"id": number, "verifier": str(signer.verifier), "created_at": now}
    unit.execute(insert(ledger_keys).values(row))
    return signer


def _opened(folder: Path, row: Row[Any]) -> Signer:
    path = _path(folder, row.id)
    if not path.exists():
        told = (
            "is missing: restore it from a backup of the keys. Where it is lost for good, chaffinch audit new-key "
            "announces another one in the ledger; until then nothing is sealed"
        )
        raise ConfigError("The ledger's signing key is not here.", [Fault(str(path), told)])
    told_before = Verifier.parse(row.verifier)
    signer = Signer(told_before.name, row.id, _key(path))
    if str(signer.verifier) != str(told_before):
        raise key_files.fault(path, "is another key than the one that signed: restore the right one", what=_WHAT)
    return signer


def _key(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key_files.read(path, what=_WHAT))


def _path(folder: Path, number: int) -> Path:
    return folder / f"ledger-{number}.key"


def _begun() -> Entry:
    told = "from now on entries bear the mark of who writes them"
    return Entry(marks.BEGUN, ledger.MACHINE, "ledger", marks.SUBJECT, told, "")


def _announced(before: Row[Any], signer: Signer, actor: Actor, why: str, taken: Mapping[str, str]) -> Entry:
    return Entry(
        kind=marks.RENEWED,
        actor=actor,
        subject_kind="ledger",
        subject_id=signer.name,
        reason=why,
        ground="",
        facts={"before": before.verifier, "now": str(signer.verifier), **({"taken": taken} if taken else {})},
    )
