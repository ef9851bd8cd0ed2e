"""Who reports: trusted flaggers first, and what is done about reports without ground (DSA 22, 23)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from markupsafe import escape

from chaffinch.duty_checks.deciding import policy_off
from chaffinch.duty_checks.rehearsal import (
    AUTHOR,
    ONE,
    OTHER,
    WHY,
    agreed,
    agrees_alone,
    fault,
    ground,
    in_force,
    stored,
)
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from console.public.reader import LANGUAGES
from governance import account_measures as taking
from governance import complaints as complaining
from governance import flaggers as marking
from governance import reporter_findings as weighing
from governance.complaints import Report, Reporter
from governance.duties import Found
from governance.flaggers import Marking
from governance.measure_wishes import Wish
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from moderation.policy import Misuse, Policy
from moderation.taxonomy import Words
from records import accountability, cases, leases
from records import reporter_findings as found_of
from records.public_values import ComplaintOutcome, ComplaintRecord
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Unit
from records.waiting import COMPLAINTS, Wanted

FLAGGER, CRANK = "rehearsal-7f3a91-flagger", "rehearsal-7f3a91-crank"
_SOON, _EARLIER = timedelta(hours=1), timedelta(days=30)


def trusted_flaggers(place: Installation) -> Found:
    """DSA 22: two people mark one, whose notices come first, after threats to life, within a promise; it ends."""
    within = place.complaint_rules.flaggers.within(place.policy_name)
    if within is None:
        return place.off("reporting.flaggers_2", policy=place.policy_name)
    if wrong := fault(place, _flagged):
        return place.off("general.report", wrong=wrong)
    with place.reading() as look:
        told = accountability.flaggers_now(look, now=place.now)
    if told.late:
        return place.off("reporting.flaggers_3", late=told.late)
    return place.held("reporting.flaggers_1", hours=round(within / timedelta(hours=1)), n=told.standing)


def _flagged(place: Installation, unit: Unit) -> Iterator[Words]:
    rules = place.complaint_rules
    within = rules.flaggers.within(place.policy_name) or timedelta(0)
    kind, life = _kinds(place)
    made = marking.mark(unit, place.keyring, _marking(), fields=marking.fields_of(place.taxonomy, rules), now=place.now)
    if agrees_alone(place, unit, made.id):
        yield say("reporting.flagged_1")
    agreed(place, unit, made.id, OTHER)
    for name in ("plain", "flagged", "life"):
        stored(place, unit, Outcome.PASS, known_as=f"{AUTHOR}-{name}", policy=f"{place.policy_name}@1")
    plain = _report(place, unit, "plain", kind, by="reader", later=-_EARLIER)  # its turn would come long before
    notice = _report(place, unit, "flagged", kind, by=FLAGGER)
    threat = _report(place, unit, "life", life, by="reader")
    if notice.flagger_id != made.id or notice.due_at > place.now + within:
        yield say("reporting.flagged_2")
    ours = {each.case_id for each in (plain, notice, threat)}
    given = leases.claim(unit, ONE, count=_MANY, expires_at=place.now + _SOON, now=place.now, wanted=Wanted(COMPLAINTS))
    order = [case.id for case in given if case.id in ours]
    if order != [threat.case_id, notice.case_id, plain.case_id]:
        yield say("reporting.flagged_3")
    marking.withdraw(unit, made.id, by=ONE, why=WHY, now=place.now)
    stored(place, unit, Outcome.PASS, known_as=f"{AUTHOR}-after", policy=f"{place.policy_name}@1")
    if _report(place, unit, "after", kind, by=FLAGGER).flagger_id is not None:
        yield say("reporting.flagged_4")


_MANY = 10


def misuse(place: Installation) -> Found:
    """DSA 23(2, 4): often without ground is a finding; after a warning handling is suspended; the page says so."""
    policy = place.policy
    if policy is None or policy.misuse is None:
        return place.off(policy_off(place, "[misuse] with its days and limits"))
    for language in LANGUAGES:
        page = place.page("/civility", language)
        if escape(place.policy_name) not in page or f"misuse-{place.policy_name}" not in page:
            return place.off("reporting.misuse_2", language=language)
    if wrong := fault(place, _misused):
        return place.off("general.report", wrong=wrong)
    with place.reading() as look:
        waiting = accountability.reporter_findings_waiting(look)
    return place.held("reporting.misuse_1", waiting=waiting, days=policy.misuse.longest_days)


def _misused(place: Installation, unit: Unit) -> Iterator[Words]:
    policy = _lenient(place)
    for number in range(_MANY):
        _unfounded(place, unit, f"crank-{number}")
    held = {policy.name: policy}
    weighing.look(unit, place.complaint_rules, held, place.keyring, now=place.now + _SOON)
    if not any(each.reporter_id and each.kind == "reports" for each in found_of.page(unit).items):
        yield say("reporting.misused_1")
    try:
        _take(place, unit, "suspend", policy, 1)
        yield say("reporting.misused_2")
    except InvalidInputError:
        pass
    _take(place, unit, "warn", policy, None)
    _unfounded(place, unit, "crank-after", later=2 * _SOON)
    made = _take(place, unit, "suspend", policy, 1)
    kind, life = _kinds(place)
    for name in ("kept", "life", "after"):
        stored(place, unit, Outcome.PASS, known_as=f"{AUTHOR}-crank-{name}", policy=f"{place.policy_name}@1")
    kept = _report(place, unit, "crank-kept", kind, by=CRANK, later=4 * _SOON)
    if (kept.case_id, kept.outcome, kept.suspended_by) != (None, ComplaintOutcome.SUSPENDED, made.id):
        yield say("reporting.misused_3")
    if _report(place, unit, "crank-life", life, by=CRANK, later=4 * _SOON).case_id is None:
        yield say("reporting.misused_4")
    if _report(place, unit, "crank-after", kind, by=CRANK, later=timedelta(days=2)).suspended_by is not None:
        yield say("reporting.misused_5")


def _lenient(place: Installation) -> Policy:
    """The profile's policy, with figures that a rehearsal of ten reports reaches."""
    if place.policy is None or place.policy.misuse is None:
        raise LookupError(place.policy_name)
    own = place.policy.misuse
    rules = Misuse(days=own.days, judged=_MANY, founded_below=0.9, longest_days=own.longest_days)
    return place.policy.model_copy(update={"misuse": rules})


