"""Edge cases of labels as stored. Which are shown to whom is `review/edge_cases.py`'s business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, insert, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.tables import comments, decisions, edge_cases
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """A comment that was held to be a label, or was not, and why. `taken_back_at`: it is shown no more since."""

    id: str
    comment_id: str
    decision_id: str
    label: str
    is_so: bool
    why: str
    author: str
    created_at: datetime
    taken_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """One that was not taken back, and its comment's text, which is as it was when it was marked."""

    edge: EdgeCase
    text: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What is held of which comment. `why` is in somebody's own words."""

    comment_id: str
    decision_id: str
    label: str
    is_so: bool
    why: str


def add(unit: Unit, marked: Marked, *, author: str, now: datetime) -> EdgeCase:
    """The database refuses a second one that stands for the same comment and label."""
    row = {
        "id": new_id(),
        "comment_id": marked.comment_id,
        "decision_id": marked.decision_id,
        "label": marked.label,
        "is_so": marked.is_so,
        "why": marked.why,
        "author": author,
        "created_at": now,
    }
    return value_of(EdgeCase, unit.execute(insert(edge_cases).values(row).returning(edge_cases)).one())


def get(look: Reading, edge_id: str) -> EdgeCase:
    """It, standing or not. Raises `NotFoundError`."""
    found = look.execute(select(edge_cases).where(edge_cases.c.id == edge_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such edge case.")
    return value_of(EdgeCase, found)


def take_back(unit: Unit, edge_id: str, *, now: datetime) -> bool:
    """Shown no more from now on; False where it was not shown any more."""
    mine = and_(edge_cases.c.id == edge_id, edge_cases.c.taken_back_at.is_(None))
    return unit.execute(update(edge_cases).where(mine).values(taken_back_at=now)).rowcount == 1


def labels_of(look: Reading, comment_id: str) -> set[str]:
    """Beside which labels' policies the comment stands."""
    mine = and_(edge_cases.c.comment_id == comment_id, edge_cases.c.taken_back_at.is_(None))
    return set(look.execute(select(edge_cases.c.label).where(mine)).scalars())


def standing(look: Reading, *, per_label: int, label: str | None = None) -> list[Standing]:
    """The newest `per_label` of each label, or of one, the newest first; none whose text changed or went."""
    only = [] if label is None else [edge_cases.c.label == label]
    place = func.row_number().over(partition_by=edge_cases.c.label, order_by=edge_cases.c.id.desc()).label("place")
    same_text = and_(comments.c.text.is_not(None), comments.c.revision == decisions.c.revision)
    joined = edge_cases.join(comments, comments.c.id == edge_cases.c.comment_id).join(
        decisions, decisions.c.id == edge_cases.c.decision_id
    )
    found = (
        select(edge_cases, comments.c.text, place)
        .select_from(joined)
        .where(edge_cases.c.taken_back_at.is_(None), same_text, *only)
        .subquery()
    )
    rows = look.execute(select(found).where(found.c.place <= per_label).order_by(found.c.id.desc()))
    return [Standing(value_of(EdgeCase, row), row.text) for row in rows]
