"""Bulk verdicts as stored, and their members. What one does is `governance/bulk.py`'s business."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, distinct, exists, func, insert, select, update

from moderation.decision import Outcome
from moderation.errors import NotFoundError
from records.house_values import ApprovalState
from records.ids import new_id
from records.mapping import value_of
from records.tables import (
    approvals,
    bulk_members,
    bulk_verdicts,
    campaign_comments,
    cases,
    comments,
    decisions,
    verdicts,
)
from records.unit_of_work import Reading, Unit
from records.values import CaseState, Judgement, Purpose, VerdictKind


class BulkState(StrEnum):
    """Where a bulk verdict stands."""

    WAITING = "waiting"
    """For a second person."""
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWING = "withdrawing"
    """Taken back; what it decided is being opened again."""
    WITHDRAWN = "withdrawn"


class MemberState(StrEnum):
    """What became of a comment in a bulk verdict. Of those that a person decided before nothing is changed."""

    PENDING = "pending"
    DECIDED = "decided"
    DECIDED_BEFORE = "decided_before"
    CHANGED = "changed"
    ERASED = "erased"
    ESCALATED = "escalated"
    OPENED_AGAIN = "opened_again"
    ASKED = "asked"
    """Who gave it asked a second person about another verdict over many, of which it is one."""
    LEFT = "left"
    """In other hands, or contested."""
    FAVOURED = "favoured"
    """Let pass by an entry of a list on which who gave it, or agreed to it, had a say."""
    SETTLED = "settled"
    """Settled on appeal, on contest or by seniors, and not for who gave the verdict to reverse."""


MOST = 10_000
"""Comments that one verdict may be given over."""

_AT_ONCE = 500
"""Ids in one question to the database."""

UNDER_WAY = (BulkState.WAITING, BulkState.RUNNING, BulkState.WITHDRAWING)


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """One verdict over a campaign."""

    id: str
    campaign_id: str
    case_id: str
    moderator: str
    verdict: VerdictKind
    labels: tuple[str, ...]
    ground: str | None
    measure: str | None
    note: str | None
    confidence: float | None
    state: BulkState
    starts_at: datetime | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def judgement(self) -> Judgement:
        """What is said of each comment."""
        return Judgement(
            self.verdict, self.labels, self.measure, ground=self.ground, note=self.note, confidence=self.confidence
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewBulk:
    """What a moderator says of the comments of a campaign, together with the verdict in its case."""

    campaign_id: str
    case_id: str
    moderator: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A comment of it, as the moderator saw it (`revision`)."""

    bulk_id: str
    comment_id: str
    revision: int
    state: MemberState
    verdict_id: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A comment of a campaign as it stands: its text's revision, the queue in which it waits, what a person decided."""

    comment_id: str
    revision: int
    updated_at: datetime
    is_erased: bool
    queue: str | None
    is_decided: bool


def standing(look: Reading, campaign_id: str, *, limit: int) -> list[Standing]:
    """The comments of a campaign, in the order in which they were first stored."""
    about = decisions.alias("about")
    latest = select(func.max(about.c.id)).where(about.c.comment_id == comments.c.id).correlate(comments)
    waits = and_(
        cases.c.comment_id == comments.c.id, cases.c.purpose == Purpose.DECIDE, cases.c.state != CaseState.CLOSED
    )
    query = (
        select(
            comments.c.id, comments.c.revision, comments.c.updated_at, comments.c.erased_at,
            cases.c.queue, decisions.c.final_outcome,
        )
        .join(campaign_comments, campaign_comments.c.comment_id == comments.c.id)
        .join(decisions, decisions.c.id == latest.scalar_subquery())
        .outerjoin(cases, waits)
        .where(campaign_comments.c.campaign_id == campaign_id)
        .order_by(comments.c.id)
        .limit(limit)
    )  # fmt: skip
    return [
        Standing(row.id, row.revision, row.updated_at, row.erased_at is not None, row.queue, bool(row.final_outcome))
        for row in look.execute(query)
    ]


def add(
    unit: Unit, new: NewBulk, members: Mapping[str, int], *, state: BulkState, starts_at: datetime | None, now: datetime
) -> BulkRecord:
    """A new one. `members` are revisions by comment id."""
    judgement = new.judgement
    row = {
        "id": new_id(),
        "campaign_id": new.campaign_id,
        "case_id": new.case_id,
        "moderator": new.moderator,
        "verdict": judgement.verdict,
        "labels": list(judgement.labels),
        "ground": judgement.ground,
        "measure": judgement.measure,
        "note": judgement.note,
        "confidence": judgement.confidence,
        "state": state,
        "starts_at": starts_at,
        "created_at": now,
    }
    unit.execute(insert(bulk_verdicts).values(row))
    rows = [
        {"bulk_id": row["id"], "comment_id": comment_id, "revision": revision, "state": MemberState.PENDING}
        for comment_id, revision in sorted(members.items())
    ]
    if rows:
        unit.execute(insert(bulk_members), rows)
    return get(unit, str(row["id"]))


