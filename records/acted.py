"""Decisions that hold against a comment, with all that a statement about one says. Reads only, and no text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from moderation import emergency
from moderation.accounts import is_behind
from moderation.decision import Decision, Outcome, Source
from moderation.errors import NotFoundError
from moderation.lists import entry_of, is_of_entry, named_by
from moderation.threads import is_of_thread, measure_of
from records import decisions as decisions_of
from records import emergencies, lists, measures, places, verdicts
from records.emergencies import EmergencyRecord
from records.house_values import ListEntryRecord
from records.mapping import decision_of
from records.public_values import AppealOutcome
from records.standing_values import MeasureRecord
from records.tables import appeals, authors, comments, complaints, decisions
from records.unit_of_work import Reading
from records.values import DecisionRecord, VerdictRecord

_BATCH = 500
_WHOSE = select(authors.c.id).where(authors.c.author_index == comments.c.author_index).scalar_subquery()


@dataclass(frozen=True, slots=True)
class ActedOn:
    """A decision, and the verdict that holds about it. `reported` is whether somebody had complained before.

    `labels` (with its ground) and `measure` are the verdict's; None and empty where the machine decided alone. Where
    somebody refused or deleted the comment outside of a case, `taken` is that, and measure and `ground` are its.
    """

    decision_id: str
    decision: Decision
    outcome: Outcome
    surface: str
    type: str
    posted_at: datetime
    decided_at: datetime
    by_person: bool
    labels: tuple[str, ...]
    measure: str | None
    reported: bool
    appeal: AppealOutcome | None
    appealed: bool
    ground: str = ""
    taken: MeasureRecord | None = None
    external_id: str | None = None
    """The platform's number of the comment; None where it gave none, and once erased."""
    author_id: str | None = None
    """Our id of the account; None where nobody is named, nothing was stated of it, and once erased."""
    is_named: bool = False
    """Whether the comment has its author's pseudonym still, encrypted."""
    caused: tuple[MeasureRecord, ...] = ()
    """Measures on its account that name its comment, waiting, in force or over; of `one` alone."""
    listed: ListEntryRecord | None = None
    """The entry of a list that had a part in it because it has the account; removed since or not."""
    placed: MeasureRecord | None = None
    """The measure on its thread that had a part in it, over since or not; None where a person decided about it."""
    held: MeasureRecord | None = None
    """The measure on its account that had a part in it, likewise; None of what credit alone had closed."""
    emergency: EmergencyRecord | None = None
    """The emergency for which comments were closed or slowed down, or waited, likewise."""
    shows: tuple[ListEntryRecord, ...] = ()
    """The entries about a site, contact or file in it for which it was held or stopped, likewise."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds about a comment, and since when: a verdict, a measure that somebody took by name, or the machine's."""

    verdict: VerdictRecord | None
    taken: MeasureRecord | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure on an account, what is known of the comment for which it was taken, how many it had the year before."""

    measure: MeasureRecord
    cause: ActedOn | None
    earlier: int = 0


def one(look: Reading, decision_id: str) -> ActedOn:
    """The decision. Raises `NotFoundError`."""
    found = look.execute(_query(decisions.c.id == decision_id)).first()
    if found is None:
        raise NotFoundError("There is no such decision.")
    return replace(_value(look, found), caused=tuple(measures.naming(look, found.comment_id)))


def holding(look: Reading, decision: DecisionRecord) -> Holding:
    """What holds about the comment of a decision. From then on an appeal's time runs, whoever says so."""
    verdict = verdicts.holding_for(look, decision.id)
    taken = measures.stopping(look, decision.comment_id) if decision.final_outcome is Outcome.BLOCK else None
    if taken is not None and verdict is not None and verdict.created_at > taken.created_at:
        taken = None
    since = (taken and taken.starts_at) or (verdict.created_at if verdict else decision.created_at)
    return Holding(verdict, taken, since)


def removed(look: Reading, since: datetime, until: datetime) -> Iterator[ActedOn]:
    """Decisions of `since <= moment < until` by which a platform's comment is not shown, oldest first."""
    holds = func.coalesce(decisions.c.final_outcome, decisions.c.outcome) == Outcome.BLOCK.value
    last = ""
    while True:
        within = decisions.c.created_at >= since, decisions.c.created_at < until, places.IS_TRAFFIC
        query = _query(*within, holds, decisions.c.id > last)
        rows = look.execute(query.order_by(decisions.c.id).limit(_BATCH)).all()
        yield from (_value(look, row) for row in rows)
        if len(rows) < _BATCH:
            return
        last = rows[-1].id


def measured(look: Reading, since: datetime, until: datetime) -> Iterator[Measured]:
    """Measures on accounts that began in `since <= moment < until`, the oldest first."""
    for made in measures.on_accounts(look, since, until):
        cause = None if made.cause_id is None else one(look, _about(look, made.cause_id, made))
        yield Measured(made, cause, measures.taken_before(look, made))


