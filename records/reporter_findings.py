"""Findings that somebody reports or appeals without ground again and again, as stored (`governance/` says when)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from moderation.errors import ConflictError, NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.public_values import FindingKind, FloodState, ReporterFinding
from records.tables import reporter_findings
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted of somebody who reports, or of an account that appeals."""

    kind: FindingKind
    reporter_id: str | None
    author_id: str | None
    evidence: Mapping[str, Any]


def note(unit: Unit, found: Found, *, now: datetime) -> tuple[ReporterFinding, bool]:
    """The finding that waits, brought up to date, or a new one; and whether it is new."""
    before = newest_about(unit, found.kind, found.reporter_id, found.author_id)
    values = {"evidence": dict(found.evidence), "updated_at": now}
    if before is not None and before.state is FloodState.WAITING:
        this = update(reporter_findings).where(reporter_findings.c.id == before.id)
        return _value(unit.execute(this.values(values).returning(reporter_findings)).one()), False
    row = {
        **values,
        "id": new_id(),
        "kind": found.kind,
        "reporter_id": found.reporter_id,
        "author_id": found.author_id,
        "state": FloodState.WAITING,
        "created_at": now,
    }
    return _value(unit.execute(insert(reporter_findings).values(row).returning(reporter_findings)).one()), True


def get(look: Reading, finding_id: str) -> ReporterFinding:
    """The finding. Raises `NotFoundError`."""
    found = look.execute(select(reporter_findings).where(reporter_findings.c.id == finding_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such finding.")
    return _value(found)


def newest_about(
    look: Reading, kind: FindingKind, reporter_id: str | None, author_id: str | None
) -> ReporterFinding | None:
    """The newest of this kind about somebody, decided or not."""
    f = reporter_findings.c
    whose = f.author_id == author_id if reporter_id is None else f.reporter_id == reporter_id
    query = select(reporter_findings).where(f.kind == kind, whose).order_by(f.id.desc()).limit(1)
    found = look.execute(query).one_or_none()
    return None if found is None else _value(found)


def page(
    look: Reading, *, state: FloodState | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[ReporterFinding]:
    """Findings, the newest first."""
    query = select(reporter_findings)
    if state is not None:
        query = query.where(reporter_findings.c.state == state)
    return page_by_id(
        look,
        query,
        reporter_findings.c.id,
        _value,
        asked_of("reporter findings", limit, cursor, state=state),
        newest_first=True,
    )


def decide(unit: Unit, finding_id: str, state: FloodState, *, by: str, note: str, now: datetime) -> ReporterFinding:
    """What a person says of it. Raises `ConflictError` where somebody was first, `NotFoundError`."""
    waiting = and_(reporter_findings.c.id == finding_id, reporter_findings.c.state == FloodState.WAITING)
    values = {"state": state, "answered_by": by, "note": note, "answered_at": now}
    statement = update(reporter_findings).where(waiting).values(values).returning(reporter_findings)
    changed = unit.execute(statement).one_or_none()
    if changed is None:
        before = get(unit, finding_id)
        raise ConflictError(f"{before.answered_by} has decided this already: {before.state}.")
    return _value(changed)


def _value(row: Row[Any]) -> ReporterFinding:
    return replace(value_of(ReporterFinding, row, state=FloodState), kind=FindingKind(row.kind))