def get(look: Reading, bulk_id: str, *, lock: bool = False) -> BulkRecord:
    """The bulk verdict. Raises `NotFoundError`."""
    query = select(bulk_verdicts).where(bulk_verdicts.c.id == bulk_id)
    found = look.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if found is None:
        raise NotFoundError("There is no such bulk verdict.")
    return value_of(BulkRecord, found, verdict=VerdictKind, labels=tuple, state=BulkState)


def of_case(look: Reading, case_id: str) -> BulkRecord | None:
    """The newest that was given with the verdict in this case."""
    return _newest(look, bulk_verdicts.c.case_id == case_id)


def under_way(look: Reading, campaign_id: str) -> BulkRecord | None:
    """The one about this campaign that is not at its end."""
    return _newest(look, bulk_verdicts.c.campaign_id == campaign_id, bulk_verdicts.c.state.in_(UNDER_WAY))


def due(look: Reading, *, now: datetime) -> list[BulkRecord]:
    """Those with something to be done by a worker, the oldest first."""
    states = (BulkState.RUNNING, BulkState.WITHDRAWING)
    query = select(bulk_verdicts.c.id).where(bulk_verdicts.c.state.in_(states), bulk_verdicts.c.starts_at <= now)
    return [get(look, bulk_id) for bulk_id in look.execute(query.order_by(bulk_verdicts.c.id)).scalars().all()]


def unanswered(look: Reading, *, before: datetime) -> list[str]:
    """Ids of those that have waited for a second person since before then, the oldest first."""
    mine = (bulk_verdicts.c.state == BulkState.WAITING, bulk_verdicts.c.created_at <= before)
    return list(look.execute(select(bulk_verdicts.c.id).where(*mine).order_by(bulk_verdicts.c.id)).scalars())


def change(
    unit: Unit, bulk_id: str, state: BulkState, *, starts_at: datetime | None = None, ended_at: datetime | None = None
) -> BulkRecord:
    """Another state. Of the moments those that are given."""
    moments = {"starts_at": starts_at, "ended_at": ended_at}
    told = {name: moment for name, moment in moments.items() if moment is not None}
    unit.execute(update(bulk_verdicts).where(bulk_verdicts.c.id == bulk_id).values(state=state, **told))
    return get(unit, bulk_id)


def members(
    look: Reading, bulk_id: str, *, states: Sequence[MemberState], limit: int, after: str = ""
) -> list[MemberRecord]:
    """Members in these states, in the order of their comments."""
    mine = (bulk_members.c.bulk_id == bulk_id, bulk_members.c.state.in_(states), bulk_members.c.comment_id > after)
    query = select(bulk_members).where(*mine).order_by(bulk_members.c.comment_id).limit(limit)
    return [value_of(MemberRecord, row, state=MemberState) for row in look.execute(query)]


def members_before(look: Reading, bulk_id: str, comment_id: str) -> int:
    """How many members stand before and at this comment, in their order."""
    mine = (bulk_members.c.bulk_id == bulk_id, bulk_members.c.comment_id <= comment_id)
    return int(look.execute(select(func.count()).select_from(bulk_members).where(*mine)).scalar_one())


def set_member(
    unit: Unit, member: MemberRecord, state: MemberState, *, verdict_id: str | None = None
) -> None:  # fmt: skip
    """What became of it."""
    mine = (bulk_members.c.bulk_id == member.bulk_id, bulk_members.c.comment_id == member.comment_id)
    values = {"state": state} | ({"verdict_id": verdict_id} if verdict_id else {})
    unit.execute(update(bulk_members).where(*mine).values(**values))


def member(look: Reading, bulk_id: str, comment_id: str) -> MemberRecord:
    """One of it. Raises `NotFoundError`."""
    mine = (bulk_members.c.bulk_id == bulk_id, bulk_members.c.comment_id == comment_id)
    found = look.execute(select(bulk_members).where(*mine)).one_or_none()
    if found is None:
        raise NotFoundError("This comment does not belong to the bulk verdict.")
    return value_of(MemberRecord, found, state=MemberState)


def counts(look: Reading, bulk_id: str) -> Counter[MemberState]:
    """How many members are in which state."""
    query = select(bulk_members.c.state, func.count().label("number")).where(bulk_members.c.bulk_id == bulk_id)
    rows = look.execute(query.group_by(bulk_members.c.state))
    return Counter({MemberState(row.state): row.number for row in rows})


def asking_about(look: Reading, comment_id: str) -> list[str]:
    """Who asked for a verdict over many that waits for a second person, and is to decide this comment too."""
    query = (
        select(bulk_verdicts.c.moderator)
        .join(bulk_members, bulk_members.c.bulk_id == bulk_verdicts.c.id)
        .where(bulk_members.c.comment_id == comment_id, bulk_members.c.state == MemberState.PENDING)
    )
    return list(look.execute(query.where(bulk_verdicts.c.state == BulkState.WAITING)).scalars())


