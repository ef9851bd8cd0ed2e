"""Campaigns as findings: what the evidence says of who is behind one, the graph and its tables, what a person says."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console import contact_offer, desk, who_decides
from console.campaign_graph import graph_of
from console.finding_words import ANSWERS, KINDS, SIGNS, THINGS, says
from console.looking import trace, trace_list
from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.visit import Visit
from governance import campaign_findings as governing
from governance.approvals import MAX_WORDS
from governance.bulk import ALIKE
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import campaign_findings, campaigns, cases, comments, decisions, groups
from records.campaign_findings import Answer
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState

MOST_SHOWN = 50


def show(visit: Visit) -> Response:
    """GET /campaigns: what waits, and what was decided last."""
    with visit.parts.database.reading() as look:
        waiting = campaign_findings.page(look, waiting=True, limit=MOST_SHOWN).items
        settled = campaign_findings.page(look, waiting=False, limit=MOST_SHOWN).items
        opens = campaign_findings.waiting_comments(look, [one.campaign_id for one in (*waiting, *settled)])
        people = {one.answered_by: name_of(look, one.answered_by) for one in settled}
    trace_list(visit, "campaigns", len(waiting) + len(settled))
    return render(
        visit,
        "campaigns.html",
        waiting=waiting,
        settled=settled,
        people=people,
        opens=opens,
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
        return _page(visit, problem="finding.conflict", status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/campaigns/{campaign_id}"), status_code=303)


def decide_open(visit: Visit) -> Response:
    """POST /campaigns/{campaign_id}/open: into the visitor's hands, the case that stands for all that waits."""
    with visit.parts.database.unit() as unit:
        case = _open_case(unit, visit)
        if case is not None and not desk.is_mine(case, visit):
            comments.lock(unit, case.comment_id)
            case = cases.lock(unit, case.id)
            case = desk.take_again(unit, visit, case) if _may_take(unit, visit, case) else None
        unit.commit()
    if case is None:
        return _page(visit, problem="finding.not_open", status=409)
    return RedirectResponse(visit.url(f"/work/{case.id}/campaign"), status_code=303)


def _open_case(look: Reading, visit: Visit) -> CaseRecord | None:
    """The case by which people decide what waits of the campaign; None where none does, or each by itself."""
    campaign = groups.get(look, visit.path_values["campaign_id"])
    if campaign is None or campaign.kind not in ALIKE or campaigns.was_dismissed(look, campaign.id):
        return None
    case = cases.get(look, campaign.case_id)
    return None if case.state is CaseState.CLOSED else case


def _may_take(unit: Unit, visit: Visit, case: CaseRecord) -> bool:
    is_theirs = case.kept_for in (None, visit.me.id) and who_decides.is_able(unit, visit.me, case)
    is_senior = not who_decides.is_for_seniors(case) or desk.may_decide_escalated(visit)
    return desk.waits(case, visit) and is_theirs and is_senior and who_decides.may_decide(unit, case, visit.me.id)


def _answer(said: str) -> Answer:
    if said not in tuple(Answer):
        raise InvalidInputError("Nothing was decided.", [Fault("answer", f"say one of: {', '.join(Answer)}")])
    return Answer(said)


def _page(visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        found = campaign_findings.get(look, visit.path_values["campaign_id"])
        graph = graph_of(governing.gathered(look, found.campaign_id))
        shared = [each for each in graph.shared if each.kind == "contact"]
        texts = [comments.get(look, each.comment_id).text or "" for each in shared]
        case = _open_case(look, visit)
        pages = {each.comment_id: decisions.latest_of(look, each.comment_id).id for each in graph.shared}
        who = name_of(look, found.answered_by)
    label = None if case is None else case.label
    trace(visit, "campaigns", [("finding", found.campaign_id)])
    return render(
        visit,
        "campaign_finding.html",
        status=status,
        found=found,
        graph=graph,
        pages=pages,
        who=who,
        is_open=case is not None,
        contacts=contact_offer.offered(visit, texts, label, [each.detail for each in shared]) if shared else (),
        contact_label=label or "",
        contact_back=visit.url(f"/campaigns/{found.campaign_id}"),
        kinds=KINDS,
        answers=ANSWERS,
        signs=SIGNS,
        things=THINGS,
        says=says,
        problem=problem,
        note=visit.form.one("note"),
        max_words=MAX_WORDS,
    )
