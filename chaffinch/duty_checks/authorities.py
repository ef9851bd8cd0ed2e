"""What is handed to authorities and put right for them: evidence, reports of incidents, rectification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from chaffinch.duty_checks.deciding import NEWS
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
from chaffinch.installation import Installation
from console.permissions import Action, Role, may
from console.routes import PAGES
from governance import approvals, authority_reports, incidents, inspections
from governance.authority_reports import ContentOrder
from governance.duties import Found
from governance.incident_forms import IncidentForms, load_forms
from governance.incidents import Demand, More
from governance.inspections import READ, REFUSED, Evidence
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError
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
        return place.off(
            f"{len(lapsed)} requests of authorities ran out before anybody answered, the newest {lapsed[0]}: answer "
            "what waits in /console/approvals, and record them again (chaffinch inspection ask)"
        )
    acts = {
        page.action for page in PAGES if page.method == "POST" and page.action not in (None, Action.USE_OWN_SESSION)
    }
    if changes := sorted(each for each in acts if each and may(Role.INSPECTOR, each)):
        return place.off(f"an inspector may {changes[0].replace('_', ' ')} in the console: report it")
    if not any(page.action is Action.READ_EVIDENCE and may(Role.INSPECTOR, page.action) for page in PAGES):
        return place.off("the console has no page of evidence that an inspector may open: report it")
    if wrong := fault(place, _inspected):
        return place.off(f"{wrong}: report it")
    return place.held(f"a rehearsed inspector read what two people granted and no more; {count} requests were recorded")


def _inspected(place: Installation, unit: Unit) -> Iterator[str]:
    within = stored(place, unit, Outcome.BLOCK, surface=NEWS).decision_id
    beside = stored(place, unit, Outcome.BLOCK).decision_id
    wish = inspections.Wish(
        AUTHORITY, "7f3a91", WHY, WHY, READER, place.now - DAY, place.now + DAY, 1, ONE, WHY, surfaces=(NEWS,)
    )
    asked = inspections.ask(unit, wish, surfaces=(NEWS, FORUM), now=place.now)
    if _reads(unit, asked.id, within, place) is not None or agrees_alone(place, unit, asked.id):
        yield "evidence is read with one person's word"
    agreed(place, unit, asked.id)
    if not isinstance(_reads(unit, asked.id, within, place), Evidence):
        yield "an inspector does not see what was granted"
    if not isinstance(_reads(unit, asked.id, beside, place), str):
        yield "an inspector sees what was not granted"
    if [READ, REFUSED] != [each.kind for each in inspections.given(unit, asked.id)]:
        yield "what an inspector read and asked for does not stand in the ledger"
    if _reads(unit, asked.id, within, place, after=DAY) is not None:
        yield "an inspector reads though the time of the request is over"
    try:
        approvals.person(unit, READER)
    except ForbiddenError:
        return
    yield "an inspector may change something"


def _reads(
    unit: Unit, inspection_id: str, decision_id: str, place: Installation, after: timedelta = timedelta(0)
) -> Evidence | str | None:
    """What they are shown; None where nothing may be read."""
    try:
        return inspections.read_one(unit, inspection_id, decision_id, inspector=READER, now=place.now + after)
    except ForbiddenError:
        return None


def incident_log(place: Installation) -> Found:
    """5(6): what is found is written down, in the ledger, and closed once it is told whole and put right."""
    with place.reading() as look:
        found = kept.page(look, limit=MANY).items
        unwritten = [each.id for each in found if ledger.last(look, "incident.recorded", each.id) is None]
    if unwritten:
        return place.off(f"incident {unwritten[0]} stands in no entry of the ledger: somebody wrote past it; report it")
    if wrong := fault(place, _logged):
        return place.off(f"{wrong}: report it")
    return place.held(f"a rehearsed incident is written, told, put right and closed; the log has {len(found)}")


def _logged(place: Installation, unit: Unit) -> Iterator[str]:
    forms = load_forms(place.settings.configs)
    made = _recorded(place, unit, forms)
    if _closes(place, unit, made.id, forms):
        yield "an incident that nobody told whole was closed"
    incidents.add_fields(unit, made.id, More(_told(place, forms), ONE, WHY), forms=forms, now=place.now)
    item = _demanded(place, unit, incident_id=made.id)
    if _closes(place, unit, made.id, forms):
        yield "an incident was closed though something is not put right"
    incidents.prove(unit, item, proof=WHY, by=ONE, now=place.now)
    agreed(place, unit, item)
    if not _closes(place, unit, made.id, forms):
        yield "an incident that is told whole and put right cannot be closed"
    for kind in ("incident.recorded", "incident.changed"):
        if ledger.last(unit, kind, made.id) is None:
            yield f"a step of an incident stands in no entry of the ledger ({kind})"


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
        return place.off(
            f"{len(unreported)} grave incidents are known for more than a day and not reported: chaffinch incident "
            f"report {unreported[0]}, then chaffinch incident reported {unreported[0]} --to AUTHORITY"
        )
    if wrong := fault(place, _reported):
        return place.off(f"{wrong}: report it")
    fields = len(load_forms(place.settings.configs).fields)
    return place.held(f"a rehearsed incident is reported with {fields} fields, rehearsed content with its entry")


def _reported(place: Installation, unit: Unit) -> Iterator[str]:
    forms = load_forms(place.settings.configs)
    made = _recorded(place, unit, forms)
    if any(field.required for field in forms.fields.values()) and _tells(place, unit, made.id, forms):
        yield "a report that lacks fields was sent"
    told = _told(place, forms)
    incidents.add_fields(unit, made.id, More(told, ONE, WHY), forms=forms, now=place.now)
    report = authority_reports.incident(unit, made.id, forms)
    page = authority_reports.page(report)
    if report["lacking"] or not told or not all(str(each["value"]) in page for each in report["fields"]):
        yield "the report of an incident lacks what was told"
    if not _tells(place, unit, made.id, forms) or ledger.last(unit, "incident.reported", made.id) is None:
        yield "that an authority was told is not kept"
    decision = stored(place, unit, Outcome.BLOCK).decision_id
    order = ContentOrder([decision], AUTHORITY, ONE, WHY, WHY)
    content = authority_reports.page(authority_reports.content(unit, order, forms, place.keyring, now=place.now))
    if TEXT not in content or ledger.last(unit, "content.reported", AUTHORITY) is None:
        yield "a report of unlawful content lacks its text or its entry of the ledger"


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
            f"{len(late)} things had to be put right by now, the first by {first.due_at:%Y-%m-%d} ({first.owner}): "
            f"chaffinch rectification prove {first.id} --proof WORDS --by NAME"
        )
    if wrong := fault(place, _rectified):
        return place.off(f"{wrong}: report it")
    return place.held(f"a rehearsed item is done by its proof and a second person; {len(undone)} are open, none late")


def _rectified(place: Installation, unit: Unit) -> Iterator[str]:
    item = _demanded(place, unit)
    incidents.prove(unit, item, proof=WHY, file=b"proof", by=ONE, now=place.now)
    if agrees_alone(place, unit, item) or kept.item(unit, item).state is ItemState.DONE:
        yield "something was put right by one person's word"
    agreed(place, unit, item)
    done = kept.item(unit, item)
    if (done.state, done.confirmed_by) != (ItemState.DONE, OTHER) or not done.proof_hash:
        yield "something that was put right and looked at is not done"
    for kind in ("rectification.demanded", "rectification.proved", "rectification.done"):
        if ledger.last(unit, kind, item) is None:
            yield f"a step of an item stands in no entry of the ledger ({kind})"


def _recorded(place: Installation, unit: Unit, forms: IncidentForms) -> IncidentRecord:
    found = incidents.Found(next(iter(forms.kinds)), GRAVE[0], place.now, {}, ONE)
    return incidents.record(unit, found, forms=forms, now=place.now)


def _told(place: Installation, forms: IncidentForms) -> dict[str, str]:
    """Something in every field."""
    return {name: _FILLED.get(field.kind, place.now.isoformat()) for name, field in forms.fields.items()}


def _demanded(place: Installation, unit: Unit, *, incident_id: str | None = None) -> str:
    wish = Demand(AUTHORITY, "7f3a91", WHY, WHY, ONE, place.now + DAY, ONE, incident_id)
    return incidents.demand(unit, wish, now=place.now).id
