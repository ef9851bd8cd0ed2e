"""Label records as stored: one in force for each comment, the latest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, insert, or_, select, update

from moderation.spans import Span
from records.ids import new_id
from records.mapping import span_of, value_of
from records.tables import comment_revisions, comments, label_records, verdicts
from records.unit_of_work import Reading, Unit
from records.values import KNOWN_ANSWER, LabelRecord, VerdictKind, VerdictRecord

_BATCH = 500


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A label record with the very text that was judged, and the words of it that a person said matter.

    `hesitated`: so many people were unsure of it, before or after.
    """

    record: LabelRecord
    text: str
    lang: str
    group: str
    span: Span | None = None
    hesitated: int = 0


def add(unit: Unit, verdict: VerdictRecord, *, revision: int, labels: Mapping[str, int]) -> LabelRecord:
    """Writes what `verdict` says of every label; an earlier record of the comment no longer holds."""
    supersede(unit, verdict.comment_id, now=verdict.created_at)
    row = {
        "id": new_id(),
        "comment_id": verdict.comment_id,
        "revision": revision,
        "verdict_id": verdict.id,
        "decision_id": verdict.decision_id,
        "verdict": verdict.verdict,
        "labels": dict(labels),
        "overturned": verdict.overturned,
        "confidence": verdict.confidence,
        "asked": 1,
        "decided_at": verdict.created_at,
    }
    return _value(unit.execute(insert(label_records).values(row).returning(label_records)).one())


def set_agreement(unit: Unit, record_id: str, *, asked: int, agreement: float) -> None:
    """How many were asked blind to each other, and the share of them who said just what the record says."""
    this = update(label_records).where(label_records.c.id == record_id)
    unit.execute(this.values(asked=asked, agreement=agreement))


def supersede(unit: Unit, comment_id: str, *, now: datetime) -> None:
    """The comment's record in force, if any, no longer holds."""
    current = and_(label_records.c.comment_id == comment_id, label_records.c.superseded_at.is_(None))
    unit.execute(update(label_records).where(current).values(superseded_at=now))


def hold_again(unit: Unit, comment_id: str, verdict_id: str) -> None:
    """What this verdict said of the labels holds again; nothing where it said nothing of them."""
    its = and_(label_records.c.comment_id == comment_id, label_records.c.verdict_id == verdict_id)
    unit.execute(update(label_records).where(its).values(superseded_at=None))


def in_force(look: Reading, comment_id: str) -> LabelRecord | None:
    """The comment's record that holds, if any."""
    query = select(label_records).where(label_records.c.comment_id == comment_id)
    found = look.execute(query.where(label_records.c.superseded_at.is_(None))).one_or_none()
    return None if found is None else _value(found)


def decided_between(look: Reading) -> tuple[datetime, datetime] | None:
    """The first and the last moment of any record, in force or not; None where there is none."""
    moments = label_records.c.decided_at
    found = look.execute(select(func.min(moments).label("first"), func.max(moments).label("last"))).one()
    return None if found.first is None else (found.first, found.last)


def labelled_texts(look: Reading, *, since: datetime, until: datetime) -> Iterator[LabelledText]:
    """Records in force of `since <= decided_at < until`, by moment; none whose text was erased."""
    within = and_(label_records.c.decided_at >= since, label_records.c.decided_at < until)
    query = _with_texts().where(within, label_records.c.superseded_at.is_(None))
    after: tuple[datetime, str] | None = None
    while True:
        rows = look.execute((query if after is None else query.where(_after(*after))).limit(_BATCH)).all()
        yield from (_labelled(row) for row in rows if row.judged_text is not None)
        if len(rows) < _BATCH:
            return
        after = (rows[-1].decided_at, rows[-1].id)


def mark_exported(unit: Unit, record_ids: Sequence[str], *, now: datetime) -> None:
    """Remembers the first time that records were written to a file."""
    first = and_(label_records.c.id.in_(record_ids), label_records.c.exported_at.is_(None))
    unit.execute(update(label_records).where(first).values(exported_at=now))


def _with_texts() -> Select[Any]:
    """Records beside the text of the revision that was judged."""
    same = comments.c.revision == label_records.c.revision
    text = case((same, comments.c.text), else_=comment_revisions.c.text).label("judged_text")
    earlier = and_(
        comment_revisions.c.comment_id == label_records.c.comment_id,
        comment_revisions.c.revision == label_records.c.revision,
    )
    joined = label_records.join(comments, comments.c.id == label_records.c.comment_id).outerjoin(
        comment_revisions, earlier
    )
    joined = joined.join(verdicts, verdicts.c.id == label_records.c.verdict_id)
    columns = (*label_records.c, text, comments.c.lang, comments.c.thread_id, verdicts.c.span, _hesitated())
    return select(*columns).select_from(joined).order_by(label_records.c.decided_at, label_records.c.id)


def _hesitated() -> ColumnElement[int]:
    """How many people said of the decision that they are unsure."""
    given = verdicts.alias("unsure")
    mine = and_(given.c.decision_id == label_records.c.decision_id, given.c.undone_at.is_(None))
    of = select(func.count(func.distinct(given.c.moderator))).where(
        mine, given.c.verdict == VerdictKind.UNSURE, given.c.purpose.not_in(KNOWN_ANSWER)
    )
    return of.correlate(label_records).scalar_subquery().label("hesitated")


def _after(moment: datetime, record_id: str) -> ColumnElement[bool]:
    same = and_(label_records.c.decided_at == moment, label_records.c.id > record_id)
    return or_(label_records.c.decided_at > moment, same)


def _labelled(row: Row[Any]) -> LabelledText:
    """Rows of one thread, or of one comment where it has no thread, stay on one side of a split."""
    record = _value(row)
    return LabelledText(
        record,
        row.judged_text,
        row.lang,
        row.thread_id or record.comment_id,
        row.span and span_of(row.span),
        row.hesitated,
    )


def _value(row: Row[Any]) -> LabelRecord:
    return value_of(LabelRecord, row, verdict=VerdictKind)
