"""What people had before their eyes, and when they decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from records.given import was_read
from records.inserting import insert_into
from records.tables import (
    cases,
    comments,
    complaints,
    feedback,
    skips,
    texts_seen,
    verdicts,
)
from records.unit_of_work import Reading, Unit
from records.values import CaseState
from records.waiting import CHOSEN, RANDOM, is_complained_of

verdicts_of = verdicts.alias("given")

MOST = 2000
"""Verdicts or texts of one person that are looked at: more than a person gives or reads in two hours."""


@dataclass(frozen=True, slots=True)
class Worst:
    """What wears people down: by the label that is suspected or given by a verdict, by ground, by kind of complaint."""

    labels: tuple[str, ...]
    grounds: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A text that somebody looked at: when last, whether it is of the worst, whether they had a case about it."""

    at: datetime
    worst: bool
    is_case: bool

    def __or__(self, other: Seen) -> Seen:
        """The same text, seen here and there."""
        return Seen(max(self.at, other.at), self.worst or other.worst, self.is_case or other.is_case)


def note(unit: Unit, moderator: str, comment_ids: Collection[str], *, now: datetime) -> None:
    """These texts of the worst were before their eyes; each is noted once, when last. What is erased is not."""
    there = comments.c.id.in_(sorted(set(comment_ids))), comments.c.erased_at.is_(None)
    rows = select(literal(moderator), comments.c.id, literal(now, texts_seen.c.at.type)).where(*there)
    written = insert_into(texts_seen, unit.dialect).from_select(["moderator", "comment_id", "at"], rows)
    unit.execute(written.on_conflict_do_update(index_elements=["moderator", "comment_id"], set_={"at": now}))


def forget(unit: Unit, comment_ids: Collection[str]) -> None:
    """Nobody is known to have read these texts: they are erased."""
    unit.execute(delete(texts_seen).where(texts_seen.c.comment_id.in_(comment_ids)))


def forget_before(unit: Unit, moment: datetime) -> int:
    """Removes what was read before then; how many rows."""
    return unit.execute(delete(texts_seen).where(texts_seen.c.at < moment)).rowcount


def seen(look: Reading, moderator: str, worst: Worst, *, since: datetime) -> list[Seen]:
    """Every text that `moderator` decided, passed over or has in hand since then, or read elsewhere, each once.

    The first first. Of a case it counts what it is suspected of, what it turned out to be, and what was complained of;
    of what was read beside a case or on another page only the worst is known. What a verdict over many decided was
    read where it was shown, and is no case of its own.
    """
    own = _own(worst)
    found = {row.case_id: row for row in look.execute(_in_hand(moderator, own))}
    given = _of(verdicts, moderator, since, own).where(was_read())
    for query in (_of(skips, moderator, since, own).where(CHOSEN), given):
        found |= {row.case_id: row for row in look.execute(query.order_by("at").limit(MOST))}
    told = [(row.comment_id, Seen(row.at, bool(row.own), True)) for row in found.values()]
    told += [(row.comment_id, Seen(row.at, True, False)) for row in look.execute(_read_by(moderator, since))]
    texts: dict[str, Seen] = {}
    for comment_id, one in told:
        texts[comment_id] = texts.get(comment_id, one) | one
    return [one for _, one in sorted(texts.items(), key=lambda each: (each[1].at, each[0]))]


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
    query = select(
        cases.c.id.label("case_id"), cases.c.comment_id, cases.c.lease_expires_at.label("at"), own.label("own")
    )
    return query.where(cases.c.state == CaseState.CLAIMED, cases.c.lease_owner == moderator)


def _of(table: Table, moderator: str, since: datetime, own: ColumnElement[int]) -> Select[Any]:
    query = select(table.c.case_id, cases.c.comment_id, table.c.created_at.label("at"), own.label("own"))
    query = query.join(cases, cases.c.id == table.c.case_id)
    return query.where(table.c.moderator == moderator, table.c.created_at >= since)


def _read_by(moderator: str, since: datetime) -> Select[Any]:
    mine = texts_seen.c.moderator == moderator, texts_seen.c.at >= since
    return select(texts_seen.c.comment_id, texts_seen.c.at).where(*mine).order_by(texts_seen.c.at.desc()).limit(MOST)


def by_moderator(look: Reading, worst: Worst, *, since: datetime) -> dict[str, tuple[int, int]]:
    """How many texts each person is known to have read since then, and how many of them were of the worst.

    What they decided, and the worst of what they read beside it or elsewhere; a text that they met twice counts once.
    """
    decided = select(verdicts.c.moderator, cases.c.comment_id, _own(worst).label("own"))
    decided = decided.join(cases, cases.c.id == verdicts.c.case_id)
    decided = decided.where(verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None), was_read())
    read = select(texts_seen.c.moderator, texts_seen.c.comment_id, literal(1).label("own")).where(
        texts_seen.c.at >= since
    )
    met = union_all(decided, read).subquery()
    once = select(met.c.moderator, func.max(met.c.own).label("own")).group_by(met.c.moderator, met.c.comment_id)
    texts = once.subquery()
    query = select(texts.c.moderator, func.count().label("number"), func.sum(texts.c.own).label("worst"))
    rows = look.execute(query.group_by(texts.c.moderator))
    return {row.moderator: (int(row.number), int(row.worst)) for row in rows}


def decided_at(look: Reading, moderator: str, *, since: datetime) -> list[datetime]:
    """When `moderator` gave a verdict, since then, the first first."""
    mine = (verdicts.c.moderator == moderator, verdicts.c.created_at >= since)
    query = select(verdicts.c.created_at).where(*mine).order_by(verdicts.c.created_at.desc()).limit(MOST)
    return list(reversed(look.execute(query).scalars().all()))
