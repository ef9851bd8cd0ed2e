"""Who reports, where somebody has to be spoken of: by an id of ours that the ledger may have.

Whoever only reports is in no row here: of them the keyed hash beside each report is all there is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update

from records.ids import new_id
from records.inserting import insert_into
from records.public_values import FlaggerState
from records.standing_values import MeasureState
from records.tables import measures, reporter_findings, reporters, trusted_flaggers
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


def forget_idle(unit: Unit, *, before: datetime) -> int:
    """Forgets who they were of whom nothing stands any more, and nothing was found since then; how many."""
    mine = reporters.c.id
    marked = trusted_flaggers.c.reporter_id == mine, trusted_flaggers.c.state.in_(_OPEN_MARKS)
    m = measures.c
    runs = or_(m.state == MeasureState.WAITING, and_(m.state == MeasureState.IN_FORCE, m.ends_at.is_not(None)))
    measured = m.reporter_id == mine, or_(runs, m.created_at >= before)
    found = reporter_findings.c.reporter_id == mine, reporter_findings.c.updated_at >= before
    busy = (exists().where(*marked), exists().where(*measured), exists().where(*found))
    idle = and_(reporters.c.reporter_index.is_not(None), reporters.c.created_at < before, *(~each for each in busy))
    return unit.execute(update(reporters).where(idle).values(reporter_index=None)).rowcount


_OPEN_MARKS = (FlaggerState.WAITING, FlaggerState.IN_FORCE)


def forget(unit: Unit, indexes: Collection[str]) -> list[str]:
    """Their hash goes, so that nobody can tell any more who it was; the ids that they had."""
    gone = ids_of(unit, indexes)
    unit.execute(update(reporters).where(reporters.c.id.in_(gone)).values(reporter_index=None))
    return gone
