"""Emergencies: what runs, what was, and what it came to; asked for and ended by those whom the table lets."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console import ground_words
from console.pages.rules import titles
from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.visit import Visit
from governance import emergencies as governing
from governance.approvals import MAX_WORDS
from governance.emergencies import ASKED, LONGEST, Wish, is_ahead
from governance.grounds import GroundFault
from moderation.emergency import Effect, Kind, Scope
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import approvals, emergencies
from records.emergencies import EmergencyRecord

ROWS = 50
GROUND = "emergency plan"
USUAL_MINUTES = "30"
_TOLD = ("effect", "surface", "thread", "label", "minutes", "review", "block", "a_minute", "why", "ground", "drill")


def show(visit: Visit) -> Response:
    """GET /emergencies."""
    return _page(visit)


def start(visit: Visit) -> Response:
    """POST /emergencies: asks a second person."""
    try:
        with visit.parts.database.unit() as unit:
            asked = governing.ask(
                unit, _wish(visit), labels=visit.parts.taxonomy.names, surfaces=_surfaces(visit), now=visit.now
            )
            unit.commit()
    except InvalidInputError as error:
        return _page(visit, "emergencies.unusable", status=422, faults=error.faults)
    except ConflictError as error:
        return _page(visit, "emergencies.runs_already", status=409, detail=str(error))
    return RedirectResponse(visit.url(f"/approvals/{asked.id}"), status_code=303)


def show_one(visit: Visit) -> Response:
    """GET /emergencies/{emergency_id}: the report."""
    return _report(visit)


def end(visit: Visit) -> Response:
    """POST /emergencies/{emergency_id}: ends it."""
    emergency_id = visit.path_values["emergency_id"]
    try:
        with visit.parts.database.unit() as unit:
            governing.end(unit, emergency_id, by=visit.me.name, why=visit.form.one("why"), now=visit.now)
            unit.commit()
    except (ConflictError, InvalidInputError) as error:
        return _report(visit, problem=True, status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/emergencies/{emergency_id}"), status_code=303)


def _wish(visit: Visit) -> Wish:
    """What the form says. Raises `InvalidInputError` for what is no number or no effect."""
    one = visit.form.one
    faults = []

    def number(name: str, usual: float) -> float:
        try:
            return float(one(name) or usual)
        except ValueError:
            faults.append(Fault(name, "give a number"))
            return usual

    kind = one("effect")
    if kind not in tuple(Kind):
        faults.append(Fault("effect", "choose one"))
    minutes, review, block = number("minutes", 0), number("review", 1), number("block", 1)
    a_minute = int(number("a_minute", 0)) or None
    if faults:
        raise InvalidInputError("The emergency cannot be started.", faults)
    scope = Scope(one("surface") or None, one("thread").strip() or None, one("label") or None)
    effect = Effect(Kind(kind), review, block, a_minute)
    ground = one("ground") or GROUND
    return Wish(scope, effect, int(minutes), visit.me.name, one("why"), ground, one("drill") == "on")


def _surfaces(visit: Visit) -> list[str]:
    return sorted({name for each in visit.parts.policies().values() for name in each.surfaces})


def _page(
    visit: Visit, problem: str = "", *, status: int = 200, faults: tuple[Fault, ...] = (), detail: str = ""
) -> Response:
    with visit.parts.database.reading() as look:
        waiting = [each for each in approvals.waiting(look) if each.kind == ASKED]
        page = emergencies.page(look, limit=ROWS, cursor=visit.query.get("cursor") or None)
        asked = {*(each.asked_by for each in page.items), *(each.asked_by for each in waiting)}
        people = {name: name_of(look, name) for name in asked}
    told = {name: visit.form.one(name) for name in _TOLD}
    return render(
        visit,
        "emergencies.html",
        status=status,
        waiting=waiting,
        running=[each for each in page.items if each.ended_at is None],
        over=[each for each in page.items if each.ended_at is not None],
        next_cursor=page.next_cursor,
        people=people,
        ahead={each.id for each in page.items if is_ahead(each, visit.now)},
        kinds=tuple(Kind),
        surfaces=_surfaces(visit),
        titles=titles(visit),
        told=told,
        problem=problem,
        faults=[_in_words(visit, fault) for fault in faults],
        detail=detail,
        ground=GROUND,
        minutes=USUAL_MINUTES,
        most_minutes=int(LONGEST.total_seconds() // 60),
        max_words=MAX_WORDS,
    )


def _report(visit: Visit, *, problem: bool = False, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        found = governing.report(look, visit.path_values["emergency_id"], now=visit.now)
        record: EmergencyRecord = found.emergency
        people = {name: name_of(look, name) for name in (record.asked_by, record.approved_by, record.ended_by)}
    return render(
        visit,
        "emergency.html",
        status=status,
        found=found,
        record=record,
        people=people,
        is_ahead=is_ahead(record, visit.now),
        titles=titles(visit),
        problem=problem,
        why=visit.form.one("why"),
        max_words=MAX_WORDS,
    )


def _in_words(visit: Visit, fault: Fault) -> str:
    if isinstance(fault, GroundFault):
        return ground_words.in_words(visit, fault)
    key = f"emergency_fault.{fault.where.replace('-', '_')}"
    return visit.words(key) if key in visit.words.sentences else fault.detail
