"""Stored decisions beside the very texts that were judged, and what people said of them: for looking back.

They come in order of time, so that who looks back can count as the service counted then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Join, Row, Select, and_, case, func, or_, select

from moderation.decision import Outcome, Source
from records import places
from records.mapping import decision_of
from records.tables import comment_revisions, comments, decisions, label_records
from records.unit_of_work import Reading

_BATCH = 500


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A decision's text. `labels` is what a verdict in force says of each label, empty where nobody judged.

    `otherwise` is what had been decided without any rule, `by_rules` what each that hit asked for. `author_index` is
    the keyed hash of the author's pseudonym, as the platform said last of the comment.
    """

    decision_id: str
    text: str
    lang: str
    surface: str
    labels: Mapping[str, bool]
    otherwise: Outcome
    by_rules: Mapping[str, Outcome]
    created_at: datetime
    author_index: str | None
    thread_id: str | None


def count(look: Reading) -> int:
    """How many decisions are stored, those whose text was erased too."""
    return int(look.execute(select(func.count()).select_from(decisions)).scalar_one())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a decision stands in the order of time."""

    created_at: datetime
    id: str


def judged_texts(look: Reading, *, since: Place | None = None) -> Iterator[JudgedText]:
    """Every stored decision after `since` whose text was not erased, oldest first, read in batches."""
    while found := judged_after(look, since, limit=_BATCH):
        yield from (judged for _, judged in found if judged is not None)
        since = found[-1][0]


def judged_after(look: Reading, place: Place | None, *, limit: int) -> list[tuple[Place, JudgedText | None]]:
    """The next decisions after a place, from the first if None, oldest first; None where the text was erased."""
    query = _with_texts().order_by(decisions.c.created_at, decisions.c.id).limit(limit)
    rows = look.execute(query if place is None else query.where(_follows(place))).all()
    return [(Place(row.created_at, row.id), None if row.judged_text is None else _value(row)) for row in rows]


def place_before(look: Reading, most: int) -> Place | None:
    """After it stand the last `most` decisions; None where there are no more than that."""
    query = select(decisions.c.created_at, decisions.c.id)
    ordered = query.order_by(decisions.c.created_at.desc(), decisions.c.id.desc())
    found = look.execute(ordered.offset(most).limit(1)).one_or_none()
    return None if found is None else Place(found.created_at, found.id)


def texts_of(look: Reading, decision_ids: Collection[str]) -> dict[str, str]:
    """The very texts that these decisions judged; what was erased is absent."""
    joined, text = decisions_and_texts()
    query = select(decisions.c.id, text).select_from(joined).where(decisions.c.id.in_(list(decision_ids)))
    return {row.id: row.judged_text for row in look.execute(query) if row.judged_text is not None}


def comments_of(look: Reading, decision_ids: Collection[str]) -> dict[str, str]:
    """By decision the comment that it is about."""
    query = select(decisions.c.id, decisions.c.comment_id).where(decisions.c.id.in_(list(decision_ids)))
    return {row.id: row.comment_id for row in look.execute(query)}


def _follows(last: Place) -> ColumnElement[bool]:
    """Later, or of the same moment and made later. The first half alone finds the place in the index."""
    later = or_(decisions.c.created_at > last.created_at, decisions.c.id > last.id)
    return and_(decisions.c.created_at >= last.created_at, later)


def decisions_and_texts() -> tuple[Join, ColumnElement[Any]]:
    """Decisions joined with their comments, and as `judged_text` the text of the revision that was judged."""
    same = comments.c.revision == decisions.c.revision
    text = case((same, comments.c.text), else_=comment_revisions.c.text).label("judged_text")
    earlier = and_(
        comment_revisions.c.comment_id == decisions.c.comment_id, comment_revisions.c.revision == decisions.c.revision
    )
    joined = decisions.join(comments, comments.c.id == decisions.c.comment_id)
    return joined.outerjoin(comment_revisions, earlier), text


def said_of_decision() -> ColumnElement[bool]:
    """The label record in force of the very text that a decision judged."""
    return and_(
        label_records.c.comment_id == decisions.c.comment_id,
        label_records.c.revision == decisions.c.revision,
        label_records.c.superseded_at.is_(None),
    )


def _with_texts() -> Select[Any]:
    """Decisions beside the text of the revision that was judged, and the labels that hold for it."""
    joined, text = decisions_and_texts()
    place = places.SURFACE.label("at_surface"), places.THREAD.label("at_thread")
    beside = (*place, comments.c.author_index, label_records.c.labels.label("told"))
    return select(*decisions.c, text, *beside).select_from(joined.outerjoin(label_records, said_of_decision()))


def _value(row: Row[Any]) -> JudgedText:
    reasons = decision_of(dict(row._mapping)).reasons
    outcomes = [reason.outcome for reason in reasons if reason.source is not Source.RULE]
    by_rules = {reason.rule_id: reason.outcome for reason in reasons if reason.source is Source.RULE and reason.rule_id}
    return JudgedText(
        decision_id=row.id,
        text=row.judged_text,
        lang=row.language,
        surface=row.at_surface,
        labels={name: bool(said) for name, said in (row.told or {}).items()},
        otherwise=max(outcomes, key=lambda outcome: outcome.severity, default=Outcome.PASS),
        by_rules=by_rules,
        created_at=row.created_at,
        author_index=row.author_index,
        thread_id=row.at_thread,
    )
