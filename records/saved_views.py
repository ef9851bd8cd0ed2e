"""Searches that people gave a name: the filters as the address bar has them, theirs alone or for colleagues too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from moderation.errors import Fault, InvalidInputError, NotFoundError
from records.ids import new_id
from records.inserting import insert_into
from records.mapping import value_of
from records.tables import saved_views
from records.unit_of_work import Reading, Unit

MOST = 40
"""Views that one person keeps: they stand in a row above the search."""

MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedView:
    """A search with a name; `query` is what stands after the `?` of its address."""

    id: str
    user_id: str
    name: str
    query: str
    shared: bool
    created_at: datetime


def save(unit: Unit, user_id: str, name: str, query: str, *, shared: bool, now: datetime) -> SavedView:
    """A view, or another one under the name of an earlier one of theirs. Raises `InvalidInputError`."""
    told = " ".join(name.split())
    if not (0 < len(told) <= MAX_NAME and told.isprintable()):
        raise _unusable("name", f"give 1 to {MAX_NAME} characters")
    theirs = select(func.count()).select_from(saved_views).where(saved_views.c.user_id == user_id)
    others = theirs.where(saved_views.c.name != told)
    if unit.execute(others).scalar_one() >= MOST:
        raise _unusable("name", f"there are {MOST} already; remove one")
    values = {"query": query, "shared": shared}
    row = {"id": new_id(), "user_id": user_id, "name": told, "created_at": now, **values}
    statement = insert_into(saved_views, unit.dialect).values(row)
    written = statement.on_conflict_do_update(index_elements=["user_id", "name"], set_=values)
    return value_of(SavedView, unit.execute(written.returning(*saved_views.c)).one())


def visible_to(look: Reading, user_id: str) -> list[SavedView]:
    """A person's own, and what colleagues share, by name."""
    shown = or_(saved_views.c.user_id == user_id, saved_views.c.shared.is_(True))
    query = select(saved_views).where(shown).order_by(saved_views.c.name, saved_views.c.id)
    return [value_of(SavedView, row) for row in look.execute(query)]


def remove(unit: Unit, view_id: str, user_id: str) -> None:
    """Takes away one of their own. Raises `NotFoundError`."""
    mine = delete(saved_views).where(saved_views.c.id == view_id, saved_views.c.user_id == user_id)
    if not unit.execute(mine).rowcount:
        raise NotFoundError("There is no such view of yours.")


def _unusable(where: str, detail: str) -> InvalidInputError:
    return InvalidInputError("The view cannot be saved.", [Fault(where, detail)])
