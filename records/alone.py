"""What one person decided of their own choice and asked nobody about: ticked in a list, over a campaign, opened anew.

What the queue hands out is not in it, whatever is decided: nobody chose that. One comment counts as many do, for sixty
forms of one are the same act as one form of sixty. It counts whatever became of it later; only what was undone within
ten seconds, before it took effect, does not. A case that is there because somebody ticked its comment, or opened it
anew or took a verdict over many back, is of their choice too, by whatever way it comes into their hand again.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Exists, Row, Select, and_, exists, func, or_, select

from moderation.decision import Outcome
from records import ledger
from records.bulk import BulkState, MemberState, has_verdict, is_approved
from records.campaigns import FOUND
from records.columns import as_bytes
from records.known_as import KEY, known_as
from records.tables import bulk_members, bulk_verdicts, cases, decisions, verdicts
from records.unit_of_work import Reading
from records.values import CaseRecord, Purpose, VerdictKind

OPENED_ANEW = "reopened"
REOPENED = "case.reopened"

BY_CHOICE = (FOUND, OPENED_ANEW)
"""What opened the cases that somebody's choice alone brings about."""

PAUSE = timedelta(minutes=10)
"""After so long without one, what follows is another run."""

MOST = 5000
MINUTE = timedelta(minutes=1)
_AT_ONCE = 500
"""Ids in one question to the database."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one person let through alone, one after another, against the machine or a colleague.

    `a_minute`: the most within any minute of it. `is_rejects`: what a colleague had approved, and they rejected.
    """

    moderator: str
    comments: int
    first: datetime
    last: datetime
    a_minute: int
    is_rejects: bool = False


def given(look: Reading, me: Sequence[str], *, since: datetime) -> int:
    """Over how many comments somebody (`me` as `records/known_as.py` has it) decided so since then."""
    to_come = and_(
        bulk_members.c.state == MemberState.PENDING, bulk_verdicts.c.state.in_((BulkState.RUNNING, BulkState.DONE))
    )
    member = select(func.count()).where(bulk_members.c.bulk_id == bulk_verdicts.c.id, or_(to_come, has_verdict()))
    sizes = select(member.correlate(bulk_verdicts).scalar_subquery()).where(
        bulk_verdicts.c.moderator.in_(me), bulk_verdicts.c.created_at > since, ~is_approved()
    )
    return sum(map(int, look.execute(sizes).scalars())) + _singly(look, me, since)


def counts(look: Reading, case: CaseRecord, verdict: VerdictKind, me: Sequence[str]) -> bool:
    """Whether this verdict of somebody in the case would be one of their own choice, and is not counted already."""
    if verdict is VerdictKind.UNSURE or case.purpose is not Purpose.DECIDE or _is_noted(look, case, me):
        return False
    if _was_ticked_off(look, case.id, me):
        return True
    if not is_chosen(look, case, me):
        return False
    row = select(decisions.c.outcome).where(decisions.c.id == case.decision_id)
    machine = {VerdictKind.APPROVE: Outcome.BLOCK, VerdictKind.REJECT: Outcome.PASS}[verdict]
    return look.execute(row).scalar_one() == machine or _said_by_another(look, case.comment_id, verdict, me)


def is_chosen(look: Reading, case: CaseRecord, me: Sequence[str]) -> bool:
    """Whether the case is there because somebody (`me` as `records/known_as.py` has it) chose its comment."""
    return case.opened_by in BY_CHOICE and bool(_is_of_choice(look, {case.id: case.comment_id}, me))


def opened_by(look: Reading, case_ids: Sequence[str]) -> dict[str, str]:
    """Who opened each of these cases anew, or took the verdict over many back after which it was opened."""
    found = ledger.last_of(look, (REOPENED,), case_ids)
    return {case_id: str(json.loads(as_bytes(entry.body))["actor"]["id"]) for (_, case_id), entry in found.items()}


