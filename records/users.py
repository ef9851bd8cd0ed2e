"""People who log in. Hashing passwords is the caller's (argon2, by `pwdlib`); here only the hash is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from moderation.errors import ConflictError, NotFoundError
from records.house_values import UserRecord
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import sessions, users
from records.unit_of_work import Reading, Unit


def create(
    unit: Unit,
    name: str,
    *,
    password_hash: str,
    role: str,
    now: datetime,
    display_name: str | None = None,
    locale: str = "zh",
) -> UserRecord:
    """A new user; names are kept in lower case. Raises `ConflictError` for a name that is taken."""
    if by_name(unit, name) is not None:
        raise ConflictError(f"There is already a user called {name.casefold()}.")
    row = {
        "id": new_id(),
        "name": name.casefold(),
        "display_name": display_name or name,
        "password_hash": password_hash,
        "role": role,
        "locale": locale,
        "trainee": False,
        "created_at": now,
    }
    return user_of(unit.execute(insert(users).values(row).returning(users)).one())


def user_of(row: Row[Any]) -> UserRecord:
    """The value of a row of `users`."""
    return value_of(UserRecord, row, languages=tuple, subjects=tuple, skills=tuple)


def get(look: Reading, user_id: str) -> UserRecord:
    """The user, disabled or not. Raises `NotFoundError`."""
    found = find(look, user_id)
    if found is None:
        raise NotFoundError("There is no such user.")
    return found


def find(look: Reading, user_id: str) -> UserRecord | None:
    """The user, disabled or not; None where there is none."""
    found = look.execute(select(users).where(users.c.id == user_id)).one_or_none()
    return None if found is None else user_of(found)


def by_name(look: Reading, name: str) -> UserRecord | None:
    """The user of that log-in name, disabled or not."""
    found = look.execute(select(users).where(users.c.name == name.casefold())).one_or_none()
    return None if found is None else user_of(found)


def ids_by_name(look: Reading) -> dict[str, str]:
    """The id of everybody who has, or had, an account, by their name."""
    return {row.name: row.id for row in look.execute(select(users.c.name, users.c.id))}


def names_of(look: Reading, ids: Collection[str]) -> dict[str, str]:
    """By id the log-in names of these users; whoever is gone is left out."""
    query = select(users.c.id, users.c.name).where(users.c.id.in_(sorted(ids)))
    return {row.id: row.name for row in look.execute(query)}


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[UserRecord]:
    """Users in the order of their making."""
    return page_by_id(look, select(users), users.c.id, user_of, asked_of("users", limit, cursor))


def active(look: Reading, roles: Sequence[str]) -> list[UserRecord]:
    """Who may log in and has one of these roles, by name."""
    query = select(users).where(users.c.disabled_at.is_(None), users.c.role.in_(roles))
    return [user_of(row) for row in look.execute(query.order_by(users.c.display_name, users.c.id))]


def every(look: Reading) -> list[UserRecord]:
    """Everybody who has, or had, an account, by name."""
    return [user_of(row) for row in look.execute(select(users).order_by(users.c.name))]


def set_password(unit: Unit, user_id: str, password_hash: str, *, now: datetime) -> None:
    """Another password; every session ends."""
    unit.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))
    end_sessions(unit, user_id, now=now)


def set_locale(unit: Unit, user_id: str, locale: str) -> None:
    """The language of the pages: zh, en."""
    unit.execute(update(users).where(users.c.id == user_id).values(locale=locale))


def set_keys(unit: Unit, user_id: str, keys: Mapping[str, str] | None) -> None:
    """The person's own keys by command; None: the usual ones."""
    unit.execute(update(users).where(users.c.id == user_id).values(keys=None if keys is None else dict(keys)))


def set_skills(
    unit: Unit,
    user_id: str,
    *,
    languages: Sequence[str] | None,
    subjects: Sequence[str] | None,
    skills: Sequence[str] | None = None,
) -> UserRecord:
    """The languages and labels whose cases they are given (None: all) and special trainings. Raises `NotFoundError`."""
    told = {"languages": languages, "subjects": subjects, "skills": skills}
    return _changed(unit, user_id, **{name: list(names) if names else None for name, names in told.items()})


def set_trainee(unit: Unit, user_id: str, *, trainee: bool) -> UserRecord:
    """Whether they answer lessons alone. Raises `NotFoundError`."""
    return _changed(unit, user_id, trainee=trainee)


def _changed(unit: Unit, user_id: str, **values: object) -> UserRecord:
    found = unit.execute(update(users).where(users.c.id == user_id).values(**values).returning(users)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such user.")
    return user_of(found)


def set_role(unit: Unit, user_id: str, role: str, *, now: datetime) -> None:
    """Another role; every session ends, so that no page goes on under the old one."""
    unit.execute(update(users).where(users.c.id == user_id).values(role=role))
    end_sessions(unit, user_id, now=now)


def enable(unit: Unit, user_id: str) -> None:
    """May log in again."""
    unit.execute(update(users).where(users.c.id == user_id).values(disabled_at=None))


def disable(unit: Unit, user_id: str, *, now: datetime) -> None:
    """May not log in any more; every session ends."""
    unit.execute(update(users).where(users.c.id == user_id, users.c.disabled_at.is_(None)).values(disabled_at=now))
    end_sessions(unit, user_id, now=now)


def end_sessions(unit: Unit, user_id: str, *, now: datetime) -> None:
    """Logged out everywhere."""
    alive = update(sessions).where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    unit.execute(alive.values(revoked_at=now))
