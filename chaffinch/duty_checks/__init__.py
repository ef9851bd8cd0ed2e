"""The checks that profiles name. Each looks at this installation; one that cannot fail would be a defect.

To add one: a function that takes an `Installation` and gives a `Found`, a line in `CHECKS`, and a test that breaks what
it looks at and sees it off. `AWAITED` are those of features that are not built: they hold for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from chaffinch.duty_checks import deciding, disclosure, people, personal, proofs, public, streams, watching
from chaffinch.installation import Installation
from governance.duties import Check, Found

CHECKS: Mapping[str, Callable[[Installation], Found]] = {
    "agreements": public.agreements,
    "appeals": public.appeals,
    "appeals_in_time": public.appeals_in_time,
    "before_publication": deciding.before_publication,
    "campaigns": watching.campaigns,
    "civility": public.civility,
    "complaints": public.complaints,
    "complaints_in_time": public.complaints_in_time,
    "erasure": personal.erasure,
    "evidence": disclosure.evidence,
    "ledger_proof": partial(
        proofs.passed, test="tests/records/test_kill_sealer.py::test_a_hundred_killed_sealers_leave_a_whole_ledger"
    ),
    "live_page": watching.live_page,
    "neutrality": disclosure.neutrality,
    "neutrality_proof": partial(proofs.passed, test="tests/eval/test_leaning_proof.py::test_planted_bias_is_found"),
    "processing_record": personal.processing_record,
    "pseudonyms": personal.pseudonyms,
    "reasons": deciding.reasons,
    "six_months": public.six_months,
    "staffing": people.staffing,
    "statements": disclosure.statements,
    "training_loop": watching.training_loop,
    "transcripts": streams.transcripts_of,
    "transparency_report": disclosure.transparency_report,
    "two_people": people.two_people,
    "verification": deciding.verification,
}

AWAITED: Mapping[str, str] = {
    "assessment": "chaffinch assessment",
    "blacklist": "the blacklist with expiry and review",
    "credit": "credit by account",
    "emergencies": "chaffinch emergency",
    "incident_log": "the log of security incidents",
    "incident_reports": "reports of incidents",
    "inspection": "the inspector's scope and requests of authorities",
    "measures": "measures on accounts",
    "recommendations": "POST /v1/recommendations",
    "rectification": "rectification items",
    "registering_anew": "links between a new registration and an old one",
}
"""What is not there yet, by check."""


def over(place: Installation) -> dict[str, Check]:
    """Every check, over this installation."""
    built = {name: partial(check, place) for name, check in CHECKS.items()}
    return {**{name: partial(_awaited, what) for name, what in AWAITED.items()}, **built}


def _awaited(what: str) -> Found:
    return Found(False, f"never run: it comes with {what}, not built yet", None)
