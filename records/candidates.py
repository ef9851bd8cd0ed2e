"""Decisions about which a person might be asked, and what was said of those about which one was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select

from moderation.decision import Decision, Outcome
from records import places
from records.judged import said_of_decision
from records.mapping import decision_of
from records.tables import cases, comments, decisions, label_records
from records.unit_of_work import Reading

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A comment as it stands and the last decision about it. `had_case`: a person was asked already."""

    comment_id: str
    decision_id: str
    text: str
    surface: str
    decision: Decision
    had_case: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What the machine decided and whether a person called that text harmful; None where nobody decided yet."""

    outcome: Outcome
    harmful: bool | None


def candidates(look: Reading, *, after: str = "", but_of: Sequence[str] = ()) -> Iterator[Candidate]:
    """The last decision of every comment whose text is there, oldest first, read in batches.

    Those with an id up to `after` are left out, and those of the surfaces `but_of`.
    """
    query = _last_decisions().where(places.SURFACE.not_in(but_of))
    while True:
        rows = look.execute(query.where(decisions.c.id > after).limit(_BATCH)).all()
        yield from (_candidate(row) for row in rows)
        if len(rows) < _BATCH:
            return
        after = rows[-1].id


def decided_between(look: Reading, since: datetime, until: datetime, *, most: int) -> list[str]:
    """The newest decision of each comment decided from `since` until before `until`, whose text is there: ids."""
    within = decisions.c.created_at >= since, decisions.c.created_at < until
    query = _last_decisions().with_only_columns(decisions.c.id).where(*within)
    return list(look.execute(query.limit(most)).scalars())


def of_decisions(look: Reading, decision_ids: Sequence[str]) -> list[Candidate]:
    """Those decisions, oldest first; what is no candidate any more is missing."""
    return [_candidate(row) for row in look.execute(_last_decisions().where(decisions.c.id.in_(decision_ids)))]


def count(look: Reading) -> int:
    """How many comments are stored whose text is there."""
    return int(look.execute(select(func.count()).where(comments.c.text.is_not(None))).scalar_one())


def said_of(look: Reading, decision_ids: Sequence[str]) -> Mapping[str, Said]:
    """By decision; those that are gone are missing."""
    columns = (decisions.c.id, decisions.c.outcome, label_records.c.labels)
    query = select(*columns).select_from(decisions.outerjoin(label_records, said_of_decision()))
    found: dict[str, Said] = {}
    for first in range(0, len(decision_ids), _BATCH):
        some = decision_ids[first : first + _BATCH]
        found |= {row.id: _said(row) for row in look.execute(query.where(decisions.c.id.in_(some)))}
    return found


def _last_decisions() -> Select[Any]:
    return (
        select(*decisions.c, comments.c.text, places.SURFACE.label("at_surface"), _has_case().label("had_case"))
        .join(comments, comments.c.id == decisions.c.comment_id)
        .where(comments.c.text.is_not(None), comments.c.revision == decisions.c.revision, ~_has_later())
        .order_by(decisions.c.id)
    )


def _has_later() -> ColumnElement[bool]:
    later = decisions.alias("later")
    return exists().where(later.c.comment_id == decisions.c.comment_id, later.c.id > decisions.c.id)


def _has_case() -> ColumnElement[bool]:
    return exists().where(cases.c.comment_id == decisions.c.comment_id)


def _candidate(row: Row[Any]) -> Candidate:
    decision = decision_of(dict(row._mapping))
    return Candidate(row.comment_id, row.id, row.text, row.at_surface, decision, bool(row.had_case))


def _said(row: Row[Any]) -> Said:
    return Said(Outcome(row.outcome), None if row.labels is None else any(row.labels.values()))
