"""What was held against comments and accounts by name, and who took it back: measures lifted, entries taken off lists.

What ends by itself, with an erasure, or on an appeal that the queue decided, nobody of the house took back by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Label, and_, case, func, or_, select

from moderation.lists import ACCOUNT, ListAction
from records.measures import STOPPING
from records.standing_values import MeasureState, TargetKind
from records.tables import authors, list_entries, measures
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Pardons:
    """By comment (for which something was done), and by an account's keyed hash (where no comment was named).

    Who took it back, as records name them; empty where it stands or ran its time.
    """

    of_comments: Mapping[str, str]
    of_accounts: Mapping[str, str]


def since(look: Reading, moment: datetime) -> Pardons:
    """What began, or was taken back, since then."""
    return Pardons(_of_comments(look, moment), {**_of_accounts(look, moment), **_of_entries(look, moment)})


_HELD = (MeasureState.IN_FORCE, MeasureState.ENDED, MeasureState.LIFTED, MeasureState.REPLACED)
"""What waited and was never done is nothing that could be taken back."""


def _of_comments(look: Reading, moment: datetime) -> dict[str, str]:
    m = measures.c
    on_comment = and_(m.target_kind == TargetKind.COMMENT, m.measure.in_(STOPPING), m.role.is_(None))
    on_account = and_(m.target_kind == TargetKind.AUTHOR, m.cause_id.is_not(None))
    about = func.coalesce(m.comment_id, m.cause_id).label("about")
    query = select(about, _pardoner()).where(or_(on_comment, on_account), *_began(moment)).order_by(m.id)
    return _told([(row.about, row.who) for row in look.execute(query)])


def _of_accounts(look: Reading, moment: datetime) -> dict[str, str]:
    m = measures.c
    alone = and_(m.target_kind == TargetKind.AUTHOR, m.cause_id.is_(None))
    joined = measures.join(authors, authors.c.id == m.author_id)
    query = select(authors.c.author_index.label("about"), _pardoner()).select_from(joined).where(alone, *_began(moment))
    return _told([(row.about, row.who) for row in look.execute(query.order_by(m.id))])


def _of_entries(look: Reading, moment: datetime) -> dict[str, str]:
    e = list_entries.c
    counted = and_(e.kind == ACCOUNT, e.action != ListAction.ALLOW.value, e.waits_since.is_(None))
    query = select(e.key, e.removed_by).where(counted, or_(e.created_at >= moment, e.removed_at >= moment))
    return _told([(row.key, row.removed_by or "") for row in look.execute(query.order_by(e.id))])


def _pardoner() -> Label[str]:
    m = measures.c
    return case((m.state == MeasureState.LIFTED, func.coalesce(m.ended_by, "")), else_="").label("who")


def _began(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    m = measures.c
    return m.state.in_(_HELD), m.starts_at.is_not(None), or_(m.created_at >= moment, m.ended_at >= moment)


def _told(rows: list[tuple[str, str]]) -> dict[str, str]:
    """The last who took something back; of what nobody did, nobody."""
    found: dict[str, str] = {}
    for about, who in rows:
        found[about] = who or found.get(about, "")
    return found
