"""The latest drift, as one worker computed it and every serving process shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from moderation.drift import Drift
from records.inserting import insert_into
from records.tables import drift
from records.unit_of_work import Reading, Unit

LANGUAGE = "language"
"""Stands beside the labels; no label may be called so."""


@dataclass(frozen=True, slots=True)
class Latest:
    """What was found last: of which model, when (None where never), and the drift of each label and of languages."""

    model_version: str
    computed_at: datetime | None
    found: Mapping[str, Drift]


def keep(unit: Unit, found: Mapping[str, Drift], *, model_version: str, now: datetime) -> None:
    """Replaces what was found before; names that are no longer found go. The later of two workers stands."""
    unit.execute(delete(drift).where(drift.c.name.not_in(list(found))))
    for name, each in sorted(found.items()):
        values = {"psi": each.psi, "luck": each.luck, "rows": each.rows,
                  "model_version": model_version, "computed_at": now}  # fmt: skip
        statement = insert_into(drift, unit.dialect).values(name=name, **values)
        unit.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def latest(look: Reading) -> Latest:
    """What holds now."""
    rows = look.execute(select(drift).order_by(drift.c.name)).all()
    found = {row.name: Drift(row.psi, row.luck, row.rows) for row in rows}
    return Latest(rows[0].model_version, rows[0].computed_at, found) if rows else Latest("", None, found)


def computed_at(look: Reading) -> datetime | None:
    """When it was last computed."""
    return look.execute(select(func.max(drift.c.computed_at))).scalar_one_or_none()
