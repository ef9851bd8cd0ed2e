"""Which waiting cases are whose, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, literal_column, or_

from records.tables import bulk_members, bulk_verdicts, campaigns, cases, complaints, readings, skips, verdicts
from records.values import CaseState, Purpose, VerdictKind

ESCALATED = "escalated"
"""The queue of what seniors decide; its waiting cases are in the state of the same name."""

SECOND_LOOK = "second look"
"""The queue of cases about which somebody was unsure; they do not come back to the same person."""

DISAGREEMENT = "disagreement"
"""The `why` of a case that decides between two people who said different things."""

UNKNOWN = "und"
"""The language of what nobody could tell the language of."""

COMPLAINTS, APPEALS = "complaints", "appeals"
"""The queues of what the public asks for; contests are decided where appeals are."""

CAMPAIGNS, CAMPAIGN = "campaigns", "campaign"
"""The queue and the `why` of a case that stands for what many spread."""

COMPLAINT = "complaint"
"""The `why` of a case that somebody of the public asked for."""

APPEAL = "appeal"
"""The `why` of a case in which another person decides, who knows nothing of what was decided before."""

CONTEST = "contest"
"""The same, where somebody who reported a comment contests that it stays."""

ANEW = (APPEAL, CONTEST)
"""The `why` of every case in which what was decided is looked at anew, as if for the first time."""

RANDOM = "chosen_random"
"""The `why` of a case that was drawn to measure the machine: of what is suspected of its comment nobody is told."""

FLAGGED, LIFE = 1, 2
"""Why a case comes ahead of what waits by turn: a trusted flagger reported it, and before that, it threatens life.

What threatens life comes by turn, as ever, while no flagger's notice waits: it needs to overtake only what overtakes.
"""

PARKED_UNTIL = timedelta(minutes=30)
"""So long before its promise ends what the public asked for waits for no verdict over many any more."""

UNDECIDED = (CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED)


APART = "apart"
"""The reason of a skip that nobody chose: the case is kept from them."""

CHOSEN = skips.c.reason != APART
"""Skips by which somebody let a case go."""

DECIDES = cases.c.purpose == Purpose.DECIDE

BLIND = or_(cases.c.purpose == Purpose.OPINION, cases.c.why.in_((*ANEW, DISAGREEMENT)))
"""Cases in which somebody is asked who must not know what was decided (`knowing.is_blind` of one that was read)."""


MEASURES = or_(cases.c.purpose == Purpose.OPINION, cases.c.why == RANDOM)
"""Cases that decide nothing for which a reader waits: second looks, and what is drawn to measure the machine."""


def waits(case: Row[Any]) -> bool:
    """Whether people have not decided yet in a case of which `purpose` and `state` were read.

    Of many comments' cases SQLite would look for the state first, at every case that waits; so all cases of the
    comments are read, over their own index, and told apart here.
    """
    return case.purpose == Purpose.DECIDE and case.state in UNDECIDED


@dataclass(frozen=True, slots=True)
class Asking:
    """What asks for one special training: queues, labels and languages, any of them."""

    queues: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which waiting cases somebody asks for; what is None is all the same.

    Without `queue` escalated ones are left out. `blind` takes second opinions along, which look like any other case.
    `languages` and `subjects` (labels) are what somebody has the skill for; what is suspected of nothing, or in a
    language that nobody could tell, is for all. `but` are labels that they are spared just now, `but_complaints` kinds
    of complaints about the comment. `not_queues`, `not_labels` and `not_languages` are what needs a special training
    that they have not (`review/skills.py`).
    """

    queue: str | None = None
    label: str | None = None
    lang: str | None = None
    blind: bool = False
    languages: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    but: tuple[str, ...] = ()
    but_complaints: tuple[str, ...] = ()
    not_queues: tuple[str, ...] = ()
    not_labels: tuple[str, ...] = ()
    not_languages: tuple[str, ...] = ()
    asking: Asking | None = None
    """Only what asks for a special training."""


ANYTHING = Wanted()


def in_order(query: Select[Any], me: Sequence[str], wanted: Wanted) -> Select[Any]:
    """Those of `query` that wait and that somebody may take, by turn; `me` as `records/known_as.py` has it."""
    query = query.where(
        _waiting_in(wanted.queue),
        ~_was_unsure(me),
        ~_would_check_themselves(me),
        ~_refused(me),
        ~knows(me),
        ~_asked_about_it(me),
    )
    if wanted.label is not None:
        query = query.where(is_about(wanted.label))
    if wanted.lang is not None:
        query = query.where(cases.c.lang == wanted.lang)
    if wanted.asking is not None:
        by_label = or_(*(is_about(label) for label in wanted.asking.labels), false())
        named = (cases.c.queue.in_(wanted.asking.queues), cases.c.lang.in_(wanted.asking.languages))
        query = query.where(or_(by_label, *named))
    query = query.where(*_able(wanted))
    if not wanted.blind:
        query = query.where(DECIDES)
    return query.order_by(cases.c.turn_at, cases.c.id)


def is_about(label: str) -> ColumnElement[bool]:
    """Whether the case is found under the label that is suspected; what measures the machine is not."""
    return and_(cases.c.label == label, or_(cases.c.why != RANDOM, cases.c.state == CaseState.CLOSED))


