"""A challenger beside the answers: which decisions it has still to be held against, and what it would have said.

One worker at a time holds a challenger: its lease is in the challenger's row, and every write asks for it, so that a
worker that was taken for dead can write nothing. Results and the cursor behind which nothing is looked at again move
in one transaction. What stands here is never part of an answer: no other repository reads these tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update

from moderation.decision import Decision, Outcome
from moderation.errors import ConflictError
from moderation.shadow import Shadowed, cause_of
from records import places
from records.inserting import insert_into
from records.judged import decisions_and_texts, said_of_decision
from records.mapping import decision_of, labels_json, value_of
from records.tables import comments, decisions, label_records, shadow_decisions, shadow_runs
from records.unit_of_work import Reading, Unit
from records.values import VerdictKind

LEASE = timedelta(seconds=60)
_DRAWS = 16**4
"""The last four hexadecimal digits of a decision's id are random: they say whether it is drawn, to every worker."""


@dataclass(frozen=True, slots=True)
class ShadowRun:
    """One challenger. Of the decisions drawn `scored` were held against it, `agreed` alike; `left_out` were not."""

    hash: str
    version: str
    cursor: str
    scored: int
    agreed: int
    left_out: int
    fault: str | None
    lease_owner: str | None
    lease_expires_at: datetime | None
    begun_at: datetime
    worked_at: datetime

    def is_held(self, *, but_by: str, now: datetime) -> bool:
        """Whether another than `but_by` has it now."""
        lasts = self.lease_expires_at is not None and self.lease_expires_at > now
        return lasts and self.lease_owner != but_by


@dataclass(frozen=True, slots=True)
class Drawn:
    """A decision that the challenger is to be held against; its text as judged, None where it was erased."""

    decision_id: str
    decision: Decision
    text: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What the challenger makes of a drawn decision, and the tier that answered."""

    drawn: Drawn
    shadowed: Shadowed
    tier: str


@dataclass(frozen=True, slots=True)
class Cell:
    """So many decisions alike in everything that a report tells apart.

    `answered` and `shadow` are outcomes, the causes their severest reasons' codes. `harmful` is what people say of the
    text; None where nobody decided.
    """

    champion: str
    language: str
    surface: str
    answered: Outcome
    shadow: Outcome
    answered_cause: str | None
    cause: str | None
    harmful: bool | None
    count: int


def take(unit: Unit, hash_: str, version: str, owner: str, *, now: datetime) -> ShadowRun | None:
    """The challenger for `owner`, for `LEASE` from `now`; a row is made where it never ran. None: another has it."""
    made = {"hash": hash_, "version": version, "cursor": "", "scored": 0, "agreed": 0, "left_out": 0}
    new = insert_into(shadow_runs, unit.dialect).on_conflict_do_nothing(index_elements=["hash"])
    unit.execute(new, made | {"begun_at": now, "worked_at": now})
    over = shadow_runs.c.lease_expires_at
    free = or_(over.is_(None), over <= now, shadow_runs.c.lease_owner == owner)
    statement = update(shadow_runs).where(shadow_runs.c.hash == hash_, free)
    values = {"version": version, "lease_owner": owner, "lease_expires_at": now + LEASE, "worked_at": now}
    found = unit.execute(statement.values(values).returning(shadow_runs)).one_or_none()
    return None if found is None else value_of(ShadowRun, found)


def tell_fault(unit: Unit, run: ShadowRun, fault: str | None, *, now: datetime) -> ShadowRun:
    """Notes why the challenger cannot be loaded, or that it can. Raises `ConflictError` where another has it."""
    return _write(unit, run, now=now, fault=fault)


def drawn(look: Reading, run: ShadowRun, *, oldest: str, newest: str, share: float, limit: int) -> list[Drawn]:
    """The next decisions of a `share` of all, oldest first, with ids from `oldest` on and below `newest`.

    Left out is what no model or not all parts had answered, what this very version answered, and what no platform sent.
    """
    joined, text = decisions_and_texts()
    query = (
        select(*decisions.c, text)
        .select_from(joined)
        .where(decisions.c.id > run.cursor, decisions.c.id >= oldest, decisions.c.id < newest)
        .where(~decisions.c.degraded, decisions.c.tier != "none", decisions.c.model_version != run.version)
        .where(places.IS_TRAFFIC)
    )
    if share < 1:
        below = min(max(1, round(share * _DRAWS)), _DRAWS - 1)
        query = query.where(func.substr(decisions.c.id, 33) < f"{below:04x}")
    return [_drawn(row) for row in look.execute(query.order_by(decisions.c.id).limit(limit))]


def keep(
    unit: Unit, run: ShadowRun, results: Sequence[Beside], *, cursor: str, left_out: int, now: datetime
) -> ShadowRun:
    """Writes results and moves the cursor; the lease is renewed. Raises `ConflictError` where another has it."""
    agreed = sum(each.shadowed.outcome is each.drawn.decision.outcome for each in results)
    kept = _write(
        unit,
        run,
        now=now,
        cursor=cursor,
        scored=shadow_runs.c.scored + len(results),
        agreed=shadow_runs.c.agreed + agreed,
        left_out=shadow_runs.c.left_out + left_out,
    )
    if results:
        unit.execute(insert(shadow_decisions), [_columns(run, each, now) for each in results])
    return kept


def runs(look: Reading) -> list[ShadowRun]:
    """Every challenger that ever ran, the one that worked last first."""
    found = look.execute(select(shadow_runs).order_by(shadow_runs.c.worked_at.desc(), shadow_runs.c.hash))
    return [value_of(ShadowRun, row) for row in found]


def cells(look: Reading, hash_: str) -> list[Cell]:
    """Everything that the challenger was held against, counted; people's verdicts as they are in force now."""
    joined = (
        shadow_decisions.join(decisions, decisions.c.id == shadow_decisions.c.decision_id)
        .join(comments, comments.c.id == decisions.c.comment_id)
        .outerjoin(label_records, said_of_decision())
    )
    alike = (
        decisions.c.model_version.label("champion"),
        decisions.c.language,
        places.SURFACE.label("surface"),
        decisions.c.outcome.label("answered"),
        shadow_decisions.c.outcome.label("shadow"),
        shadow_decisions.c.answered_cause,
        shadow_decisions.c.cause,
        label_records.c.verdict,
    )
    its = (shadow_decisions.c.hash == hash_, places.IS_TRAFFIC)
    query = select(*alike, func.count().label("many")).select_from(joined).where(*its)
    return [_cell(row) for row in look.execute(query.group_by(*alike))]


