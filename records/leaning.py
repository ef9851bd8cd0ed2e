"""Decided comments as the neutrality audit compares them: who decided, what about, by which rules. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from moderation.decision import Outcome, Source
from records.ids import first_id_of
from records.judged import decisions_and_texts
from records.mapping import decision_of
from records.tables import comments, decisions, ledger, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind

MOST = 200_000
"""Decisions that are compared, the latest."""

RECOMMENDED = "recommend"


@dataclass(frozen=True, slots=True)
class DecidedComment:
    """The last decision about a comment in a span, and the verdict that holds about it.

    `label` and `score` are of the highest score; `rules` asked for more than a pass; `stopped` is whether the model did
    by itself. `text` is None once erased.
    """

    comment_id: str
    external_id: str | None
    author_index: str | None
    surface: str
    lang: str
    text: str | None
    label: str
    score: float
    machine: Outcome
    final: Outcome
    stopped: bool
    rules: tuple[str, ...]
    model: str
    moderator: str | None
    recommended: bool
    at: datetime


def decided(look: Reading, since: datetime, until: datetime) -> Iterator[DecidedComment]:
    """Of `since <= moment < until`, one for each comment."""
    joined, text = decisions_and_texts()
    within = (decisions.c.created_at >= since, decisions.c.created_at < until)
    beside = (comments.c.external_id, comments.c.author_index, comments.c.surface)
    query = select(*decisions.c, text, *beside).select_from(joined).where(*within)
    who, recommended = _moderators(look, since), _recommended(look, since)
    seen: set[str] = set()
    for row in look.execute(query.order_by(decisions.c.id.desc()).limit(MOST)):
        if row.comment_id in seen:
            continue
        seen.add(row.comment_id)
        decision = decision_of(dict(row._mapping))
        top = max(decision.labels, key=lambda label: label.score)
        acting = [reason for reason in decision.reasons if reason.outcome is not Outcome.PASS]
        yield DecidedComment(
            row.comment_id, row.external_id, row.author_index, row.surface, row.language, row.judged_text, top.name,
            top.score, decision.outcome, Outcome(row.final_outcome or row.outcome),
            any(reason.source is Source.MODEL for reason in acting),
            tuple(sorted({reason.rule_id for reason in acting if reason.rule_id})),
            f"{decision.versions.model} {decision.versions.model_version}", who.get(row.id),
            row.comment_id in recommended, row.created_at,
        )  # fmt: skip


def _moderators(look: Reading, since: datetime) -> dict[str, str]:
    """Who gave the verdict that holds, by decision."""
    given = verdicts.c
    holds = (given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE)
    query = select(given.decision_id, given.moderator).where(given.created_at >= since, *holds).order_by(given.id)
    return {row.decision_id: row.moderator for row in look.execute(query)}


def _recommended(look: Reading, since: datetime) -> frozenset[str]:
    """Comments that were recommended, by the ledger."""
    query = select(ledger.c.subject_id).where(ledger.c.kind == RECOMMENDED, ledger.c.id >= first_id_of(since))
    return frozenset(look.execute(query).scalars())