def _unfounded(place: Installation, unit: Unit, name: str, later: timedelta = timedelta(0)) -> None:
    """A report that a person found to be without ground."""
    stored(place, unit, Outcome.PASS, known_as=f"{AUTHOR}-{name}", policy=f"{place.policy_name}@1")
    made = _report(place, unit, name, _kinds(place)[0], by=CRANK, later=later)
    complaining.answered(
        unit, made, ComplaintOutcome.KEPT, None, place.complaint_rules, place.now + later
    )  # fmt: skip
    case = cases.lock(unit, made.case_id or "")
    leases.close(unit, case.id, now=place.now + later)


def _take(place: Installation, unit: Unit, measure: str, policy: Policy, days: float | None) -> MeasureRecord:
    said = {"zh": "演练：举报多次没有依据", "en": "a rehearsal: reports often without ground"}
    wish = Wish(TargetKind.REPORTER, CRANK, said, ground(place), measure, days)
    later = place.now + (_SOON if measure == "warn" else 3 * _SOON)
    held = {policy.name: policy}
    return in_force(place, unit, taking.take(unit, place.keyring, wish, policy, by=ONE, policies=held, now=later))


def _report(
    place: Installation, unit: Unit, name: str, kind: str, *, by: str, later: timedelta = timedelta(0)
) -> ComplaintRecord:  # fmt: skip
    said = Report(f"{AUTHOR}-{name}", kind, "", Reporter(complaining.PLATFORM, by))
    return complaining.make(unit, said, place.complaint_rules, keyring=place.keyring, now=place.now + later)


def _kinds(place: Installation) -> tuple[str, str]:
    """A kind of report that threatens nobody, and one that may threaten life. Raises `LookupError`."""
    kinds = place.complaint_rules.kinds
    plain = next((name for name, kind in kinds.items() if not kind.life), None)
    life = next((name for name, kind in kinds.items() if kind.life), None)
    if plain is None or life is None:
        raise LookupError("no kind of report in configs/complaints.toml says life = true, or all do")
    return plain, life


def _marking() -> Marking:
    return Marking("platform", FLAGGER, "rehearsal", "rehearsal", "DE", "7f3a91", ONE, WHY)