def _singly(look: Reading, me: Sequence[str], since: datetime) -> int:
    mine = (
        verdicts.c.moderator.in_(me), verdicts.c.created_at > since, ~exists().where(_is_its_member()), _holds(),
        verdicts.c.verdict != VerdictKind.UNSURE,
    )  # fmt: skip
    ticked_off = _ticked_off(me).where(_EARLIER.c.case_id == verdicts.c.case_id)
    columns = verdicts.c.case_id, verdicts.c.comment_id, ticked_off.label("ticked_off")
    anew = and_(cases.c.opened_by.in_(BY_CHOICE), or_(_says_otherwise(), _rejects_what_passed()))
    rows = look.execute(_given(*columns).where(*mine, or_(anew, ticked_off))).all()
    chosen = _is_of_choice(look, {row.case_id: row.comment_id for row in rows if not row.ticked_off}, me)
    return sum(bool(row.ticked_off) or row.case_id in chosen for row in rows)


def _is_of_choice(look: Reading, about: Mapping[str, str], me: Sequence[str]) -> set[str]:
    """Which of these cases, with their comments, are there because `me` ticked the comment or opened it anew."""
    anew, ticked = opened_by(look, list(about)), _ticked(look, list(about.values()))
    return {
        case_id
        for case_id, comment_id in about.items()
        if anew.get(case_id) in me or not ticked[comment_id].isdisjoint(me)
    }


def _ticked(look: Reading, comment_ids: Sequence[str]) -> defaultdict[str, set[str]]:
    """Who gave a verdict over many of which a comment is one, whatever became of that."""
    found = defaultdict[str, set[str]](set)
    for first in range(0, len(comment_ids), _AT_ONCE):
        query = select(bulk_members.c.comment_id, bulk_verdicts.c.moderator).join(
            bulk_verdicts, bulk_verdicts.c.id == bulk_members.c.bulk_id
        )
        for row in look.execute(query.where(bulk_members.c.comment_id.in_(comment_ids[first : first + _AT_ONCE]))):
            found[row.comment_id].add(row.moderator)
    return found


_EARLIER = verdicts.alias("earlier")


def _ticked_off(me: Sequence[str]) -> Exists:
    """A verdict over many of somebody's in a case, that they took back: so the case came into their hand by choice."""
    return exists().where(
        bulk_members.c.verdict_id == _EARLIER.c.id, bulk_members.c.comment_id == _EARLIER.c.comment_id,
        _EARLIER.c.moderator.in_(me), _EARLIER.c.undone_at.is_not(None),
    )  # fmt: skip


def _was_ticked_off(look: Reading, case_id: str, me: Sequence[str]) -> bool:
    return bool(look.execute(select(_ticked_off(me).where(_EARLIER.c.case_id == case_id))).scalar_one())


def _is_noted(look: Reading, case: CaseRecord, me: Sequence[str]) -> bool:
    """Whether the comment is to be decided by a verdict over many of theirs that nobody is asked about any more."""
    query = select(bulk_members.c.bulk_id).join(bulk_verdicts, bulk_verdicts.c.id == bulk_members.c.bulk_id)
    mine = (
        bulk_members.c.comment_id == case.comment_id, bulk_members.c.state == MemberState.PENDING,
        bulk_verdicts.c.state == BulkState.RUNNING, bulk_verdicts.c.moderator.in_(me),
    )  # fmt: skip
    return look.execute(query.where(*mine)).first() is not None


def _said_by_another(look: Reading, comment_id: str, verdict: VerdictKind, me: Sequence[str]) -> bool:
    said = VerdictKind.REJECT if verdict is VerdictKind.APPROVE else VerdictKind.APPROVE
    mine = (verdicts.c.comment_id == comment_id, verdicts.c.moderator.not_in(me), verdicts.c.verdict == said, _holds())
    return look.execute(select(verdicts.c.id).where(*mine)).first() is not None


def runs(look: Reading, *, since: datetime, least: int, limit: int) -> list[Run]:
    """Runs of at least so many since then, the newest first.

    Verdicts over many by which as many passed that the machine had blocked are told by themselves (`records/bulk.py`).
    """
    told = _chosen(look, since, least)
    found = [
        run
        for (who, is_rejects), some in groupby(told, key=lambda one: one[:2])
        for run in _runs(who, [at for *_, at in some], is_rejects=is_rejects)
    ]
    return sorted((run for run in found if run.comments >= least), key=lambda run: run.last, reverse=True)[:limit]


