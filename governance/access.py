"""Keys of programs, changed with an entry in the ledger (people: `accounts`).

On the command line nobody has to say their name: the entry names the operating system's user, who can do all this
anyway. It says whose key was made: records name a key by its prefix, and the ledger alone tells who that is for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance import approvals, said_about
from governance.approvals import LOOKS_ALONE
from moderation.errors import Fault, InvalidInputError
from records import keys, ledger, users
from records.house_values import KeyRecord
from records.ledger import Actor, Entry
from records.unit_of_work import Unit

COMMAND_LINE = "command line"
INSPECT = "inspect"
"""The scope of keys that read evidence."""

GROUND = "who may use this installation"


@dataclass(frozen=True, slots=True)
class Made:
    """Who makes a key, where they say their name beside that of the machine's account, and why."""

    by: str | None = None
    why: str | None = None


BY_NOBODY = Made()


def create_key(
    unit: Unit,
    name: str,
    *,
    scopes: Iterable[str],
    rate: float | None,
    now: datetime,
    made: Made = BY_NOBODY,
    policy: str | None = None,
) -> tuple[KeyRecord, str]:
    """A key's record, and the key itself, which is shown this once. Raises `InvalidInputError`, `ForbiddenError`.

    A key that is named after an inspector reads evidence alone: more would open over HTTP what the console refuses.
    `policy` is the one that judges whatever is asked with it.
    """
    who = None if made.by is None else approvals.person(unit, made.by, needs=approvals.LOOK_AFTER)
    why = "made on the command line" if made.why is None else approvals.words("why", made.why)
    said_about.check_lasting(unit, "why", why)
    scopes = tuple(scopes)
    owner = users.by_name(unit, name)
    if owner is not None and owner.role == LOOKS_ALONE and set(scopes) != {INSPECT}:
        fault = Fault("scope", f"{owner.name} is an inspector: such a key has the scope {INSPECT}, and no other")
        raise InvalidInputError("The key cannot be created.", [fault])
    record, key = keys.create(unit, name, scopes=scopes, rate=rate, policy=policy, now=now)
    facts = {
        **_of_key(record),
        "key_id": record.id,
        "policy": policy,
        "name": record.name,
        "hash": keys.hash_of(key).hex(),
    }
    _note(unit, "key.created", record.prefix, facts, now, who=who, why=why)
    return record, key


def revoke_key(unit: Unit, prefix: str, *, now: datetime) -> KeyRecord:
    """No longer valid. Raises `NotFoundError`."""
    revoked = keys.revoke(unit, prefix, now=now)
    _note(unit, "key.revoked", prefix, _of_key(revoked), now)
    return revoked


def limit_key(unit: Unit, prefix: str, rate: float | None, *, now: datetime) -> KeyRecord:
    """May send so many comments a second from now on; None: as the setting says. Raises `NotFoundError`."""
    limited = keys.limit(unit, prefix, rate)
    _note(unit, "key.limited", prefix, _of_key(limited), now)
    return limited


def bind_key(unit: Unit, prefix: str, policy: str | None, *, now: datetime) -> KeyRecord:
    """What it asks is judged under this policy from now on; None: any. Raises `NotFoundError`."""
    bound = keys.bind(unit, prefix, policy)
    _note(unit, "key.policy", prefix, {**_of_key(bound), "policy": bound.policy}, now)
    return bound


def note_skills(unit: Unit, key: KeyRecord, *, now: datetime) -> None:
    """Writes which cases a program is given from now on."""
    told = {"languages": key.languages, "labels": key.subjects, "skills": key.skills}
    _note(unit, "key.skills", key.prefix, {name: list(names or ()) for name, names in told.items()}, now)


def _of_key(key: KeyRecord) -> dict[str, Any]:
    return {"scopes": list(key.scopes), "rate": key.rate}


def _note(
    unit: Unit, kind: str, prefix: str, facts: dict[str, Any], now: datetime,
    *, who: str | None = None, why: str = "on the command line",
) -> None:  # fmt: skip
    actor = Actor("user", who or unit.os_user or COMMAND_LINE)
    ledger.append(unit, Entry(kind, actor, "key", prefix, why, GROUND, facts=facts), now=now)
