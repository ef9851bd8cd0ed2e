"""What one person decided of their own choice and asked nobody about: ticked in a list, over a campaign, opened anew.

What the queue hands out is not in it, whatever is decided: nobody chose that. One comment counts as many do, for sixty
forms of one are the same act as one form of sixty.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from moderation.decision import Outcome
from records import ledger
from records.bulk import HOLDS, MemberState, is_approved
from records.columns import as_bytes
from records.tables import bulk_members, bulk_verdicts, cases, decisions, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind

OPENED_ANEW = "reopened"
REOPENED = "case.reopened"

PAUSE = timedelta(minutes=10)
"""After so long without one, what follows is another run."""

MOST = 5000
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Run:
    """What one person let through alone, one after another, against the machine or a colleague.

    `a_minute`: the most within any minute of it.
    """

    moderator: str
    comments: int
    first: datetime
    last: datetime
    a_minute: int


def given(look: Reading, me: Sequence[str], *, since: datetime) -> int:
    """Over how many comments somebody (`me` as `records/known_as.py` has it) decided so since then."""
    touched = bulk_members.c.state.in_((MemberState.PENDING, MemberState.DECIDED))
    member = select(func.count()).where(bulk_members.c.bulk_id == bulk_verdicts.c.id, touched).correlate(bulk_verdicts)
    sizes = select(member.scalar_subquery()).where(
        bulk_verdicts.c.moderator.in_(me),
        bulk_verdicts.c.state.in_(HOLDS),
        bulk_verdicts.c.starts_at > since,
        ~is_approved(),
    )
    return sum(map(int, look.execute(sizes).scalars())) + _let_through_anew(look, me, since)


def opened_by(look: Reading, case_ids: Sequence[str]) -> dict[str, str]:
    """Who opened each of these cases anew for themselves; what a worker opened for the queue is not there."""
    found = ledger.last_of(look, (REOPENED,), case_ids)
    told = {case_id: json.loads(as_bytes(entry.body)) for (_, case_id), entry in found.items()}
    return {case_id: str(body["actor"]["id"]) for case_id, body in told.items() if "bulk_id" not in body["facts"]}


def _let_through_anew(look: Reading, me: Sequence[str], since: datetime) -> int:
    mine = (
        verdicts.c.moderator.in_(me), verdicts.c.created_at > since, cases.c.opened_by == OPENED_ANEW, _lets_through(),
        ~exists().where(_is_its_member()),
    )  # fmt: skip
    found = list(look.execute(_given(verdicts.c.case_id).where(*mine)).scalars())
    anew = opened_by(look, found)
    return sum(case_id in anew for case_id in found)


def runs(look: Reading, *, since: datetime, least: int, limit: int) -> list[Run]:
    """Runs of at least so many since then, the newest first.

    Verdicts over many by which as many passed that the machine had blocked are told by themselves (`records/bulk.py`).
    """
    told = _chosen(look, since, least)
    found = [run for who, some in groupby(told, key=lambda one: one[0]) for run in _runs(who, [at for _, at in some])]
    return sorted((run for run in found if run.comments >= least), key=lambda run: run.last, reverse=True)[:limit]


def _chosen(look: Reading, since: datetime, least: int) -> list[tuple[str, datetime]]:
    """Who let something through of their own choice, and when, by person."""
    chosen = or_(bulk_members.c.bulk_id.is_not(None), cases.c.opened_by == OPENED_ANEW)
    rows = look.execute(
        _given(*(verdicts.c[name] for name in ("moderator", "created_at", "case_id")))
        .add_columns(bulk_members.c.bulk_id, decisions.c.outcome)
        .outerjoin(bulk_members, _is_its_member())
        .outerjoin(bulk_verdicts, bulk_verdicts.c.id == bulk_members.c.bulk_id)
        .where(verdicts.c.created_at >= since, chosen, _lets_through())
        .where(or_(bulk_verdicts.c.id.is_(None), ~is_approved()))
        .order_by(verdicts.c.created_at.desc())
        .limit(MOST)
    ).all()
    anew = opened_by(look, [row.case_id for row in rows if row.bulk_id is None])
    blocked = Counter(row.bulk_id for row in rows if row.outcome == Outcome.BLOCK)
    told = [row for row in rows if (row.case_id in anew if row.bulk_id is None else blocked[row.bulk_id] < least)]
    return sorted((row.moderator, row.created_at) for row in told)


def _runs(who: str, moments: list[datetime]) -> Iterator[Run]:
    begins = 0
    for place in range(1, len(moments) + 1):
        if place == len(moments) or moments[place] - moments[place - 1] > PAUSE:
            some = moments[begins:place]
            yield Run(who, len(some), some[0], some[-1], _most_in_a_minute(some))
            begins = place


def _most_in_a_minute(moments: list[datetime]) -> int:
    most, first = 0, 0
    for place, at in enumerate(moments):
        while at - moments[first] > MINUTE:
            first += 1
        most = max(most, place - first + 1)
    return most


def _given(*columns: ColumnElement[Any]) -> Select[Any]:
    """These of verdicts, with their cases and decisions."""
    found = select(*columns).select_from(verdicts).join(cases, cases.c.id == verdicts.c.case_id)
    return found.join(decisions, decisions.c.id == verdicts.c.decision_id)


def _lets_through() -> ColumnElement[bool]:
    """Whether it approved what the machine had blocked, or what another person had rejected."""
    before = verdicts.alias("before")
    rejected = exists().where(
        before.c.comment_id == verdicts.c.comment_id, before.c.moderator != verdicts.c.moderator,
        before.c.verdict == VerdictKind.REJECT, before.c.purpose == Purpose.DECIDE, before.c.undone_at.is_(None),
        before.c.id < verdicts.c.id,
    )  # fmt: skip
    mine = (
        verdicts.c.verdict == VerdictKind.APPROVE,
        verdicts.c.purpose == Purpose.DECIDE,
        verdicts.c.undone_at.is_(None),
    )
    return and_(*mine, or_(decisions.c.outcome == Outcome.BLOCK, rejected))


def _is_its_member() -> ColumnElement[bool]:
    """Whether a row of `bulk_members` names the verdict; by the comment, which has an index."""
    return and_(bulk_members.c.comment_id == verdicts.c.comment_id, bulk_members.c.verdict_id == verdicts.c.id)
