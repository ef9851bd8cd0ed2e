"""Every text that is kept, beside the commitment in the entry of the decision about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, and_, exists, or_, select

from records.attachments import KIND
from records.commitments import commit
from records.guarding import of_row
from records.tables import comment_revisions, comments, decisions, ledger
from records.tampering import Finding, What
from records.told_entries import BATCH, DECISION, MOST, Entry, number, read
from records.unit_of_work import Reading

ATTACHED = f"{KIND}_commitment"
"""The fact of entries since revision 0062 that commits to what was attached; null for nothing."""


def other_texts(look: Reading) -> Iterator[Finding]:
    """Texts and commitments beside what the entry of the decision about them says; and those that are gone."""
    yield from _without_row(look)
    yield from _without_decision(look)
    query, after, many = _texts(), "", 0
    while rows := look.execute(query.where(decisions.c.id > after).limit(BATCH)).all():
        after = rows[-1].decision_id
        for row in rows:
            entry = next(read([row]), None)
            told = [] if entry is None else of_row(
                decisions, row, partial(_beside, row, entry), name=row.decision_id
            )  # fmt: skip
            many += len(told)
            yield from told
            if many == MOST:
                return


def _without_row(look: Reading) -> Iterator[Finding]:
    """Comments, and earlier texts of them, that were decided about and are gone."""
    d, c, earlier = decisions.c, comments.c, comment_revisions.c
    no_comment = select(d.comment_id).where(~exists().where(c.id == d.comment_id)).distinct().limit(MOST)
    for row in look.execute(no_comment):
        yield Finding(What.RECORD, f"The comment {row.comment_id}, about which was decided, is gone from comments.")
    kept = exists().where(earlier.comment_id == d.comment_id, earlier.revision == d.revision)
    pairs = select(d.comment_id, d.revision).join(comments, c.id == d.comment_id)
    for row in look.execute(pairs.where(d.revision != c.revision, ~kept).distinct().limit(MOST)):
        told = f"The text {row.revision} of the comment {row.comment_id}, about which was decided, is gone from"
        yield Finding(What.RECORD, f"{told} comment_revisions.")


def _without_decision(look: Reading) -> Iterator[Finding]:
    """Comments, and earlier texts of them, about which nothing was ever decided."""
    d, c, earlier = decisions.c, comments.c, comment_revisions.c
    for row in look.execute(select(c.id).where(~exists().where(d.comment_id == c.id)).limit(MOST)):
        yield Finding(What.MISSING, f"The comment {row.id} has no decision: it was removed, or the comment inserted.")
    decided = exists().where(d.comment_id == earlier.comment_id, d.revision == earlier.revision)
    for row in look.execute(select(earlier.comment_id, earlier.revision).where(~decided).limit(MOST)):
        told = f"The text {row.revision} of the comment {row.comment_id} has no decision: it was removed, or the text"
        yield Finding(What.MISSING, f"{told} inserted.")


def _texts() -> Select[Any]:
    earlier = and_(
        comment_revisions.c.comment_id == decisions.c.comment_id, comment_revisions.c.revision == decisions.c.revision
    )
    joined = (
        decisions.join(comments, comments.c.id == decisions.c.comment_id)
        .outerjoin(comment_revisions, earlier)
        .join(ledger, and_(ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION))
    )
    present = or_(comments.c.revision == decisions.c.revision, comment_revisions.c.id.is_not(None))
    columns = (
        decisions.c.id.label("decision_id"),
        decisions.c.outcome,
        decisions.c.revision,
        comments.c.revision.label("newest"),
        comments.c.text,
        comments.c.attachments,
        comments.c.salt,
        comments.c.commitment,
        comment_revisions.c.text.label("earlier_text"),
        comment_revisions.c.attachments.label("earlier_attachments"),
        comment_revisions.c.salt.label("earlier_salt"),
        comment_revisions.c.commitment.label("earlier_commitment"),
        ledger.c.id,
        ledger.c.kind,
        ledger.c.body,
        ledger.c.sealed_index,
    )
    return select(*columns).select_from(joined).where(present).order_by(decisions.c.id)


def _beside(row: Row[Any], entry: Entry, _row: Mapping[str, Any]) -> Iterator[Finding]:
    if (told := _difference(row, entry)) is not None:
        yield Finding(What.RECORD, told, entry.number, entry.number, entry.id)


def _difference(row: Row[Any], entry: Entry) -> str | None:
    facts = entry.body["facts"]
    is_newest = row.newest == row.revision
    text = row.text if is_newest else row.earlier_text
    salt = row.salt if is_newest else row.earlier_salt
    held = row.commitment if is_newest else row.earlier_commitment
    attached = row.attachments if is_newest else row.earlier_attachments
    if facts["outcome"] != row.outcome:
        said = facts["outcome"]
        return f"The decision {row.decision_id} says {row.outcome}, and its entry {number(entry)} says {said}."
    if facts["text_commitment"] != held.hex() or (
        text is not None and (salt is None or held != commit(salt, "text", text))
    ):
        about = f"The text that the decision {row.decision_id} is about"
        return f"{about} is another than when entry {number(entry)} was made."
    if not _are_told(facts, salt, attached):
        about = f"What was attached to the text that the decision {row.decision_id} is about"
        return f"{about} is not what it was when entry {number(entry)} was made."
    return None


def _are_told(facts: Mapping[str, Any], salt: bytes | None, attached: str | None) -> bool:
    """Whether attachments are those that an entry commits to; entries before revision 0062 do not say."""
    if salt is None:
        return attached is None
    told = facts.get(ATTACHED)
    return ATTACHED not in facts or told == (None if attached is None else commit(salt, KIND, attached).hex())
