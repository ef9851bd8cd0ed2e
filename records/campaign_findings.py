"""Findings about campaigns, as stored, and the comments that they are weighed from.

What the signs come to is `moderation/behaviour/hands.py`'s business, who says what of it `governance/`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, update

from moderation.behaviour import BurstKind
from moderation.behaviour.hands import Confidence, Hand
from moderation.errors import ConflictError, NotFoundError
from records import campaigns as stored
from records import groups
from records.inserting import insert_into
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, checked_limit, decode, encode, list_of, page_of
from records.standing_values import ReturnState
from records.tables import authors, campaign_comments, campaign_findings, campaigns, cases, comments, returns
from records.unit_of_work import Reading, Unit
from records.waiting import DECIDES, UNDECIDED


class Answer(StrEnum):
    """What a person says that it is."""

    ONE_HAND = "one_hand"
    MANY_PEOPLE = "many_people"
    NO_CAMPAIGN = stored.NO_CAMPAIGN


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """What the signs of a campaign say, and what a person says; `answer` is None before."""

    campaign_id: str
    hand: Hand
    confidence: Confidence
    evidence: Mapping[str, Any]
    size: int
    created_at: datetime
    updated_at: datetime
    answer: Answer | None
    answered_by: str | None
    note: str | None
    answered_at: datetime | None
    kind: str
    case_id: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A comment of a campaign. `author_index` is a keyed hash, so are device and network; None where nobody said."""

    comment_id: str
    text: str = field(repr=False)
    thread_id: str | None
    author_index: str | None = field(repr=False)
    device_index: str | None = field(repr=False)
    network_index: str | None = field(repr=False)
    created_at: datetime


def members(look: Reading, campaign_id: str, *, limit: int) -> list[MemberRow]:
    """The newest of its comments that were not erased, in the order in which they were first stored."""
    c = comments.c
    columns = (c.id.label("comment_id"), c.text, c.thread_id, c.author_index, c.device_index, c.network_index)
    query = select(*columns, c.created_at).join_from(campaign_comments, comments)
    mine = query.where(campaign_comments.c.campaign_id == campaign_id, c.text.is_not(None))
    rows = look.execute(mine.order_by(c.id.desc()).limit(limit)).all()
    return [value_of(MemberRow, row) for row in reversed(rows)]


def rows_of(look: Reading, comment_ids: Collection[str]) -> list[MemberRow]:
    """These comments as a campaign's would be, those that were not erased, in the order in which they were stored."""
    c = comments.c
    columns = (c.id.label("comment_id"), c.text, c.thread_id, c.author_index, c.device_index, c.network_index)
    query = select(*columns, c.created_at).where(c.id.in_(list(comment_ids)), c.text.is_not(None)).order_by(c.id)
    return [value_of(MemberRow, row) for row in look.execute(query)]


def returned(look: Reading, authors_seen: Collection[str]) -> frozenset[str]:
    """Of accounts, by their keyed hashes, those that may be somebody who was closed or listed."""
    query = select(authors.c.author_index).join_from(returns, authors, authors.c.id == returns.c.author_id)
    mine = authors.c.author_index.in_(list(authors_seen)), returns.c.state != ReturnState.DISMISSED
    return frozenset(look.execute(query.where(*mine)).scalars()) if authors_seen else frozenset()


def seen_before(look: Reading, authors: Collection[str], since: datetime, until: datetime) -> dict[str, int]:
    """By author, how many comments are known of `since <= stored < until`; one without any is not there."""
    c = comments.c
    theirs = and_(c.author_index.in_(list(authors)), c.created_at >= since, c.created_at < until)
    query = select(c.author_index, func.count().label("number")).where(theirs).group_by(c.author_index)
    return {row.author_index: row.number for row in look.execute(query)}


def first_comment(look: Reading) -> datetime | None:
    """Since when there are records."""
    found: datetime | None = look.execute(select(comments.c.created_at).order_by(comments.c.id).limit(1)).scalar()
    return found


