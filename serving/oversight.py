"""Emergencies, incidents, what has to be put right, inspections: for a platform's and an authority's systems.

The functions are those of the console. A key of scope `records` reads, one of `admin` asks and records; whatever needs
two people is asked here and answered by somebody else (`/v1/approvals`, or the console). Evidence is read with a key of
scope `inspect` that is named after the request's inspector, within its scope alone, and every reading is in the ledger
before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from governance import emergencies as emergency
from governance import incidents as incident
from governance import inspection_reading
from governance import inspections as inspection
from governance.approvals import ByKey
from governance.emergencies import Wish
from governance.incident_forms import IncidentForms
from governance.incidents import Demand, Found, More
from moderation.emergency import Effect, Kind
from moderation.emergency import Scope as Place
from moderation.errors import ForbiddenError
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import approvals, emergencies, incidents, inspections
from records.incidents import IncidentState
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from serving.approval_answers import ApprovalAnswer
from serving.desk import Desk, Document, answer
from serving.faults import located
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.oversight_answers import (
    EmergencyAnswer,
    EmergencyPage,
    EmergencyReportAnswer,
    EvidenceAnswer,
    EvidencePage,
    IncidentAnswer,
    IncidentPage,
    InspectionAnswer,
    InspectionPage,
    InspectionReportAnswer,
    RectificationAnswer,
    RectificationsAnswer,
)
from serving.oversight_schemas import (
    DemandRequest,
    EmergencyRequest,
    IncidentRequest,
    InspectionRequest,
    MoreRequest,
    ProofRequest,
    ReportedRequest,
    WhyRequest,
)
from serving.oversight_views import (
    emergency_document,
    evidence_document,
    given_document,
    incident_document,
    inspection_document,
    item_document,
    line_document,
    report_document,
)
from serving.views import approval_document

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Policies = Callable[[], Mapping[str, Policy]]

_IN_BODY = {"thread": "/thread_id", "why": "/reason", "due": "/due_at", "proof": "/proof"}
"""Where a fault of governance lies in a body, if not under its own name."""


def router(desk: Desk, taxonomy: Taxonomy, policies: Policies, forms: IncidentForms, keyring: Keyring) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["oversight"])

    def surfaces() -> list[str]:
        return sorted({name for policy in policies().values() for name in policy.surfaces})

    _emergencies(routes, desk, taxonomy, surfaces)
    _incidents(routes, desk, forms)
    _rectifications(routes, desk)
    _inspections(routes, desk, surfaces, keyring)
    _evidence(routes, desk)
    return routes


def _emergencies(routes: APIRouter, desk: Desk, taxonomy: Taxonomy, surfaces: Callable[[], list[str]]) -> None:
    @routes.get("/v1/emergencies", **described(EmergencyPage))
    async def page(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """Emergencies and drills, the newest first."""

        def find(look: Reading) -> Document:
            found = emergencies.page(look, limit=limit, cursor=cursor)
            return {"items": [emergency_document(each) for each in found.items], "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.get("/v1/emergencies/{emergency_id}", **described(EmergencyReportAnswer, 404))
    async def one(emergency_id: str, request: Request) -> Response:
        """One, with what it covered, changed and caught, and whom it hit wrongly."""
        return await desk.read(
            request, Scope.RECORDS, lambda look: report_document(emergency.report(look, emergency_id, now=desk.now()))
        )

    @routes.post("/v1/emergencies", **described(ApprovalAnswer, 409), openapi_extra=takes(EmergencyRequest))
    async def ask(request: Request) -> Response:
        """Asks a second person for an emergency; with their yes it runs in every worker within two seconds."""

        def do(unit: Unit, caller: Caller, asked: EmergencyRequest) -> Document:
            effect = Effect(Kind(asked.effect), asked.review_times, asked.block_times, asked.a_minute)
            place = Place(asked.surface, asked.thread_id, asked.label)
            by = ByKey(caller.prefix)
            wish = Wish(place, effect, asked.minutes, by, asked.reason, asked.ground, asked.drill)
            with _in_body():
                made = emergency.ask(unit, wish, labels=taxonomy.names, surfaces=surfaces(), now=desk.now())
            return approval_document(unit, made)

        return await desk.change(request, Scope.ADMIN, EmergencyRequest, do)

    @routes.post(
        "/v1/emergencies/{emergency_id}/end", **described(EmergencyAnswer, 404, 409), openapi_extra=takes(WhyRequest)
    )
    async def end(emergency_id: str, request: Request) -> Response:
        """Ends it before its time: the way back to the usual takes no second person."""

        def do(unit: Unit, caller: Caller, asked: WhyRequest) -> Document:
            by = ByKey(caller.prefix)
            return emergency_document(emergency.end(unit, emergency_id, by=by, why=asked.reason, now=desk.now()))

        return await desk.change(request, Scope.ADMIN, WhyRequest, do)


def _incidents(routes: APIRouter, desk: Desk, forms: IncidentForms) -> None:
    @routes.get("/v1/incidents", **described(IncidentPage))
    async def page(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """Security incidents, the newest first."""

        def find(look: Reading) -> Document:
            found = incidents.page(look, limit=limit, cursor=cursor)
            return {
                "items": [incident_document(each, forms) for each in found.items],
                "next_cursor": found.next_cursor,
            }

        return await desk.read(request, Scope.RECORDS, find)

    @routes.get("/v1/incidents/{incident_id}", **described(IncidentAnswer, 404))
    async def one(incident_id: str, request: Request) -> Response:
        """One incident, and what its report still lacks."""
        return await desk.read(
            request, Scope.RECORDS, lambda look: incident_document(incidents.get(look, incident_id), forms)
        )

    @routes.post("/v1/incidents", **described(IncidentAnswer), openapi_extra=takes(IncidentRequest))
    async def record(request: Request) -> Response:
        """Writes an incident down when it is found; what becomes known later is added."""

        def do(unit: Unit, caller: Caller, asked: IncidentRequest) -> Document:
            by, at = ByKey(caller.prefix), asked.found_at or desk.now()
            found = Found(asked.kind, asked.severity, at, asked.fields, by, asked.reason)
            with _in_body(within="/fields"):
                return incident_document(incident.record(unit, found, forms=forms, now=desk.now()), forms)

        return await desk.change(request, Scope.ADMIN, IncidentRequest, do)

    @routes.post(
        "/v1/incidents/{incident_id}/fields", **described(IncidentAnswer, 404, 409), openapi_extra=takes(MoreRequest)
    )
    async def add(incident_id: str, request: Request) -> Response:
        """Adds what is known by now, and says where the incident stands."""

        def do(unit: Unit, caller: Caller, asked: MoreRequest) -> Document:
            state = None if asked.state is None else IncidentState(asked.state)
            more = More(asked.fields, ByKey(caller.prefix), asked.reason, state)
            with _in_body(within="/fields"):
                changed = incident.add_fields(unit, incident_id, more, forms=forms, now=desk.now())
            return incident_document(changed, forms)

        return await desk.change(request, Scope.ADMIN, MoreRequest, do)

    @routes.post(
        "/v1/incidents/{incident_id}/reported",
        **described(IncidentAnswer, 404, 409),
        openapi_extra=takes(ReportedRequest),
    )
    async def reported(incident_id: str, request: Request) -> Response:
        """Notes that the authority was told, once; 409 where the report lacks something."""

        def do(unit: Unit, caller: Caller, asked: ReportedRequest) -> Document:
            by = ByKey(caller.prefix)
            told = incident.reported(
                unit, incident_id, to=asked.to, receipt=asked.receipt, forms=forms, by=by, now=desk.now()
            )
            return incident_document(told, forms)

        return await desk.change(request, Scope.ADMIN, ReportedRequest, do)


def _rectifications(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/v1/rectifications", **described(RectificationsAnswer))
    async def every(request: Request, undone: bool = False) -> Response:
        """What has to be put right, the nearest due first; `undone`: without what is done."""

        def find(look: Reading) -> Document:
            return {"items": [item_document(each, desk.now()) for each in incidents.items(look, undone=undone)]}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.post("/v1/rectifications", **described(RectificationAnswer, 404), openapi_extra=takes(DemandRequest))
    async def demand(request: Request) -> Response:
        """Writes down what has to be put right: who answers for it, until when."""

        def do(unit: Unit, caller: Caller, asked: DemandRequest) -> Document:
            wish = Demand(
                asked.authority, asked.reference, asked.finding, asked.demand, asked.owner, asked.due_at,
                ByKey(caller.prefix), asked.incident_id,
            )  # fmt: skip
            with _in_body():
                return item_document(incident.demand(unit, wish, now=desk.now()), desk.now())

        return await desk.change(request, Scope.ADMIN, DemandRequest, do)

    @routes.post(
        "/v1/rectifications/{item_id}/proof", **described(ApprovalAnswer, 404, 409), openapi_extra=takes(ProofRequest)
    )
    async def prove(item_id: str, request: Request) -> Response:
        """Says what shows that it is done, and asks a second person to look."""

        def do(unit: Unit, caller: Caller, asked: ProofRequest) -> Document:
            by = ByKey(caller.prefix)
            return approval_document(unit, incident.prove(unit, item_id, proof=asked.proof, by=by, now=desk.now()))

        return await desk.change(request, Scope.ADMIN, ProofRequest, do)


def _inspections(routes: APIRouter, desk: Desk, surfaces: Callable[[], list[str]], keyring: Keyring) -> None:
    @routes.get("/v1/inspections", **described(InspectionPage))
    async def page(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """Requests of authorities, the newest first."""

        def find(look: Reading) -> Document:
            found = inspections.page(look, limit=limit, cursor=cursor)
            return {"items": [inspection_document(each) for each in found.items], "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.get("/v1/inspections/{inspection_id}", **described(InspectionReportAnswer, 404))
    async def one(inspection_id: str, request: Request) -> Response:
        """One request, with what was read, exported and refused under it."""

        def find(look: Reading) -> Document:
            given = [given_document(each) for each in inspection_reading.given(look, inspection_id)]
            return {**inspection_document(inspections.get(look, inspection_id)), "given": given}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.post("/v1/inspections", **described(ApprovalAnswer, 404), openapi_extra=takes(InspectionRequest))
    async def ask(request: Request) -> Response:
        """Records an authority's request and asks a second person; `about` is the request's id."""

        def do(unit: Unit, caller: Caller, asked: InspectionRequest) -> Document:
            wish = inspection.Wish(
                authority=asked.authority,
                reference=asked.reference,
                asked=asked.asked,
                ground=asked.ground,
                inspector=asked.inspector,
                since=asked.since,
                until=asked.until,
                days=asked.days,
                by=ByKey(caller.prefix),
                why=asked.reason,
                surfaces=None if asked.surfaces is None else tuple(asked.surfaces),
                opened=asked.texts,
                **{name: None if told is None else tuple(told) for name, told in asked.narrowed.items()},
            )
            with _in_body():
                made = inspection.ask(unit, wish, surfaces=surfaces(), now=desk.now(), keyring=keyring)
            [question] = approvals.waiting(unit, subject_id=made.id)
            return approval_document(unit, question)

        return await desk.change(request, Scope.ADMIN, InspectionRequest, do)

    @routes.post(
        "/v1/inspections/{inspection_id}/close",
        **described(InspectionAnswer, 404, 409),
        openapi_extra=takes(WhyRequest),
    )
    async def close(inspection_id: str, request: Request) -> Response:
        """Nothing more is read under it."""

        def do(unit: Unit, caller: Caller, asked: WhyRequest) -> Document:
            by = ByKey(caller.prefix)
            return inspection_document(inspection.close(unit, inspection_id, by=by, why=asked.reason, now=desk.now()))

        return await desk.change(request, Scope.ADMIN, WhyRequest, do)


def _evidence(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/v1/inspections/{inspection_id}/evidence", **described(EvidencePage, 404))
    async def page(inspection_id: str, request: Request, cursor: str | None = None) -> Response:
        """Decisions in scope, without texts, for the request's inspector alone; in the ledger before it is answered."""
        caller = await desk.gate.require(request, Scope.INSPECT)

        def read() -> Document:
            with desk.database.unit() as unit:
                found = inspection_reading.read_page(
                    unit, inspection_id, inspector=ByKey(caller.prefix), now=desk.now(), cursor=cursor
                )
                unit.commit()
            return {"items": [line_document(each) for each in found.items], "next_cursor": found.next_cursor}

        return answer(await run_in_threadpool(read))

    @routes.get("/v1/inspections/{inspection_id}/evidence/{decision_id}", **described(EvidenceAnswer, 404))
    async def one(inspection_id: str, decision_id: str, request: Request) -> Response:
        """One decision with verdicts and entries; beyond the scope 403, and the asking is an entry too."""
        caller = await desk.gate.require(request, Scope.INSPECT)

        def read() -> Document:
            with desk.database.unit() as unit:
                found = inspection_reading.read_one(
                    unit, inspection_id, decision_id, inspector=ByKey(caller.prefix), now=desk.now()
                )
                unit.commit()
            if isinstance(found, str):
                raise ForbiddenError(found)
            return evidence_document(found)

        return answer(await run_in_threadpool(read))


def _in_body(within: str = "") -> AbstractContextManager[None]:
    """Faults of governance as pointers into the body; those of fields that a form names lie `within`."""
    return located(lambda where: _pointer(where, within))


_OWN = ("kind", "severity", "found_at")


def _pointer(where: str, within: str) -> str:
    if where in _IN_BODY or where in _OWN or not within:
        return _IN_BODY.get(where, f"/{where.replace('-', '_')}")
    return f"{within}/{where}"
