"""Trusted flaggers: whose notices come first, on which award and until when; marked by two people, withdrawn by one."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.visit import Visit
from governance import flaggers as governing
from governance.approvals import MAX_WORDS
from governance.flaggers import MAX_NAME, SOURCES, Marking
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.typed import day
from records import complaints, flaggers
from records.complaints import Record
from records.public_values import FlaggerRecord
from records.unit_of_work import Reading

ROWS = 100
_TOLD = ("source", "name", "authority", "country", "reference", "valid_from", "valid_until", "reason")


@dataclass(frozen=True, slots=True)
class Line:
    """A mark with what became of its notices; `is_judged`: enough were answered to say something."""

    record: FlaggerRecord
    stands: bool
    who: str
    second: str
    record_of: Record
    is_judged: bool


def show(visit: Visit) -> Response:
    """GET /flaggers."""
    return _page(visit)


def mark(visit: Visit) -> Response:
    """POST /flaggers: asks a second person."""
    try:
        with visit.parts.database.unit() as unit:
            governing.mark(unit, visit.parts.keyring, _marking(visit), fields=_fields(visit), now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return _page(visit, "flaggers.unusable", status=422, faults=error.faults)
    except ConflictError:
        return _page(visit, "flaggers.marked_already", status=409)
    return RedirectResponse(visit.url("/flaggers"), status_code=303)


def withdraw(visit: Visit) -> Response:
    """POST /flaggers/{flagger_id}/withdraw: with a reason."""
    try:
        with visit.parts.database.unit() as unit:
            flagger_id, why = visit.path_values["flagger_id"], visit.form.one("why")
            governing.withdraw(unit, flagger_id, by=visit.me.name, why=why, now=visit.now)
            unit.commit()
    except (ConflictError, InvalidInputError) as error:
        return _page(visit, "flaggers.not_withdrawn", status=refusal_of(error).status)
    return RedirectResponse(visit.url("/flaggers"), status_code=303)


def _page(visit: Visit, problem: str = "", *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    rules = visit.parts.complaints.flaggers
    with visit.parts.database.reading() as look:
        found = flaggers.page(look, limit=ROWS, cursor=visit.query.get("cursor") or None)
        lines = [_line(look, visit, each, rules.judged) for each in found.items]
    return render(
        visit,
        "flaggers.html",
        status=status,
        lines=lines,
        next_cursor=found.next_cursor,
        problem=problem,
        faults=[_in_words(visit, fault) for fault in faults],
        told={name: visit.form.one(name) for name in _TOLD},
        chosen=visit.form.values.get("expertise", []),
        fields=titles(visit),
        sources=SOURCES,
        promises=dict(rules.under),
        max_words=MAX_WORDS,
        max_name=MAX_NAME,
    )


def titles(visit: Visit) -> dict[str, str]:
    """In what a flagger may be expert, in the reader's language."""
    taxonomy, rules, locale = visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale
    named = {each.name: getattr(each.title, locale) for each in (*taxonomy.labels, *taxonomy.grounds)}
    return {name: named.get(name) or getattr(rules.kinds[name].title, locale) for name in _fields(visit)}


def _fields(visit: Visit) -> tuple[str, ...]:
    return governing.fields_of(visit.parts.taxonomy, visit.parts.complaints)


def _line(look: Reading, visit: Visit, record: FlaggerRecord, enough: int) -> Line:
    since = visit.now - visit.parts.complaints.flaggers.counted
    told = complaints.records_of_flaggers(look, [record.id], since=since).get(record.id, Record())
    return Line(
        record,
        record.stands(visit.now),
        name_of(look, record.asked_by),
        name_of(look, record.approved_by),
        told,
        told.judged >= enough,
    )


def _marking(visit: Visit) -> Marking:
    """What the form says. Raises `InvalidInputError` for what is no day."""
    one = visit.form.one
    days = {name: day(one(name)) for name in ("valid_from", "valid_until")}
    faults = [Fault(name, "give a day") for name, found in days.items() if found is None and one(name)]
    if faults:
        raise InvalidInputError("Nobody was marked.", faults)
    return Marking(
        source=one("source"), value=one("value").strip(), name=one("name"), authority=one("authority"),
        country=one("country").strip().upper(), reference=one("reference"), by=visit.me.name, reason=one("reason"),
        expertise=tuple(visit.form.values.get("expertise", [])), **days,
    )  # fmt: skip


def _in_words(visit: Visit, fault: Fault) -> str:
    """A fault in the reader's language."""
    key = f"flagger_fault.{fault.where}"
    return visit.words(key) if key in visit.words.sentences else fault.detail