def of_comment(look: Reading, comment_id: str) -> list[str]:
    """Ids of the verdicts over many of which the comment is one, whatever became of it."""
    query = select(bulk_members.c.bulk_id).where(bulk_members.c.comment_id == comment_id)
    return list(look.execute(query.order_by(bulk_members.c.bulk_id)).scalars())


def of_verdicts(look: Reading, verdict_ids: Sequence[str]) -> list[str]:
    """Ids of the verdicts over many by which these were given."""
    mine = bulk_members.c.verdict_id == verdicts.c.id, bulk_members.c.comment_id == verdicts.c.comment_id
    query = select(bulk_members.c.bulk_id).distinct().where(*mine, verdicts.c.id.in_(verdict_ids))
    return sorted(look.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class LetThrough:
    """A verdict over many that approved `comments` which the machine had blocked; whether two people gave it."""

    bulk_id: str
    moderator: str
    comments: int
    is_by_two: bool
    created_at: datetime


def let_through(look: Reading, *, since: datetime, least: int, limit: int) -> list[LetThrough]:
    """Verdicts over many by which at least so many comments passed that the machine had blocked, newest first.

    Those that were taken back later too: what they decided had passed by then.
    """
    blocked = func.count().label("blocked")
    mine = (bulk_verdicts.c.id, bulk_verdicts.c.moderator, bulk_verdicts.c.created_at)
    query = (
        select(*mine, blocked, is_approved().label("two"))
        .join(bulk_members, bulk_members.c.bulk_id == bulk_verdicts.c.id)
        .join(verdicts, verdicts.c.id == bulk_members.c.verdict_id)
        .join(decisions, decisions.c.id == verdicts.c.decision_id)
        .where(
            bulk_verdicts.c.created_at >= since,
            bulk_verdicts.c.verdict == VerdictKind.APPROVE,
            verdicts.c.undone_at.is_(None),
            decisions.c.outcome == Outcome.BLOCK,
        )
        .group_by(*mine)
        .having(blocked >= least)
        .order_by(bulk_verdicts.c.id.desc())
        .limit(limit)
    )
    return [
        LetThrough(row.id, row.moderator, row.blocked, bool(row.two), row.created_at) for row in look.execute(query)
    ]


def has_verdict() -> ColumnElement[bool]:
    """Whether a member was decided, and not undone within ten seconds; what became of it later is the same."""
    mine = (verdicts.c.id == bulk_members.c.verdict_id, verdicts.c.undone_at.is_(None))
    return exists().where(*mine).correlate(bulk_members)


def is_approved() -> ColumnElement[bool]:
    """Whether a second person said yes to the verdict over many."""
    mine = (approvals.c.subject_id == bulk_verdicts.c.id, approvals.c.state == ApprovalState.APPROVED.value)
    return exists().where(*mine).correlate(bulk_verdicts)


@dataclass(frozen=True, slots=True)
class Beside:
    """What one person decided of a campaign's comments beside a verdict over them."""

    moderator: str
    comments: int


def decided_beside(look: Reading, made: BulkRecord, *, since: datetime) -> list[Beside]:
    """Of the comments of its campaign, by person, how many were decided since then by other verdicts; most first."""
    own = exists().where(bulk_members.c.bulk_id == made.id, bulk_members.c.verdict_id == verdicts.c.id)
    number = func.count(distinct(verdicts.c.comment_id))
    query = (
        select(verdicts.c.moderator, number.label("number"))
        .join(campaign_comments, campaign_comments.c.comment_id == verdicts.c.comment_id)
        .where(
            campaign_comments.c.campaign_id == made.campaign_id, verdicts.c.created_at >= since,
            verdicts.c.undone_at.is_(None), verdicts.c.verdict != VerdictKind.UNSURE,
            verdicts.c.purpose == Purpose.DECIDE, ~own,
        )
        .group_by(verdicts.c.moderator)
        .order_by(number.desc(), verdicts.c.moderator)
    )  # fmt: skip
    return [Beside(row.moderator, row.number) for row in look.execute(query)]


def decided_by_many(look: Reading, comment_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Comment and bulk verdict ids, of those of the comments that a verdict over many decided."""
    found = []
    for first in range(0, len(comment_ids), _AT_ONCE):
        mine = bulk_members.c.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        query = select(bulk_members.c.comment_id, bulk_members.c.bulk_id).where(mine)
        decided = bulk_members.c.state == MemberState.DECIDED
        found += [(row.comment_id, row.bulk_id) for row in look.execute(query.where(decided))]
    return found


def _newest(look: Reading, *which: object) -> BulkRecord | None:
    query = select(bulk_verdicts.c.id).where(*which)  # type: ignore[arg-type]
    found = look.execute(query.order_by(bulk_verdicts.c.id.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else get(look, found)
