"""The security log, what has to be put right, and what was assessed before it went live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from console.people import name_of
from console.refusals import RefusalError
from console.rendering import render
from console.visit import Visit
from governance import assessments as assessing
from governance import authority_reports
from governance import incidents as governing
from governance.approvals import MAX_WORDS
from governance.incident_forms import MAX_FIELD, moment_of
from governance.incidents import SEVERITIES, Demand, Found, More
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import assessments, incidents
from records.incidents import IncidentState

ROWS = 50
_NOTHING_TOLD = {**dict.fromkeys(("kind", "subject", "expires", "why", *assessing.FIELDS), ""), "surfaces": ["news"]}
_DEMAND = ("finding", "demand", "owner", "due", "authority", "reference")


def show(visit: Visit) -> Response:
    """GET /incidents."""
    return page(visit)


def record(visit: Visit) -> Response:
    """POST /incidents: writes one down; its fields are filled in on its own page."""
    one = visit.form.one
    try:
        found = Found(one("kind"), one("severity"), visit.now, {"what": one("what")}, visit.me.name)
        with visit.parts.database.unit() as unit:
            made = governing.record(unit, found, forms=visit.parts.incidents, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return page(visit, 422, faults=error.faults)
    return RedirectResponse(visit.url(f"/incidents/{made.id}"), status_code=303)


def show_one(visit: Visit) -> Response:
    """GET /incidents/{incident_id}: its fields, and what follows from it."""
    return _one(visit)


def change(visit: Visit) -> Response:
    """POST /incidents/{incident_id}: adds what is known, says where it stands, or notes that it was reported."""
    incident_id, one, forms = visit.path_values["incident_id"], visit.form.one, visit.parts.incidents
    by, now = visit.me.name, visit.now
    try:
        with visit.parts.database.unit() as unit:
            if one("act") == "reported":
                governing.reported(unit, incident_id, to=one("to"), receipt=one("receipt"), forms=forms, by=by, now=now)
            else:
                told = {name: one(f"field-{name}") for name in forms.fields}
                more = More(told, by, one("why"), _state(one("state")))
                governing.add_fields(unit, incident_id, more, forms=forms, now=now)
            unit.commit()
    except InvalidInputError as error:
        return _one(visit, status=422, faults=error.faults)
    except ConflictError as error:
        return _one(visit, status=409, detail=str(error))
    return RedirectResponse(visit.url(f"/incidents/{incident_id}"), status_code=303)


def report(visit: Visit) -> Response:
    """GET /incidents/{incident_id}/report: the page that is sent to the authority."""
    with visit.parts.database.reading() as look:
        found = authority_reports.incident(look, visit.path_values["incident_id"], visit.parts.incidents)
    name = f'attachment; filename="incident-{found["id"]}.html"'
    return Response(authority_reports.page(found), media_type="text/html", headers={"content-disposition": name})


def demand(visit: Visit) -> Response:
    """POST /rectifications: something has to be put right."""
    one = visit.form.one
    try:
        wish = Demand(
            one("authority"), one("reference"), one("finding"), one("demand"), one("owner"), _day(one("due")),
            visit.me.name, one("incident") or None,
        )  # fmt: skip
        with visit.parts.database.unit() as unit:
            governing.demand(unit, wish, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return page(visit, 422, faults=error.faults)
    return RedirectResponse(visit.url("/incidents"), status_code=303)


def prove(visit: Visit) -> Response:
    """POST /rectifications/{item_id}: what shows that it is done; a second person looks."""
    try:
        with visit.parts.database.unit() as unit:
            asked = governing.prove(
                unit, visit.path_values["item_id"], proof=visit.form.one("proof"), by=visit.me.name, now=visit.now
            )
            unit.commit()
    except InvalidInputError as error:
        return page(visit, 422, faults=error.faults)
    except ConflictError as error:
        return page(visit, 409, detail=str(error))
    return RedirectResponse(visit.url(f"/approvals/{asked.id}"), status_code=303)


def page(
    visit: Visit,
    status: int = 200,
    *,
    faults: Sequence[Fault] = (),
    detail: str = "",
    assess_faults: Sequence[Fault] = (),
    assess_told: Mapping[str, Any] | None = None,
) -> Response:
    """The log, what has to be put right, and what was assessed; with what a form got wrong."""
    with visit.parts.database.reading() as look:
        found = incidents.page(look, limit=ROWS, cursor=visit.query.get("cursor") or None)
        items = incidents.items(look)
        assessed = assessments.every(look, limit=ROWS)
        signed = {
            each.id: [name_of(look, one.answered_by) for one in assessing.signatures(look, each.id)]
            for each in assessed
        }  # fmt: skip
    return render(
        visit,
        "incidents.html",
        status=status,
        page=found,
        items=items,
        assessed=assessed,
        assess_kinds=assessing.KINDS,
        assess_fields=assessing.FIELDS,
        assess_surfaces=_surfaces(visit),
        assess_faults=[_in_words(visit, fault) for fault in assess_faults],
        assess_told=assess_told or _NOTHING_TOLD,
        standing={each.id for each in assessed if each.stands(visit.now)},
        signed=signed,
        kinds=_kinds(visit),
        severities=SEVERITIES,
        told={name: visit.form.one(name) for name in ("kind", "severity", "what", *_DEMAND)},
        faults=[str(fault) for fault in faults],
        detail=detail,
        max_words=MAX_WORDS,
        max_field=MAX_FIELD,
    )


def _one(visit: Visit, *, status: int = 200, faults: tuple[Fault, ...] = (), detail: str = "") -> Response:
    forms, locale = visit.parts.incidents, visit.preferences.locale
    with visit.parts.database.reading() as look:
        record = incidents.get(look, visit.path_values["incident_id"])
        items = incidents.items(look, incident_id=record.id)
    fields = [
        (name, getattr(field.title, locale), field, visit.form.one(f"field-{name}") or record.fields.get(name, ""))
        for name, field in forms.fields.items()
    ]
    return render(
        visit,
        "incident.html",
        status=status,
        record=record,
        items=items,
        fields=fields,
        lacking=[getattr(forms.fields[name].title, locale) for name in forms.missing(record.fields)],
        kinds=_kinds(visit),
        states=tuple(IncidentState),
        faults=[str(fault) for fault in faults],
        detail=detail,
        max_words=MAX_WORDS,
        max_field=MAX_FIELD,
    )


def _surfaces(visit: Visit) -> list[str]:
    return sorted({name for each in visit.parts.policies().values() for name in each.surfaces})


def _in_words(visit: Visit, fault: Fault) -> str:
    """In the reader's language where the pages have it so; what names a thing is told as it is."""
    key = f"assessment_fault.{fault.where}"
    return visit.words(key) if key in visit.words.sentences else fault.detail


def _kinds(visit: Visit) -> dict[str, str]:
    locale = visit.preferences.locale
    return {name: getattr(title, locale) for name, title in visit.parts.incidents.kinds.items()}


def _state(told: str) -> IncidentState | None:
    if not told:
        return None
    if told not in tuple(IncidentState):
        raise RefusalError("error.invalid", 422)
    return IncidentState(told)


def _day(told: str) -> datetime:
    """Raises `InvalidInputError`."""
    try:
        return moment_of(told).astimezone(UTC)
    except ValueError:
        raise InvalidInputError("The item cannot be recorded.", [Fault("due", "give a day")]) from None
