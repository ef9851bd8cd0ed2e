"""What several people said of the same decision, and what they said of what is known. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select

from records import places
from records.given import stands, was_read
from records.tables import cases, comments, decisions, gold, verdicts
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, Purpose, VerdictKind
from records.waiting import DISAGREEMENT, UNDECIDED


@dataclass(frozen=True, slots=True)
class Opinion:
    """One person's answer. `third` is whether it was asked because two others had differed."""

    decision_id: str
    moderator: str
    verdict: VerdictKind
    labels: tuple[str, ...]
    """With the ground of a reject that no label names."""
    surface: str
    second: bool
    third: bool
    source: str = ""
    """What brought the case here: decision, complaint, feedback, chosen, ..."""
    chance: float | None = None
    """With which a second person was drawn; None where none was, or before this was kept."""
    comment_id: str = ""


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """One person's answer to what is known, and what is known."""

    moderator: str
    verdict: VerdictKind
    labels: tuple[str, ...]
    known_verdict: VerdictKind
    known_labels: tuple[str, ...]
    comment_id: str = ""


def on_checked(
    look: Reading, *, since: datetime, until: datetime | None = None, by: Sequence[str] | None = None
) -> list[Opinion]:
    """Every answer about decisions of which a second person said something since then, by decision, the first first.

    `by`: about decisions of which this person, under any of their names, said something. `until`, which is left out:
    what was said from then on is none of a second person's yet.
    """
    checked = select(verdicts.c.decision_id).where(
        verdicts.c.purpose == Purpose.OPINION, verdicts.c.created_at >= since, _stands(), *_before(until)
    )
    if by is not None:
        theirs = select(verdicts.c.decision_id).where(verdicts.c.moderator.in_(by))
        checked = checked.where(verdicts.c.decision_id.in_(theirs))
    query = (
        _answers(
            cases.c.why,
            cases.c.opened_by,
            verdicts.c.purpose,
            verdicts.c.second_chance,
            places.SURFACE.label("surface"),
        )
        .join(decisions, decisions.c.id == verdicts.c.decision_id)
        .join(comments, comments.c.id == verdicts.c.comment_id)
        .where(verdicts.c.decision_id.in_(checked), verdicts.c.purpose.not_in(KNOWN_ANSWER), _stands())
        .order_by(verdicts.c.decision_id, verdicts.c.id)
    )
    return [_opinion(row) for row in look.execute(query)]


def on_known(
    look: Reading, *, since: datetime, until: datetime | None = None, by: Sequence[str] | None = None
) -> list[GoldAnswer]:
    """Every answer to what is known, mixed in among other cases, since then; `until` and `by` as for `on_checked`."""
    theirs = [] if by is None else [verdicts.c.moderator.in_(by)]
    mixed_in = and_(verdicts.c.purpose == Purpose.GOLD, verdicts.c.created_at >= since, _stands(), *_before(until))
    return _known(look, and_(mixed_in, *theirs))


def asked(look: Reading, *, since: datetime) -> dict[str, tuple[int, int]]:
    """By moderator how many known answers they gave since then, and how many answers of all that they read for it."""
    mixed_in = func.sum(case((verdicts.c.purpose == Purpose.GOLD, 1), else_=0))
    query = select(verdicts.c.moderator, mixed_in.label("known"), func.count().label("decided")).where(
        verdicts.c.created_at >= since, stands(verdicts), was_read()
    )
    return {row.moderator: (int(row.known), row.decided) for row in look.execute(query.group_by(verdicts.c.moderator))}


def on_lessons(look: Reading, moderators: Sequence[str]) -> list[GoldAnswer]:
    """Every answer of these newcomers to a lesson, the first first; a doubt counts as an answer, which is not right."""
    return _known(look, and_(verdicts.c.purpose == Purpose.LESSON, verdicts.c.moderator.in_(list(moderators))))


def _known(look: Reading, which: ColumnElement[bool]) -> list[GoldAnswer]:
    known = (gold.c.verdict.label("known_verdict"), gold.c.labels.label("known_labels"))
    query = _answers(*known).join(gold, gold.c.id == cases.c.gold_id).where(which)
    return [
        GoldAnswer(
            row.moderator,
            VerdictKind(row.verdict),
            _codes(row),
            VerdictKind(row.known_verdict),
            tuple(row.known_labels),
            row.comment_id,
        )
        for row in look.execute(query.order_by(verdicts.c.id))
    ]


def awaited(look: Reading) -> tuple[int, int]:
    """How many second opinions are still to be given, and how many disagreements to be settled."""
    open_ = cases.c.state.in_(UNDECIDED)
    second = select(func.count()).where(cases.c.purpose == Purpose.OPINION, open_)
    third = select(func.count()).where(cases.c.why == DISAGREEMENT, open_)
    return int(look.execute(second).scalar_one()), int(look.execute(third).scalar_one())


def _answers(*more: ColumnElement[Any]) -> Select[Any]:
    given = verdicts.c
    said = (given.decision_id, given.comment_id, given.moderator, given.verdict, given.labels, given.ground)
    return select(*said, *more).join(cases, cases.c.id == verdicts.c.case_id)


def _before(until: datetime | None) -> list[ColumnElement[bool]]:
    return [] if until is None else [verdicts.c.created_at < until]


def _stands() -> ColumnElement[bool]:
    return and_(verdicts.c.undone_at.is_(None), verdicts.c.verdict != VerdictKind.UNSURE)


def _codes(row: Row[Any]) -> tuple[str, ...]:
    return (*row.labels, row.ground) if row.ground else tuple(row.labels)


def _opinion(row: Row[Any]) -> Opinion:
    return Opinion(
        row.decision_id,
        row.moderator,
        VerdictKind(row.verdict),
        _codes(row),
        row.surface,
        second=row.purpose == Purpose.OPINION,
        third=row.why == DISAGREEMENT,
        source=row.opened_by,
        chance=row.second_chance,
        comment_id=row.comment_id,
    )
