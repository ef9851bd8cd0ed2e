"""The records under the ledger: a decision that has no entry, an entry whose decision is gone, a text that is another.

The ledger proves what it says. That the tables which the service works with still say the same is found here: every
decision is in the ledger, every decision in the ledger is there, and every text that is kept is the one it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from records.commitments import commit
from records.tables import comment_revisions, comments, decisions, ledger
from records.tampering import Finding, What
from records.unit_of_work import Reading

_BATCH = 2000
MOST = 1000
"""Findings of one kind that are told."""

DECISION = "decision"


def differences(look: Reading) -> Iterator[Finding]:
    """What differs, decision by decision."""
    yield from _without_entry(look)
    yield from _without_decision(look)
    yield from _other_texts(look)


def _without_entry(look: Reading) -> Iterator[Finding]:
    its = and_(ledger.c.subject_id == decisions.c.id, ledger.c.kind == DECISION)
    query = select(decisions.c.id).where(~select(ledger.c.id).where(its).exists()).order_by(decisions.c.id)
    for row in look.execute(query.limit(MOST)):
        yield Finding(What.MISSING, f"The decision {row.id} has no entry: it was removed, or the decision inserted.")


def _without_decision(look: Reading) -> Iterator[Finding]:
    its = decisions.c.id == ledger.c.subject_id
    query = select(ledger.c.id, ledger.c.subject_id, ledger.c.sealed_index).where(
        ledger.c.kind == DECISION, ~select(decisions.c.id).where(its).exists()
    )
    for row in look.execute(query.order_by(ledger.c.id).limit(MOST)):
        told = f"The decision {row.subject_id}, of which entry {_number(row)} tells, is gone from the table decisions."
        yield Finding(What.RECORD, told, row.sealed_index, row.sealed_index, row.id)


def _other_texts(look: Reading) -> Iterator[Finding]:
    """Texts and commitments beside what the entry of the decision about them says."""
    query, after, many = _texts(), "", 0
    while rows := look.execute(query.where(decisions.c.id > after).limit(_BATCH)).all():
        after = rows[-1].decision_id
        for row in rows:
            told = _difference(row, json.loads(row.body)["facts"])
            if told is None:
                continue
            many += 1
            yield Finding(What.RECORD, told, row.sealed_index, row.sealed_index, row.entry_id)
            if many == MOST:
                return


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
        comments.c.salt,
        comments.c.commitment,
        comment_revisions.c.text.label("earlier_text"),
        comment_revisions.c.salt.label("earlier_salt"),
        comment_revisions.c.commitment.label("earlier_commitment"),
        ledger.c.id.label("entry_id"),
        ledger.c.body,
        ledger.c.sealed_index,
    )
    return select(*columns).select_from(joined).where(present).order_by(decisions.c.id)


def _difference(row: Row[Any], facts: Mapping[str, Any]) -> str | None:
    is_newest = row.newest == row.revision
    text = row.text if is_newest else row.earlier_text
    salt = row.salt if is_newest else row.earlier_salt
    held = row.commitment if is_newest else row.earlier_commitment
    if facts["outcome"] != row.outcome:
        return (
            f"The decision {row.decision_id} says {row.outcome}, and its entry {_number(row)} says {facts['outcome']}."
        )
    if facts["text_commitment"] != held.hex() or (text is not None and held != commit(salt, "text", text)):
        return (
            f"The text that the decision {row.decision_id} is about is another than when entry {_number(row)} was made."
        )
    return None


def _number(row: Row[Any]) -> str:
    return "that is not sealed yet" if row.sealed_index is None else str(row.sealed_index)
