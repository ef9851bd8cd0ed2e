"""Accounts of people: made, given a role or a password, disabled and let in again, each with an entry of the ledger.

Whoever loses an account or a role loses it at once: every session ends, and what they had in hand goes back to its
queue. Nobody changes their own: a house that is locked from within is opened by nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from governance.hands import PROVED
from moderation.errors import Fault, ForbiddenError, InvalidInputError
from records import leases, ledger, sessions, users
from records.commitments import digest_of
from records.house_values import UserRecord
from records.sessions import LIFETIME
from records.unit_of_work import Unit
from review import queue

ROLES = ("moderator", "senior", "lead", "data_scientist", "inspector", "admin")
DECIDING = ("moderator", "senior", "lead", "admin")
"""Roles that decide cases."""

MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account begins with; the password only as its hash."""

    name: str
    password_hash: str
    role: str
    display_name: str | None = None
    locale: str = "zh"


def create(unit: Unit, account: NewAccount, *, by: str, now: datetime) -> UserRecord:
    """Somebody new. Raises `InvalidInputError`, `ConflictError` for a name that is taken."""
    made = users.create(
        unit,
        checked_name(account.name),
        password_hash=account.password_hash,
        role=_checked_role(account.role),
        display_name=account.display_name,
        locale=account.locale,
        now=now,
    )
    note(unit, "account.created", made, by, now, role=made.role, password=digest_of(account.password_hash))
    return made


def set_role(unit: Unit, user_id: str, role: str, *, by: str, now: datetime) -> UserRecord:
    """Another role. Raises `InvalidInputError`, `ForbiddenError` for one's own, `NotFoundError`."""
    before = _other(unit, user_id, by)
    users.set_role(unit, user_id, _checked_role(role), now=now)
    _let_go(unit, before, now)
    note(unit, "account.role", before, by, now, before=before.role, role=role)
    return users.get(unit, user_id)


def set_password(
    unit: Unit, user_id: str, password_hash: str, *, by: str, now: datetime,
    facts: Mapping[str, str] = MappingProxyType({}),
) -> UserRecord:  # fmt: skip
    """Another password; every session ends. `facts`: what the entry says beside. Raises `NotFoundError`."""
    user = users.get(unit, user_id)
    users.set_password(unit, user_id, password_hash, now=now)
    note(unit, "account.password", user, by, now, password=digest_of(password_hash), **facts)
    if user.name != by.casefold():
        gone(unit, user.id, now=now)
    return user


def disable(unit: Unit, user_id: str, *, by: str, now: datetime) -> UserRecord:
    """May not log in any more. Raises `ForbiddenError` for one's own, `NotFoundError`."""
    user = _other(unit, user_id, by)
    users.disable(unit, user_id, now=now)
    _let_go(unit, user, now)
    note(unit, "account.disabled", user, by, now)
    return users.get(unit, user_id)


def enable(unit: Unit, user_id: str, *, by: str, now: datetime) -> UserRecord:
    """May log in again, with the password of before. Raises `ForbiddenError` for one's own, `NotFoundError`."""
    user = _other(unit, user_id, by)
    users.enable(unit, user_id)
    note(unit, "account.enabled", user, by, now)
    return users.get(unit, user_id)


def end_sessions(unit: Unit, user_id: str, *, by: str, now: datetime) -> UserRecord:
    """Logs them out everywhere. Raises `NotFoundError`."""
    user = users.get(unit, user_id)
    users.end_sessions(unit, user_id, now=now)
    gone(unit, user_id, now=now)
    note(unit, "account.sessions_ended", user, by, now)
    return user


def gone(unit: Unit, user_id: str, *, now: datetime, idle: timedelta = LIFETIME) -> None:
    """Whoever is logged in nowhere any more has nothing in hand: it waits for others at once."""
    if not sessions.of_user(unit, user_id, now=now, idle=idle):
        queue.let_go(unit, user_id, now=now)


def note_skills(unit: Unit, user: UserRecord, *, by: str, now: datetime) -> None:
    """Writes which cases somebody is given from now on."""
    told = {"languages": user.languages, "labels": user.subjects, "skills": user.skills}
    note(unit, "account.skills", user, by, now, **{name: ", ".join(names or ()) for name, names in told.items()})


def check_is_other(unit: Unit, user_id: str, by: str) -> None:
    """Raises `ForbiddenError` for one's own account, `NotFoundError`."""
    _other(unit, user_id, by)


def checked_name(name: str) -> str:
    """A name that can be typed and told from others. Raises `InvalidInputError`."""
    if not (0 < len(name) <= MAX_NAME and name.isprintable() and not any(char.isspace() for char in name)):
        detail = f"use 1 to {MAX_NAME} visible characters without spaces"
        raise InvalidInputError("The name cannot be used.", [Fault("NAME", detail)])
    return name


def _checked_role(role: str) -> str:
    if role not in ROLES:
        raise InvalidInputError("The role cannot be used.", [Fault("role", f"one of: {', '.join(ROLES)}")])
    return role


def _other(unit: Unit, user_id: str, by: str) -> UserRecord:
    user = users.get(unit, user_id)
    if user.name == by.casefold():
        raise ForbiddenError(
            "Nobody changes the role or skills of their own account or disables it: ask another administrator."
        )
    return user


def _let_go(unit: Unit, user: UserRecord, now: datetime) -> None:
    """What they had in hand, or was handed to them, waits for others again, and not for a time to run out."""
    leases.keep_nothing_for(unit, user.id)
    queue.let_go(unit, user.id, now=now)


def note(unit: Unit, kind: str, user: UserRecord, by: str, now: datetime, **facts: str) -> None:
    """An entry about an account."""
    entry = ledger.Entry(
        kind=kind,
        actor=ledger.Actor("user", by),
        subject_kind="user",
        subject_id=user.id,
        reason=kind.partition(".")[2],
        ground="",
        facts={"name": user.name, **facts},
    )
    ledger.append(unit, entry, now=now)


def check_proved(unit: Unit, by: str, roles: Collection[str]) -> dict[str, str]:
    """Who acts on an account proves who they are: in the console by logging in, on a command line by their password.

    What the entry says of it. Raises `ForbiddenError` for a name that is claimed alone, or has none of these roles.
    """
    if unit.os_user is None:
        return {}
    who = users.by_name(unit, by)
    if who is None or unit.proved is None or users.by_name(unit, unit.proved) != who:
        raise ForbiddenError("Whoever does this proves who they are: in the console, or here by their password.")
    if who.disabled_at is not None or who.trainee or who.role not in roles:
        raise ForbiddenError(f"{who.name} may not: it takes one of these roles: {', '.join(sorted(roles))}.")
    return {PROVED: "yes"}
