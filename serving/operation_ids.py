"""What each operation of the API is called in its description: clients are generated from it, so names stay.

FastAPI would make them of function, path and method (`page_v1_cases_get`), and change them with any of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fastapi.routing import APIRoute

NAMES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("GET", "/v1/decisions/{decision_id}"): "get_decision",
        ("POST", "/v1/decisions/{decision_id}/feedback"): "doubt_decision",
        ("GET", "/v1/decisions/{decision_id}/renderings"): "get_renderings",
        ("POST", "/v1/complaints"): "make_complaint",
        ("GET", "/v1/complaints/{token}"): "get_complaint",
        ("POST", "/v1/contests"): "contest_complaint",
        ("POST", "/v1/appeals"): "make_appeal",
        ("GET", "/v1/appeals/{token}"): "get_appeal",
        ("GET", "/v1/cases"): "list_cases",
        ("GET", "/v1/cases/{case_id}"): "get_case",
        ("POST", "/v1/cases:claim"): "claim_cases",
        ("POST", "/v1/cases/{case_id}/verdict"): "decide_case",
        ("POST", "/v1/cases/{case_id}/undo"): "undo_verdict",
        ("POST", "/v1/cases/{case_id}/reopen"): "reopen_case",
        ("POST", "/v1/cases/{case_id}/release"): "release_case",
        ("POST", "/v1/cases/{case_id}/escalate"): "escalate_case",
        ("GET", "/v1/approvals"): "list_approvals",
        ("GET", "/v1/approvals/{approval_id}"): "get_approval",
        ("POST", "/v1/approvals/{approval_id}"): "answer_approval",
        ("DELETE", "/v1/approvals/{approval_id}"): "withdraw_approval",
        ("POST", "/v1/rules:lint"): "lint_rules",
        ("GET", "/v1/measures"): "list_measures",
        ("POST", "/v1/measures"): "take_measure",
        ("GET", "/v1/measures/{measure_id}"): "get_measure",
        ("DELETE", "/v1/measures/{measure_id}"): "lift_measure",
        ("POST", "/v1/measures:bulk"): "take_measures",
        ("POST", "/v1/recommendations"): "recommend_comment",
        ("GET", "/v1/emergencies"): "list_emergencies",
        ("POST", "/v1/emergencies"): "ask_for_emergency",
        ("GET", "/v1/emergencies/{emergency_id}"): "get_emergency",
        ("POST", "/v1/emergencies/{emergency_id}/end"): "end_emergency",
        ("GET", "/v1/incidents"): "list_incidents",
        ("POST", "/v1/incidents"): "record_incident",
        ("GET", "/v1/incidents/{incident_id}"): "get_incident",
        ("POST", "/v1/incidents/{incident_id}/fields"): "add_to_incident",
        ("POST", "/v1/incidents/{incident_id}/reported"): "mark_incident_reported",
        ("GET", "/v1/rectifications"): "list_rectifications",
        ("POST", "/v1/rectifications"): "demand_rectification",
        ("POST", "/v1/rectifications/{item_id}/proof"): "prove_rectification",
        ("GET", "/v1/inspections"): "list_inspections",
        ("POST", "/v1/inspections"): "ask_for_inspection",
        ("GET", "/v1/inspections/{inspection_id}"): "get_inspection",
        ("POST", "/v1/inspections/{inspection_id}/close"): "close_inspection",
        ("GET", "/v1/inspections/{inspection_id}/evidence"): "list_evidence",
        ("GET", "/v1/inspections/{inspection_id}/evidence/{decision_id}"): "get_evidence",
        ("GET", "/v1/holds"): "list_holds",
        ("POST", "/v1/holds"): "ask_for_hold",
        ("GET", "/v1/holds/{hold_id}"): "get_hold",
        ("POST", "/v1/holds/{hold_id}/lift"): "lift_hold",
        ("GET", "/v1/flaggers"): "list_flaggers",
        ("POST", "/v1/flaggers"): "mark_flagger",
        ("GET", "/v1/flaggers/{flagger_id}"): "get_flagger",
        ("DELETE", "/v1/flaggers/{flagger_id}"): "withdraw_flagger",
        ("GET", "/v1/webhooks"): "list_webhooks",
        ("POST", "/v1/webhooks"): "add_webhook",
        ("GET", "/v1/webhooks/{endpoint_id}"): "get_webhook",
        ("DELETE", "/v1/webhooks/{endpoint_id}"): "remove_webhook",
        ("GET", "/v1/webhooks/{endpoint_id}/deliveries"): "list_deliveries",
        ("POST", "/v1/webhooks/{endpoint_id}/rotate"): "rotate_webhook_secret",
        ("POST", "/v1/webhooks/{endpoint_id}/disable"): "disable_webhook",
        ("POST", "/v1/webhooks/{endpoint_id}/enable"): "enable_webhook",
        ("POST", "/v1/webhooks/{endpoint_id}/replay"): "replay_webhook",
        ("GET", "/healthz"): "get_health",
        ("GET", "/readyz"): "get_readiness",
        ("GET", "/metrics"): "get_metrics",
    }
)
"""Of the routes that FastAPI describes. The others (`plain_routes`, drop-ins, ...) say theirs beside their path."""


def of_route(route: APIRoute) -> str:
    """For `generate_unique_id_function`; what is not described (HEAD) is called as its function."""
    return next(
        (NAMES[method, route.path] for method in route.methods or () if (method, route.path) in NAMES), route.name
    )
