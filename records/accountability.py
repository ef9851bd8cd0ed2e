"""What checks of duties count in the records: measures without a reason, comments passed undecided, promises broken."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, func, inspect, literal, select

from moderation.decision import Outcome
from records.tables import (
    appeals,
    approvals,
    authors,
    bulk_members,
    bulk_verdicts,
    campaigns,
    comments,
    complaints,
    decisions,
    ledger,
    metadata,
)
from records.unit_of_work import Reading
from records.values import ApprovalState

MOST = 20_000
"""Rows of a kind that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Late:
    """What waits for an answer: how many altogether, how many beyond their promise, since when the first of these."""

    waiting: int
    late: int
    since: datetime | None


def columns(look: Reading) -> dict[str, list[str]]:
    """The columns of every table, as the database has them."""
    found = inspect(look.connection)
    return {name: [column["name"] for column in found.get_columns(name)] for name in metadata.tables}


def unreasoned(look: Reading, kinds: Collection[str]) -> tuple[int, list[str]]:
    """How many entries of these kinds were looked at, and the ids of those without a reason or ground."""
    query = select(ledger.c.id, ledger.c.body).where(ledger.c.kind.in_(kinds)).order_by(ledger.c.id.desc()).limit(MOST)
    rows = look.execute(query).all()
    bodies = [(row.id, json.loads(row.body)) for row in rows]
    return len(rows), [name for name, body in bodies if not (body["reason"].strip() and body["ground"].strip())]


def blocked_without_reason(look: Reading) -> tuple[int, list[str]]:
    """How many blocked decisions were looked at, and the ids of those that say no reason."""
    query = select(decisions.c.id, decisions.c.reasons).where(decisions.c.outcome == Outcome.BLOCK.value)
    rows = look.execute(query.order_by(decisions.c.id.desc()).limit(MOST)).all()
    return len(rows), [row.id for row in rows if not row.reasons]


def passed_undecided(look: Reading, policy: str, surfaces: Sequence[str]) -> tuple[int, int]:
    """Decisions of a policy on these surfaces, and how many of them passed though a part had not answered."""
    joined = decisions.join(comments, comments.c.id == decisions.c.comment_id)
    mine = (decisions.c.policy.startswith(f"{policy}@", autoescape=True), comments.c.surface.in_(surfaces))
    count = select(func.count()).select_from(joined)
    undecided = (decisions.c.degraded.is_(True), decisions.c.outcome == Outcome.PASS.value)
    all_of = look.execute(count.where(*mine)).scalar_one()
    return all_of, look.execute(count.where(*mine, *undecided)).scalar_one()


def late_complaints(look: Reading, *, now: datetime) -> Late:
    """Complaints that wait for an answer."""
    return _late(look, complaints, now)


def late_appeals(look: Reading, *, now: datetime) -> Late:
    """Appeals that wait for an answer."""
    return _late(look, appeals, now)


def campaigns_seen(look: Reading) -> int:
    """How many campaigns were ever opened."""
    return int(look.execute(select(func.count()).select_from(campaigns)).scalar_one())


def agreements_kept(look: Reading) -> int:
    """Accounts of which it is known which agreement they accepted."""
    return int(look.execute(select(func.count(authors.c.agreement_version))).scalar_one())


def ciphers(look: Reading, *, limit: int) -> list[str]:
    """The newest stored pseudonyms of authors, encrypted."""
    query = select(comments.c.author_cipher).where(comments.c.author_cipher.is_not(None))
    return list(look.execute(query.order_by(comments.c.id.desc()).limit(limit)).scalars())


def last_sealed(look: Reading) -> str | None:
    """What the newest sealed entry is about."""
    query = select(ledger.c.subject_id).where(ledger.c.sealed_index.is_not(None))
    found: str | None = look.execute(query.order_by(ledger.c.sealed_index.desc()).limit(1)).scalar_one_or_none()
    return found


def bulk_alone(look: Reading, most: int) -> list[str]:
    """Bulk verdicts over more comments than `most` that ran without a second person's yes."""
    size = (
        select(func.count()).where(bulk_members.c.bulk_id == bulk_verdicts.c.id).correlate(bulk_verdicts)
    ).scalar_subquery()
    yes = (
        select(literal(1))
        .where(approvals.c.subject_id == bulk_verdicts.c.id, approvals.c.state == ApprovalState.APPROVED.value)
        .correlate(bulk_verdicts)
        .exists()
    )
    ran = bulk_verdicts.c.state.in_(("running", "done"))
    return list(look.execute(select(bulk_verdicts.c.id).where(ran, size > most, ~yes)).scalars())


def _late(look: Reading, table: Table, now: datetime) -> Late:
    open_ = table.c.answered_at.is_(None)
    whole = look.execute(select(func.count()).select_from(table).where(open_)).scalar_one()
    over = select(func.count().label("number"), func.min(table.c.due_at).label("since"))
    late = look.execute(over.select_from(table).where(open_, table.c.due_at < now)).one()
    return Late(whole, late.number, late.since)
