"""Every page of the console in one table, and the application that serves them.

Mount it: `app.mount("/console", application(parts))`. It knows where it is mounted, answers its own errors with pages,
and sets its own headers.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from console import assets, passwords, sights
from console.forms import ROOMY
from console.gate import Page, endpoint, refused
from console.headers import SecurityHeaders
from console.pages import (
    accounts,
    approvals,
    assessments,
    backtests,
    bulk,
    campaigns,
    decision,
    disagreements,
    duties,
    emergencies,
    flaggers,
    gold,
    groups,
    holds,
    incidents,
    inspections,
    invitation,
    keys,
    labels,
    lead,
    ledger,
    lists,
    live,
    login,
    looks,
    measure_list,
    measures,
    mine,
    models,
    neutrality,
    own,
    plain,
    quality,
    queue,
    reporters,
    reports,
    rest,
    retention,
    returns,
    rule_editor,
    rules,
    search,
    shadow,
    staffing,
    story,
    thread_measures,
    transparency,
    vouching,
    webhooks,
    work,
)
from console.parts import ConsoleParts
from console.permissions import Action
from console.refusals import RefusalError

PAGES = (
    Page("GET", "/login", None, login.show),
    Page("POST", "/login", None, login.submit, is_apart=True),
    Page("GET", "/invitation/{link}", None, invitation.show),
    Page("POST", "/invitation/{link}", None, invitation.accept, is_apart=True),
    Page("POST", "/logout", Action.USE_OWN_SESSION, login.leave),
    Page("POST", "/preferences", None, plain.prefer),
    Page("GET", "/", Action.USE_OWN_SESSION, plain.home),
    Page("GET", "/help", Action.USE_OWN_SESSION, plain.show_help),
    Page("POST", "/seen", Action.USE_OWN_SESSION, sights.reveal),
    Page("GET", "/work", Action.DECIDE, work.show),
    Page("GET", "/mine", Action.DECIDE, mine.show),
    Page("GET", "/own", Action.USE_OWN_SESSION, own.show),
    Page("POST", "/own/password", Action.USE_OWN_SESSION, own.change_password, is_apart=True),
    Page("POST", "/own/sessions", Action.USE_OWN_SESSION, own.end_sessions),
    Page("GET", "/keys", Action.USE_OWN_SESSION, keys.show),
    Page("POST", "/keys", Action.USE_OWN_SESSION, keys.change),
    Page("GET", "/rest", Action.DECIDE, rest.show),
    Page("GET", "/work/live", Action.DECIDE, work.show_today),
    Page("POST", "/work/rest", Action.DECIDE, rest.begin),
    Page("POST", "/work/again", Action.DECIDE, work.take_put_off),
    Page("POST", "/work/{case_id}", Action.DECIDE, work.act),
    Page("POST", "/work/{case_id}/undo", Action.DECIDE, work.undo),
    Page("POST", "/work/{case_id}/renew", Action.DECIDE, work.renew),
    Page("POST", "/work/{case_id}/leave", Action.DECIDE, work.leave),
    Page("GET", "/work/{case_id}/campaign", Action.DECIDE_ANEW, bulk.ask),
    Page("POST", "/work/{case_id}/campaign", Action.DECIDE_ANEW, bulk.give),
    Page("GET", "/work/{case_id}/group", Action.DECIDE, groups.show),
    Page("POST", "/work/{case_id}/group", Action.DECIDE, groups.give),
    Page("GET", "/bulk/{bulk_id}", Action.SEE_DECISION, bulk.show),
    Page("POST", "/bulk/{bulk_id}/undo", Action.DECIDE_ANEW, bulk.take_back),
    Page("GET", "/queue", Action.SEE_QUEUE, queue.show),
    *(
        Page("GET", f"/queue/{name}.csv", Action.SEE_QUEUE, queue.download)
        for name in ("queues", "public", "labels", "languages", "skills")
    ),
    Page("GET", "/quality", Action.SEE_QUALITY, quality.show),
    Page("POST", "/quality/promote/{user_id}", Action.LEAD_PEOPLE, quality.promote),
    Page("GET", "/quality/gold", Action.LEAD_PEOPLE, gold.show),
    Page("POST", "/quality/gold", Action.LEAD_PEOPLE, gold.add),
    Page("POST", "/quality/gold/{gold_id}/retire", Action.LEAD_PEOPLE, gold.retire),
    Page("GET", "/quality/disagreements", Action.LEAD_PEOPLE, disagreements.show),
    Page("GET", "/quality/disagreements/{decision_id}", Action.LEAD_PEOPLE, disagreements.show_one),
    Page("POST", "/quality/disagreements/{decision_id}", Action.LEAD_PEOPLE, disagreements.settle),
    Page("GET", "/labels/{label}", Action.SEE_DECISION, labels.show),
    Page("POST", "/labels/edge-cases/{edge_id}", Action.LEAD_PEOPLE, labels.take_back),
    Page("GET", "/quality/gold.csv", Action.LEAD_PEOPLE, gold.download),
    *(Page("GET", f"/quality/{name}.csv", Action.SEE_QUALITY, quality.download) for name in ("alpha", "appeals")),
    *(
        Page("GET", f"/quality/{name}.csv", Action.SEE_MODERATORS, quality.download)
        for name in ("people", "training", "worst")
    ),
    Page("GET", "/lead", Action.SEE_HOUSE, lead.show),
    Page("GET", "/lead/live", Action.SEE_HOUSE, lead.show_live),
    *(
        Page("GET", f"/lead/{name}.csv", Action.SEE_HOUSE, lead.download)
        for name in ("queues", "unattended", "load", "put_off", "machine", "overturns", "random", "let_through")
    ),
    Page("GET", "/neutrality", Action.SEE_NEUTRALITY, neutrality.show),
    Page("POST", "/neutrality", Action.APPROVE, neutrality.answer),
    Page("GET", "/staffing", Action.SEE_STAFFING, staffing.show),
    Page("GET", "/webhooks", Action.CHANGE_WEBHOOKS, webhooks.show),
    Page("POST", "/webhooks", Action.CHANGE_WEBHOOKS, webhooks.add),
    Page("GET", "/webhooks/{endpoint_id}", Action.CHANGE_WEBHOOKS, webhooks.show_one),
    Page("POST", "/webhooks/{endpoint_id}", Action.CHANGE_WEBHOOKS, webhooks.change),
    Page("GET", "/staffing/hours.csv", Action.SEE_STAFFING, staffing.download),
    Page("GET", "/staffing/changes.csv", Action.SEE_STAFFING, staffing.download),
    Page("GET", "/staffing/skills.csv", Action.SEE_STAFFING, staffing.download),
    Page("GET", "/staffing/kinds.csv", Action.SEE_STAFFING, staffing.download),
    Page("GET", "/staffing/shifts.csv", Action.SEE_STAFFING, staffing.download),
    Page("GET", "/decisions/{decision_id}", Action.SEE_DECISION, decision.show),
    Page("POST", "/decisions/{decision_id}/reopen", Action.DECIDE_ANEW, decision.reopen),
    Page("GET", "/search", Action.SEARCH, search.show),
    Page("POST", "/search/views", Action.USE_OWN_SESSION, search.save),
    Page("POST", "/search/views/{view_id}/remove", Action.USE_OWN_SESSION, search.remove),
    Page("POST", "/search/find", Action.USE_OWN_SESSION, search.find),
    Page("POST", "/search/decide", Action.DECIDE_ANEW, search.decide),
    Page("GET", "/comments/{comment_id}/account", Action.SEARCH, story.show_account),
    Page("POST", "/comments/{comment_id}/account", Action.DECIDE_ANEW, story.decide_account),
    Page("GET", "/comments/{comment_id}/thread", Action.SEARCH, story.show_thread),
    Page("POST", "/comments/{comment_id}/thread", Action.DECIDE_ANEW, story.decide_thread),
    Page("POST", "/comments/{comment_id}/thread/measures", Action.TAKE_MEASURES, thread_measures.take),
    Page("POST", "/comments/{comment_id}/thread/measures/{measure_id}", Action.TAKE_MEASURES, thread_measures.lift),
    Page("GET", "/rules", Action.SEE_RULES, rules.show),
    Page("GET", "/rules/new", Action.CHANGE_RULES, rule_editor.show_new),
    Page("POST", "/rules/new", Action.CHANGE_RULES, rule_editor.save_new, ROOMY),
    Page("POST", "/rules/check", Action.CHANGE_RULES, rule_editor.check, ROOMY),
    Page("GET", "/rules/table/rules.csv", Action.SEE_RULES, rules.download),
    Page("GET", "/rules/{rule_id}/edit", Action.CHANGE_RULES, rule_editor.show),
    Page("POST", "/rules/{rule_id}/edit", Action.CHANGE_RULES, rule_editor.save, ROOMY),
    Page("POST", "/rules/{rule_id}/backtest", Action.CHANGE_RULES, backtests.ask),
    Page("POST", "/rules/{rule_id}/looked", Action.CHANGE_RULES, rules.look_at),
    Page("GET", "/rules/{rule_id}/backtest/live", Action.SEE_RULES, backtests.show_live),
    Page("GET", "/rules/{rule_id}", Action.SEE_RULES, rules.show_one),
    Page("POST", "/rules/{rule_id}", Action.CHANGE_RULES, rules.propose),
    Page("GET", "/lists", Action.SEE_LISTS, lists.show),
    Page("POST", "/lists", Action.CHANGE_LISTS, lists.add),
    Page("POST", "/lists/{entry_id}/remove", Action.CHANGE_LISTS, lists.remove),
    Page("POST", "/lists/{entry_id}/review", Action.CHANGE_LISTS, lists.review),
    Page("GET", "/models", Action.SEE_MODELS, models.show),
    Page("POST", "/models/rollback", Action.MOVE_MODELS, models.rollback),
    Page("GET", "/models/{version}", Action.SEE_MODELS, models.show_one),
    Page("POST", "/models/{version}", Action.MOVE_MODELS, models.promote),
    Page("GET", "/models/{version}/mistakes", Action.SEE_MODELS, models.show_mistakes),
    Page("GET", "/models/{version}/checks.csv", Action.SEE_MODELS, models.download),
    Page("GET", "/models/{version}/labels.csv", Action.SEE_MODELS, models.download_labels),
    Page("GET", "/models/{version}/slices.csv", Action.SEE_MODELS, models.download_slices),
    Page("GET", "/models/table/models.csv", Action.SEE_MODELS, models.download_list),
    Page("GET", "/models/table/moves.csv", Action.SEE_MODELS, models.download_moves),
    Page("GET", "/accounts", Action.SEE_ACCOUNTS, accounts.show),
    Page("POST", "/accounts", Action.CHANGE_ACCOUNTS, accounts.create),
    Page("POST", "/accounts/{user_id}", Action.CHANGE_ACCOUNTS, accounts.change),
    Page("POST", "/accounts/{user_id}/invite", Action.CHANGE_ACCOUNTS, accounts.invite),
    Page("POST", "/accounts/{user_id}/vouch", Action.APPROVE, vouching.vouch),
    Page("GET", "/looks", Action.SEE_LOOKS, looks.show),
    Page("GET", "/looks/looks.csv", Action.SEE_LOOKS, looks.download),
    Page("GET", "/looks/people.csv", Action.SEE_LOOKS, looks.download),
    Page("GET", "/shadow", Action.SEE_SHADOW, shadow.show),
    Page("GET", "/reports", Action.SEE_REPORTS, reports.show),
    Page("GET", "/reports/people/{finding_id}", Action.SEE_REPORTS, reporters.show),
    Page("POST", "/reports/people/{finding_id}", Action.DECIDE_REPORTS, reporters.decide),
    Page("GET", "/flaggers", Action.SEE_REPORTS, flaggers.show),
    Page("POST", "/flaggers", Action.MARK_FLAGGERS, flaggers.mark),
    Page("POST", "/flaggers/{flagger_id}/withdraw", Action.MARK_FLAGGERS, flaggers.withdraw),
    Page("GET", "/reports/{finding_id}", Action.SEE_REPORTS, reports.show_one),
    Page("POST", "/reports/{finding_id}", Action.DECIDE_REPORTS, reports.decide),
    Page("GET", "/campaigns", Action.SEE_REPORTS, campaigns.show),
    Page("GET", "/campaigns/{campaign_id}", Action.SEE_REPORTS, campaigns.show_one),
    Page("POST", "/campaigns/{campaign_id}", Action.DECIDE_REPORTS, campaigns.decide),
    Page("POST", "/campaigns/{campaign_id}/open", Action.DECIDE_ANEW, campaigns.decide_open),
    Page("GET", "/measures", Action.SEE_MEASURES, measure_list.show),
    Page("GET", "/measures/table/measures.csv", Action.SEE_MEASURES, measure_list.download),
    Page("GET", "/measures/{measure_id}", Action.SEE_MEASURES, measures.show_one),
    Page("POST", "/measures/{measure_id}/lift", Action.TAKE_MEASURES, measures.lift),
    Page("GET", "/comments/{comment_id}/standing", Action.SEE_MEASURES, measures.show_account),
    Page("POST", "/comments/{comment_id}/standing", Action.TAKE_MEASURES, measures.take),
    Page("GET", "/returns/{finding_id}", Action.SEE_MEASURES, returns.show_one),
    Page("POST", "/returns/{finding_id}", Action.TAKE_MEASURES, returns.decide),
    Page("GET", "/state", Action.SEE_LIVE, live.show),
    Page("GET", "/state/live", Action.SEE_LIVE, live.show_live),
    Page("GET", "/state/minutes.csv", Action.SEE_LIVE, live.download_minutes),
    Page("GET", "/state/labels.csv", Action.SEE_LIVE, live.download_labels),
    Page("GET", "/state/waiting.csv", Action.SEE_LIVE, live.download_waiting),
    Page("GET", "/emergencies", Action.SEE_EMERGENCIES, emergencies.show),
    Page("POST", "/emergencies", Action.RUN_EMERGENCIES, emergencies.start),
    Page("GET", "/emergencies/{emergency_id}", Action.SEE_EMERGENCIES, emergencies.show_one),
    Page("POST", "/emergencies/{emergency_id}", Action.RUN_EMERGENCIES, emergencies.end),
    Page("GET", "/inspections", Action.SEE_INSPECTIONS, inspections.show),
    Page("POST", "/inspections", Action.RECORD_INSPECTIONS, inspections.record),
    Page("GET", "/inspections/{inspection_id}", Action.SEE_INSPECTIONS, inspections.show_one),
    Page("POST", "/inspections/{inspection_id}", Action.RECORD_INSPECTIONS, inspections.close),
    Page("GET", "/inspections/{inspection_id}/evidence", Action.READ_EVIDENCE, inspections.read),
    Page("GET", "/inspections/{inspection_id}/evidence/{decision_id}", Action.READ_EVIDENCE, inspections.read_one),
    Page("GET", "/inspections/{inspection_id}/measures", Action.READ_EVIDENCE, inspections.read_measures),
    Page("GET", "/inspections/{inspection_id}/bundle.zip", Action.READ_EVIDENCE, inspections.download),
    Page("POST", "/holds", Action.RECORD_INSPECTIONS, holds.ask),
    Page("POST", "/holds/{hold_id}/lift", Action.RECORD_INSPECTIONS, holds.lift),
    Page("GET", "/ledger", Action.SEE_LEDGER, ledger.show),
    Page("GET", "/ledger/checkpoint", Action.SEE_LEDGER, ledger.checkpoint),
    Page("GET", "/ledger/{entry_id}", Action.SEE_LEDGER, ledger.show_one),
    Page("POST", "/ledger/{entry_id}", Action.EXPORT_LEDGER, ledger.export),
    Page("GET", "/duties", Action.SEE_DUTIES, duties.show),
    Page("POST", "/duties", Action.RUN_DUTIES, duties.run),
    Page("GET", "/transparency", Action.SEE_TRANSPARENCY, transparency.show),
    Page("GET", "/transparency/report.html", Action.SEE_TRANSPARENCY, transparency.page),
    *(
        Page("GET", f"/transparency/{name}.csv", Action.SEE_TRANSPARENCY, transparency.download)
        for name in transparency.TABLES
    ),
    Page("GET", "/retention", Action.SEE_RETENTION, retention.show),
    Page("GET", "/incidents", Action.SEE_INCIDENTS, incidents.show),
    Page("POST", "/incidents", Action.RECORD_INCIDENTS, incidents.record),
    Page("GET", "/incidents/{incident_id}", Action.SEE_INCIDENTS, incidents.show_one),
    Page("POST", "/incidents/{incident_id}", Action.RECORD_INCIDENTS, incidents.change),
    Page("GET", "/incidents/{incident_id}/report", Action.SEE_INCIDENTS, incidents.report),
    Page("POST", "/assessments", Action.RECORD_INCIDENTS, assessments.write),
    Page("POST", "/rectifications", Action.RECORD_INCIDENTS, incidents.demand),
    Page("POST", "/rectifications/{item_id}", Action.RECORD_INCIDENTS, incidents.prove),
    Page("GET", "/approvals", Action.SEE_APPROVALS, approvals.show),
    Page("GET", "/approvals/{approval_id}", Action.SEE_APPROVALS, approvals.show_one),
    Page("POST", "/approvals/{approval_id}", Action.APPROVE, approvals.answer),
    Page("POST", "/approvals/{approval_id}/withdraw", Action.WITHDRAW_OWN_QUESTION, approvals.withdraw),
)

_KEYS = {404: "error.not_found", 405: "error.method"}


def application(parts: ConsoleParts) -> ASGIApp:
    """The console, ready to be mounted; it starts nothing."""
    passwords.prepare()

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        refusal = RefusalError(_KEYS.get(status, "error.internal"), status)
        return await run_in_threadpool(refused, request, parts, refusal)

    inner = Starlette(
        routes=[
            Route("/static/{name}", assets.serve),
            *(Route(page.path, endpoint(page, parts), methods=[page.method]) for page in PAGES),
        ],
        exception_handlers={HTTPException: refuse, 500: refuse},
    )
    inner.router.redirect_slashes = False
    # Around all of it: Starlette answers an error of the program outside of its middleware.
    return SecurityHeaders(inner)
