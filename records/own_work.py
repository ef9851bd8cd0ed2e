"""What one person decided, and what became of it: for their own page. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from records.given import stands
from records.tables import cases, decisions, verdicts
from records.unit_of_work import Reading
from records.values import Purpose
from records.waiting import APPEAL, CONTEST, DISAGREEMENT

MOST = 50_000
"""Verdicts of a look back, the latest: eight hundred on a day, and what was given over many at once."""

MOST_TURNED = 200

ANEW = "anew"
_HOW = {APPEAL: "appeal", CONTEST: "contest", DISAGREEMENT: "third"}


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict, by the queue in which its case is or was."""

    queue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turned:
    """A verdict in whose place another person said otherwise: on `appeal`, on `contest`, as the `third`, or `anew`."""

    comment_id: str
    decision_id: str
    given_at: datetime
    at: datetime
    how: str
    verdict: str
    """What they had said themselves, with labels and ground."""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A disagreement: what they had said (`mine`), what the third person said, and why (empty where it is gone)."""

    comment_id: str
    decision_id: str
    at: datetime
    mine: str
    my_codes: tuple[str, ...]
    verdict: str
    codes: tuple[str, ...]
    reason: str


def given(look: Reading, me: Sequence[str], *, since: datetime) -> list[Given]:
    """Every verdict since then, the latest first.

    Second opinions and known answers among them, in the queue that they seemed to be of: a count without them would
    tell which those were. A lesson is no decision.
    """
    mine = verdicts.c.moderator.in_(me), verdicts.c.created_at >= since
    query = select(cases.c.queue, verdicts.c.created_at).join(cases, cases.c.id == verdicts.c.case_id)
    rows = look.execute(query.where(*mine, stands(verdicts)).order_by(verdicts.c.created_at.desc()).limit(MOST))
    return [Given(row.queue, row.created_at) for row in rows]


def turned(look: Reading, me: Sequence[str], *, since: datetime, before: datetime) -> list[Turned]:
    """What somebody else decided otherwise about the same text, the latest first.

    Of verdicts given since then, and by what was decided `before` a moment from which nothing is taken back. Where
    several decided after them the last one counts.
    """
    mine, later = verdicts.alias("mine"), verdicts.alias("later")
    first, last = decisions.alias("first"), decisions.alias("last")
    said = ("verdict", "labels", "ground")
    query = (
        select(
            mine.c.id, mine.c.comment_id, mine.c.decision_id, mine.c.created_at, later.c.created_at.label("at"),
            cases.c.why, *(mine.c[name].label(f"my_{name}") for name in said), *(later.c[name] for name in said),
        )
        .join(later, and_(later.c.comment_id == mine.c.comment_id, later.c.id > mine.c.id))
        .join(cases, cases.c.id == later.c.case_id)
        .join(first, first.c.id == mine.c.decision_id)
        .join(last, last.c.id == later.c.decision_id)
        .where(
            mine.c.moderator.in_(me), mine.c.created_at >= since, stands(mine),
            mine.c.purpose.in_((Purpose.DECIDE, Purpose.OPINION)), later.c.purpose == Purpose.DECIDE,
            later.c.moderator.not_in(me), stands(later), later.c.created_at < before,
            first.c.revision == last.c.revision,
        )
        .order_by(mine.c.id, later.c.id)
    )  # fmt: skip
    newest = {row.id: row for row in look.execute(query.limit(MOST))}
    found = [
        Turned(
            row.comment_id,
            row.decision_id,
            row.created_at,
            row.at,
            _HOW.get(row.why, ANEW),
            row.my_verdict,
            (*row.my_labels, *filter(None, (row.my_ground,))),
        )
        for row in newest.values()
        if (row.my_verdict, {*row.my_labels}, row.my_ground) != (row.verdict, {*row.labels}, row.ground)
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_TURNED]


def settled(look: Reading, me: Sequence[str], *, since: datetime, before: datetime) -> list[Settled]:
    """Disagreements in which they were one of the two, and what a third person said and why, the latest first.

    For who was right too: the reason is what both learn from. Of verdicts given since then, settled `before` a moment.
    """
    mine, third = verdicts.alias("mine"), verdicts.alias("third")
    said = ("verdict", "labels", "ground")
    query = (
        select(
            mine.c.comment_id, mine.c.decision_id, third.c.created_at.label("at"), third.c.note,
            *(mine.c[name].label(f"my_{name}") for name in said), *(third.c[name] for name in said),
        )
        .join(third, and_(third.c.decision_id == mine.c.decision_id, third.c.id > mine.c.id))
        .join(cases, cases.c.id == third.c.case_id)
        .where(
            mine.c.moderator.in_(me), mine.c.created_at >= since, stands(mine),
            mine.c.purpose.in_((Purpose.DECIDE, Purpose.OPINION)), third.c.moderator.not_in(me),
            cases.c.why == DISAGREEMENT, stands(third), third.c.created_at < before,
        )
        .order_by(third.c.id.desc())
    )  # fmt: skip
    return [
        Settled(
            row.comment_id,
            row.decision_id,
            row.at,
            row.my_verdict,
            (*row.my_labels, *filter(None, (row.my_ground,))),
            row.verdict,
            (*row.labels, *filter(None, (row.ground,))),
            row.note or "",
        )
        for row in look.execute(query.limit(MOST_TURNED))
    ]
