"""What checks of duties count in the records: measures without a reason, comments passed undecided, promises broken."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, func, inspect, literal, or_, select

from moderation.behaviour import BurstKind
from moderation.decision import Outcome
from moderation.lists import ACCOUNT, ListAction
from moderation.ports import NO_TIER
from records import account_appeals, entry_words, flaggers, places
from records.assessments import AssessmentState
from records.complaints import waiting_of_flaggers
from records.house_values import ENTRY_KEPT, ApprovalState
from records.ids import first_id_of
from records.inspections import InspectionState
from records.measures import HOLDING
from records.public_values import FloodState
from records.standing_values import MeasureState, ReturnState
from records.tables import (
    appeals,
    approvals,
    assessments,
    bulk_members,
    bulk_verdicts,
    campaigns,
    comments,
    complaints,
    credit_events,
    credit_pending,
    decisions,
    emergencies,
    incidents,
    inspections,
    ledger,
    list_entries,
    measures,
    metadata,
    reporter_findings,
    returns,
)
from records.unit_of_work import Reading

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
    bodies = entry_words.restored(look, {row.id: json.loads(row.body) for row in rows})
    silent = [name for name, body in bodies.items() if not (body["reason"].strip() and body["ground"].strip())]
    return len(rows), silent


def blocked_without_reason(look: Reading) -> tuple[int, list[str]]:
    """How many blocked decisions were looked at, and the ids of those that say no reason."""
    query = select(decisions.c.id, decisions.c.reasons).where(decisions.c.outcome == Outcome.BLOCK.value)
    rows = look.execute(query.order_by(decisions.c.id.desc()).limit(MOST)).all()
    return len(rows), [row.id for row in rows if not row.reasons]


def passed_undecided(look: Reading, policy: str, surfaces: Sequence[str]) -> tuple[int, int]:
    """Decisions of a policy on these surfaces, and how many of them passed though a part had not answered."""
    joined = decisions.join(comments, comments.c.id == decisions.c.comment_id)
    mine = (decisions.c.policy.startswith(f"{policy}@", autoescape=True), places.SURFACE.in_(surfaces))
    count = select(func.count()).select_from(joined)
    undecided = (decisions.c.degraded.is_(True), decisions.c.outcome == Outcome.PASS.value)
    all_of = look.execute(count.where(*mine)).scalar_one()
    return all_of, look.execute(count.where(*mine, *undecided)).scalar_one()


@dataclass(frozen=True, slots=True)
class Decided:
    """How many decisions came out alike: under which policy, on which surface; `policy` is its name alone."""

    policy: str
    surface: str
    outcome: Outcome
    is_passed: bool
    """By the machine, or by a person since."""
    is_whole: bool
    """Whether all parts answered, a model among them."""
    count: int


def decided(look: Reading, surfaces: Sequence[str], *, since: datetime) -> list[Decided]:
    """What was decided on these surfaces since then, under whatever policy."""
    d, surface = decisions.c, places.SURFACE
    alike = (d.policy, surface.label("surface"), d.outcome, d.final_outcome, d.degraded, d.tier)
    query = (
        select(*alike, func.count().label("number"))
        .select_from(decisions.join(comments, comments.c.id == d.comment_id))
        .where(d.created_at >= since, surface.in_(surfaces))
        .group_by(d.policy, surface, d.outcome, d.final_outcome, d.degraded, d.tier)
    )
    return [
        Decided(
            policy=row.policy.partition("@")[0],
            surface=row.surface,
            outcome=Outcome(row.outcome),
            is_passed=(row.final_outcome or row.outcome) == Outcome.PASS.value,
            is_whole=not row.degraded and row.tier != NO_TIER,
            count=row.number,
        )
        for row in look.execute(query)
    ]


def late_complaints(look: Reading, *, now: datetime) -> Late:
    """Complaints that wait for an answer."""
    return _late(look, complaints, now)


@dataclass(frozen=True, slots=True)
class Flaggers:
    """How many trusted flaggers stand, and how many of their notices wait beyond their promise."""

    standing: int
    late: int


def flaggers_now(look: Reading, *, now: datetime) -> Flaggers:
    """As of now."""
    return Flaggers(len(flaggers.standing(look, now=now)), waiting_of_flaggers(look, now=now).late)


def reporter_findings_waiting(look: Reading) -> int:
    """How many findings about who reports or appeals wait for a person."""
    mine = reporter_findings.c.state == FloodState.WAITING
    return int(look.execute(select(func.count()).select_from(reporter_findings).where(mine)).scalar_one())


def late_appeals(look: Reading, *, now: datetime) -> Late:
    """Appeals that wait for an answer: of what was decided about comments, of measures, of entries of lists."""
    of_comments = _late(look, appeals, now)
    due = sorted(each.due_at for each in account_appeals.waiting(look))
    late = [each for each in due if each < now]
    since = min((each for each in (of_comments.since, *late[:1]) if each is not None), default=None)
    return Late(of_comments.waiting + len(due), of_comments.late + len(late), since)


def campaigns_seen(look: Reading) -> int:
    """How many campaigns were ever opened; a group of cases is none."""
    spread = campaigns.c.kind.in_([kind.value for kind in BurstKind])
    return int(look.execute(select(func.count()).select_from(campaigns).where(spread)).scalar_one())


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


def shut_out_alone(look: Reading, longest_days: float) -> tuple[list[str], list[str]]:
    """Measures that hold accounts or threads and entries that hold or block longer than that, by one person's word.

    Ids of measures and of entries, the oldest first.
    """
    m, entry = measures.c, list_entries.c
    long = and_(m.measure.in_(HOLDING), or_(m.days.is_(None), m.days > longest_days))
    of = or_(and_(m.author_id.is_not(None), or_(m.measure == "close", long)), and_(m.thread_id.is_not(None), long))
    held = select(m.id).where(of, m.state == MeasureState.IN_FORCE, m.approval_id.is_(None))
    alone = and_(
        entry.removed_at.is_(None), entry.approval_id.is_(None), entry.action != ListAction.ALLOW,
        entry.id.not_in(select(approvals.c.subject_id).where(
            approvals.c.kind == ENTRY_KEPT, approvals.c.state == ApprovalState.APPROVED
        )),
    )  # fmt: skip
    rows = look.execute(select(entry.id, entry.created_at, entry.expires_at).where(alone).order_by(entry.id))
    longest = timedelta(days=longest_days)
    listed = [row.id for row in rows if row.expires_at is None or row.expires_at - row.created_at > longest]
    return list(look.execute(held.order_by(m.id)).scalars()), listed


def recommended(look: Reading, *, since: datetime) -> Counter[tuple[str, str]]:
    """How often who recommended whom since then: by name or key, and the author's keyed hash; none of erased ones."""
    m, c = measures.c, comments.c
    query = select(m.asked_by, c.author_index, func.count().label("number")).join(comments, c.id == m.comment_id)
    mine = (m.measure == "recommend", m.created_at >= since, c.author_index.is_not(None))
    rows = look.execute(query.where(*mine).group_by(m.asked_by, c.author_index))
    return Counter({(row.asked_by, row.author_index): row.number for row in rows})


