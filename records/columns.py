"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, LargeBinary, Text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator

Document = JSON(none_as_null=True)
"""JSON as it was written, key order kept, so that an answer is replayed as it was. Python's None is SQL's NULL."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime, UTC both ways. SQLite keeps it as text of one width, so that its order is time's order."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC. A naive datetime is a mistake of the program: raises `ValueError`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A stored moment needs a time zone: use datetime.now(UTC).")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def key_column(comment: str = "UUIDv7") -> Column[str]:
    """A table's own identifier."""
    return Column("id", Text, primary_key=True, comment=comment)


def text(
    name: str, comment: str, *more: SchemaItem, optional: bool = False, unique: bool | None = None,
    usual: str | None = None,
) -> Column[str]:  # fmt: skip
    """Text, also for open vocabularies: a new word needs no migration."""
    return Column(name, Text, *more, nullable=optional, comment=comment, unique=unique, server_default=usual)


def moment(name: str, comment: str, *, optional: bool = False) -> Column[datetime]:
    """A point in time."""
    return Column(name, Moment, nullable=optional, comment=comment)


def document(name: str, comment: str, *, optional: bool = False) -> Column[Any]:
    """JSON without any text of a comment."""
    return Column(name, Document, nullable=optional, comment=comment)


def octets(name: str, comment: str, *, optional: bool = False) -> Column[bytes]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=optional, comment=comment)


def as_bytes(stored: bytes | str) -> bytes:
    """Bytes as they were stored. SQLite keeps whatever type it is given: who tampers may leave text in their place."""
    return stored.encode("utf-8", "surrogateescape") if isinstance(stored, str) else bytes(stored)
