"""An insert that may say what happens on a conflict: the two dialects spell it alike and share no base for it."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def insert_into(table: Table, dialect: str) -> Insert:
    """An insert of `dialect` (`Unit.dialect`), for `on_conflict_do_nothing` or `on_conflict_do_update` to follow."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
