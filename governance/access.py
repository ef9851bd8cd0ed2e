"""Keys of programs, changed with an entry in the ledger (people: `accounts`).

On the command line nobody is asked for a name: the entry names the operating system's user, who can do all this anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from governance.approvals import LOOKS_ALONE
from moderation.errors import Fault, InvalidInputError
from records import keys, ledger, users
from records.ledger import Actor, Entry
from records.unit_of_work import Unit
from records.values import KeyRecord

COMMAND_LINE = "command line"
INSPECT = "inspect"
"""The scope of keys that read evidence."""


def create_key(
    unit: Unit, name: str, *, scopes: Iterable[str], rate: float | None, now: datetime
) -> tuple[KeyRecord, str]:
    """A key's record, and the key itself, which is shown this once. Raises `InvalidInputError`.

    A key that is named after an inspector reads evidence alone: more would open over HTTP what the console refuses.
    """
    scopes = tuple(scopes)
    owner = users.by_name(unit, name)
    if owner is not None and owner.role == LOOKS_ALONE and set(scopes) != {INSPECT}:
        fault = Fault("scope", f"{owner.name} is an inspector: such a key has the scope {INSPECT}, and no other")
        raise InvalidInputError("The key cannot be created.", [fault])
    made, key = keys.create(unit, name, scopes=scopes, rate=rate, now=now)
    _note_key(unit, "key.created", made, now)
    return made, key


def revoke_key(unit: Unit, prefix: str, *, now: datetime) -> KeyRecord:
    """No longer valid. Raises `NotFoundError`."""
    revoked = keys.revoke(unit, prefix, now=now)
    _note_key(unit, "key.revoked", revoked, now)
    return revoked


def limit_key(unit: Unit, prefix: str, rate: float | None, *, now: datetime) -> KeyRecord:
    """May send so many comments a second from now on; None: as the setting says. Raises `NotFoundError`."""
    limited = keys.limit(unit, prefix, rate)
    _note_key(unit, "key.limited", limited, now)
    return limited


def note_skills(unit: Unit, key: KeyRecord, *, now: datetime) -> None:
    """Writes which cases a program is given from now on."""
    told = {"languages": key.languages, "labels": key.subjects, "skills": key.skills}
    _note(unit, "key.skills", "key", key.prefix, {name: list(names or ()) for name, names in told.items()}, now)


def _note_key(unit: Unit, kind: str, key: KeyRecord, now: datetime) -> None:
    _note(unit, kind, "key", key.prefix, {"scopes": list(key.scopes), "rate": key.rate}, now)


def _note(unit: Unit, kind: str, subject_kind: str, subject_id: str, facts: dict[str, Any], now: datetime) -> None:
    actor = Actor("user", unit.os_user or COMMAND_LINE)
    ledger.append(unit, Entry(kind, actor, subject_kind, subject_id, "typed", "", facts=facts), now=now)
