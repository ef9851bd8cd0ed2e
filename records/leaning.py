"""Decided comments as the neutrality audit compares them: who decided, what about, by which rules. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from moderation.decision import Outcome, Source
from records import places
from records.columns import as_bytes
from records.ids import first_id_of
from records.judged import decisions_and_texts
from records.mapping import decision_of
from records.measures import STOPPING
from records.retold import who
from records.standing_values import MeasureState, TargetKind
from records.tables import comments, decisions, ledger, measures, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind

MOST = 200_000
"""Decisions that are compared, the latest."""

RECOMMENDED = "recommend"


@dataclass(frozen=True, slots=True)
class DecidedComment:
    """The last decision about a comment in a span, and the verdict that holds about it.

    `score` is the highest of any label; `label` the likeliest of those that a person would look at for, empty where the
    model suspects nothing: what it thinks least unlikely of a harmless comment says nothing. `rules` asked for more
    than a pass; `stopped` is whether the model did
    by itself. `said` is what the verdict of `moderator` came to, whatever was made of the comment since; `measured_by`
    who took it down by name, or measured its author for it. `text` is None once erased.
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
    said: Outcome | None = None
    measured_by: str | None = None
    recommended_by: str | None = None


def decided(look: Reading, since: datetime, until: datetime) -> Iterator[DecidedComment]:
    """Of `since <= moment < until`, one for each comment that a platform sent."""
    joined, text = decisions_and_texts()
    within = (decisions.c.created_at >= since, decisions.c.created_at < until, places.IS_TRAFFIC)
    beside = (comments.c.external_id, comments.c.author_index, places.SURFACE.label("at_surface"))
    query = select(*decisions.c, text, *beside).select_from(joined).where(*within)
    judged, recommended, measured = _moderators(look, since), _recommended(look, since), _measured(look, since)
    nobody: tuple[str | None, Outcome | None] = None, None
    seen: set[str] = set()
    for row in look.execute(query.order_by(decisions.c.id.desc()).limit(MOST)):
        if row.comment_id in seen:
            continue
        seen.add(row.comment_id)
        decision = decision_of(dict(row._mapping))
        suspected = [each for each in decision.labels if each.score >= each.review_threshold]
        top = max(suspected, key=lambda each: each.score, default=None)
        moderator, said = judged.get(row.id, nobody)
        acting = [reason for reason in decision.reasons if reason.outcome is not Outcome.PASS]
        yield DecidedComment(
            row.comment_id, row.external_id, row.author_index, row.at_surface, row.language, row.judged_text,
            "" if top is None else top.name, max(each.score for each in decision.labels), decision.outcome,
            Outcome(row.final_outcome or row.outcome),
            any(reason.source is Source.MODEL for reason in acting),
            tuple(sorted({reason.rule_id for reason in acting if reason.rule_id})),
            f"{decision.versions.model} {decision.versions.model_version}", moderator,
            row.comment_id in recommended, row.created_at, said, measured.get(row.comment_id),
            recommended.get(row.comment_id),
        )  # fmt: skip


def _moderators(look: Reading, since: datetime) -> dict[str, tuple[str, Outcome]]:
    """Who gave the verdict that holds, and what it said, by decision."""
    given = verdicts.c
    holds = (given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE)
    columns = given.decision_id, given.moderator, given.verdict
    query = select(*columns).where(given.created_at >= since, *holds).order_by(given.id)
    said = {VerdictKind.REJECT: Outcome.BLOCK, VerdictKind.APPROVE: Outcome.PASS}
    return {row.decision_id: (row.moderator, said[VerdictKind(row.verdict)]) for row in look.execute(query)}


def _measured(look: Reading, since: datetime) -> dict[str, str]:
    """Who took a measure by name on a comment, or on an account for it, that was not taken back; by comment."""
    taken = measures.c
    acts = and_(taken.target_kind == TargetKind.COMMENT, taken.measure.in_(STOPPING)) | and_(
        taken.target_kind == TargetKind.AUTHOR, taken.cause_id.is_not(None)
    )
    holds = taken.state.in_((MeasureState.IN_FORCE, MeasureState.ENDED))
    columns = func.coalesce(taken.comment_id, taken.cause_id).label("comment_id"), taken.asked_by
    query = select(*columns).where(taken.created_at >= since, acts, holds).order_by(taken.id)
    return {row.comment_id: row.asked_by for row in look.execute(query)}


def _recommended(look: Reading, since: datetime) -> dict[str, str]:
    """Comments that were recommended, and by whom, by the ledger."""
    columns = ledger.c.subject_id, ledger.c.body
    query = select(*columns).where(ledger.c.kind == RECOMMENDED, ledger.c.id >= first_id_of(since))
    return {row.subject_id: who(json.loads(as_bytes(row.body))) for row in look.execute(query.order_by(ledger.c.id))}
