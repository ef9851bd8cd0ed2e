"""How much each person decided: the one count that every page tells. Reads only.

Second opinions and known answers are in it, since a count without them would tell which those were. A lesson is no
decision, a doubt is none, and what was taken back is as if not given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, func, or_, select

from records.campaigns import FOUND
from records.tables import bulk_members, bulk_verdicts, campaigns, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind


@dataclass(frozen=True, slots=True)
class Given:
    """Verdicts of one person that stand; `by_many` of them a worker carried out, of verdicts over many."""

    verdicts: int = 0
    by_many: int = 0
    overturned: int = 0


def by_moderator(look: Reading, *, since: datetime) -> dict[str, Given]:
    """What each person gave since then; who gave nothing is not there."""
    given = verdicts.c
    query = select(
        given.moderator,
        func.count().label("number"),
        func.sum(case((was_read(), 0), else_=1)).label("by_many"),
        func.sum(case((given.overturned, 1), else_=0)).label("overturned"),
    ).where(given.created_at >= since, stands(verdicts))
    rows = look.execute(query.group_by(given.moderator))
    return {row.moderator: Given(row.number, int(row.by_many), int(row.overturned)) for row in rows}


def of_one(look: Reading, me: Sequence[str], *, since: datetime) -> Given:
    """The same of one person, by all the names under which they are known."""
    found = by_moderator(look, since=since)
    mine = [found[name] for name in me if name in found]
    return Given(
        sum(one.verdicts for one in mine), sum(one.by_many for one in mine), sum(one.overturned for one in mine)
    )  # fmt: skip


def stands(given: FromClause) -> ColumnElement[bool]:
    """Whether a row of `verdicts`, or of an alias of it, counts as a decision that its giver stands for."""
    c: Any = given.c
    return and_(c.undone_at.is_(None), c.verdict != VerdictKind.UNSURE, c.purpose != Purpose.LESSON)


def was_read() -> ColumnElement[bool]:
    """Somebody looked at the very text; a worker that carries out a verdict over many looks at none."""
    another = bulk_members.alias("another")
    over_many = exists().where(another.c.bulk_id == bulk_verdicts.c.id, another.c.comment_id != verdicts.c.comment_id)
    by_worker = or_(bulk_verdicts.c.case_id != verdicts.c.case_id, and_(campaigns.c.kind == FOUND, over_many))
    return ~exists().where(
        bulk_members.c.comment_id == verdicts.c.comment_id,  # by its index
        bulk_members.c.verdict_id == verdicts.c.id,
        bulk_verdicts.c.id == bulk_members.c.bulk_id,
        campaigns.c.id == bulk_verdicts.c.campaign_id,
        by_worker,
    )
