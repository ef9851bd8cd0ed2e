"""Emergencies as stored: of one place and effect one runs at a time; what each changed is kept with its decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, distinct, exists, func, insert, or_, select, update

from moderation.decision import EmergencyEffect, Outcome
from moderation.emergency import Effect, Kind, Scope
from moderation.errors import NotFoundError
from records import places
from records.inserting import Insert, insert_into
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import comments, decisions, emergencies, emergency_hits
from records.unit_of_work import Reading, Unit

LONGEST_LIST = 200
"""Decisions of one emergency that are listed by id."""


@dataclass(frozen=True, slots=True)
class EmergencyRecord:
    """One emergency. It runs while `ended_at` is None; `ended_by` is None where time ended it."""

    id: str
    place: str
    scope: Scope
    effect: Effect
    is_drill: bool
    asked_by: str
    approved_by: str
    why: str
    ground: str
    approval_id: str
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str | None


@dataclass(frozen=True, slots=True)
class NewEmergency:
    """What begins, by whom and why, as it was approved."""

    scope: Scope
    effect: Effect
    is_drill: bool
    asked_by: str
    approved_by: str
    why: str
    ground: str
    approval_id: str
    ends_at: datetime

    @property
    def place(self) -> str:
        """Where and what; a drill runs beside the real thing."""
        return place_of(self.scope, self.effect.kind, is_drill=self.is_drill)


@dataclass(frozen=True, slots=True)
class Changed:
    """Comments that an emergency changed, alike in what it made of them and in what people said since.

    `final` is None where nobody has said anything. `authors` are told apart by pseudonym.
    """

    surface: str
    lang: str
    otherwise: Outcome
    outcome: Outcome
    final: Outcome | None
    count: int
    authors: int


def place_of(scope: Scope, kind: Kind, *, is_drill: bool) -> str:
    """Where and what in one word, as the running one is told by: `news/thread-7/*:closed`."""
    where = "/".join("*" if part is None else part for part in (scope.surface, scope.thread_id, scope.label))
    return f"{where}:{kind}{' drill' if is_drill else ''}"


def start(unit: Unit, new: NewEmergency, *, now: datetime) -> EmergencyRecord | None:
    """Begins it, under the id of its question.

    None where one of the same place runs already, whoever began that one at the same moment.
    """
    effect = new.effect
    row = {
        "id": new.approval_id,
        "place": new.place,
        "surface": new.scope.surface,
        "thread_id": new.scope.thread_id,
        "label": new.scope.label,
        "effect": {
            "kind": effect.kind.value, "review": effect.review, "block": effect.block, "a_minute": effect.a_minute,
        },
        "drill": new.is_drill,
        "asked_by": new.asked_by,
        "approved_by": new.approved_by,
        "why": new.why,
        "ground": new.ground,
        "approval_id": new.approval_id,
        "starts_at": now,
        "ends_at": new.ends_at,
    }  # fmt: skip
    added = unit.execute(_insert(unit.dialect).values(row).returning(emergencies)).one_or_none()
    return None if added is None else _value(added)


def get(look: Reading, emergency_id: str) -> EmergencyRecord:
    """The emergency, by its id or that of its question, which are one since 0059. Raises `NotFoundError`."""
    found = find(look, emergency_id)
    if found is None:
        raise NotFoundError(f"There is no emergency {emergency_id}: see `chaffinch emergency list`.")
    return found


def find(look: Reading, emergency_id: str) -> EmergencyRecord | None:
    """The same; None where there is none."""
    named = or_(emergencies.c.id == emergency_id, emergencies.c.approval_id == emergency_id)
    found = look.execute(select(emergencies).where(named)).one_or_none()
    return None if found is None else _value(found)


def running(look: Reading) -> list[EmergencyRecord]:
    """Those that nobody has ended, the oldest first; one whose time has come is among them until a worker ends it."""
    query = select(emergencies).where(emergencies.c.ended_at.is_(None)).order_by(emergencies.c.id)
    return [_value(row) for row in look.execute(query)]


def any_due(look: Reading, now: datetime) -> bool:
    """Whether the time of one has come."""
    due = and_(emergencies.c.ended_at.is_(None), emergencies.c.ends_at <= now)
    return look.execute(select(emergencies.c.id).where(due).limit(1)).first() is not None


def running_at(look: Reading, place: str) -> EmergencyRecord | None:
    """The one that runs there."""
    query = select(emergencies).where(emergencies.c.ended_at.is_(None), emergencies.c.place == place)
    found = look.execute(query).one_or_none()
    return None if found is None else _value(found)


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[EmergencyRecord]:
    """All of them, the newest first."""
    query = select(emergencies)
    return page_by_id(look, query, emergencies.c.id, _value, asked_of("emergencies", limit, cursor), newest_first=True)


def end(
    unit: Unit, emergency_id: str, *, by: str | None, why: str | None, now: datetime
) -> EmergencyRecord | None:  # fmt: skip
    """Ends it; None where it was ended before, by whomever. It never ends before it began, whatever a clock says."""
    this = and_(emergencies.c.id == emergency_id, emergencies.c.ended_at.is_(None))
    begun = unit.execute(select(emergencies.c.starts_at).where(this)).scalar_one_or_none()
    if begun is None:
        return None
    values = {"ended_at": max(now, begun), "ended_by": by, "ended_why": why}
    found = unit.execute(update(emergencies).where(this).values(values).returning(emergencies)).one_or_none()
    return None if found is None else _value(found)


def keep_hits(unit: Unit, hits: Iterable[tuple[str, EmergencyEffect]]) -> None:
    """Writes, by decision id, what emergencies changed; with the decisions, in their transaction."""
    rows = [
        {
            "emergency_id": effect.emergency_id,
            "decision_id": decision_id,
            "otherwise": effect.otherwise.value,
            "outcome": effect.outcome.value,
        }
        for decision_id, effect in hits
    ]
    if rows:
        unit.execute(insert(emergency_hits), rows)


def behind(look: Reading, decision_id: str) -> list[EmergencyRecord]:
    """Those by which the decision came to something else than without; no drills."""
    hit = emergency_hits.c.emergency_id == emergencies.c.id, emergency_hits.c.decision_id == decision_id
    changed_it = exists().where(*hit, emergency_hits.c.otherwise != emergency_hits.c.outcome)
    query = select(emergencies).where(emergencies.c.drill.is_(False), changed_it)
    return [_value(row) for row in look.execute(query.order_by(emergencies.c.id))]


def covered(look: Reading, record: EmergencyRecord, *, now: datetime) -> int:
    """Decisions about comments in its surface and thread while it ran."""
    query = select(func.count()).select_from(decisions.join(comments)).where(_within(record, now))
    return int(look.execute(query).scalar_one())


def changed(look: Reading, emergency_id: str) -> list[Changed]:
    """What it changed, counted."""
    group = (
        places.SURFACE.label("surface"),
        comments.c.lang,
        emergency_hits.c.otherwise,
        emergency_hits.c.outcome,
        decisions.c.final_outcome,
    )
    counts = (func.count().label("number"), func.count(distinct(comments.c.author_index)).label("authors"))
    tables = emergency_hits.join(decisions).join(comments)
    query = select(*group, *counts).select_from(tables).where(emergency_hits.c.emergency_id == emergency_id)
    return [
        Changed(
            row.surface,
            row.lang,
            Outcome(row.otherwise),
            Outcome(row.outcome),
            None if row.final_outcome is None else Outcome(row.final_outcome),
            row.number,
            row.authors,
        )
        for row in look.execute(query.group_by(*group).order_by(*group))
    ]


def authors_hit(look: Reading, emergency_id: str, *, wrongly: bool = False) -> int:
    """Accounts whose comments it changed; `wrongly`: those of which a person said since that the comment stands."""
    query = (
        select(func.count(distinct(comments.c.author_index)))
        .select_from(emergency_hits.join(decisions).join(comments))
        .where(emergency_hits.c.emergency_id == emergency_id)
    )
    return int(look.execute(query.where(_wrong()) if wrongly else query).scalar_one())


def erased_since(look: Reading, emergency_id: str) -> int:
    """Comments that it changed, by their decisions, and that were erased since."""
    tables = emergency_hits.join(decisions).join(comments)
    mine = emergency_hits.c.emergency_id == emergency_id, comments.c.erased_at.is_not(None)
    return int(look.execute(select(func.count()).select_from(tables).where(*mine)).scalar_one())


def wrong_ids(look: Reading, emergency_id: str) -> list[str]:
    """Decisions that it changed and of which a person said since that the comment stands, the newest first."""
    query = select(emergency_hits.c.decision_id).select_from(emergency_hits.join(decisions))
    this = query.where(emergency_hits.c.emergency_id == emergency_id, _wrong())
    return list(look.execute(this.order_by(emergency_hits.c.decision_id.desc()).limit(LONGEST_LIST)).scalars())


def _wrong() -> ColumnElement[bool]:
    held = emergency_hits.c.outcome != Outcome.PASS.value
    return and_(held, decisions.c.final_outcome == Outcome.PASS.value)


def _within(record: EmergencyRecord, now: datetime) -> ColumnElement[bool]:
    until = record.ended_at or max(now, record.starts_at)
    within = [decisions.c.created_at >= record.starts_at, decisions.c.created_at <= until]
    if record.scope.surface is not None:
        within.append(places.SURFACE == record.scope.surface)
    if record.scope.thread_id is not None:
        within.append(places.THREAD == record.scope.thread_id)
    return and_(*within)


def _insert(dialect: str) -> Insert:
    return insert_into(emergencies, dialect).on_conflict_do_nothing()


def _value(row: Row[Any]) -> EmergencyRecord:
    effect = row.effect
    return EmergencyRecord(
        id=row.id,
        place=row.place,
        scope=Scope(row.surface, row.thread_id, row.label),
        effect=Effect(Kind(effect["kind"]), effect["review"], effect["block"], effect["a_minute"]),
        is_drill=row.drill,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        why=row.why,
        ground=row.ground,
        approval_id=row.approval_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_why=row.ended_why,
    )


def decided_within(look: Reading, scope: Scope, since: datetime) -> int:
    """How many comments were decided since then where it would hold, whatever their labels."""
    joined = decisions.join(comments, comments.c.id == decisions.c.comment_id)
    where = [decisions.c.created_at >= since, places.IS_TRAFFIC]
    if scope.surface is not None:
        where.append(places.SURFACE == scope.surface)
    if scope.thread_id is not None:
        where.append(places.THREAD == scope.thread_id)
    return int(look.execute(select(func.count()).select_from(joined).where(*where)).scalar_one())
