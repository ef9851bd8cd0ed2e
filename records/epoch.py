"""The epoch: one row of counters that every worker polls, so that all are in step with new rules, policy or model."""

from __future__ import annotations

from sqlalchemy import select, update

from records.house_values import EpochPart, EpochRecord
from records.mapping import value_of
from records.tables import epoch
from records.unit_of_work import Reading, Unit


def read(look: Reading) -> EpochRecord:
    """The counters as they are."""
    return value_of(EpochRecord, look.execute(select(epoch)).one())


def bump(unit: Unit, part: EpochPart) -> EpochRecord:
    """One more: workers load that part anew once this is committed."""
    counter = epoch.c[part.value]
    changed = unit.execute(update(epoch).values({counter: counter + 1}).returning(epoch)).one()
    return value_of(EpochRecord, changed)
