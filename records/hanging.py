"""What hangs on comments and goes with their texts: words that people wrote about them, what finds them again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from records import search_index
from records.tables import (
    appeals,
    bulk_members,
    bulk_verdicts,
    case_words,
    complaints,
    feedback,
    likenesses,
    telling_words,
    verdicts,
)
from records.unit_of_work import Unit


def forget(unit: Unit, comment_ids: Sequence[str]) -> int:
    """Removes it; how many notes of people there were. The rows that say what was done stay."""
    notes = 0
    unit.execute(update(case_words).where(case_words.c.comment_id.in_(comment_ids)).values(reason=None))
    for table in (verdicts, feedback, complaints, appeals, case_words):
        noted = table.c.comment_id.in_(comment_ids) & table.c.note.is_not(None)
        notes += unit.execute(update(table).where(noted).values(note=None)).rowcount
    unit.execute(update(complaints).where(complaints.c.comment_id.in_(comment_ids)).values(author_index=None))
    bulks = select(bulk_members.c.bulk_id).where(bulk_members.c.comment_id.in_(comment_ids))
    noted = bulk_verdicts.c.id.in_(bulks) & bulk_verdicts.c.note.is_not(None)
    notes += unit.execute(update(bulk_verdicts).where(noted).values(note=None)).rowcount
    for finds in (likenesses, telling_words):
        unit.execute(delete(finds).where(finds.c.comment_id.in_(comment_ids)))
    search_index.forget(unit, comment_ids)
    search_index.mark(unit, comment_ids)
    return notes
