"""Security assessments as stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, insert, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.tables import assessments, comments, decisions
from records.unit_of_work import Reading, Unit


class AssessmentState(StrEnum):
    """Where an assessment stands."""

    WAITING = "waiting"
    SIGNED = "signed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AssessmentRecord:
    """What was assessed before it goes live: `mark` is the hash of just this model, rule or policy.

    One that covers rules to come stands until `expires_at`.
    """

    id: str
    kind: str
    subject: str
    mark: str
    surfaces: tuple[str, ...]
    fields: Mapping[str, str]
    needed: int
    state: AssessmentState
    author: str
    created_at: datetime
    settled_at: datetime | None
    expires_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it is signed by everybody, and not over."""
        return self.state is AssessmentState.SIGNED and (self.expires_at is None or now < self.expires_at)


def add(unit: Unit, values: Mapping[str, Any], *, now: datetime) -> AssessmentRecord:
    """A new one, waiting to be signed."""
    row = {**values, "id": new_id(), "state": AssessmentState.WAITING.value, "created_at": now}
    made = unit.execute(insert(assessments).values(row).returning(assessments)).one()
    return value_of(AssessmentRecord, made, surfaces=tuple, state=AssessmentState)


def get(look: Reading, assessment_id: str) -> AssessmentRecord:
    """The assessment. Raises `NotFoundError`."""
    found = look.execute(select(assessments).where(assessments.c.id == assessment_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no assessment {assessment_id}: see `chaffinch assessment list`.")
    return value_of(AssessmentRecord, found, surfaces=tuple, state=AssessmentState)


def every(look: Reading, *, limit: int = 200) -> list[AssessmentRecord]:
    """All of them, the newest first."""
    query = select(assessments).order_by(assessments.c.id.desc()).limit(limit)
    return [value_of(AssessmentRecord, row, surfaces=tuple, state=AssessmentState) for row in look.execute(query)]


def about(look: Reading, kind: str, mark: str) -> list[AssessmentRecord]:
    """Those about exactly this, the newest first."""
    query = select(assessments).where(assessments.c.kind == kind, assessments.c.mark == mark)
    rows = look.execute(query.order_by(assessments.c.id.desc()))
    return [value_of(AssessmentRecord, row, surfaces=tuple, state=AssessmentState) for row in rows]


def of_kind(look: Reading, kind: str) -> list[AssessmentRecord]:
    """Those of one kind, the newest first."""
    query = select(assessments).where(assessments.c.kind == kind).order_by(assessments.c.id.desc())
    return [value_of(AssessmentRecord, row, surfaces=tuple, state=AssessmentState) for row in look.execute(query)]


def settle(unit: Unit, assessment_id: str, state: AssessmentState, *, now: datetime) -> AssessmentRecord | None:
    """Signed by everybody, or refused; None where it was settled before."""
    this = and_(assessments.c.id == assessment_id, assessments.c.state == AssessmentState.WAITING.value)
    values = {"state": state.value, "settled_at": now}
    found = unit.execute(update(assessments).where(this).values(values).returning(assessments)).one_or_none()
    return None if found is None else value_of(AssessmentRecord, found, surfaces=tuple, state=AssessmentState)


def is_in_use(look: Reading, policy: str, surface: str) -> bool:
    """Whether anything was decided on this surface under this policy, in whatever version."""
    under = decisions.c.policy.startswith(f"{policy}@", autoescape=True)
    there = select(decisions.c.id).where(under, decisions.c.surface == surface)
    # Apart from the others, of which no comment has to be read for it.
    placeless = select(decisions.c.id).select_from(decisions.join(comments)).where(under, decisions.c.surface.is_(None))
    queries = there, placeless.where(comments.c.surface == surface)
    return any(look.execute(each.limit(1)).first() is not None for each in queries)
