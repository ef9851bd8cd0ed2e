"""Decided comments as the neutrality audit compares them: who decided, what about, by which rules. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, func, select

from moderation.decision import Outcome, Source
from records import leaning_acts, places
from records import pardons as pardons_of
from records.columns import as_bytes
from records.flow import LOOKED_AT_BEFORE, TAKEN
from records.ids import first_id_of
from records.judged import decisions_and_texts
from records.mapping import decision_of
from records.measures import STOPPING
from records.pardons import Pardons
from records.retold import who
from records.standing_values import MeasureState, TargetKind
from records.tables import case_words, cases, comments, decisions, ledger, measures, skips, verdicts
from records.unit_of_work import Reading
from records.values import CaseState, Purpose, VerdictKind
from records.waiting import CHOSEN

MOST = 200_000
"""Decisions that are compared, the latest."""

RECOMMENDED = "recommend"
_DECIDED = "decided"
_CONFLICT = "conflict"
"""Why somebody passes a case over who has a part in it."""


@dataclass(frozen=True, slots=True)
class DecidedComment:
    """The last decision about a comment in a span, and the verdict that holds about it.

    `score` is the highest of any label; `label` the likeliest of those that a person would look at for, empty where the
    model suspects nothing: what it thinks least unlikely of a harmless comment says nothing. `rules` asked for more
    than a pass; `stopped` is whether the model did
    by itself. `said` is what the verdict of `moderator` came to, whatever was made of the comment since; `measured_by`
    who took it down by name, or measured its author for it. `text` is None once erased. `answered_at` is when a person
    did either; None where nobody has. `put_off` are moderators who had it in hand and did not decide it, with how they
    let it go (`Way`).
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
    answered_at: datetime | None = None
    put_off: Mapping[str, str] = field(default_factory=dict)
    was_measured: bool = False
    """Whether something was done by name for it or, of the newest of an account's, to its account for nothing named."""
    pardoned_by: str | None = None
    """Who took that back by name."""
    refused_by: frozenset[str] = frozenset()
    """Whose measures (on its thread or account), emergencies, list entries and rules refused it by themselves."""
    held_by: frozenset[str] = frozenset()
    """Whose sent it to a person."""
    let_by: frozenset[str] = frozenset()
    """Whose entries of lists let it pass, which it would not have without them."""


class Way(StrEnum):
    """How somebody let a case go that they had in hand."""

    ESCALATED = "escalated"
    HANDED_OVER = "handed_over"
    SKIPPED = "skipped"
    UNSURE = "unsure"
    LEFT = "left"
    """Given back without a word, or left until its time ran out."""


@dataclass(frozen=True, slots=True)
class _Said:
    """The verdict that holds."""

    moderator: str
    outcome: Outcome
    at: datetime


def decided(look: Reading, since: datetime, until: datetime) -> Iterator[DecidedComment]:
    """Of `since <= moment < until`, one for each comment that a platform sent."""
    joined, text = decisions_and_texts()
    within = (decisions.c.created_at >= since, decisions.c.created_at < until, places.IS_TRAFFIC)
    place = places.SURFACE.label("at_surface"), places.THREAD.label("at_thread")
    beside = (comments.c.external_id, comments.c.author_index, *place)
    query = select(*decisions.c, text, *beside).select_from(joined).where(*within)
    judged, recommended, measured = _moderators(look, since), _recommended(look, since), _measured(look, since)
    put_off, pardons = _put_off(look, since), _Pardoned(pardons_of.since(look, since))
    acts = leaning_acts.since(look, since)
    seen: set[str] = set()
    for row in look.execute(query.order_by(decisions.c.id.desc()).limit(MOST)):
        if row.comment_id in seen:
            continue
        seen.add(row.comment_id)
        decision = decision_of(dict(row._mapping))
        suspected = [each for each in decision.labels if each.score >= each.review_threshold]
        top = max(suspected, key=lambda each: each.score, default=None)
        said, taken = judged.get(row.id), measured.get(row.comment_id)
        acting = [reason for reason in decision.reasons if reason.outcome is not Outcome.PASS]
        where = leaning_acts.Place(row.at_thread, row.author_index, row.created_at)
        refused, held = (acts.behind(acting, where, outcome) for outcome in (Outcome.BLOCK, Outcome.REVIEW))
        yield DecidedComment(
            row.comment_id, row.external_id, row.author_index, row.at_surface, row.language, row.judged_text,
            "" if top is None else top.name, max(each.score for each in decision.labels), decision.outcome,
            Outcome(row.final_outcome or row.outcome),
            any(reason.source is Source.MODEL for reason in acting),
            tuple(sorted({reason.rule_id for reason in acting if reason.rule_id})),
            f"{decision.versions.model} {decision.versions.model_version}", said.moderator if said else None,
            row.comment_id in recommended, row.created_at, said.outcome if said else None, taken and taken.asked_by,
            recommended.get(row.comment_id), _first(said.at if said else None, taken and taken.created_at),
            put_off.get(row.id, {}), *pardons.of(row.comment_id, row.author_index), refused, held,
            acts.letting_by(decision),
        )  # fmt: skip


def between(look: Reading, since: datetime, until: datetime) -> int:
    """How many decisions about what platforms sent were made at `since <= moment < until`."""
    made = decisions.c.created_at
    query = select(func.count()).select_from(decisions).where(made >= since, made < until, places.IS_TRAFFIC)
    return int(look.execute(query).scalar_one())


