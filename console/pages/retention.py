"""What is kept for how long, what went and what would go next, and the processing record: who sees what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from console.rendering import render
from console.visit import Visit
from governance import processing, retention
from governance.processing import Held
from governance.retention import KINDS, SURFACES
from records import ledger_pages
from records.house_values import LedgerEntry
from records.proving import Wanted
from records.unit_of_work import Reading

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """Comments of one surface and kind: days (0: for good), and how many are older by now."""

    surface: str
    kind: str
    days: int
    due: int


@dataclass(frozen=True, slots=True)
class Gone:
    """What one step of a run erased."""

    at: datetime
    surface: str
    kind: str
    days: int
    comments: int


@dataclass(frozen=True, slots=True)
class Run:
    """The last run; `erased` is what it removed altogether."""

    at: datetime
    erased: int


def show(visit: Visit) -> Response:
    """GET /retention."""
    rules, locale = visit.parts.retention, visit.preferences.locale
    with visit.parts.database.reading() as look:
        due = {(each.surface, each.kind): each.comments for each in retention.due(look, rules, now=visit.now)}
        stays = sum(retention.held(look, rules, now=visit.now).values())
        gone = [_gone(each) for each in _newest(look, retention.ERASED, SHOWN)]
        ran = [_run(each) for each in _newest(look, retention.RAN, 1)]
    record = visit.parts.record
    return render(
        visit,
        "retention.html",
        kept=[Kept(s, k, rules.days(s, k), due.get((s, k), 0)) for s in SURFACES for k in KINDS],
        whole=sum(due.values()),
        stays=stays,
        ran=ran[0] if ran else None,
        gone=gone,
        record=record,
        periods=processing.periods(record, rules, locale),
        bases=processing.bases(record, visit.parts.standing, locale),
        held=[(name, purpose, _held(record.held, name)) for name, purpose in record.purposes.items()],
    )


def _held(held: tuple[Held, ...], purpose: str) -> list[Held]:
    return [each for each in held if each.purpose == purpose]


def _newest(look: Reading, kind: str, most: int) -> tuple[LedgerEntry, ...]:
    return ledger_pages.leaf(look, Wanted(kinds=(kind,)), limit=most).items


def _gone(entry: LedgerEntry) -> Gone:
    facts = ledger_pages.body_of(entry)["facts"]
    return Gone(entry.created_at, entry.subject_id, facts["kind"], facts["days"], facts["comments"])


def _run(entry: LedgerEntry) -> Run:
    return Run(entry.created_at, sum(ledger_pages.body_of(entry)["facts"]["erased"].values()))
