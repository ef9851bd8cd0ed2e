"""Threads to which many come at once, as the records tell. What a rush is, `moderation/behaviour/rushes.py` says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import distinct, func, select

from moderation.behaviour.rushes import ACCOUNTS, COMMENTS, Arrival
from moderation.decision import Source
from records.places import IS_TRAFFIC
from records.tables import comments, decisions
from records.unit_of_work import Reading

_OBJECTS = {Source.MODEL.value, Source.RULE.value, Source.LIST.value}
"""Whose reasons are about the words; an account's state and a surface that waits for people say nothing of them."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A comment in a thread, as the rush is told by it, with its ids."""

    comment_id: str
    decision_id: str
    told: Arrival = field(repr=False)


def busy(look: Reading, since: datetime, *, limit: int) -> list[str]:
    """Threads with enough comments from enough accounts since then to be looked at, the busiest first."""
    c, number = comments.c, func.count()
    people = func.count(distinct(c.author_index))
    query = select(c.thread_id).where(c.thread_id.is_not(None), c.author_index.is_not(None), c.id.in_(_recent(since)))
    query = query.group_by(c.thread_id).having(number >= COMMENTS, people >= ACCOUNTS)
    return list(look.execute(query.order_by(number.desc(), c.thread_id).limit(limit)).scalars())


def arrivals(look: Reading, thread_id: str, since: datetime, *, limit: int) -> list[Arrived]:
    """The newest comments in the thread since then, in order."""
    c = comments.c
    query = select(c.id, c.author_index, decisions.c.id.label("decision_id"), decisions.c.reasons)
    query = query.join_from(comments, decisions).where(c.thread_id == thread_id, c.author_index.is_not(None))
    rows = look.execute(query.where(decisions.c.created_at >= since).order_by(decisions.c.id.desc()).limit(limit)).all()
    known = _known_before(look, thread_id, {row.author_index for row in rows}, since)
    latest = {row.id: row for row in reversed(rows)}
    return [
        Arrived(
            row.id,
            row.decision_id,
            Arrival(row.author_index, row.author_index not in known, _is_hostile(row.reasons)),
        )
        for row in latest.values()
    ]


def usual(look: Reading, since: datetime, but_in: Collection[str], *, limit: int) -> float:
    """The share of hostile comments elsewhere since then; 0 where there are none."""
    query = (
        select(decisions.c.reasons).join_from(decisions, comments).where(decisions.c.created_at >= since, IS_TRAFFIC)
    )
    elsewhere = comments.c.thread_id.is_(None) | comments.c.thread_id.not_in(list(but_in))
    rows = look.execute(query.where(elsewhere).order_by(decisions.c.id.desc()).limit(limit)).scalars().all()
    return sum(map(_is_hostile, rows)) / len(rows) if rows else 0.0


def _recent(since: datetime) -> Any:  # noqa: ANN401 - a subquery
    return select(decisions.c.comment_id).where(decisions.c.created_at >= since)


def _known_before(look: Reading, thread_id: str, authors: Collection[str], since: datetime) -> set[str]:
    mine = comments.c.thread_id == thread_id, comments.c.author_index.in_(list(authors))
    query = select(comments.c.author_index).distinct().where(*mine, comments.c.created_at < since)
    return set(look.execute(query).scalars())


def _is_hostile(reasons: list[dict[str, Any]]) -> bool:
    return any(reason["source"] in _OBJECTS for reason in reasons)