def _able(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What skills and limits allow."""
    if wanted.languages is not None:
        yield cases.c.lang.in_([*wanted.languages, UNKNOWN])
    if wanted.subjects is not None:
        yield or_(cases.c.label.is_(None), cases.c.label.in_(wanted.subjects))
    if spared := (*wanted.but, *wanted.not_labels):
        yield or_(cases.c.label.is_(None), cases.c.label.not_in(spared))
    if wanted.but_complaints:
        yield ~is_complained_of(wanted.but_complaints)
    if wanted.not_queues:
        yield cases.c.queue.not_in(wanted.not_queues)
    if wanted.not_languages:
        yield cases.c.lang.not_in(wanted.not_languages)


def is_complained_of(kinds: Sequence[str]) -> ColumnElement[bool]:
    """Whether somebody of the public asked for the case, or for the one of which it is a second look, for this."""
    asked = or_(
        complaints.c.case_id == cases.c.id,
        and_(cases.c.purpose == Purpose.OPINION, complaints.c.comment_id == cases.c.comment_id),
    )
    return exists().where(asked, complaints.c.kind.in_(kinds))


def waiting_state(queue: str) -> CaseState:
    """What a case of this queue is while nobody has it."""
    return CaseState.ESCALATED if queue == ESCALATED else CaseState.OPEN


def free(now: datetime) -> ColumnElement[bool]:
    """Whether a case is kept for nobody, or no longer, no other stands for it, and no verdict over many is to come."""
    kept = or_(cases.c.kept_for.is_(None), cases.c.kept_until <= now)
    parked = and_(is_being_decided(), ~_is_promised_soon(now))
    return and_(kept, ~parked, or_(cases.c.group_id.is_(None), ~is_stood_for()))


def _is_promised_soon(now: datetime) -> ColumnElement[bool]:
    """Whether somebody of the public was promised an answer that a second person's word may come too late for."""
    return and_(cases.c.why.in_((COMPLAINT, *ANEW)), cases.c.due_at <= now + PARKED_UNTIL)


def is_stood_for() -> ColumnElement[bool]:
    """Whether another case of its group waits or is in somebody's hands, and stands for it.

    Asked of that case as it is: however it ended (decided anywhere, erased), the others are free from then on.
    """
    first = cases.alias("first")
    stands = first.select().join(campaigns, campaigns.c.case_id == first.c.id)
    undecided = first.c.state.in_((CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED))
    return stands.where(campaigns.c.id == cases.c.group_id, first.c.id != cases.c.id, undecided).exists()


def _asked_about_it(me: Sequence[str]) -> ColumnElement[bool]:
    """Whether they asked a second person for a verdict over many that is to decide the comment, and wait for it."""
    given = bulk_members.join(bulk_verdicts, bulk_verdicts.c.id == bulk_members.c.bulk_id)
    pending = and_(bulk_members.c.state == "pending", bulk_verdicts.c.state == "waiting")
    mine = bulk_members.c.comment_id == cases.c.comment_id, bulk_verdicts.c.moderator.in_(me), DECIDES
    return bulk_members.select().select_from(given).where(*mine, pending).exists()


def is_being_decided() -> ColumnElement[bool]:
    """Whether a verdict over many, which begins in seconds or waits for a second person, is to decide the comment."""
    given = bulk_members.join(bulk_verdicts, bulk_verdicts.c.id == bulk_members.c.bulk_id)
    pending = and_(bulk_members.c.state == "pending", bulk_verdicts.c.state.in_(("waiting", "running")))
    mine = bulk_members.c.comment_id == cases.c.comment_id
    return bulk_members.select().select_from(given).where(mine, pending).exists()


def passed_over(me: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """Whether they put the case off, a moment ago."""
    mine = and_(skips.c.case_id == cases.c.id, skips.c.moderator.in_(me))
    return exists().where(mine, skips.c.until > now)


def _refused(me: Sequence[str]) -> ColumnElement[bool]:
    """Whether it is no case for them: a language they cannot read, an author they know."""
    mine = and_(skips.c.case_id == cases.c.id, skips.c.moderator.in_(me))
    return exists().where(mine, skips.c.until.is_(None))


def _waiting_in(queue: str | None) -> ColumnElement[bool]:
    if queue is None:
        return cases.c.state == CaseState.OPEN
    return and_(cases.c.state == waiting_state(queue), cases.c.queue == queue)


def _was_unsure(me: Sequence[str]) -> ColumnElement[bool]:
    given = verdicts.c
    # As written in the index (`ix_verdicts_unsure`), or a prepared statement would not find it.
    unsure = and_(given.verdict == literal_column(f"'{VerdictKind.UNSURE.value}'"), given.undone_at.is_(None))
    return exists().where(given.case_id == cases.c.id, given.moderator.in_(me), unsure)


def _would_check_themselves(me: Sequence[str]) -> ColumnElement[bool]:
    """A second opinion, a decision between two, or an appeal, about a comment of which they said something."""
    given = verdicts.c
    said = exists().where(
        given.comment_id == cases.c.comment_id, given.moderator.in_(me), given.undone_at.is_(None)
    )  # fmt: skip
    return and_(BLIND, said)


def knows(me: Sequence[str]) -> ColumnElement[bool]:
    """Whether they read what was decided, of a case that is for somebody who does not know it.

    Of a second opinion what counts is what was read since it was asked for: before, nobody had decided.
    """
    mine = and_(readings.c.comment_id == cases.c.comment_id, readings.c.moderator.in_(me))
    since = exists().where(mine, readings.c.at >= cases.c.created_at)
    return or_(
        and_(cases.c.purpose == Purpose.OPINION, since),
        and_(cases.c.why.in_((DISAGREEMENT, *ANEW)), exists().where(mine)),
    )
