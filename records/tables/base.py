"""What all tables share: the names of their constraints, and indexes over a part of the rows."""

from __future__ import annotations

from sqlalchemy import Index, MetaData
from sqlalchemy import text as sql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that `where`, a condition in SQL, picks out; the same on both databases."""
    rows = sql(where)
    return Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)
