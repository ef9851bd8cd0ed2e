"""An authority's request through the pages: recorded, granted, read, and nothing beyond it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from console.permissions import ALLOWED, Role
from console.routes import PAGES
from governance import account_measures, erasure, house_words, neutrality
from governance.erasure import Order
from governance.measure_wishes import Wish
from moderation.decision import Outcome, Reason, Source
from records import comments, ledger, users
from records.ledger import MACHINE
from records.standing_values import TargetKind
from records.storing import Stored, store_decisions
from tests.console.house import House, Visitor, csrf_in
from tests.console.test_lists import add
from tests.console.test_neutrality import AUDIT, LEFT
from tests.records.factories import a_comment, a_decision, an_answer

TEXT = "云真好看，看这里"


def entries(house: House, *kinds: str) -> list[dict[str, Any]]:
    with house.database.reading() as look:
        return [json.loads(each.body) for each in ledger.page(look, limit=200).items if each.kind in kinds]


def record(house: House, **changed: Any) -> Any:
    today = house.clock().date()
    form = {
        "authority": "Cyberspace office", "reference": "2026-17", "asked": "news of today", "ground": "cn-2017:10",
        "inspector": "ivy", "since": today.isoformat(), "until": (today + timedelta(days=1)).isoformat(), "days": "14",
        "why": "their letter", "surfaces": ["news"], "opened": "on",
    }  # fmt: skip
    lead = house.logged_in("mei", "lead")
    return lead.post("/inspections", {"csrf": csrf_in(lead.page("/inspections")), **form, **changed})


def granted(house: House, **changed: Any) -> tuple[Visitor, str]:
    """The inspector, and the request's address."""
    inspector = house.logged_in("ivy", "inspector")
    place = record(house, **changed).headers["location"].removeprefix("/console")
    senior = house.logged_in("ben", "senior")
    asked = senior.page("/approvals").partition("/console/approvals/")[2].partition('"')[0]
    page = senior.page(f"/approvals/{asked}")
    assert "Cyberspace office 2026-17" in page
    assert "news of today" in page  # whoever grants it sees what is asked, on which ground, until when
    assert "cn-2017:10" in page
    assert f"/console{place}" not in page  # a page that a senior may not open
    assert (
        303 == senior.post(f"/approvals/{asked}", {"csrf": csrf_in(page), "answer": "approve", "note": "x"}).status_code
    )
    return inspector, place


def in_scope(house: House) -> tuple[Stored, Stored]:
    return house.comment(TEXT, surface="news"), house.comment("加微信", surface="forum")


def test_the_inspector_reads_what_lies_in_scope_and_all_of_it_is_in_the_ledger(house: House) -> None:
    within, _ = in_scope(house)
    inspector, place = granted(house)
    assert "1 decision lies in scope" in inspector.page(place)
    assert within.decision_id in inspector.page(f"{place}/evidence")
    page = inspector.page(f"{place}/evidence/{within.decision_id}")
    assert TEXT in page
    assert "text_commitment" in page
    read = entries(house, "evidence.read")
    assert [("ivy", [within.decision_id])] * 2 == [(e["actor"]["id"], e["facts"]["decisions"]) for e in read]
    told = house.logged_in("mei", "lead").page(place)
    assert 2 == told.count("<td>read</td>")


def test_of_a_text_that_was_erased_it_is_said_when_and_why(house: House) -> None:
    within, _ = in_scope(house)
    inspector, place = granted(house)
    with house.database.reading() as look:
        cipher = comments.get(look, within.comment_id).author_cipher
    assert cipher is not None
    author = house.keyring.reveal("author", cipher)
    at = house.clock()
    erasure.erase(house.database, house.keyring, Order(author, "mei", "right to erasure"), now=at)
    page = inspector.page(f"{place}/evidence/{within.decision_id}")
    assert TEXT not in page
    assert "The text was erased." in page
    assert f"That was at {at:%Y-%m-%d %H:%M} UTC." in page
    assert "Why: right to erasure." in page
    with house.database.unit() as unit:
        entry_id = unit.execute(text("SELECT id FROM ledger WHERE kind = 'author.erased'")).scalar_one()
        asked = house_words.ask(unit, entry_id, by="mei", why="it names them", now=at)
        house_words.answer(unit, asked.id, by="ben", approve=True, note="yes", now=at)
        unit.commit()
    page = inspector.page(f"{place}/evidence/{within.decision_id}")
    assert "right to erasure" not in page
    assert f"The words of this entry were removed at {at:%Y-%m-%d %H:%M} UTC: two people said so." in page


