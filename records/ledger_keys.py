"""The key that signs the ledger's checkpoints: a file of the installation, its public half in the database.

`<folder>/ledger-<number>.key` is an Ed25519 seed; the newest signs. A key that is lost is said at the start, and none
is made in its place by itself: whoever kept checkpoints would see signatures by a key that nobody announced. `renew`
makes one on purpose, and the ledger says who did it and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from records import ledger, marks, signing_keys
from records.database import Database
from records.ledger import Actor, Entry
from records.notes import Signer, Verifier
from records.tables import ledger_keys, ledger_log
from records.unit_of_work import Reading


def open_signer(database: Database, folder: Path, *, now: datetime) -> Signer:
    """The newest key of the ledger, the first one made where there is neither file nor row.

    Raises `ConfigError` where the key is missing, damaged or another one.
    """
    with database.unit() as unit:  # processes that start at once take turns here
        signing_keys.lock(unit)
        row, is_new = signing_keys.newest(unit), signing_keys.is_empty(unit)
        signer = signing_keys.first(unit, folder, now) if row is None else signing_keys.opened(folder, row)
        if database.marks is not None and not marks.is_begun(unit):
            ledger.begin_marks(unit, none_before=is_new, now=now)
        unit.commit()
    with database.reading() as look:
        signing_keys.publish(folder, signing_keys.newest(look))
    return signer


def published(folder: Path) -> list[Verifier]:
    """Public keys of the ledger that the keys of this folder belong to, as the home itself says."""
    return signing_keys.published(folder)


def renew(database: Database, folder: Path, *, actor: Actor, why: str, now: datetime, os_user: str | None) -> Signer:
    """A new key that signs from now on, announced in the ledger; the earlier one need not be there any more.

    Entries that wait without a mark that fits are taken as they stand, and named there.
    """
    with database.unit(os_user=os_user) as unit:
        unit.execute(
            select(ledger_log.c.id).with_for_update()
        )  # a round of sealing ends first, and signs nothing of ours
        signing_keys.lock(unit)
        row = signing_keys.newest(unit)
        if row is None:
            signer = signing_keys.first(unit, folder, now)
        else:
            taken = {} if database.marks is None else marks.waiting_without(unit, database.marks, copies=False)
            signer = signing_keys.made(unit, folder, row.id + 1, origin(unit), now)
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
    row = signing_keys.newest(look)
    return None if row is None else int(row.id)


def check(look: Reading, folder: Path) -> Verifier | None:
    """The key that signs, if its file is here and the right one; None where nothing was sealed yet.

    Raises `ConfigError`.
    """
    row = signing_keys.newest(look)
    return None if row is None else signing_keys.opened(folder, row).verifier


def at_hand(look: Reading) -> Signer | None:
    """The key that signs, for who has the keys of the home with them. Raises `ConfigError` where it is lost."""
    row = signing_keys.newest(look)
    return None if row is None or look.marks is None else signing_keys.opened(look.marks.folder, row)


def origin(look: Reading) -> str:
    """The log's own name."""
    return str(look.execute(select(ledger_log.c.origin)).scalar_one())


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
