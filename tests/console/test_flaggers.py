"""Trusted flaggers and findings about who reports, on the console's and the public pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from chaffinch.transparency_page import written
from console.public.reader import PublicParts
from console.public.routes import application as public_application
from console.visitors import Turnstile
from governance import complaints, reporter_findings, transparency
from governance.complaints import Report, Reporter
from governance.receipts import given_for
from governance.report_floods import evidence_of
from moderation.policy import Misuse
from records import flaggers, measures, report_floods
from records import reporter_findings as stored
from records.public_values import ComplaintOutcome, ComplaintRecord, FlaggerRecord, FlaggerState, FloodState
from records.report_floods import Found
from tests.console.house import House, csrf_in
from tests.governance.test_statements import WORDS

MARK = {
    "source": "platform", "value": "pseudonym-91", "name": "Stop Hate", "authority": "Bundesnetzagentur",
    "country": "de", "reference": "TF-2026-4", "expertise": ["harassment"], "reason": "in the register",
}  # fmt: skip
HOURS = timedelta(hours=1)


def every(house: House) -> list[FlaggerRecord]:
    with house.database.reading() as look:
        return list(flaggers.page(look).items)


def marked(house: House, **changed: Any) -> FlaggerRecord:
    lead = house.logged_in("mei", "lead")
    form = {"csrf": csrf_in(lead.page("/flaggers")), **MARK, **changed}
    assert 303 == lead.post("/flaggers", form).status_code
    senior = house.logged_in("ben", "senior")
    question = senior.page("/approvals").partition("/console/approvals/")[2].partition('"')[0]
    page = senior.page(f"/approvals/{question}")
    assert "Stop Hate" in page
    assert "Bundesnetzagentur (DE) TF-2026-4" in page
    said = {"csrf": csrf_in(page), "answer": "approve", "note": "it is in the register"}
    assert 303 == senior.post(f"/approvals/{question}", said).status_code
    return every(house)[0]


def report(house: House, name: str, *, by: str, kind: str = "harassment") -> ComplaintRecord:
    with house.database.unit() as unit:
        said = Report(name, kind, "", Reporter(complaints.PLATFORM, by))
        made = complaints.make(unit, said, house.parts.complaints, keyring=house.keyring, now=house.clock())
        unit.commit()
    return made


def unfounded(house: House, count: int, *, by: str) -> None:
    """So many reports that were found to be without ground."""
    for number in range(count):
        house.comment("hello", id=f"{by}-{number}", policy="eu")
        made = report(house, f"{by}-{number}", by=by)
        with house.database.unit() as unit:
            rules = house.parts.complaints
            complaints.answered(unit, made, ComplaintOutcome.KEPT, None, rules, house.clock())
            unit.commit()


def found(house: House, *, by: str = "crank") -> str:
    unfounded(house, 8, by=by)
    eu = house.engine.policies["eu"].model_copy(update={"misuse": Misuse(judged=6, founded_below=0.45)})
    with house.database.unit() as unit:
        reporter_findings.look(unit, house.parts.complaints, {"eu": eu}, house.keyring, now=house.clock() + HOURS)
        unit.commit()
    with house.database.reading() as look:
        return next(each.id for each in stored.page(look).items if each.kind == "reports")


def test_it_is_marked_agreed_to_and_withdrawn_on_the_pages(house: House) -> None:
    mark = marked(house)
    assert (FlaggerState.IN_FORCE, ("harassment",)) == (mark.state, mark.expertise)
    page = house.logged_in("mei", "lead").page("/flaggers")
    assert "Stop Hate" in page
    assert "pseudonym-91" not in page
    lead = house.logged_in("mei", "lead")
    path, csrf = f"/flaggers/{mark.id}/withdraw", csrf_in(page)
    csrf = csrf_in(lead.page("/flaggers"))
    assert 422 == lead.post(path, {"csrf": csrf, "why": " "}).status_code
    assert 303 == lead.post(path, {"csrf": csrf, "why": "revoked"}).status_code
    assert FlaggerState.WITHDRAWN is every(house)[0].state


def test_faults_are_told_in_words_and_a_moderator_marks_nobody(house: House) -> None:
    lead = house.logged_in("mei", "lead")
    form = {"csrf": csrf_in(lead.page("/flaggers")), **MARK, "country": "Germany", "reference": " "}
    answer = lead.post("/flaggers", form)
    assert 422 == answer.status_code
    assert "two letters" in answer.text
    assert "number of the award" in answer.text
    moderator = house.logged_in("kim")
    page = moderator.page("/flaggers")
    assert "Mark a trusted flagger" not in page
    assert 403 == moderator.post("/flaggers", form | {"csrf": csrf_in(page)}).status_code


def test_the_queue_and_the_case_say_so_in_words(house: House) -> None:
    marked(house)
    house.comment("hello", id="c-1", policy="eu")
    house.comment("hello there", id="c-2", policy="eu")
    report(house, "c-2", by="reader", kind="harassment")
    report(house, "c-1", by="pseudonym-91")
    visitor = house.logged_in("kim")
    queue = visitor.page("/queue")
    assert "Notices of trusted flaggers" in queue
    work = visitor.page("/work")
    assert "A notice of a trusted flagger: Stop Hate, awarded by Bundesnetzagentur" in work
    assert "first: a trusted flagger reported it" in work


def test_the_transparency_report_counts_their_notices(house: House) -> None:
    marked(house)
    unfounded(house, 2, by="pseudonym-91")
    now = house.clock()
    with house.database.reading() as look:
        told = transparency.report(look, WORDS, now - 24 * HOURS, now + HOURS)
    [line] = told.flaggers
    assert ("Stop Hate", 2, 2, 0, 0.0, 0) == (
        line.name, line.notices, line.judged, line.upheld, line.share, line.late
    )  # fmt: skip
    assert line.hours is not None
    assert told.document["flaggers"][0]["name"] == "Stop Hate"
    html = written(told, house.parts.taxonomy, house.parts.complaints)
    assert "Notices of trusted flaggers" in html
    assert "<td>Stop Hate</td><td>2</td>" in html
    page = house.logged_in("mei", "lead").page("/transparency")
    assert "Notices of trusted flaggers" in page


def test_a_finding_shows_its_figures_and_a_person_warns_or_dismisses(house: House) -> None:
    finding = found(house)
    senior = house.logged_in("ben", "senior")
    assert "Reports without ground, again and again" in senior.page("/reports")
    page = senior.page(f"/reports/people/{finding}")
    assert "Share founded, 90 % interval" in page
    assert page.count("/console/decisions/") == 8
    form = {
        "csrf": csrf_in(page),
        "answer": "suspend",
        "reason_zh": "举报多次没有依据",
        "ground": "DSA 23",
        "days": "14",
    }
    too_early = senior.post(f"/reports/people/{finding}", form)
    assert (422, True) == (too_early.status_code, "A suspension follows a warning" in too_early.text)
    assert 303 == senior.post(f"/reports/people/{finding}", form | {"answer": "warn"}).status_code
    with house.database.reading() as look:
        assert FloodState.CONFIRMED is stored.get(look, finding).state
    assert "warn who reports" in senior.page("/measures")
    with house.database.reading() as look:
        [made] = measures.page(look).items
    assert "举报多次没有依据" in senior.page(f"/measures/{made.id}")
    again = senior.post(f"/reports/people/{finding}", form | {"answer": "warn"})
    assert 409 == again.status_code
    assert " · ben · <time" in again.text
    moderator = house.logged_in("kim")
    assert 403 == moderator.post(f"/reports/people/{finding}", form).status_code


def test_the_receipt_tells_whoever_was_warned_and_the_rules_are_public(house: House) -> None:
    finding = found(house)
    senior = house.logged_in("ben", "senior")
    page = senior.page(f"/reports/people/{finding}")
    form = {"csrf": csrf_in(page), "answer": "warn", "reason_en": "Eight reports without ground", "ground": "DSA 23"}
    assert 303 == senior.post(f"/reports/people/{finding}", form).status_code
    house.comment("hello", id="last", policy="eu")
    made = report(house, "last", by="crank")
    app = FastAPI()
    rules = house.parts.complaints
    app.mount("/public", public_application(PublicParts(
        house.database, house.keyring, house.parts.taxonomy, rules, Turnstile(rules.limits), house.clock,
        policies=lambda: house.engine.policies,
    )))  # fmt: skip
    browser = TestClient(app, base_url="http://testserver", headers={"accept-language": "en"})
    receipt = browser.get(f"/public/complaints/{given_for(house.keyring, 'complaint', made.id)}").text
    assert "How your reports are handled" in receipt
    assert "Eight reports without ground" in receipt
    assert "You can appeal" in receipt
    civility = browser.get("/public/civility").text
    assert "Misuse of reports" in civility
    assert "for 90 days at most" in civility
    assert "misuse-default" not in civility


def test_what_became_of_a_flood_of_reports_stands_on_its_page(house: House) -> None:
    house.comment("云真好看", id="c1")
    reported = evidence_of([report(house, "c1", by="reader")])
    told = Found("author", reported, is_unfounded=True, first_at=house.clock())
    with house.database.unit() as unit:
        flood, _ = report_floods.note(unit, told, now=house.clock())
        unit.commit()
    senior = house.logged_in("ben", "senior")
    page = senior.page(f"/reports/{flood.id}")
    said = {"csrf": csrf_in(page), "answer": "dismissed", "note": "everybody was angry"}
    assert 303 == senior.post(f"/reports/{flood.id}", said).status_code
    page = senior.page(f"/reports/{flood.id}")
    assert " · ben · <time" in page
    assert '<blockquote class="parent"><p>everybody was angry</p></blockquote>' in page