def test_reasons_that_are_no_label_are_told_in_words(house: House) -> None:
    why = Reason("person_required", Source.POLICY, Outcome.REVIEW, {"zh": "x", "en": "x"}, "cn-2017:5(3)")
    decision = replace(a_decision(Outcome.REVIEW), reasons=(why,))
    with house.database.unit() as unit:
        item = an_answer(a_comment("hello", surface="news"), decision)
        store_decisions(unit, [item], keyring=house.keyring, now=house.clock())
        unit.commit()
    inspector, place = granted(house)
    page = inspector.page(f"{place}/evidence")
    assert ("needs a person" in page, "person_required" in page) == (True, False)


def test_beyond_the_scope_is_a_page_that_says_what_is_covered(house: House) -> None:
    _, beside = in_scope(house)
    inspector, place = granted(house)
    answer = inspector.get(f"{place}/evidence/{beside.decision_id}")
    assert (403, True) == (answer.status_code, "This lies beyond the request 2026-17 of" in answer.text)
    assert (
        303 == inspector.post("/preferences", {"csrf": csrf_in(answer.text), "locale": "zh", "back": "/"}).status_code
    )
    answer = inspector.get(f"{place}/evidence/{beside.decision_id}")
    assert ("超出了Cyberspace office2026-17号请求的范围" in answer.text, "This lies" in answer.text) == (True, False)
    assert [beside.decision_id] * 2 == [each["facts"]["decision"] for each in entries(house, "evidence.refused")]


def test_the_usual_pages_of_comments_and_accounts_are_closed_to_an_inspector_who_is_told_the_way(house: House) -> None:
    within, _ = in_scope(house)
    inspector, _ = granted(house)
    for path in (
        f"/decisions/{within.decision_id}", "/search", f"/comments/{within.comment_id}/account",
        f"/comments/{within.comment_id}/thread", "/lead", f"/comments/{within.comment_id}/standing", "/measures",
        "/lists", "/campaigns", "/reports", "/models", "/models/1", "/approvals", "/accounts",
    ):  # fmt: skip
        answer = inspector.get(path)
        assert (403, True) == (answer.status_code, "within a granted request" in answer.text), path


OPEN = (
    "/", "/duties", "/emergencies", "/emergencies/{emergency_id}", "/help", "/incidents", "/incidents/{incident_id}",
    "/incidents/{incident_id}/report", "/inspections", "/inspections/{inspection_id}",
    "/inspections/{inspection_id}/bundle.zip", "/inspections/{inspection_id}/evidence",
    "/inspections/{inspection_id}/measures",
    "/inspections/{inspection_id}/evidence/{decision_id}", "/keys", "/ledger", "/ledger/checkpoint",
    "/ledger/{entry_id}", "/neutrality", "/own", "/quality", "/quality/alpha.csv", "/quality/appeals.csv", "/queue",
    "/queue/labels.csv", "/queue/languages.csv", "/queue/public.csv", "/queue/queues.csv", "/queue/skills.csv",
    "/retention", "/rules", "/rules/table/rules.csv", "/rules/{rule_id}", "/rules/{rule_id}/backtest/live", "/shadow",
    "/staffing", "/state", "/state/labels.csv", "/state/live", "/state/minutes.csv",
    "/state/waiting.csv",
)  # fmt: skip
"""What stands in docs/how-to/inspection.md, page by page, but for downloads of `/staffing` and `/transparency`."""


def test_what_is_open_to_an_inspector_is_a_list_that_somebody_thought_about(house: House) -> None:
    open_pages = {
        page.path for page in PAGES if page.method == "GET" and page.action and Role.INSPECTOR in ALLOWED[page.action]
    }
    assert set(OPEN) == {each for each in open_pages if not each.startswith(("/staffing/", "/transparency"))}


