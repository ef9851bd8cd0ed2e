"""An authority's requests: recorded by the house, read within their scope by the inspector they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO

from starlette.responses import RedirectResponse, Response

from console import ground_words
from console.attachment_view import view_attachments
from console.case_words import message_of
from console.harshness import harsh_ones
from console.hold_view import TOLD, views
from console.ledger_reasons import words_gone_told
from console.marks import pieces
from console.pages.rules import code_titles
from console.people import name_of
from console.permissions import Action
from console.refusals import refusal_of
from console.rendering import render
from console.visit import Visit
from governance import giving, inspection_reading
from governance import inspections as governing
from governance.approvals import MAX_WORDS
from governance.evidence import Exported
from governance.giving import Gift
from governance.grounds import GroundFault
from governance.inspections import LONGEST_DAYS, Hindrance, Wish
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError, NotFoundError
from moderation.typed import day, number
from records import holds as stored_holds
from records import inspections
from records.holds import HoldKind
from records.inspections import InspectionRecord
from records.paging import MAX_LIMIT
from records.unit_of_work import Reading, Unit

ROWS = 50
USUAL_DAYS = "14"
_TOLD = (
    "authority",
    "reference",
    "asked",
    "ground",
    "inspector",
    "since",
    "until",
    "days",
    "why",
    "opened",
    "accounts",
    "threads",
)


def show(visit: Visit) -> Response:
    """GET /inspections: all; to an inspector their own."""
    return page(visit)


def record(visit: Visit) -> Response:
    """POST /inspections: records a request and asks a second person."""
    try:
        with visit.parts.database.unit() as unit:
            made = governing.ask(
                unit, _wish(visit), surfaces=_surfaces(visit), now=visit.now, keyring=visit.parts.keyring
            )
            unit.commit()
    except InvalidInputError as error:
        return page(visit, status=422, faults=error.faults)
    return RedirectResponse(visit.url(f"/inspections/{made.id}"), status_code=303)


def show_one(visit: Visit) -> Response:
    """GET /inspections/{inspection_id}: what was asked, granted and given."""
    return _one(visit)


def close(visit: Visit) -> Response:
    """POST /inspections/{inspection_id}: nothing more is read."""
    inspection_id = visit.path_values["inspection_id"]
    try:
        with visit.parts.database.unit() as unit:
            governing.close(unit, inspection_id, by=visit.me.name, why=visit.form.one("why"), now=visit.now)
            unit.commit()
    except (ConflictError, InvalidInputError) as error:
        return _one(visit, "inspections.not_closed", status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/inspections/{inspection_id}"), status_code=303)


def read(visit: Visit) -> Response:
    """GET /inspections/{inspection_id}/evidence: a page of decisions in scope."""
    inspection_id = visit.path_values["inspection_id"]
    try:
        with visit.parts.database.unit() as unit:
            page = inspection_reading.read_page(
                unit, inspection_id, inspector=visit.me.name, now=visit.now, cursor=visit.query.get("cursor") or None
            )
            record = inspections.get(unit, inspection_id)
            whole = inspections.count(unit, record.within)
            unit.commit()
    except ForbiddenError as error:
        return _refused(visit, str(error))
    return render(visit, "evidence_page.html", record=record, page=page, whole=whole, titles=code_titles(visit))


def read_one(visit: Visit) -> Response:
    """GET /inspections/{inspection_id}/evidence/{decision_id}."""
    inspection_id, decision_id = visit.path_values["inspection_id"], visit.path_values["decision_id"]
    try:
        with visit.parts.database.unit() as unit:
            found = inspection_reading.read_one(
                unit, inspection_id, decision_id, inspector=visit.me.name, now=visit.now
            )
            people = {} if isinstance(found, str) else {v.id: name_of(unit, v.moderator) for v in found.verdicts}
            harsh = frozenset() if isinstance(found, str) else harsh_ones(unit, [found.decision.comment_id])
            unit.commit()
    except ForbiddenError as error:
        return _refused(visit, str(error))
    if isinstance(found, str):
        return _one(visit, "inspections.beyond", status=403)
    return render(
        visit,
        "evidence.html",
        words_gone={each: words_gone_told(visit, gone) for each, gone in found.words_gone.items()},
        why_gone=words_gone_told(visit, found.gone.words) if found.gone and found.gone.words else "",
        inspection_id=inspection_id,
        found=found,
        text=None if found.text is None else pieces(found.text),
        is_harsh=bool(harsh),
        attachments=view_attachments(found.attachments, found.decision.decision, visit.preferences.locale),
        reasons=[(message_of(each, visit.preferences.locale), each) for each in found.decision.decision.reasons],
        bodies=[each.body.decode() for each in found.entries],
        people=people,
        titles=code_titles(visit),
    )


def read_measures(visit: Visit) -> Response:
    """GET /inspections/{inspection_id}/measures: those in scope."""
    inspection_id = visit.path_values["inspection_id"]
    try:
        with visit.parts.database.unit() as unit:
            found = inspection_reading.read_measures(unit, inspection_id, inspector=visit.me.name, now=visit.now)
            record = inspections.get(unit, inspection_id)
            people = {each.asked_by: name_of(unit, each.asked_by) for each in found}
            unit.commit()
    except ForbiddenError as error:
        return _refused(visit, str(error))
    return render(visit, "inspected_measures.html", record=record, found=found, people=people)


def download(visit: Visit) -> Response:
    """GET /inspections/{inspection_id}/bundle.zip: all of it with proofs; in the ledger before it is sent."""
    inspection_id, me = visit.path_values["inspection_id"], visit.me.name

    def make(look: Reading, file: IO[bytes]) -> Exported:
        record = governing.check_open(look, inspection_id, inspector=me, now=visit.now)
        return inspection_reading.export(look, file, record, me, visit.parts.keyring)

    def note(unit: Unit, done: Exported) -> None:
        record = governing.check_open(unit, inspection_id, inspector=me, now=visit.now)
        inspection_reading.note_export(unit, record, done, by=me, now=visit.now)

    try:
        with giving.given(visit.parts.database, Gift(make, note)) as (file, _):
            body = file.read()
    except ForbiddenError as error:
        return _refused(visit, str(error))
    except NotFoundError as error:
        return _one(visit, "inspections.not_sealed", status=404, detail=str(error))
    disposition = {"content-disposition": f'attachment; filename="evidence-{inspection_id}.zip"'}
    return Response(body, media_type="application/zip", headers=disposition)


def _wish(visit: Visit) -> Wish:
    """What the form says. Raises `InvalidInputError` for what is no day and no number."""
    one, faults = visit.form.one, []

    def given(name: str) -> datetime:
        found = day(one(name))
        if found is None:
            faults.append(Fault(name, "give a day"))
        return found or visit.now

    since, until = given("since"), given("until")
    if number(one("days")) is None:
        faults.append(Fault("days", "give a number"))
    if faults:
        raise InvalidInputError("The request cannot be recorded.", faults)
    surfaces = tuple(visit.form.all("surfaces")) or None
    return Wish(
        authority=one("authority"),
        reference=one("reference"),
        asked=one("asked"),
        ground=one("ground"),
        inspector=one("inspector"),
        since=since,
        until=until,
        days=int(one("days")),
        by=visit.me.name,
        why=one("why"),
        surfaces=surfaces,
        opened=one("opened") == "on",
        accounts=_lines(one("accounts")),
        threads=_lines(one("threads")),
        measures=tuple(visit.form.all("measures")) or None,
    )


def _lines(told: str) -> tuple[str, ...] | None:
    """One a line; None where nothing is named."""
    return tuple(each.strip() for each in told.splitlines() if each.strip()) or None


def _surfaces(visit: Visit) -> list[str]:
    return sorted({name for each in visit.parts.policies().values() for name in each.surfaces})


def page(
    visit: Visit,
    *,
    status: int = 200,
    faults: Sequence[Fault] = (),
    hold_faults: Sequence[Fault] = (),
    hold_told: Mapping[str, str] | None = None,
    hold_problem: str = "",
) -> Response:
    """All requests, and what is held; to an inspector their own requests alone."""
    mine = None if visit.may(Action.RECORD_INSPECTIONS) else visit.me.name
    with visit.parts.database.reading() as look:
        held = () if mine else views(look, stored_holds.page(look, limit=MAX_LIMIT).items, visit.now)
        page = inspections.page(look, inspector=mine, limit=ROWS, cursor=visit.query.get("cursor") or None)
        people = {each.inspector: name_of(look, each.inspector) for each in page.items}
    return render(
        visit,
        "inspections.html",
        status=status,
        page=page,
        people=people,
        faults=[_in_words(visit, fault) for fault in faults],
        told={name: visit.form.one(name) for name in _TOLD},
        chosen=visit.form.all("surfaces"),
        measures=governing.MEASURES,
        chosen_measures=visit.form.all("measures"),
        surfaces=_surfaces(visit),
        days=USUAL_DAYS,
        most_days=LONGEST_DAYS,
        holds=held,
        hold_kinds=[each.value for each in HoldKind],
        hold_faults=[_in_words(visit, fault, "hold_fault") for fault in hold_faults],
        hold_told=hold_told or dict.fromkeys(TOLD, ""),
        hold_problem=hold_problem,
        max_words=MAX_WORDS,
    )


def _one(visit: Visit, problem: str = "", *, status: int = 200, detail: str = "") -> Response:
    with visit.parts.database.reading() as look:
        record = _visible(look, visit)
        given = inspection_reading.given(look, record.id)
        names = {record.inspector, record.asked_by, record.approved_by or "", *(each.by for each in given)}
        people = {name: name_of(look, name) for name in names}
        whole = inspections.count(look, record.within)
        taken = inspections.count_measures(look, record.within)
        held = views(look, stored_holds.within(look, record.within, now=visit.now), visit.now)
    return render(
        visit,
        "inspection.html",
        status=status,
        record=record,
        given=given,
        people=people,
        whole=whole,
        taken=taken,
        holds=held,
        may_read=visit.may(Action.READ_EVIDENCE) and not governing.why_not(record, visit.me.name, visit.now),
        problem=problem,
        detail=detail,
        max_words=MAX_WORDS,
    )


HINDRANCES = {
    Hindrance.ANOTHERS: "inspections.not_yours", Hindrance.NOT_GRANTED: "inspections.not_granted",
    Hindrance.CLOCK: "inspections.clock", Hindrance.OVER: "inspections.over",
}  # fmt: skip


def _refused(visit: Visit, said: str) -> Response:
    """Why nothing is read, in the reader's language; as it was said where it is none of the usual reasons."""
    with visit.parts.database.reading() as look:
        found = governing.hindrance(_visible(look, visit), visit.me.name, visit.now)
    return _one(visit, HINDRANCES[found] if found else "inspections.not_now", status=403, detail="" if found else said)


def _visible(look: Reading, visit: Visit) -> InspectionRecord:
    """The request; to an inspector another's is not there. Raises `NotFoundError`."""
    record = inspections.get(look, visit.path_values["inspection_id"])
    if not visit.may(Action.RECORD_INSPECTIONS) and record.inspector != visit.me.name:
        raise NotFoundError("There is no such request.")
    return record


def _in_words(visit: Visit, fault: Fault, of: str = "inspection_fault") -> str:
    if isinstance(fault, GroundFault):
        return ground_words.in_words(visit, fault)
    key = f"{of}.{fault.where}"
    return visit.words(key) if key in visit.words.sentences else fault.detail
