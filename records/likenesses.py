"""By what decided texts are found again: the bands of their MinHash, from which no text can be read.

Two texts that agree in half their pieces share a band with a probability of 0.8 (`moderation/behaviour/signature.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, literal_column, select

from records.tables import cases, comments, label_records, likenesses
from records.unit_of_work import Reading, Unit

_AT_ONCE = 500
"""Ids in one question to the database."""


def keep(unit: Unit, comment_id: str, bands: Sequence[int]) -> None:
    """In the place of what was kept of the comment before."""
    unit.execute(delete(likenesses).where(likenesses.c.comment_id == comment_id))
    if bands:
        unit.execute(insert(likenesses), [{"band": band, "comment_id": comment_id} for band in sorted(set(bands))])


def near(look: Reading, bands: Sequence[int], *, but: Collection[str], limit: int) -> list[str]:
    """Decided comments that share a band, those that share most first, the newest of them before others."""
    if not bands:
        return []
    shared = func.count().label("shared")
    query = select(likenesses.c.comment_id, shared).where(
        likenesses.c.band.in_(list(bands)), likenesses.c.comment_id.not_in(list(but))
    )
    ranked = query.group_by(likenesses.c.comment_id).order_by(shared.desc(), likenesses.c.comment_id.desc())
    return [row.comment_id for row in look.execute(ranked.limit(limit))]


def bands_of_many(look: Reading, comment_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The bands that are kept of each of them, in order; of short texts and undecided ones there are none."""
    found: dict[str, list[int]] = {}
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = likenesses.c.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        for row in look.execute(select(likenesses.c.comment_id, likenesses.c.band).where(some)):
            found.setdefault(row.comment_id, []).append(row.band)
    return {comment_id: tuple(sorted(bands)) for comment_id, bands in found.items()}


def decided_as(look: Reading, label: str, *, but: Sequence[str], limit: int) -> list[str]:
    """Comments whose case was about this label and was decided last, with a verdict that holds."""
    query = (
        select(cases.c.comment_id)
        .join(label_records, label_records.c.comment_id == cases.c.comment_id)
        .join(comments, comments.c.id == cases.c.comment_id)
        .where(
            cases.c.label == label,
            # As written in the index (`ix_cases_label_closed`), or a prepared statement would not find it.
            cases.c.state == literal_column("'closed'"),
            cases.c.comment_id.not_in(list(but)),
            label_records.c.superseded_at.is_(None),
            comments.c.text.is_not(None),
        )
        .order_by(cases.c.closed_at.desc(), cases.c.id.desc())
        .limit(4 * limit)
    )
    return list(dict.fromkeys(look.execute(query).scalars()))[:limit]
