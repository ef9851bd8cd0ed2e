"""What the public finds: rules in plain words, a way to complain, a way to appeal, and answers in time."""

from __future__ import annotations

from datetime import datetime

from markupsafe import escape

from chaffinch.duty_checks.rehearsal import AUTHOR, ONE, stored
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from console.public.reader import LANGUAGES
from governance import another, receipts, verdicts
from governance import appeals as contesting
from governance import complaints as complaining
from governance import contests as contesting_anew
from governance.complaints import Report, Reporter
from governance.duties import Found
from governance.notices import load_notices
from governance.verdicts import HouseRules
from moderation.decision import Outcome
from moderation.errors import ForbiddenError
from records import accountability, cases, knowing, leases
from records.accountability import Late
from records.public_values import ComplaintOutcome
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, VerdictKind
from records.waiting import APPEALS
from review.verdicts import SETTLED_AFTER

SIX_MONTHS = 183
"""Days in which a decision can be contested (DSA, article 20(1)), the longest six months."""


def civility(place: Installation) -> Found:
    """6: every label and ground stands on the public page with what its authors are told, in both languages."""
    notices = load_notices(place.settings.configs, place.taxonomy)
    for language in LANGUAGES:
        page = place.page("/civility", language)
        for label in (*place.taxonomy.labels, *place.taxonomy.grounds):
            told = (notices.labels | notices.grounds)[label.name]
            for words in (label.title, label.is_not, told.text, told.better):
                if escape(getattr(words, language)) not in page:
                    return place.off("public.civility_2", language=language, name=label.name)
    return place.held("public.civility_1", n=len(place.taxonomy.names), languages=" and ".join(LANGUAGES))


def complaints(place: Installation) -> Found:
    """10: the form is there in both languages, a complaint gets a receipt, a clock and a case."""
    rules = place.complaint_rules
    for language in LANGUAGES:
        page = place.page("/complaints", language)
        if lacking := [name for name, kind in rules.kinds.items() if escape(getattr(kind.title, language)) not in page]:
            return place.off("public.complaints_3", language=language, lacking=lacking[0])
    kind, clock = next(iter(rules.clocks.items()))
    with place.rehearsing() as unit:
        stored(place, unit, Outcome.PASS, known_as=AUTHOR)
        report = Report(AUTHOR, kind, "", Reporter(complaining.PLATFORM, "reader"))
        made = complaining.make(unit, report, rules, keyring=place.keyring, now=place.now)
        receipt = receipts.given_for(place.keyring, "complaint", made.id)
        status = receipts.complaint_under(unit, place.keyring, receipt, rules, now=place.now)
    if made.case_id is None or status.due_at != place.now + clock:
        return place.off("public.complaints_2")
    return place.held("public.complaints_1", clock=clock)


def complaints_in_time(place: Installation) -> Found:
    """10: none waits beyond its promise."""
    with place.reading() as look:
        found = accountability.late_complaints(look, now=place.now)
    return _in_time(place, "public.of_complaints", found)


def appeals(place: Installation) -> Found:
    """2022 13: the form is there in both languages, and an appeal waits for another moderator."""
    for language in LANGUAGES:
        if 'name="reference"' not in place.page("/appeals", language):
            return place.off("public.appeals_3", language=language)
    with place.rehearsing() as unit:
        one = stored(place, unit, Outcome.BLOCK)
        made = contesting.make(unit, one.decision_id, "", place.complaint_rules, sender="rehearsal", now=place.now)
        queue = cases.get(unit, made.case_id).queue if made.case_id else None
    if queue != APPEALS:
        return place.off("public.appeals_2")
    return place.held("public.appeals_1", due_at=made.due_at)


def contests(place: Installation) -> Found:
    """DSA 20(1): whoever reported and was told that it stays gets another look, by another person."""
    rules, later = place.complaint_rules, place.now + SETTLED_AFTER
    with place.rehearsing() as unit:
        stored(place, unit, Outcome.PASS, known_as=AUTHOR)
        report = Report(AUTHOR, next(iter(rules.kinds)), "", Reporter(complaining.PLATFORM, "reader"))
        made = complaining.make(unit, report, rules, keyring=place.keyring, now=place.now)
        case = leases.lease(unit, made.case_id or "", ONE, expires_at=later)
        house = HouseRules(place.taxonomy, place.policies, complaints=rules)
        given = verdicts.give(
            unit, house, case.id, Judgement(VerdictKind.APPROVE), moderator=ONE, token=None, now=place.now
        )
        answered = complaining.answered(unit, made, ComplaintOutcome.KEPT, given.verdict, rules, later)
        asked = contesting_anew.make(unit, answered.id, "", rules, now=later)
        again = cases.get(unit, asked.case_id or "")
        is_another = _is_refused(unit, again)
    if again.queue != APPEALS or not knowing.is_blind(again) or not is_another:
        return place.off("public.contests_2")
    return place.held("public.contests_1", due_at=asked.due_at)


def _is_refused(unit: Unit, case: CaseRecord) -> bool:
    """Whether the first moderator would not be let decide it."""
    try:
        another.check(unit, case, ONE)
    except ForbiddenError:
        return True
    return False


def appeals_in_time(place: Installation) -> Found:
    """2022 13: none waits beyond its promise."""
    with place.reading() as look:
        found = accountability.late_appeals(look, now=place.now)
    return _in_time(place, "public.of_appeals", found)


def six_months(place: Installation) -> Found:
    """DSA 20(1): a decision can be contested for six months, also that a reported comment stays."""
    rules = place.complaint_rules
    days = rules.appeals.days_under(place.policy_name)
    if days < SIX_MONTHS:
        under = f"{place.policy_name} = {SIX_MONTHS} under [appeals.under]"
        todo = f"set within_days = {SIX_MONTHS} under [appeals] in configs/complaints.toml, or {under}"
        return place.off("public.six_months_2", days=days, todo=todo)
    reported = (rules.contest_until(place.now, place.policy_name) - place.now).days
    if reported < SIX_MONTHS:
        todo = f"set within_days = {SIX_MONTHS} under [contests] in configs/complaints.toml, or leave it out"
        return place.off("public.six_months_3", days=reported, todo=todo)
    return place.held("public.six_months_1", days=days, reported=reported)


def _in_time(place: Installation, what: str, found: Late) -> Found:
    if found.late:
        return place.off(
            "public.in_time_2", late=found.late, waiting=found.waiting, what=say(what), at=_at(found.since)
        )
    return place.held("public.in_time_1", waiting=found.waiting, what=say(what))


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
