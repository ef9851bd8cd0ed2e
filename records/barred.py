"""Cases that are asked blind and for which nobody of the house is left, since all read, said or refused something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from records.known_as import known_as
from records.tables import cases, readings, skips, verdicts
from records.unit_of_work import Reading
from records.values import CaseState, Purpose
from records.waiting import BLIND

MOST = 300
"""Waiting cases that are looked at, those whose turn comes first."""


@dataclass(frozen=True, slots=True)
class Barred:
    """A case that waits for somebody who is not there."""

    case_id: str
    queue: str
    why: str
    due_at: datetime


def barred(look: Reading, people: Collection[str]) -> list[Barred]:
    """Blind cases that wait and that none of these users may be given, by turn; nothing where there are no users."""
    waiting = _blind(look) if people else []
    about = [row.comment_id for row in waiting]
    of_comment = _heard(look, about)
    of_case = _passed(look, [row.id for row in waiting])
    called: dict[str, tuple[str, ...]] = {}
    found = []
    for row in waiting:
        names = {name for name, at in of_comment[row.comment_id] if at is None or _counts(row, at)} | of_case[row.id]
        called |= {name: known_as(look, name) for name in names - called.keys()}
        if set(people) <= {each for name in names for each in called[name]}:
            found.append(
                Barred(row.id, row.queue, row.why if row.purpose == Purpose.DECIDE else row.purpose, row.due_at)
            )
    return found


def _blind(look: Reading) -> list[Row[Any]]:
    waits = cases.c.state.in_((CaseState.OPEN, CaseState.ESCALATED))
    columns = (cases.c.id, cases.c.queue, cases.c.why, cases.c.purpose, cases.c.comment_id)
    query = select(*columns, cases.c.due_at, cases.c.created_at).where(waits, BLIND)
    return list(look.execute(query.order_by(cases.c.turn_at, cases.c.id).limit(MOST)))


def _counts(case: Row[Any], read_at: datetime) -> bool:
    """Of a second opinion what was read before it was asked for says nothing (`records.waiting.knows`)."""
    return bool(case.purpose != Purpose.OPINION or read_at >= case.created_at)


def _heard(look: Reading, comment_ids: list[str]) -> dict[str, set[tuple[str, datetime | None]]]:
    """Who read what was decided about a comment, and when; or said something of it, whenever that was."""
    found: dict[str, set[tuple[str, datetime | None]]] = defaultdict(set)
    if comment_ids:
        read = select(readings.c.comment_id, readings.c.moderator, readings.c.at)
        for row in look.execute(read.where(readings.c.comment_id.in_(comment_ids))):
            found[row.comment_id].add((row.moderator, row.at))
        said = select(verdicts.c.comment_id, verdicts.c.moderator).where(verdicts.c.undone_at.is_(None))
        for row in look.execute(said.where(verdicts.c.comment_id.in_(comment_ids))):
            found[row.comment_id].add((row.moderator, None))
    return found


def _passed(look: Reading, case_ids: Iterable[str]) -> dict[str, set[str]]:
    """Who said that a case is not for them."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in look.execute(
        select(skips.c.case_id, skips.c.moderator).where(skips.c.case_id.in_(list(case_ids)), skips.c.until.is_(None))
    ):
        found[row.case_id].add(row.moderator)
    return found