def _chosen(look: Reading, since: datetime, least: int) -> list[tuple[str, bool, datetime]]:
    """Who reversed something of their own choice, whether by rejects, and when, by person."""
    chosen = or_(bulk_members.c.bulk_id.is_not(None), cases.c.opened_by.in_(BY_CHOICE))
    rows = look.execute(
        _given(*(verdicts.c[name] for name in ("moderator", "created_at", "case_id", "comment_id", "verdict")))
        .add_columns(bulk_members.c.bulk_id, decisions.c.outcome)
        .outerjoin(bulk_members, _is_its_member())
        .outerjoin(bulk_verdicts, bulk_verdicts.c.id == bulk_members.c.bulk_id)
        .where(verdicts.c.created_at >= since, chosen, _holds(), _says_otherwise())
        .where(or_(bulk_verdicts.c.id.is_(None), ~is_approved()))
        .order_by(verdicts.c.created_at.desc())
        .limit(MOST)
    ).all()
    blocked = Counter(row.bulk_id for row in rows if row.outcome == Outcome.BLOCK and not _is_reject(row))
    names = cache(lambda who: known_as(look, who))
    singly = _singly_chosen(look, [row for row in rows if row.bulk_id is None], names)
    told = [
        row
        for row in rows
        if (row.case_id in singly if row.bulk_id is None else _is_reject(row) or blocked[row.bulk_id] < least)
    ]
    return sorted((person(names(row.moderator)), _is_reject(row), row.created_at) for row in told)


def _singly_chosen(look: Reading, rows: Sequence[Row[Any]], names: Callable[[str], tuple[str, ...]]) -> set[str]:
    """The cases among these of which whoever decided chose to."""
    anew, ticked = opened_by(look, [row.case_id for row in rows]), _ticked(look, [row.comment_id for row in rows])
    return {
        row.case_id
        for row in rows
        if anew.get(row.case_id) in names(row.moderator) or not ticked[row.comment_id].isdisjoint(names(row.moderator))
    }


def person(names: Sequence[str]) -> str:
    """One name of somebody for all that they do, by hand or by a key."""
    return next((each for each in names if not each.startswith(KEY)), names[0])


def _is_reject(row: Row[Any]) -> bool:
    return bool(row.verdict == VerdictKind.REJECT)


def _runs(who: str, moments: list[datetime], *, is_rejects: bool) -> Iterator[Run]:
    begins = 0
    for place in range(1, len(moments) + 1):
        if place == len(moments) or moments[place] - moments[place - 1] > PAUSE:
            some = moments[begins:place]
            yield Run(who, len(some), some[0], some[-1], _most_in_a_minute(some), is_rejects)
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


def _holds() -> ColumnElement[bool]:
    """Whether it was to decide something, and was not undone within ten seconds."""
    return and_(verdicts.c.purpose == Purpose.DECIDE, verdicts.c.undone_at.is_(None))


def _says_otherwise() -> ColumnElement[bool]:
    """Whether it approved what the machine had blocked, or said otherwise than another person before."""
    approves, rejects = (verdicts.c.verdict == kind for kind in (VerdictKind.APPROVE, VerdictKind.REJECT))
    let_through = and_(approves, or_(decisions.c.outcome == Outcome.BLOCK, _another_said(VerdictKind.REJECT)))
    return or_(let_through, and_(rejects, _another_said(VerdictKind.APPROVE)))


def _rejects_what_passed() -> ColumnElement[bool]:
    return and_(verdicts.c.verdict == VerdictKind.REJECT, decisions.c.outcome == Outcome.PASS)


def _another_said(kind: VerdictKind) -> ColumnElement[bool]:
    before = verdicts.alias("before")
    return exists().where(
        before.c.comment_id == verdicts.c.comment_id, before.c.moderator != verdicts.c.moderator,
        before.c.verdict == kind, before.c.purpose == Purpose.DECIDE, before.c.undone_at.is_(None),
        before.c.id < verdicts.c.id,
    )  # fmt: skip


def _is_its_member() -> ColumnElement[bool]:
    """Whether a row of `bulk_members` names the verdict; by the comment, which has an index."""
    return and_(bulk_members.c.comment_id == verdicts.c.comment_id, bulk_members.c.verdict_id == verdicts.c.id)
