"""Findings that many report one author: the evidence, and what a person says of it."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.looking import trace, trace_list
from console.pages import reporters
from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.visit import Visit
from governance import report_floods
from governance.approvals import MAX_WORDS
from moderation.errors import ConflictError, InvalidInputError
from records import report_floods as stored
from records import reporter_findings as findings
from records.public_values import FloodState

MOST_SHOWN = 50

_STATES = {
    FloodState.WAITING: "flood_state.waiting",
    FloodState.CONFIRMED: "flood_state.confirmed",
    FloodState.DISMISSED: "flood_state.dismissed",
}


def show(visit: Visit) -> Response:
    """GET /reports: what waits, and what was decided last."""
    with visit.parts.database.reading() as look:
        waiting = stored.page(look, state=FloodState.WAITING, limit=MOST_SHOWN).items
        settled = [one for one in stored.page(look, limit=MOST_SHOWN).items if one.state is not FloodState.WAITING]
        of_people = findings.page(look, limit=MOST_SHOWN).items
        people = {one.answered_by: name_of(look, one.answered_by) for one in settled}
    trace_list(visit, "reports", len(waiting) + len(settled) + len(of_people))
    return render(
        visit, "reports.html", waiting=waiting, settled=settled, people=people, states=_STATES, of_people=of_people,
        states_of_people=reporters.STATES,
    )  # fmt: skip


def show_one(visit: Visit) -> Response:
    """GET /reports/{finding_id}."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """POST /reports/{finding_id}: a campaign, or none."""
    finding_id = visit.path_values["finding_id"]
    try:
        with visit.parts.database.unit() as unit:
            report_floods.decide(
                unit,
                finding_id,
                is_campaign=visit.form.one("answer") == FloodState.CONFIRMED,
                by=visit.me.name,
                note=visit.form.one("note"),
                now=visit.now,
            )
            unit.commit()
    except (ConflictError, InvalidInputError) as error:
        return _page(visit, problem=True, status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/reports/{finding_id}"), status_code=303)


def _page(visit: Visit, *, problem: bool = False, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        found = stored.get(look, visit.path_values["finding_id"])
        who = name_of(look, found.answered_by)
    trace(visit, "reports", [("finding", found.id)])
    kinds = visit.parts.complaints.kinds
    named = [
        (getattr(kinds[name].title, visit.preferences.locale) if name in kinds else name, count)
        for name, count in found.evidence["kinds"].items()
    ]
    return render(
        visit,
        "report.html",
        status=status,
        found=found,
        who=who,
        kinds=named,
        states=_STATES,
        problem=problem,
        note=visit.form.one("note"),
        max_words=MAX_WORDS,
    )