def test_no_page_beside_a_request_shows_a_comment_an_author_or_a_contact(house: House) -> None:
    shown = {"canarytext", "canaryauthor", "canary.com"}
    house.comment("canarytext 加微信", surface="news", author="canaryauthor", policy="cn")
    lead = house.logged_in("mei", "lead")
    assert 303 == add(lead, value="canary.com", agreed="canary.com").status_code
    assert "canary.com" in lead.page("/lists")
    inspector = house.logged_in("ivy", "inspector")
    for path in OPEN:
        if "{" not in path:
            assert [] == [each for each in shown if each in inspector.get(path).text], path


def moderator_at_work(house: House, name: str) -> None:
    """Who is logged in, has decided, is in training, and stands in the last audit of neutrality."""
    for number in range(2):
        house.comment(f"蠢货{number}")
    house.logged_in(name).decide("approve")
    with house.database.unit() as unit:
        users.set_trainee(unit, house.people[name].id, trainee=True)
        unit.commit()
    row = AUDIT["comparisons"][0] | {"by": "moderator", "name": name, "outcome": "removed"}  # type: ignore[index]
    said = f"company x: removed by moderator {name}. Names exchanged: {name}house"
    told = {"comparisons": [row, row | {"leans": False}], "findings": [said, said],
            "findings_zh": [f"由{name}删除"] * 2, "not_compared": [LEFT | {"by": "measure", "name": name}]}  # fmt: skip
    (house.folder / "neutrality.json").write_text(json.dumps(AUDIT | told), encoding="utf-8")
    for at in (AUDIT["at"], "2026-02-01T00:00:00+00:00"):
        facts = {"comments": 9, "texts": 8, "compared": 2, "findings": 1, "found": [{"sentence": said, "about": name}]}
        entry = ledger.Entry(neutrality.AUDITED, MACHINE, neutrality.SUBJECT, str(at), "audit", "7", facts=facts)
        with house.database.unit() as unit:
            ledger.append(unit, entry, now=house.clock())
            unit.commit()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_beside_a_request_says_who_works_here_or_how_they_do(house: House, language: str) -> None:
    moderator_at_work(house, "canarymod")
    lead, inspector = house.logged_in("mei", "lead"), house.logged_in("ivy", "inspector")
    page = inspector.page("/")
    inspector.post("/preferences", {"csrf": csrf_in(page), "locale": language, "back": "/"})
    for path in ("/state", "/quality", "/quality/training.csv", "/neutrality"):
        assert "canarymod" in lead.get(path).text, path
    for path in OPEN:
        if "{" not in path:
            found = inspector.get(path)
            assert [] == re.findall(r".{30}canarymod(?!house).{30}", found.text), path
    shown = inspector.page("/neutrality")
    assert "canarymodhouse" in shown, "a name that only begins as a person's is nobody's"
    for path in ("people", "training", "worst"):
        assert 403 == inspector.get(f"/quality/{path}.csv").status_code


def test_every_other_page_that_an_inspector_reads_is_an_entry_and_nobody_elses_reading_is(house: House) -> None:
    inspector, other = house.logged_in("ivy", "inspector"), house.logged_in("mei", "lead")
    for path in ("/queue", "/quality", "/rules", "/help"):
        inspector.page(path)
        other.page(path)
    read = entries(house, "inspector.read")
    assert [("ivy", "/queue"), ("ivy", "/quality"), ("ivy", "/rules")] == [
        (each["actor"]["id"], each["subject"]["id"]) for each in read
    ]


def test_a_page_that_is_refused_to_an_inspector_is_one_entry_a_minute_and_nobody_elses_is(house: House) -> None:
    inspector, moderator = house.logged_in("ivy", "inspector"), house.logged_in("wei", "moderator")
    for path in ("/search", "/lists", "/search"):
        assert 403 == inspector.get(path).status_code
    assert 403 == moderator.get("/accounts").status_code
    house.clock.forward(seconds=61)
    assert 403 == house.logged_in("ida", "inspector").get("/lists").status_code
    assert 403 == inspector.get("/search").status_code
    assert [("ivy", "/search"), ("ivy", "/lists"), ("ida", "/lists"), ("ivy", "/search")] == [
        (each["actor"]["id"], each["subject"]["id"]) for each in entries(house, "inspector.refused")
    ]