def newest_champion(look: Reading, hash_: str) -> str | None:
    """The version whose answer the challenger was last held against."""
    query = select(decisions.c.model_version).join_from(shadow_decisions, decisions)
    last = query.where(shadow_decisions.c.hash == hash_).order_by(shadow_decisions.c.decision_id.desc()).limit(1)
    found: str | None = look.execute(last).scalar_one_or_none()
    return found


def _write(unit: Unit, run: ShadowRun, *, now: datetime, **values: object) -> ShadowRun:
    mine: ColumnElement[bool] = and_(shadow_runs.c.hash == run.hash, shadow_runs.c.lease_owner == run.lease_owner)
    held = {"lease_expires_at": now + LEASE, "worked_at": now}
    found = unit.execute(update(shadow_runs).where(mine).values(**values, **held).returning(shadow_runs)).one_or_none()
    if found is None:
        raise ConflictError("This challenger's lease ran out and it went to another worker.")
    return value_of(ShadowRun, found)


def _drawn(row: Row[Any]) -> Drawn:
    return Drawn(row.id, decision_of(dict(row._mapping)), row.judged_text)


def _columns(run: ShadowRun, each: Beside, now: datetime) -> dict[str, Any]:
    return {
        "hash": run.hash,
        "decision_id": each.drawn.decision_id,
        "outcome": each.shadowed.outcome.value,
        "cause": each.shadowed.cause,
        "answered_cause": cause_of(each.drawn.decision),
        "labels": labels_json(each.shadowed.labels),
        "tier": each.tier,
        "created_at": now,
    }


def _cell(row: Row[Any]) -> Cell:
    harmful = None if row.verdict is None else row.verdict == VerdictKind.REJECT
    return Cell(
        champion=row.champion,
        language=row.language,
        surface=row.surface,
        answered=Outcome(row.answered),
        shadow=Outcome(row.shadow),
        answered_cause=row.answered_cause,
        cause=row.cause,
        harmful=harmful,
        count=row.many,
    )
