"""A finding that somebody reports, contests or appeals without ground again and again, and what a person says of it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from console import ground_words
from console.looking import trace
from console.people import name_of
from console.permissions import Action
from console.refusals import refusal_of
from console.rendering import render
from console.target_view import account_link
from console.visit import Visit
from governance import account_notices, reporter_findings
from governance.approvals import MAX_WORDS
from governance.grounds import GroundFault
from governance.measure_wishes import Wish
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError
from moderation.typed import number
from records import measures
from records import reporter_findings as stored
from records.public_values import ComplaintRecord, FindingKind, FloodState, ReporterFinding
from records.standing_values import MeasureState, TargetKind
from records.unit_of_work import Reading

LAST = 20
"""Answers that are shown, the newest."""

STATES = {
    FloodState.WAITING: "flood_state.waiting",
    FloodState.CONFIRMED: "reporter_state.confirmed",
    FloodState.DISMISSED: "reporter_state.dismissed",
}
_TOLD = ("reason_zh", "reason_en", "ground", "days", "note")


@dataclass(frozen=True, slots=True)
class Answered:
    """A report that was answered, in words: of which kind, whether it had ground, and where the decision stands."""

    kind: str
    complaint: ComplaintRecord


def show(visit: Visit) -> Response:
    """GET /reports/people/{finding_id}."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """POST /reports/people/{finding_id}: no misuse, misuse, or misuse with a measure in words for who reports."""
    finding_id, form = visit.path_values["finding_id"], visit.form
    if form.one("answer") in ("warn", "suspend") and not visit.may(Action.TAKE_MEASURES):
        raise ForbiddenError("Whoever is in training takes no measure.")
    try:
        with visit.parts.database.unit() as unit:
            if form.one("answer") in ("warn", "suspend"):
                policies, keyring = visit.parts.policies(), visit.parts.keyring
                reporter_findings.measure(
                    unit, keyring, finding_id, _wish(visit), policies, by=visit.me.name, now=visit.now
                )
            else:
                is_so, note = form.one("answer") == FloodState.CONFIRMED, form.one("note")
                reporter_findings.decide(unit, finding_id, is_so=is_so, by=visit.me.name, note=note, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return _page(visit, "reports.unusable", status=422, faults=error.faults)
    except ConflictError as error:
        return _page(visit, "reports.conflict", status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/reports/people/{finding_id}"), status_code=303)


def _wish(visit: Visit) -> Wish:
    """Raises `InvalidInputError` for a length that is no number."""
    one = visit.form.one
    reason = {"zh": one("reason_zh"), "en": one("reason_en")}
    is_timed = one("answer") == "suspend"
    if is_timed and number(one("days")) is None:
        raise InvalidInputError("The measure cannot be taken.", [Fault("/length", "give a number of days")])
    days = float(one("days")) if is_timed else None
    return Wish(TargetKind.REPORTER, "", reason, one("ground"), one("answer"), days)


def _page(visit: Visit, problem: str = "", *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    with visit.parts.database.reading() as look:
        found = stored.get(look, visit.path_values["finding_id"])
        who = name_of(look, found.answered_by)
        last = [_answered(visit, each) for each in reporter_findings.last_answers(look, found, limit=LAST)]
        before = _measures(look, visit, found)
        account = account_link(look, visit, found.author_id)
    trace(visit, "reports", [("finding", found.id)])
    policy = visit.parts.policies().get(str(found.evidence["policy"]))
    return render(
        visit,
        "reporter.html",
        status=status,
        found=found,
        who=who,
        last=last,
        before=before,
        account=account,
        states=STATES,
        problem=problem,
        faults=[_in_words(visit, fault) for fault in faults],
        told={name: visit.form.one(name) for name in _TOLD},
        may_measure=found.kind in (FindingKind.REPORTS, FindingKind.CONTESTS) and found.reporter_id is not None,
        misuse=policy.misuse if policy else None,
        ground=reporter_findings.GROUND,
        max_words=MAX_WORDS,
    )


def _answered(visit: Visit, one: ComplaintRecord) -> Answered:
    kind = visit.parts.complaints.kinds.get(one.kind)
    return Answered(getattr(kind.title, visit.preferences.locale) if kind else one.kind, one)


def _measures(look: Reading, visit: Visit, found: ReporterFinding) -> list[tuple[str, str, str]]:
    """What was done about them before: measure and state in words, and since when."""
    if found.reporter_id is None:
        return []
    taken = [each for name in ("warn", "suspend") for each in measures.of_reporter(look, found.reporter_id, name)]
    return [
        (
            visit.words.name_of("reporter_measure", each.measure),
            visit.words.name_of("measure_state", each.state.value),
            account_notices.moment(each.starts_at) or "",
        )
        for each in sorted(taken, key=lambda each: each.id)
        if each.state is not MeasureState.WITHDRAWN
    ]


def _in_words(visit: Visit, fault: Fault) -> str:
    if isinstance(fault, GroundFault):
        return ground_words.in_words(visit, fault)
    key = f"reporter_fault.{fault.where.strip('/')}"
    return visit.words(key) if key in visit.words.sentences else fault.detail
