"""What people had before their eyes, and when they decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, and_, case, cast, exists, func, or_, select

from records.given import was_read
from records.inserting import insert_into
from records.tables import (
    cases,
    complaints,
    feedback,
    sights,
    skips,
    verdicts,
)
from records.unit_of_work import Reading, Unit
from records.values import CaseState
from records.waiting import RANDOM, is_complained_of

verdicts_of = verdicts.alias("given")

MOST = 2000
"""Verdicts of one person that are looked at: more than a person gives in two hours."""


@dataclass(frozen=True, slots=True)
class Worst:
    """What wears people down: by the label that is suspected or given by a verdict, by ground, by kind of complaint."""

    labels: tuple[str, ...]
    grounds: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A case that somebody looked at: when, and how many texts of the worst they had before their eyes there."""

    at: datetime
    worst: int


def note(unit: Unit, case_id: str, moderator: str, worst: int, *, now: datetime) -> None:
    """So many of the worst texts were shown with a case that stands for many; the most that were at once count."""
    row = {"case_id": case_id, "moderator": moderator, "worst": worst, "created_at": now}
    written = insert_into(sights, unit.dialect).values(row)
    most = case((sights.c.worst > worst, sights.c.worst), else_=worst)
    unit.execute(
        written.on_conflict_do_update(index_elements=["case_id", "moderator"], set_={"worst": most, "created_at": now})
    )


def seen(look: Reading, moderator: str, worst: Worst, *, since: datetime) -> list[Seen]:
    """Every case that `moderator` decided, passed over or was shown texts of since then, or has in hand, each once.

    The first first. What it is suspected of counts, what it turned out to be, and what was complained of. A case counts
    as one text, or as those that were shown with it; what a verdict over many decided was shown with the case in which
    it was given, and is no case of its own.
    """
    own = _own(worst)
    found = {row.case_id: row for row in look.execute(_in_hand(moderator, own))}
    given = _of(verdicts, moderator, since, own).where(was_read())
    for query in (_of(skips, moderator, since, own), _of(sights, moderator, since, own), given):
        found |= {row.case_id: row for row in look.execute(query.order_by("at").limit(MOST))}
    shown = select(sights.c.case_id, sights.c.worst).where(
        sights.c.moderator == moderator, sights.c.created_at >= since
    )
    texts = {row.case_id: row.worst for row in look.execute(shown.limit(MOST))}
    rows = sorted(found.values(), key=lambda row: (row.at, row.case_id))
    return [Seen(row.at, max(int(row.own), texts.get(row.case_id, 0))) for row in rows]


def reported(look: Reading, comment_ids: Collection[str], worst: Worst) -> dict[str, tuple[str, ...]]:
    """Of these comments those of which a reader or the platform says that they are of the worst, and as what.

    Kinds of complaints, and labels of what the platform doubts.
    """
    found: dict[str, list[str]] = {}
    asked = select(complaints.c.comment_id, complaints.c.kind).where(
        complaints.c.comment_id.in_(list(comment_ids)), complaints.c.kind.in_(worst.complaints)
    )
    for row in look.execute(asked.distinct()):
        found.setdefault(row.comment_id, []).append(row.kind)
    doubted = select(feedback.c.comment_id, feedback.c.labels).where(feedback.c.comment_id.in_(list(comment_ids)))
    for row in look.execute(doubted):
        found.setdefault(row.comment_id, []).extend(label for label in row.labels if label in worst.labels)
    return {comment_id: tuple(sorted({*names})) for comment_id, names in found.items() if names}


def found_so(look: Reading, comment_ids: Collection[str], worst: Worst) -> frozenset[str]:
    """Those of these comments of which a verdict that stands says that they are of the worst."""
    return frozenset(found_as(look, comment_ids, worst))


def found_as(look: Reading, comment_ids: Collection[str], worst: Worst) -> dict[str, tuple[str, ...]]:
    """The same, and as what: labels, and grounds that no label names."""
    given = select(verdicts.c.comment_id, verdicts.c.labels, verdicts.c.ground).where(
        verdicts.c.comment_id.in_(list(comment_ids)), verdicts.c.undone_at.is_(None), verdicts.c.verdict == "reject"
    )
    found: dict[str, set[str]] = {}
    for row in look.execute(given):
        named = {*worst.labels}.intersection(row.labels) | {*worst.grounds}.intersection((row.ground,))
        if named:
            found.setdefault(row.comment_id, set()).update(named)
    return {comment_id: tuple(sorted(names)) for comment_id, names in found.items()}


def _own(worst: Worst) -> ColumnElement[int]:
    """1 where the case's own text is of the worst, else 0. Of what is drawn at random nobody tells the suspicion."""
    told = cast(verdicts_of.c.labels, Text)
    named = or_(verdicts_of.c.ground.in_(worst.grounds), *(told.contains(f'"{label}"') for label in worst.labels))
    turned_out = exists().where(verdicts_of.c.case_id == cases.c.id, verdicts_of.c.undone_at.is_(None), named)
    complained = is_complained_of(worst.complaints)
    suspected = and_(func.coalesce(cases.c.label, "").in_(worst.labels), cases.c.why != RANDOM)
    return case((or_(suspected, turned_out, complained), 1), else_=0)


def _in_hand(moderator: str, own: ColumnElement[int]) -> Select[Any]:
    query = select(cases.c.id.label("case_id"), cases.c.lease_expires_at.label("at"), own.label("own"))
    return query.where(cases.c.state == CaseState.CLAIMED, cases.c.lease_owner == moderator)


def _of(table: Table, moderator: str, since: datetime, own: ColumnElement[int]) -> Select[Any]:
    query = select(table.c.case_id, table.c.created_at.label("at"), own.label("own"))
    query = query.join(cases, cases.c.id == table.c.case_id)
    return query.where(table.c.moderator == moderator, table.c.created_at >= since)


def by_moderator(look: Reading, worst: Worst, *, since: datetime) -> dict[str, tuple[int, int]]:
    """How many texts each person looked at to decide since then, and how many of them were of the worst."""
    own = _own(worst)
    shown = func.coalesce(sights.c.worst, 0)
    found = case((shown > own, shown), else_=own)
    query = (
        select(
            verdicts.c.moderator,
            func.sum(1 + case((found > own, found - own), else_=0)).label("number"),
            func.sum(found).label("worst"),
        )
        .join(cases, cases.c.id == verdicts.c.case_id)
        .outerjoin(sights, and_(sights.c.case_id == verdicts.c.case_id, sights.c.moderator == verdicts.c.moderator))
        .where(verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None), was_read())
        .group_by(verdicts.c.moderator)
    )
    return {row.moderator: (int(row.number), int(row.worst or 0)) for row in look.execute(query)}


def decided_at(look: Reading, moderator: str, *, since: datetime) -> list[datetime]:
    """When `moderator` gave a verdict, since then, the first first."""
    mine = (verdicts.c.moderator == moderator, verdicts.c.created_at >= since)
    query = select(verdicts.c.created_at).where(*mine).order_by(verdicts.c.created_at.desc()).limit(MOST)
    return list(reversed(look.execute(query).scalars().all()))