def to_weigh(look: Reading, *, since: datetime, limit: int) -> list[str]:
    """Campaigns opened since then which nobody has answered about and that grew since they were weighed."""
    grown = func.count(campaign_comments.c.comment_id)
    found = campaign_findings.c
    query = (
        select(campaigns.c.id)
        .select_from(campaigns.join(campaign_comments).outerjoin(campaign_findings))
        .where(campaigns.c.created_at >= since, campaigns.c.kind.in_([kind.value for kind in BurstKind]))
        .where(found.answer.is_(None))
        .group_by(campaigns.c.id, found.size)
        .having(or_(found.size.is_(None), grown != found.size))
    )
    return list(look.execute(query.order_by(campaigns.c.id.desc()).limit(limit)).scalars())


def note(unit: Unit, campaign_id: str, values: Mapping[str, Any], *, now: datetime) -> bool:
    """Keeps what the signs say by now; False where a person has said something, and nothing is changed."""
    row = {**values, "campaign_id": campaign_id, "created_at": now, "updated_at": now}
    statement = insert_into(campaign_findings, unit.dialect).values(row)
    changed = {**values, "updated_at": now}
    unanswered = campaign_findings.c.answer.is_(None)
    put = statement.on_conflict_do_update(index_elements=["campaign_id"], set_=changed, where=unanswered)
    return unit.execute(put.returning(campaign_findings.c.campaign_id)).first() is not None


def get(look: Reading, campaign_id: str) -> FindingRecord:
    """The finding. Raises `NotFoundError`."""
    found = find(look, campaign_id)
    if found is None:
        raise NotFoundError("There is no such campaign, or nobody has weighed it yet: look again in a minute.")
    return found


def find(look: Reading, campaign_id: str) -> FindingRecord | None:
    """The finding; None before the campaign was weighed."""
    row = look.execute(_whole().where(campaigns.c.id == campaign_id)).one_or_none()
    return None if row is None else _value(row)


def page(
    look: Reading, *, waiting: bool | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[FindingRecord]:
    """Findings, the newest campaign first; `waiting`: those that a person has, or has not, answered about."""
    query = _whole().order_by(campaigns.c.id.desc()).limit(checked_limit(limit) + 1)
    if waiting is not None:
        answer = campaign_findings.c.answer
        query = query.where(answer.is_(None) if waiting else answer.is_not(None))
    mark = list_of("campaign findings", waiting=waiting)
    if cursor is not None:
        query = query.where(campaigns.c.id < decode(mark, cursor, str)[0])
    items = [_value(row) for row in look.execute(query)]
    return page_of(items, limit, [encode(mark, item.campaign_id) for item in items])


def waiting_comments(look: Reading, campaign_ids: Collection[str]) -> dict[str, int]:
    """By campaign, how many of its comments wait for a person; one of which none does is not there."""
    waits = cases.c.state.in_(UNDECIDED), DECIDES
    number = func.count(cases.c.comment_id.distinct())
    query = (
        select(campaign_comments.c.campaign_id, number.label("number"))
        .join(cases, cases.c.comment_id == campaign_comments.c.comment_id)
        .where(campaign_comments.c.campaign_id.in_(campaign_ids), *waits)
        .group_by(campaign_comments.c.campaign_id)
    )
    return {row.campaign_id: row.number for row in look.execute(query)}


def decide(unit: Unit, campaign_id: str, answer: Answer, *, by: str, note: str, now: datetime) -> FindingRecord:
    """What a person says of it. What is no campaign is parted: its comments wait each by itself again.

    Raises `ConflictError` where somebody was first, `NotFoundError`.
    """
    waiting = and_(campaign_findings.c.campaign_id == campaign_id, campaign_findings.c.answer.is_(None))
    values = {"answer": answer.value, "answered_by": by, "note": note, "answered_at": now}
    changed = unit.execute(update(campaign_findings).where(waiting).values(values)).rowcount
    found = get(unit, campaign_id)
    if not changed:
        raise ConflictError(f"{found.answered_by} has decided this already: {found.answer}.")
    if answer is Answer.NO_CAMPAIGN:
        stored.lock(unit, campaign_id)
        groups.part(unit, campaign_id)
    return found


def _whole() -> Any:  # noqa: ANN401 - a query of columns of two tables
    return select(campaign_findings, campaigns.c.kind, campaigns.c.case_id).join_from(campaign_findings, campaigns)


def _value(row: Row[Any]) -> FindingRecord:
    return value_of(FindingRecord, row, hand=Hand, confidence=Confidence, answer=Answer)