def newest_model(look: Reading) -> str | None:
    """The model that answered about the newest comment of a platform; None before the first."""
    query = select(decisions.c.model).where(places.IS_TRAFFIC).order_by(decisions.c.id.desc()).limit(1)
    return look.execute(query).scalar()


class _Pardoned:
    """Pardons as they are met, the newest comment of an account first: what names no comment is told of that one."""

    def __init__(self, found: Pardons) -> None:
        self._of_comments, self._of_accounts = found.of_comments, dict(found.of_accounts)

    def of(self, comment_id: str, author_index: str | None) -> tuple[bool, str | None]:
        """Whether something was done, and who took it back."""
        mine = self._of_accounts.pop(author_index, None) if author_index else None
        told = [each for each in (self._of_comments.get(comment_id), mine) if each is not None]
        return bool(told), next(filter(None, told), None)


def _first(*moments: datetime | None) -> datetime | None:
    return min((each for each in moments if each is not None), default=None)


def _moderators(look: Reading, since: datetime) -> dict[str, _Said]:
    """Who gave the verdict that holds, what it said and when, by decision."""
    given = verdicts.c
    holds = (given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE)
    columns = given.decision_id, given.moderator, given.verdict, given.created_at
    query = select(*columns).where(given.created_at >= since, *holds).order_by(given.id)
    said = {VerdictKind.REJECT: Outcome.BLOCK, VerdictKind.APPROVE: Outcome.PASS}
    return {
        row.decision_id: _Said(row.moderator, said[VerdictKind(row.verdict)], row.created_at)
        for row in look.execute(query)
    }


def _put_off(look: Reading, since: datetime) -> dict[str, dict[str, str]]:
    """By decision who had its case in hand and gave no verdict that stands, and how they let it go.

    Not who has it now, and not who said that they have a part in it: they do as they ought.
    """
    taken = _in_hand(look, since)
    ways = _ways(look, since)
    found: dict[str, dict[str, str]] = {}
    which = (cases.c.id >= first_id_of(since - LOOKED_AT_BEFORE), cases.c.purpose == Purpose.DECIDE)
    columns = cases.c.id, cases.c.decision_id, cases.c.state, cases.c.lease_owner
    for row in look.execute(select(*columns).where(*which)):
        holder = row.lease_owner if row.state == CaseState.CLAIMED else None
        for moderator in taken.get(row.id, ()):
            way = ways.get((row.id, moderator), Way.LEFT.value)
            if moderator != holder and way not in (_DECIDED, _CONFLICT):
                found.setdefault(row.decision_id, {})[moderator] = way
    return found


def _in_hand(look: Reading, since: datetime) -> dict[str, set[str]]:
    """By case who took it, or was given it."""
    query = select(ledger.c.subject_id, ledger.c.body).where(
        ledger.c.kind.in_(TAKEN), ledger.c.id >= first_id_of(since)
    )
    found: dict[str, set[str]] = {}
    for row in look.execute(query):
        found.setdefault(row.subject_id, set()).add(who(json.loads(as_bytes(row.body))))
    return found


def _ways(look: Reading, since: datetime) -> dict[tuple[str, str], str]:
    """How each let each case go; what was decided after all is decided."""
    found: dict[tuple[str, str], str] = {}
    skipped = select(skips.c.case_id, skips.c.moderator, skips.c.reason).where(skips.c.created_at >= since, CHOSEN)
    for row in look.execute(skipped):
        own = row.reason == _CONFLICT
        found[row.case_id, row.moderator] = _CONFLICT if own else Way.SKIPPED.value
    told = select(case_words.c.case_id, case_words.c.moderator, case_words.c.kind)
    for row in look.execute(told.where(case_words.c.created_at >= since).order_by(case_words.c.id)):
        found.setdefault((row.case_id, row.moderator), row.kind)
    given = verdicts.c
    said = select(given.case_id, given.moderator, given.verdict).where(given.created_at >= since)
    for row in look.execute(said.where(given.undone_at.is_(None)).order_by(given.id)):
        unsure = row.verdict == VerdictKind.UNSURE
        found[row.case_id, row.moderator] = Way.UNSURE.value if unsure else _DECIDED
    return found


def _measured(look: Reading, since: datetime) -> dict[str, Row[Any]]:
    """Who took a measure by name on a comment, or on an account for it, that was not taken back; by comment."""
    taken = measures.c
    acts = and_(taken.target_kind == TargetKind.COMMENT, taken.measure.in_(STOPPING)) | and_(
        taken.target_kind == TargetKind.AUTHOR, taken.cause_id.is_not(None)
    )
    holds = taken.state.in_((MeasureState.IN_FORCE, MeasureState.ENDED))
    target = func.coalesce(taken.comment_id, taken.cause_id).label("comment_id")
    columns = target, taken.asked_by, taken.created_at
    query = select(*columns).where(taken.created_at >= since, acts, holds).order_by(taken.id)
    return {row.comment_id: row for row in look.execute(query)}


def _recommended(look: Reading, since: datetime) -> dict[str, str]:
    """Comments that were recommended, and by whom, by the ledger."""
    columns = ledger.c.subject_id, ledger.c.body
    query = select(*columns).where(ledger.c.kind == RECOMMENDED, ledger.c.id >= first_id_of(since))
    return {row.subject_id: who(json.loads(as_bytes(row.body))) for row in look.execute(query.order_by(ledger.c.id))}
