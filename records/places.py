"""Where a decision was made: it keeps its surface and thread, wherever the platform moves the comment afterwards.

An inspector's scope, a figure over a month, a gate: all of these are about what was decided there and then. Decisions
of programs before revision 0031 have no place of their own. It is filled in from their entries, some at a time, and
until then it is the comment's present one.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, func, select, update

from moderation.comment import CORPUS
from records.columns import as_bytes
from records.tables import comments, decisions, ledger
from records.unit_of_work import Reading, Unit
from records.values import CommentRecord, DecisionRecord

AT_ONCE = 500
"""Decisions of earlier programs that one unit fills in."""

_ENTRY = "decision"

SURFACE: ColumnElement[str] = func.coalesce(decisions.c.surface, comments.c.surface)
"""Of a decision beside its comment."""

THREAD: ColumnElement[str | None] = case(
    (decisions.c.surface.is_(None), comments.c.thread_id), else_=decisions.c.thread_id
)
"""Of a decision beside its comment; one that has a place may have no thread."""

IS_TRAFFIC: ColumnElement[bool] = decisions.c.surface.is_distinct_from(CORPUS)
"""Of a decision: a platform asked for it. What the house brought to be labelled (doubted rows of a data set, comments
chosen from a file) is judged and decided like anything else, and no figure about a platform may count it."""


def surface_of(decision: DecisionRecord, comment: CommentRecord) -> str:
    """Where the comment stood."""
    return decision.surface or comment.surface


def thread_of(decision: DecisionRecord, comment: CommentRecord) -> str | None:
    """In which thread; None where there was none, and once it was erased."""
    return comment.thread_id if decision.surface is None else decision.thread_id


def is_behind(look: Reading) -> bool:
    """Whether any decision has no place yet."""
    return look.execute(select(decisions.c.id).where(_PLACELESS).limit(1)).first() is not None


def catch_up(unit: Unit) -> int:
    """Gives some decisions their place; how many. Nothing is left once it is 0.

    What somebody else writes meanwhile is left for the next time: no comment is waited for.
    """
    columns = decisions.c.id, comments.c.surface, comments.c.thread_id, ledger.c.body
    its = (ledger.c.subject_id == decisions.c.id) & (ledger.c.kind == _ENTRY)
    query = select(*columns).select_from(decisions.join(comments).outerjoin(ledger, its)).where(_PLACELESS)
    locked = query.with_for_update(of=comments, key_share=True, skip_locked=True)
    rows = unit.execute(locked.order_by(decisions.c.id).limit(AT_ONCE)).all()
    if rows:
        this = update(decisions).where(decisions.c.id == bindparam("row_id"), _PLACELESS)
        unit.execute(this.values(surface=bindparam("at"), thread_id=bindparam("thread")), [_place(row) for row in rows])
    return len(rows)


def _place(row: Row[Any]) -> dict[str, Any]:
    """By its entry, which tells no thread: the comment's, if that stands on the same surface still."""
    told = _told(row.body) or row.surface
    return {"row_id": row.id, "at": told, "thread": row.thread_id if told == row.surface else None}


def _told(body: bytes | str | None) -> str | None:
    """The surface that an entry tells; None for what is no entry, which `chaffinch audit verify` says."""
    try:
        told = json.loads(as_bytes(body or b""))["facts"]["surface"]
    except (ValueError, KeyError, TypeError):
        return None
    return told if isinstance(told, str) else None


_PLACELESS = decisions.c.surface.is_(None)