def recommended_of(look: Reading, author_index: str) -> str:
    """One comment of theirs that was recommended, by which pages speak of the account."""
    query = select(func.max(measures.c.comment_id)).join(comments, comments.c.id == measures.c.comment_id)
    mine = (measures.c.measure == "recommend", comments.c.author_index == author_index)
    return str(look.execute(query.where(*mine)).scalar_one())


def measures_taken(look: Reading) -> int:
    """Measures on accounts, comments and threads that held or hold."""
    return _count(look, measures, measures.c.starts_at.is_not(None))


def hidden_by_operators(look: Reading) -> int:
    """Comments that were hidden for who runs the thread (`governance/minding.py`)."""
    return _count(look, measures, measures.c.role.is_not(None) & measures.c.starts_at.is_not(None))


def credit_counted(look: Reading) -> int:
    """Things that count for or against anybody."""
    return _count(look, credit_events, credit_events.c.void_at.is_(None))


def credit_behind(look: Reading, since: datetime) -> bool:
    """Whether a comment was marked before then and its author's credit was not counted anew since."""
    query = select(credit_pending.c.id).where(credit_pending.c.id < first_id_of(since))
    return look.execute(query.limit(1)).first() is not None


def accounts_listed(look: Reading, *, now: datetime) -> int:
    """Accounts that are forbidden."""
    return _count(look, list_entries, _forbids(now))


def unreviewed_accounts(look: Reading, *, now: datetime) -> Late:
    """Accounts that are forbidden and will be looked at again; those count as late at which nobody looked in time."""
    planned = and_(_forbids(now), list_entries.c.review_at.is_not(None))
    over = select(func.count().label("number"), func.min(list_entries.c.review_at).label("since"))
    late = look.execute(over.where(planned, list_entries.c.review_at < now)).one()
    return Late(_count(look, list_entries, planned), late.number, late.since)


def returns_waiting(look: Reading, *, before: datetime) -> Late:
    """Findings about who came back that nobody has decided; those count as late that were made before then."""
    waits = returns.c.state == ReturnState.WAITING
    over = select(func.count().label("number"), func.min(returns.c.created_at).label("since"))
    late = look.execute(over.where(waits, returns.c.created_at < before)).one()
    return Late(_count(look, returns, waits), late.number, late.since)


def inspections_made(look: Reading) -> int:
    """Requests of authorities, whatever became of them."""
    return _count(look, inspections)


def lapsed_inspections(look: Reading, *, now: datetime) -> list[str]:
    """Requests of authorities that waited until their time was over, the newest first."""
    lapsed = (inspections.c.state == InspectionState.WAITING, inspections.c.ends_at < now)
    return list(look.execute(select(inspections.c.id).where(*lapsed).order_by(inspections.c.id.desc())).scalars())


def unreported(look: Reading, severities: Collection[str], *, before: datetime) -> list[str]:
    """Incidents of these severities that were found before then and told to no authority, the oldest first."""
    known = (incidents.c.severity.in_(severities), incidents.c.found_at < before, incidents.c.reported_at.is_(None))
    return list(look.execute(select(incidents.c.id).where(*known).order_by(incidents.c.found_at)).scalars())


def assessments_signed(look: Reading) -> int:
    """Assessments that were signed by all."""
    return _count(look, assessments, assessments.c.state == AssessmentState.SIGNED)


def emergencies_begun(look: Reading) -> int:
    """Emergencies and drills, whether they run or not."""
    return _count(look, emergencies)


def _forbids(now: datetime) -> ColumnElement[bool]:
    """Whether an entry forbids an account now."""
    entry = list_entries.c
    return and_(
        entry.kind == ACCOUNT,
        entry.action == ListAction.BLOCK,
        entry.removed_at.is_(None),
        entry.waits_since.is_(None),
        or_(entry.expires_at.is_(None), entry.expires_at > now),
    )


def _count(look: Reading, table: Table, *where: ColumnElement[bool]) -> int:
    return int(look.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def _late(look: Reading, table: Table, now: datetime) -> Late:
    open_ = table.c.answered_at.is_(None)
    whole = look.execute(select(func.count()).select_from(table).where(open_)).scalar_one()
    over = select(func.count().label("number"), func.min(table.c.due_at).label("since"))
    late = look.execute(over.select_from(table).where(open_, table.c.due_at < now)).one()
    return Late(whole, late.number, late.since)
