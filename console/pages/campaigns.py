"""Campaigns as findings: what the evidence says of who is behind one, the graph and its tables, what a person says."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.campaign_graph import graph_of
from console.finding_words import ANSWERS, KINDS, SIGNS, THINGS, says
from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.visit import Visit
from governance import campaign_findings as governing
from governance.approvals import MAX_WORDS
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import campaign_findings, decisions
from records.campaign_findings import Answer

MOST_SHOWN = 50


def show(visit: Visit) -> Response:
    """GET /campaigns: what waits, and what was decided last."""
    with visit.parts.database.reading() as look:
        waiting = campaign_findings.page(look, waiting=True, limit=MOST_SHOWN).items
        settled = campaign_findings.page(look, waiting=False, limit=MOST_SHOWN).items
        people = {one.answered_by: name_of(look, one.answered_by) for one in settled}
    return render(
        visit,
        "campaigns.html",
        waiting=waiting,
        settled=settled,
        people=people,
        kinds=KINDS,
        answers=ANSWERS,
        says=says,
    )


def show_one(visit: Visit) -> Response:
    """GET /campaigns/{campaign_id}."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """POST /campaigns/{campaign_id}: one hand, many people, or no campaign. Nothing follows by itself."""
    campaign_id = visit.path_values["campaign_id"]
    try:
        with visit.parts.database.unit() as unit:
            answer = _answer(visit.form.one("answer"))
            governing.decide(
                unit, campaign_id, answer, by=visit.me.name, note=visit.form.one("note"), now=visit.now
            )  # fmt: skip
            unit.commit()
    except (ConflictError, InvalidInputError) as error:
        return _page(visit, problem=True, status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/campaigns/{campaign_id}"), status_code=303)


def _answer(said: str) -> Answer:
    if said not in tuple(Answer):
        raise InvalidInputError("Nothing was decided.", [Fault("answer", f"say one of: {', '.join(Answer)}")])
    return Answer(said)


def _page(visit: Visit, *, problem: bool = False, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        found = campaign_findings.get(look, visit.path_values["campaign_id"])
        graph = graph_of(governing.gathered(look, found.campaign_id))
        pages = {each.comment_id: decisions.latest_of(look, each.comment_id).id for each in graph.shared}
        who = name_of(look, found.answered_by)
    return render(
        visit,
        "campaign_finding.html",
        status=status,
        found=found,
        graph=graph,
        pages=pages,
        who=who,
        kinds=KINDS,
        answers=ANSWERS,
        signs=SIGNS,
        things=THINGS,
        says=says,
        problem=problem,
        note=visit.form.one("note"),
        max_words=MAX_WORDS,
    )
