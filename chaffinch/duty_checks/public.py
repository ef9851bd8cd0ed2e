"""What the public finds: rules in plain words, a way to complain, a way to appeal, and answers in time."""

from __future__ import annotations

from datetime import datetime

from markupsafe import escape

from chaffinch.duty_checks.rehearsal import AUTHOR, ONE, stored
from chaffinch.installation import Installation
from console.public.reader import LANGUAGES
from governance import appeals as contesting
from governance import complaints as complaining
from governance import contests as contesting_anew
from governance import receipts, verdicts
from governance.complaints import Report, Reporter
from governance.duties import Found
from governance.notices import load_notices
from governance.verdicts import HouseRules
from moderation.decision import Outcome
from moderation.errors import ForbiddenError
from records import accountability, cases, knowing
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
                    return place.off(f"/public/civility in {language} lacks words of '{label.name}': report it")
    return place.held(f"/public/civility tells all {len(place.taxonomy.names)} labels in {' and '.join(LANGUAGES)}")


def complaints(place: Installation) -> Found:
    """10: the form is there in both languages, a complaint gets a receipt, a clock and a case."""
    rules = place.complaint_rules
    for language in LANGUAGES:
        page = place.page("/complaints", language)
        if lacking := [name for name, kind in rules.kinds.items() if escape(getattr(kind.title, language)) not in page]:
            return place.off(f"/public/complaints in {language} does not offer '{lacking[0]}': report it")
    kind, clock = next(iter(rules.clocks.items()))
    with place.rehearsing() as unit:
        stored(place, unit, Outcome.PASS, known_as=AUTHOR)
        report = Report(AUTHOR, kind, "", Reporter(complaining.PLATFORM, "reader"))
        made = complaining.make(unit, report, rules, keyring=place.keyring, now=place.now)
        receipt = receipts.given_for(place.keyring, "complaint", made.id)
        status = receipts.complaint_under(unit, place.keyring, receipt, rules, now=place.now)
    if made.case_id is None or status.due_at != place.now + clock:
        return place.off("a rehearsed complaint got no case, or another clock than its kind's: report it")
    return place.held(f"a rehearsed complaint has a receipt, a case and {clock} to its answer; both pages are there")


def complaints_in_time(place: Installation) -> Found:
    """10: none waits beyond its promise."""
    with place.reading() as look:
        found = accountability.late_complaints(look, now=place.now)
    return _in_time(place, "complaints", found)


def appeals(place: Installation) -> Found:
    """2022 13: the form is there in both languages, and an appeal waits for another moderator."""
    for language in LANGUAGES:
        if 'name="reference"' not in place.page("/appeals", language):
            return place.off(f"/public/appeals in {language} has no field for the reference: report it")
    with place.rehearsing() as unit:
        one = stored(place, unit, Outcome.BLOCK)
        made = contesting.make(unit, one.decision_id, "", place.complaint_rules, sender="rehearsal", now=place.now)
        queue = cases.get(unit, made.case_id).queue if made.case_id else None
    if queue != APPEALS:
        return place.off("a rehearsed appeal waits in no queue of appeals: report it")
    return place.held(f"a rehearsed appeal waits for another moderator until {made.due_at:%Y-%m-%d}")


def contests(place: Installation) -> Found:
    """DSA 20(1): whoever reported and was told that it stays gets another look, by another person."""
    rules, later = place.complaint_rules, place.now + SETTLED_AFTER
    with place.rehearsing() as unit:
        stored(place, unit, Outcome.PASS, known_as=AUTHOR)
        report = Report(AUTHOR, next(iter(rules.kinds)), "", Reporter(complaining.PLATFORM, "reader"))
        made = complaining.make(unit, report, rules, keyring=place.keyring, now=place.now)
        case = cases.lease(unit, made.case_id or "", ONE, expires_at=later)
        house = HouseRules(place.taxonomy, place.policies, complaints=rules)
        given = verdicts.give(
            unit, house, case.id, Judgement(VerdictKind.APPROVE), moderator=ONE, token=None, now=place.now
        )
        answered = complaining.answered(unit, made, ComplaintOutcome.KEPT, given.verdict, rules, later)
        asked = contesting_anew.make(unit, answered.id, "", rules, now=later)
        again = cases.get(unit, asked.case_id or "")
        is_another = _is_refused(unit, again)
    if again.queue != APPEALS or not knowing.is_blind(again) or not is_another:
        return place.off("a rehearsed contest waits in no queue of appeals, or for the same person: report it")
    return place.held(f"a rehearsed contest waits for another moderator until {asked.due_at:%Y-%m-%d}")


def _is_refused(unit: Unit, case: CaseRecord) -> bool:
    """Whether the first moderator would not be let decide it."""
    try:
        contesting.check_is_another(unit, case, ONE)
    except ForbiddenError:
        return True
    return False


def appeals_in_time(place: Installation) -> Found:
    """2022 13: none waits beyond its promise."""
    with place.reading() as look:
        found = accountability.late_appeals(look, now=place.now)
    return _in_time(place, "appeals", found)


def six_months(place: Installation) -> Found:
    """DSA 20(1): a decision can be contested for six months, also that a reported comment stays."""
    rules = place.complaint_rules
    days = rules.appeals.within_days
    if days < SIX_MONTHS:
        todo = f"set within_days = {SIX_MONTHS} under [appeals] in configs/complaints.toml"
        return place.off(f"decisions can be contested for {days} days: {todo}")
    reported = (rules.contest_until(place.now) - place.now).days
    if reported < SIX_MONTHS:
        todo = f"set within_days = {SIX_MONTHS} under [contests] in configs/complaints.toml, or leave it out"
        return place.off(f"that a reported comment stays can be contested for {reported} days: {todo}")
    return place.held(f"decisions can be contested for {days} days, and that a reported comment stays for {reported}")


def _in_time(place: Installation, what: str, found: Late) -> Found:
    if found.late:
        return place.off(
            f"{found.late} of {found.waiting} {what} wait beyond their promise, the first since {_at(found.since)}: "
            f"answer them in /console/queue"
        )
    return place.held(f"{found.waiting} {what} wait, none beyond its promise")


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
