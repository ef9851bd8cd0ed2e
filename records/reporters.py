"""Who reports, where somebody has to be spoken of: by an id of ours that the ledger may have.

Whoever only reports is in no row here: of them the keyed hash beside each report is all there is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from records.ids import new_id
from records.inserting import insert_into
from records.tables import reporters
from records.unit_of_work import Reading, Unit


def id_for(unit: Unit, source: str, indexes: Sequence[str], *, now: datetime) -> str:
    """Their id, a new one where they have none; `indexes` are their hashes under every key, the newest first."""
    known = id_of(unit, indexes)
    if known is not None:
        return known
    row = {"id": new_id(), "source": source, "reporter_index": indexes[0], "created_at": now}
    unit.execute(insert_into(reporters, unit.dialect).values(row).on_conflict_do_nothing())
    return str(id_of(unit, indexes))  # another unit may have been first


def id_of(look: Reading, indexes: Collection[str]) -> str | None:
    """Their id; None where nobody ever had to speak of them."""
    found = ids_of(look, indexes)
    return found[0] if found else None


def ids_of(look: Reading, indexes: Collection[str]) -> list[str]:
    """Every id under these hashes: of somebody spoken of before and after the keys were rotated, two."""
    mine = reporters.c.reporter_index.in_(list(indexes))
    return list(look.execute(select(reporters.c.id).where(mine).order_by(reporters.c.id)).scalars())


def index_of(look: Reading, reporter_id: str) -> str | None:
    """The hash that they are known by; None once it is forgotten."""
    return look.execute(select(reporters.c.reporter_index).where(reporters.c.id == reporter_id)).scalar_one_or_none()


def forget(unit: Unit, indexes: Collection[str]) -> list[str]:
    """Their hash goes, so that nobody can tell any more who it was; the ids that they had."""
    gone = ids_of(unit, indexes)
    unit.execute(update(reporters).where(reporters.c.id.in_(gone)).values(reporter_index=None))
    return gone
