"""Label records beside the verdicts that they came of: what a model will learn is what people said.

The verdicts themselves are held against their entries (`records/underlying.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from records.guarding import of_row
from records.tables import comments, label_records, verdicts
from records.tampering import Finding, What
from records.told_entries import BATCH, plain
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind

_SAME = ("comment_id", "decision_id", "verdict", "overturned", "confidence")


def label_differences(look: Reading) -> Iterator[Finding]:
    """What somebody altered, removed or put in."""
    yield from _other_labels(look)
    yield from _without_label(look)


def _other_labels(look: Reading) -> Iterator[Finding]:
    newest = verdicts.alias("newest")
    of_comment = newest.c.comment_id == label_records.c.comment_id
    holds = select(func.max(newest.c.id)).where(of_comment, _holds(newest)).scalar_subquery()
    its = [verdicts.c[name].label(f"of_{name}") for name in (*_SAME, "labels", "created_at")]
    joined = label_records.outerjoin(verdicts, verdicts.c.id == label_records.c.verdict_id)
    query = select(label_records, *its, holds.label("holds")).select_from(joined).order_by(label_records.c.id)
    after = ""
    while rows := look.execute(query.where(label_records.c.id > after).limit(BATCH)).all():
        after = rows[-1].id
        for row in rows:
            yield from of_row(label_records, row, _beside)


def _beside(row: Mapping[str, Any]) -> Iterator[Finding]:
    if odd := ", ".join(_odd(row)):
        told = f"The label record {row['id']} is not what its verdict {row['verdict_id']} says: {odd}."
        yield Finding(What.RECORD, told)


def _holds(given: FromClause) -> ColumnElement[bool]:
    """Verdicts that decide and were not taken back."""
    is_sure = given.c.verdict != VerdictKind.UNSURE
    return and_(given.c.purpose == Purpose.DECIDE, is_sure, given.c.undone_at.is_(None))


def _odd(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in _SAME if row[name] != row[f"of_{name}"])
    labels = row["labels"]
    if not isinstance(labels, dict) or {name for name, on in labels.items() if on} != set(row["of_labels"] or ()):
        yield "labels"
    if plain(row["decided_at"]) != plain(row["of_created_at"]):
        yield "decided_at"
    if (row["superseded_at"] is None) != (row["holds"] == row["verdict_id"]):
        yield "superseded_at"


def _without_label(look: Reading) -> Iterator[Finding]:
    """Verdicts that say something of the labels; of an erased comment nothing is learnt."""
    joined = verdicts.join(comments, and_(comments.c.id == verdicts.c.comment_id, comments.c.erased_at.is_(None)))
    its = select(label_records.c.id).where(label_records.c.verdict_id == verdicts.c.id).exists()
    query = (
        select(verdicts.c.id, verdicts.c.verdict, verdicts.c.labels).select_from(joined).where(_holds(verdicts), ~its)
    )
    after = ""
    while rows := look.execute(query.where(verdicts.c.id > after).order_by(verdicts.c.id).limit(BATCH)).all():
        after = rows[-1].id
        for row in rows:
            if row.verdict == VerdictKind.APPROVE or row.labels:
                yield Finding(What.RECORD, f"The label record of the verdict {row.id} is gone from label_records.")
