"""Credit events are told by entries of the ledger; those that are there already are taken as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from records.canonical import canonical
from records.columns import Moment
from records.ids import new_id

revision = "0024"
down_revision = "0023"

contracts = False  # it only writes entries

_AT_ONCE = 500

_events = sa.table(
    "credit_events",
    *(sa.column(name, sa.Text) for name in ("id", "author_id", "subject", "kind")),
    sa.column("at", Moment),
    sa.column("void_at", Moment),
)
_ledger = sa.table(
    "ledger",
    *(sa.column(name, sa.Text) for name in ("id", "kind", "subject_id")),
    sa.column("body", sa.LargeBinary),
    sa.column("created_at", Moment),
)


def upgrade() -> None:
    """Writes entries about the events that there are: whether one was altered before nobody can say any more."""
    connection, now = op.get_bind(), datetime.now(UTC)
    for events in _batches(connection):
        connection.execute(sa.insert(_ledger).values(_row(events, now)))


def downgrade() -> None:
    """The ledger only grows: the entries stay."""


def _batches(connection: sa.Connection) -> Iterator[list[list[str | None]]]:
    after = ""
    query = sa.select(_events).order_by(_events.c.id).limit(_AT_ONCE)
    while rows := connection.execute(query.where(_events.c.id > after)).all():
        after = rows[-1].id
        yield [
            [row.id, row.author_id, row.subject, row.kind, _moment(row.at), row.void_at and _moment(row.void_at)]
            for row in rows
        ]


def _row(events: list[list[str | None]], now: datetime) -> dict[str, Any]:
    entry_id = new_id()
    body = {
        "v": 1,
        "id": entry_id,
        "at": _moment(now),
        "kind": "credit.counted",
        "actor": {"kind": "system", "id": "migration 0024"},
        "subject": {"kind": "credit", "id": "credit"},
        "reason": "taken as they stand",
        "ground": "credit",
        "versions": None,
        "facts": {"events": events},
    }
    return {
        "id": entry_id, "kind": "credit.counted", "subject_id": "credit", "body": canonical(body), "created_at": now,
    }  # fmt: skip


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
