"""The checks that profiles name. Each looks at this installation; one that cannot fail would be a defect.

To add one: a function that takes an `Installation` and gives a `Found`, a line in `CHECKS`, and a test that breaks what
it looks at and sees it off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from chaffinch.duty_checks import (
    accounts,
    agreements,
    authorities,
    deciding,
    disclosure,
    in_force,
    minding,
    people,
    personal,
    precautions,
    proofs,
    public,
    recommending,
    reporting,
    streams,
    watching,
)
from chaffinch.installation import Installation
from governance.duties import Check, Found

CHECKS: Mapping[str, Callable[[Installation], Found]] = {
    "agreement_texts": agreements.texts,
    "agreements": agreements.accepted,
    "appeals": public.appeals,
    "appeals_in_time": public.appeals_in_time,
    "assessment": precautions.assessment,
    "before_publication": deciding.before_publication,
    "blacklist": accounts.blacklist,
    "campaigns": watching.campaigns,
    "civility": public.civility,
    "complaints": public.complaints,
    "complaints_in_time": public.complaints_in_time,
    "contests": public.contests,
    "credit": accounts.credit,
    "emergencies": precautions.emergencies,
    "erasure": personal.erasure,
    "evidence": disclosure.evidence,
    "incident_log": authorities.incident_log,
    "incident_reports": authorities.incident_reports,
    "inspection": authorities.inspection,
    "ledger_proof": partial(
        proofs.passed, test="tests/records/test_kill_sealer.py::test_a_hundred_killed_sealers_leave_a_whole_ledger"
    ),
    "live_page": watching.live_page,
    "measures": accounts.measures,
    "minding": minding.minded,
    "misuse": reporting.misuse,
    "neutrality": disclosure.neutrality,
    "neutrality_proof": partial(
        proofs.all_passed,
        tests=(
            "tests/eval/test_leaning_proof.py::test_planted_bias_is_found",
            "tests/eval/test_leaning_proof.py::test_fair_data_stays_quiet",
        ),
    ),
    "processing_record": personal.processing_record,
    "put_by_two": in_force.put_by_two,
    "pseudonyms": personal.pseudonyms,
    "reasons": deciding.reasons,
    "recommendations": recommending.recommendations,
    "rectification": authorities.rectification,
    "registering_anew": accounts.registering_anew,
    "retention": personal.retention,
    "six_months": public.six_months,
    "staffing": people.staffing,
    "statements": disclosure.statements,
    "training_loop": watching.training_loop,
    "transcripts": streams.transcripts_of,
    "transparency_report": disclosure.transparency_report,
    "trusted_flaggers": reporting.trusted_flaggers,
    "two_people": people.two_people,
    "verification": deciding.verification,
}


def over(place: Installation) -> dict[str, Check]:
    """Every check, over this installation."""
    return {name: partial(_noted, place, check) for name, check in CHECKS.items()}


def _noted(place: Installation, check: Callable[[Installation], Found]) -> Found:
    """What the check saw, and what it rests on: it is seen by what it did, and nobody has to say it."""
    place.did.clear()
    found = check(place)
    return replace(found, rests_on=tuple(sorted(place.did)))