def _about(look: Reading, cause_id: str, made: MeasureRecord) -> str:
    """The decision about the text for which it was taken."""
    return decisions_of.of_text_at(look, cause_id, made.created_at).id


def listed(look: Reading, since: datetime, until: datetime) -> list[lists.Begun]:
    """Entries by which an account is refused that began in `since <= moment < until`, the oldest first."""
    return lists.begun(look, since, until)


def _query(*where: ColumnElement[bool]) -> Select[Any]:
    beside = (places.SURFACE.label("at_surface"), places.THREAD.label("at_thread"),
              comments.c.type, comments.c.created_at.label("posted_at"),
              comments.c.external_id, _WHOSE.label("author_id"),
              comments.c.author_cipher.is_not(None).label("is_named"))  # fmt: skip
    joined = decisions.join(comments, comments.c.id == decisions.c.comment_id)
    return select(*decisions.c, *beside).select_from(joined).where(*where)


def _value(look: Reading, row: Row[Any], holds: Holding | None = None) -> ActedOn:
    holds = holds or holding(look, decisions_of.decision_record(row))
    verdict, taken = holds.verdict, holds.taken
    told = (complaints.c.comment_id == row.comment_id, complaints.c.created_at <= holds.at)
    reported = look.execute(select(complaints.c.id).where(*told).limit(1)).first() is not None
    asked = select(appeals.c.outcome).where(appeals.c.decision_id == row.id).order_by(appeals.c.id.desc()).limit(1)
    appeal = look.execute(asked).first()
    outcome = appeal.outcome if appeal else None
    decision = decision_of(dict(row._mapping))
    by_person = verdict is not None or taken is not None
    return ActedOn(
        decision_id=row.id,
        decision=decision,
        outcome=Outcome(row.final_outcome or row.outcome),
        surface=row.at_surface,
        type=row.type,
        posted_at=row.posted_at,
        decided_at=holds.at,
        by_person=by_person,
        labels=(*verdict.labels, *filter(None, (verdict.ground,))) if verdict else (),
        measure=taken.measure if taken else verdict.measure if verdict else None,
        reported=reported,
        appeal=None if outcome is None else AppealOutcome(outcome),
        appealed=appeal is not None,
        ground=taken.ground if taken else "",
        taken=taken,
        external_id=row.external_id,
        author_id=row.author_id,
        is_named=row.is_named,
        listed=_entry(look, decision),
        placed=None if by_person else _placed(look, row, decision),
        held=None if by_person else _held(look, row, decision),
        emergency=None if by_person else _emergency(look, decision),
        shows=() if by_person else _shows(look, decision),
    )


def before_a_verdict(look: Reading, decision_id: str, *, at: datetime) -> ActedOn:
    """The decision as it was at that moment but for verdicts: by a machine, or by a measure that somebody had taken."""
    row = look.execute(_query(decisions.c.id == decision_id)).one()
    taken = measures.stopping(look, row.comment_id, at=at)
    return _value(look, row, Holding(None, taken, (taken and taken.starts_at) or row.created_at))


def _placed(look: Reading, row: Row[Any], decision: Decision) -> MeasureRecord | None:
    told = (each for each in decision.reasons if each.outcome is decision.outcome and is_of_thread(each))
    reason = next(told, None)
    if reason is None:
        return None
    named = measure_of(reason)
    if named is not None:
        return measures.find(look, named)
    return (
        None if row.at_thread is None else measures.held_thread(look, row.at_thread, reason.ground, at=row.created_at)
    )


def _held(look: Reading, row: Row[Any], decision: Decision) -> MeasureRecord | None:
    told = [each for each in decision.reasons if each.outcome is decision.outcome and each.source is Source.ACCOUNT]
    if not told or row.author_id is None:
        return None
    held = measures.held_author(look, row.author_id, at=row.created_at)
    return next((one for one in held for each in told if is_behind(each, one.measure, one.closed)), None)


def _emergency(look: Reading, decision: Decision) -> EmergencyRecord | None:
    told = (emergency.named_by(each) for each in decision.reasons if each.outcome is decision.outcome)
    named = next((each for each in told if each), None)
    return None if named is None else emergencies.find(look, named)


def _entry(look: Reading, decision: Decision) -> ListEntryRecord | None:
    named = next((found for each in decision.reasons if (found := entry_of(each))), None)
    return None if named is None else lists.find_by_id(look, named)


def _shows(look: Reading, decision: Decision) -> tuple[ListEntryRecord, ...]:
    acting = (each for each in decision.reasons if each.outcome is decision.outcome and is_of_entry(each))
    named = dict.fromkeys(filter(None, map(named_by, acting)))
    return tuple(entry for each in named if (entry := lists.find_by_id(look, each)) is not None)
