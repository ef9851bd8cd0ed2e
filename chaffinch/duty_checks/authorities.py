"""What is handed to authorities and put right for them: evidence, reports of incidents, rectification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from chaffinch.duty_checks.deciding import NEWS
from chaffinch.duty_checks.disclosure import words_of
from chaffinch.duty_checks.rehearsal import (
    FORUM,
    ONE,
    OTHER,
    READER,
    TEXT,
    WHY,
    agreed,
    agrees_alone,
    fault,
    stored,
)
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from console.permissions import Action, Role, may
from console.routes import PAGES
from governance import approvals, authority_reports, incidents, inspection_reading, inspections
from governance.authority_reports import ContentOrder
from governance.duties import Found
from governance.incident_forms import IncidentForms, load_forms
from governance.incidents import Demand, More
from governance.inspection_reading import READ, REFUSED, Evidence
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError
from moderation.taxonomy import Words
from records import accountability, ledger
from records import incidents as kept
from records.incidents import IncidentRecord, IncidentState, ItemState
from records.unit_of_work import Unit

DAY = timedelta(days=1)
MANY = 200
GRAVE = ("high", "critical")
"""Incidents of which an authority hears."""

PROMPTLY = DAY
"""How long a grave incident may be known and not reported."""

AUTHORITY = "a rehearsed authority"
_FILLED = {"text": "rehearsal 7f3a91", "number": "1"}


def inspection(place: Installation) -> Found:
    """5(8): an inspector reads what two people granted, nothing else, changes nothing, and all of it is written."""
    with place.reading() as look:
        lapsed = accountability.lapsed_inspections(look, now=place.now)
        count = accountability.inspections_made(look)
    if lapsed:
        return place.off("authorities.inspection_2", n=len(lapsed), lapsed=lapsed[0])
    acts = {
        page.action for page in PAGES if page.method == "POST" and page.action not in (None, Action.USE_OWN_SESSION)
    }
    if changes := sorted(each for each in acts if each and may(Role.INSPECTOR, each)):
        return place.off("authorities.inspection_3", changes=changes[0].replace("_", " "))
    if not any(page.action is Action.READ_EVIDENCE and may(Role.INSPECTOR, page.action) for page in PAGES):
        return place.off("authorities.inspection_4")
    if wrong := fault(place, _inspected):
        return place.off("general.report", wrong=wrong)
    return place.held("authorities.inspection_1", count=count)


def _inspected(place: Installation, unit: Unit) -> Iterator[Words]:
    within = stored(place, unit, Outcome.BLOCK, surface=NEWS).decision_id
    beside = stored(place, unit, Outcome.BLOCK).decision_id
    wish = inspections.Wish(
        AUTHORITY, "7f3a91", WHY, WHY, READER, place.now - DAY, place.now + DAY, 1, ONE, WHY, surfaces=(NEWS,)
    )
    asked = inspections.ask(unit, wish, surfaces=(NEWS, FORUM), now=place.now)
    if _reads(unit, asked.id, within, place) is not None or agrees_alone(place, unit, asked.id):
        yield say("authorities.inspected_2")
    agreed(place, unit, asked.id)
    if not isinstance(_reads(unit, asked.id, within, place), Evidence):
        yield say("authorities.inspected_3")
    if not isinstance(_reads(unit, asked.id, beside, place), str):
        yield say("authorities.inspected_4")
    if [READ, REFUSED] != [each.kind for each in inspection_reading.given(unit, asked.id)]:
        yield say("authorities.inspected_5")
    if _reads(unit, asked.id, within, place, after=DAY) is not None:
        yield say("authorities.inspected_6")
    try:
        approvals.person(unit, READER)
    except ForbiddenError:
        return
    yield say("authorities.inspected_1")


def _reads(
    unit: Unit, inspection_id: str, decision_id: str, place: Installation, after: timedelta = timedelta(0)
) -> Evidence | str | None:
    """What they are shown; None where nothing may be read."""
    try:
        return inspection_reading.read_one(unit, inspection_id, decision_id, inspector=READER, now=place.now + after)
    except ForbiddenError:
        return None


def incident_log(place: Installation) -> Found:
    """5(6): what is found is written down, in the ledger, and closed once it is told whole and put right."""
    with place.reading() as look:
        found = kept.page(look, limit=MANY).items
        unwritten = [each.id for each in found if ledger.last(look, "incident.recorded", each.id) is None]
    if unwritten:
        return place.off("authorities.incident_log_2", unwritten=unwritten[0])
    if wrong := fault(place, _logged):
        return place.off("general.report", wrong=wrong)
    return place.held("authorities.incident_log_1", n=len(found))


def _logged(place: Installation, unit: Unit) -> Iterator[Words]:
    forms = load_forms(place.settings.configs)
    made = _recorded(place, unit, forms)
    if _closes(place, unit, made.id, forms):
        yield say("authorities.logged_1")
    incidents.add_fields(unit, made.id, More(_told(place, forms), ONE, WHY), forms=forms, now=place.now)
    item = _demanded(place, unit, incident_id=made.id)
    if _closes(place, unit, made.id, forms):
        yield say("authorities.logged_2")
    incidents.prove(unit, item, proof=WHY, by=ONE, now=place.now)
    agreed(place, unit, item)
    if not _closes(place, unit, made.id, forms):
        yield say("authorities.logged_3")
    for kind in ("incident.recorded", "incident.changed"):
        if ledger.last(unit, kind, made.id) is None:
            yield say("authorities.logged_4", kind=kind)


def _closes(place: Installation, unit: Unit, incident_id: str, forms: IncidentForms) -> bool:
    more = More({}, ONE, WHY, IncidentState.CLOSED)
    try:
        closed = incidents.add_fields(unit, incident_id, more, forms=forms, now=place.now)
    except ConflictError:
        return False
    return closed.state is IncidentState.CLOSED


def incident_reports(place: Installation) -> Found:
    """5(5): an incident and unlawful content become reports with every field that the authority asks for."""
    with place.reading() as look:
        unreported = accountability.unreported(look, GRAVE, before=place.now - PROMPTLY)
    if unreported:
        return place.off("authorities.incident_reports_2", n=len(unreported), unreported=unreported[0])
    if wrong := fault(place, _reported):
        return place.off("general.report", wrong=wrong)
    fields = len(load_forms(place.settings.configs).fields)
    return place.held("authorities.incident_reports_1", fields=fields)


def _reported(place: Installation, unit: Unit) -> Iterator[Words]:
    forms = load_forms(place.settings.configs)
    made = _recorded(place, unit, forms)
    if any(field.required for field in forms.fields.values()) and _tells(place, unit, made.id, forms):
        yield say("authorities.reported_1")
    told = _told(place, forms)
    incidents.add_fields(unit, made.id, More(told, ONE, WHY), forms=forms, now=place.now)
    report = authority_reports.incident(unit, made.id, forms)
    page = authority_reports.page(report)
    if (
        report["lacking"]
        or not told
        or not all(str(authority_reports.shown(each)) in page for each in report["fields"])
    ):
        yield say("authorities.reported_2")
    if not _tells(place, unit, made.id, forms) or ledger.last(unit, "incident.reported", made.id) is None:
        yield say("authorities.reported_3")
    decision = stored(place, unit, Outcome.BLOCK).decision_id
    order = ContentOrder([decision], AUTHORITY, ONE, WHY, WHY)
    content = authority_reports.page(
        authority_reports.content(unit, order, forms, place.keyring, words_of(place), now=place.now)
    )
    if TEXT not in content or ledger.last(unit, "content.reported", AUTHORITY) is None:
        yield say("authorities.reported_4")


def _tells(place: Installation, unit: Unit, incident_id: str, forms: IncidentForms) -> bool:
    try:
        told = incidents.reported(unit, incident_id, to=AUTHORITY, receipt="7", forms=forms, by=ONE, now=place.now)
    except ConflictError:
        return False
    return told.reported_to == AUTHORITY


def rectification(place: Installation) -> Found:
    """11: what an authority finds has an owner and a day, and is done once a second person saw the proof."""
    with place.reading() as look:
        undone = kept.items(look, undone=True)
    if late := [each for each in undone if each.due_at < place.now]:
        first = late[0]
        return place.off(
            "authorities.rectification_2", n=len(late), due_at=first.due_at, owner=first.owner, id=first.id
        )
    if wrong := fault(place, _rectified):
        return place.off("general.report", wrong=wrong)
    return place.held("authorities.rectification_1", n=len(undone))


def _rectified(place: Installation, unit: Unit) -> Iterator[Words]:
    item = _demanded(place, unit)
    incidents.prove(unit, item, proof=WHY, file=b"proof", by=ONE, now=place.now)
    if agrees_alone(place, unit, item) or kept.item(unit, item).state is ItemState.DONE:
        yield say("authorities.rectified_1")
    agreed(place, unit, item)
    done = kept.item(unit, item)
    if (done.state, done.confirmed_by) != (ItemState.DONE, OTHER) or not done.proof_hash:
        yield say("authorities.rectified_2")
    for kind in ("rectification.demanded", "rectification.proved", "rectification.done"):
        if ledger.last(unit, kind, item) is None:
            yield say("authorities.rectified_3", kind=kind)


def _recorded(place: Installation, unit: Unit, forms: IncidentForms) -> IncidentRecord:
    found = incidents.Found(next(iter(forms.kinds)), GRAVE[0], place.now, {}, ONE)
    return incidents.record(unit, found, forms=forms, now=place.now)


def _told(place: Installation, forms: IncidentForms) -> dict[str, str]:
    """Something in every field."""
    return {name: _FILLED.get(field.kind, place.now.isoformat()) for name, field in forms.fields.items()}


def _demanded(place: Installation, unit: Unit, *, incident_id: str | None = None) -> str:
    wish = Demand(AUTHORITY, "7f3a91", WHY, WHY, ONE, place.now + DAY, ONE, incident_id)
    return incidents.demand(unit, wish, now=place.now).id
