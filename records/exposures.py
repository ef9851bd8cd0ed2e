"""What people had before their eyes, and when they decided. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, cast, func, select

from records.tables import cases, skips, verdicts
from records.unit_of_work import Reading
from records.values import CaseState

MOST = 2000
"""Verdicts of one person that are looked at: more than a person gives in two hours."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A case that somebody looked at: when, and whether it was of the worst."""

    at: datetime
    is_worst: bool


def seen(look: Reading, moderator: str, worst: Sequence[str], *, since: datetime) -> list[Seen]:
    """Every case that `moderator` decided or passed over since then or has in hand, the first first, each once."""
    decided = select(verdicts.c.case_id, verdicts.c.created_at.label("at"), cases.c.label).join(
        cases, cases.c.id == verdicts.c.case_id
    )
    decided = decided.where(verdicts.c.moderator == moderator, verdicts.c.created_at >= since)
    passed = select(skips.c.case_id, skips.c.created_at.label("at"), cases.c.label).join(
        cases, cases.c.id == skips.c.case_id
    )
    passed = passed.where(skips.c.moderator == moderator, skips.c.created_at >= since)
    in_hand = select(cases.c.id.label("case_id"), cases.c.lease_expires_at.label("at"), cases.c.label).where(
        cases.c.state == CaseState.CLAIMED, cases.c.lease_owner == moderator
    )
    found = {row.case_id: row for row in look.execute(in_hand)}
    for query in (passed, decided):
        found |= {row.case_id: row for row in look.execute(query.order_by("at").limit(MOST))}
    rows = sorted(found.values(), key=lambda row: (row.at, row.case_id))
    return [Seen(row.at, row.label in worst) for row in rows]


def by_moderator(look: Reading, worst: Sequence[str], *, since: datetime) -> dict[str, tuple[int, int]]:
    """How many cases each person decided since then, and how many of them were of the worst."""
    is_worst = func.sum(cast(func.coalesce(cases.c.label, "").in_(list(worst)), Integer)).label("worst")
    query = (
        select(verdicts.c.moderator, func.count().label("number"), is_worst)
        .join(cases, cases.c.id == verdicts.c.case_id)
        .where(verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None))
        .group_by(verdicts.c.moderator)
    )
    return {row.moderator: (int(row.number), int(row.worst or 0)) for row in look.execute(query)}


def decided_at(look: Reading, moderator: str, *, since: datetime) -> list[datetime]:
    """When `moderator` gave a verdict, since then, the first first."""
    mine = (verdicts.c.moderator == moderator, verdicts.c.created_at >= since)
    query = select(verdicts.c.created_at).where(*mine).order_by(verdicts.c.created_at.desc()).limit(MOST)
    return list(reversed(look.execute(query).scalars().all()))