def test_another_inspectors_request_is_not_there_and_one_that_is_over_is_not_read(house: House) -> None:
    within, _ = in_scope(house)
    inspector, place = granted(house)
    assert 404 == house.logged_in("ida", "inspector").get(place).status_code
    assert "2026-17" not in house.logged_in("ida", "inspector").page("/inspections")
    lead = house.logged_in("mei", "lead")
    token = csrf_in(lead.page(place))
    assert 422 == lead.post(place, {"csrf": token, "why": ""}).status_code
    assert 303 == lead.post(place, {"csrf": token, "why": "they are done"}).status_code
    for path in (f"{place}/evidence", f"{place}/evidence/{within.decision_id}", f"{place}/bundle.zip"):
        answer = inspector.get(path)
        assert (403, True) == (answer.status_code, "is closed" in answer.text), path


def test_without_a_seal_there_is_no_bundle_and_the_page_says_why(house: House) -> None:
    in_scope(house)
    inspector, place = granted(house)
    answer = inspector.get(f"{place}/bundle.zip")
    assert (404, True) == (answer.status_code, "There is no proof yet" in answer.text)
    assert [] == entries(house, "evidence.exported")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"inspector": "mei"}, "There is no such inspector"),
        ({"since": "soon"}, "Give a day."),
        ({"days": "x"}, "Give 1 to 90 days."),
        ({"authority": ""}, "Say which authority"),
    ],
)
def test_what_cannot_be_recorded_is_said(house: House, changed: dict[str, str], said: str) -> None:
    house.person("ivy", "inspector")
    answer = record(house, **changed)
    assert (422, True) == (answer.status_code, said in answer.text)


def test_measures_in_scope_are_read_and_the_request_says_of_what_it_is(house: House) -> None:
    house.comment("news", surface="news", author="somebody", id="n-1")
    with house.database.unit() as unit:
        wish = Wish(TargetKind.AUTHOR, "somebody", {"zh": "广告", "en": "advertising"}, "rule 3", "warn", cause="n-1")
        policy = house.parts.policies()["default"]
        account_measures.take(unit, house.parts.keyring, wish, policy, by="mei", policies={}, now=house.clock())
        unit.commit()
    inspector, path = granted(house, measures="warn", accounts="somebody\n", threads="")
    page = inspector.page(path)
    for said in ("1 measure lies in scope", "1 named account", "measures: warn the author"):
        assert said in " ".join(page.split()), said
    page = inspector.page(f"{path}/measures")
    assert ("advertising" in page, "somebody" in page) == (True, False)
    [read] = [each for each in entries(house, "evidence.read") if each["reason"] == "the measures"]
    assert 1 == len(read["facts"]["measures"])


def test_a_measure_that_ended_with_its_account_is_not_said_to_be_lifted_and_one_of_a_thread_is_worded_so(
    house: House,
) -> None:
    house.comment("news", surface="news", author="somebody", id="n-1", thread_id="t-1")
    policy = house.parts.policies()["default"]
    why = {"zh": "广告", "en": "advertising"}
    with house.database.unit() as unit:
        for wish in (
            Wish(TargetKind.AUTHOR, "somebody", why, "rule 3", "warn", cause="n-1"),
            Wish(TargetKind.THREAD, "t-1", why, "rule 3", "suspend", days=1),
        ):
            account_measures.take(unit, house.parts.keyring, wish, policy, by="mei", policies={}, now=house.clock())
        unit.commit()
    inspector, path = granted(house)
    page = inspector.page(f"{path}/measures")
    assert all(each in page for each in ("warn the author", "close comments for a time"))
    assert "suspend the author" not in page
    erasure.erase(house.database, house.keyring, Order("somebody", "mei", "right to erasure"), now=house.clock())
    page = inspector.page(f"{path}/measures")
    assert ("over: the account was erased" in page, ">lifted<" in page) == (True, False)
    inspector.client.cookies.set("chaffinch_view", "zh-auto-on")
    assert "已终止：账号信息已删除" in inspector.page(f"{path}/measures")
