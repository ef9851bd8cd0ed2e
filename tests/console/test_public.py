"""The public pages: without log-in, cookie or script, in the reader's language, safe against what people send."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from markupsafe import escape
from starlette.requests import Request

from console.public.reader import WORDS, language_of
from console.public.routes import HEADERS, PAGES
from console.visitors import Turnstile, address_of
from console.words import words_in
from governance import (
    account_appeals,
    account_measures,
    agreements,
    appeals,
    complaints,
    erasure,
    lists,
    notices,
    processing,
    receipts,
    retention,
    verdicts,
)
from governance.account_appeals import ENTRY, MEASURE
from governance.agreements import Wish
from governance.complaint_rules import PublicLimits
from governance.erasure import Order
from governance.lists import Listing
from governance.verdicts import HouseRules
from moderation.comment import Comment
from moderation.decision import Outcome
from moderation.lists import ListAction, ListEntry, Lists
from records import appeals as stored_appeals
from records import approvals, cases, comments, decisions
from records import complaints as stored
from records.cases import Wanted
from records.house_values import ApprovalRecord
from records.ids import new_id
from records.storing import Answered, Stored, store_decisions
from records.values import Judgement, VerdictKind
from review import queue
from tests.console.house import House, csrf_in
from tests.governance.public import RULES
from tests.governance.standing import CN, wish
from tests.governance.test_carried_out import entry_about, showing

NOTE = "CANARY <script>alert(1)</script> \u202egnp.exe"


@pytest.fixture
def browser(house: House) -> TestClient:
    return TestClient(house.app, base_url="http://testserver", headers={"accept-language": "en"})


def form_in(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found, page
    return found[1]


def send(browser: TestClient, page: str | None = None, **said: str) -> Response:
    html = page or browser.get("/public/complaints").text
    fields = {"form": form_in(html), "comment": "c-1", "kind": "harassment", "text": "", **said}
    return browser.post("/public/complaints", data=fields, follow_redirects=False)


def said_in(house: House) -> list[str | None]:
    with house.database.reading() as look:
        return [
            one.note for known in comments.known_ids(look, ["c-1"]).values() for one in stored.of_comment(look, known)
        ]


def decide(house: House, judgement: Judgement, *, who: str = "mei") -> None:
    with house.database.unit() as unit:
        [case] = queue.take(unit, who, Wanted(), now=house.clock())
        rules = HouseRules(house.parts.taxonomy, house.parts.policies())
        verdicts.give(unit, rules, case.id, judgement, moderator=who, token=case.lease_token, now=house.clock())
        unit.commit()
    settle(house)


def settle(house: House) -> None:
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        complaints.settle(unit, house.parts.complaints, now=house.clock())
        appeals.settle(unit, house.parts.complaints, now=house.clock())
        unit.commit()


def reference(house: House, decision_id: str) -> str:
    return receipts.given_for(house.keyring, receipts.REFERENCE, decision_id)


def removed(house: House, *, who: str = "mei") -> Stored:
    item = house.comment("蠢货", id="c-9")
    decide(house, Judgement(VerdictKind.REJECT, ("abuse",)), who=who)
    return item


class Outline(HTMLParser):
    """What a page must not have, and controls that nothing names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.labelled: set[str] = set()
        self.controls: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self.found.add(tag)
        self.found.update(f"on:{name}" for name in known if name.startswith("on"))
        self.found.update("style=" for name in known if name == "style")
        if tag == "label":
            self.labelled.add(known.get("for") or "")
        if tag in ("textarea", "select") or (tag == "input" and known.get("type") != "hidden"):
            self.controls.add(known.get("id") or "")


def test_a_report_leads_to_a_receipt_that_says_what_became_of_it(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    page = browser.get("/public/complaints?comment=c-1").text
    assert 'value="c-1"' in page
    sent = send(browser, page)
    assert 303 == sent.status_code
    address = sent.headers["location"]
    receipt = browser.get(address)
    assert "received, waits for a person" in receipt.text
    assert "no-store" == receipt.headers["cache-control"]
    decide(house, Judgement(VerdictKind.REJECT, ("abuse",)))
    after = browser.get(address).text
    assert "the comment was removed" in after
    assert "no longer shown" in after
    assert "platform-rules:abuse" in after
    assert "As of now the comment is not shown." in after


@pytest.mark.parametrize(
    ("language", "said", "why"),
    [
        ("en", "removed automatically before your report", "It was removed automatically because:"),
        ("zh", "已由系统自动处理", "系统自动处理的原因："),
    ],
)
def test_who_reports_what_a_machine_had_removed_reads_that_and_why(
    house: House, browser: TestClient, language: str, said: str, why: str
) -> None:
    blocked = replace(house.engine.judge(Comment("下注")), outcome=Outcome.BLOCK)
    reasons = tuple(replace(reason, outcome=Outcome.BLOCK) for reason in blocked.reasons)
    answered = Answered(Comment("下注", id="c-1"), replace(blocked, reasons=reasons), new_id(), latency_ms=1.0)
    with house.database.unit() as unit:
        store_decisions(unit, [answered], keyring=house.keyring, now=house.clock())
        unit.commit()
    receipt = browser.get(send(browser, kind="spam").headers["location"], params={"lang": language}).text
    gambling = house.parts.taxonomy.find("gambling")
    assert gambling is not None
    for sentence in (said, why, getattr(gambling.message, language)):
        assert escape(sentence) in receipt
    assert "platform-rules:gambling" in receipt


@pytest.mark.parametrize(
    ("language", "said", "why", "alone"),
    [
        (
            "en",
            "it shows a website that a person had put on a list",
            "What it had been put on a list for:",
            "automatic",
        ),
        ("zh", "其中有工作人员此前列入名单的网站", "列入名单所依据的类别：", "系统自动"),
    ],
)
def test_who_reports_what_people_had_listed_reads_that_and_not_that_a_machine_had_removed_it(
    house: House, browser: TestClient, language: str, said: str, why: str, alone: str
) -> None:
    showing(house.database, house.keyring, entry_about(house.database, house.keyring, "domain", "evil-casino.com"))
    receipt = browser.get(send(browser, kind="spam").headers["location"], params={"lang": language}).text
    for sentence in (said, why):
        assert escape(sentence) in receipt
    assert alone not in receipt


def test_an_address_that_was_not_given_out_opens_nothing(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    address = send(browser).headers["location"]
    kinds = [address[:-3] + "AAA", address.replace("complaints", "appeals"), "/public/complaints/x", f"{address}="]
    assert [404] * 3 == [browser.get(each).status_code for each in kinds[:3]]
    assert "Look whether all of it was copied" in browser.get(kinds[0]).text


def test_a_form_sent_twice_is_one_report_and_another_text_is_another(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    page = browser.get("/public/complaints").text
    first, again, other = (send(browser, page, text=text) for text in ("a", "a", "b"))
    assert first.headers["location"] == again.headers["location"] != other.headers["location"]
    assert ["a", "b"] == said_in(house)


def test_what_is_wrong_is_said_beside_what_was_written(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    for said, status, sentence in (
        ({"comment": " "}, 422, "Say which comment"),
        ({"comment": "x" * 129}, 422, "Say which comment"),
        ({"kind": "nonsense"}, 422, "Choose what is wrong"),
        ({"comment": "c-404"}, 404, "no comment with this number"),
        ({"text": "y" * 2001}, 422, "at most 2000 characters"),
    ):
        answer = send(browser, None, **{"text": NOTE} | said)
        assert (status, True) == (answer.status_code, sentence in answer.text), said
        assert "&lt;script&gt;" in answer.text or "text" in said
        assert "<script" not in answer.text
    assert [] == said_in(house)


def test_two_thousand_characters_of_two_lines_are_not_too_many(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    assert 303 == send(browser, text="中" * 1000 + "\r\n" + "中" * 999).status_code
    assert ["中" * 1000 + "\n" + "中" * 999] == said_in(house)


def test_a_megabyte_that_was_pasted_is_refused_in_a_sentence(house: House, browser: TestClient) -> None:
    answer = send(browser, text="x" * 1_000_000)
    assert 413 == answer.status_code
    assert "too much text" in answer.text


def test_what_somebody_writes_is_kept_as_it_is_and_shown_to_moderators_as_text(
    house: House, browser: TestClient
) -> None:
    house.comment("hello", id="c-1")
    assert 303 == send(browser, text=NOTE).status_code
    work = house.logged_in("mei").page("/work")
    assert "&lt;script&gt;alert(1)" in work
    assert "RLO" in work
    assert "\u202e" not in work


def test_a_page_that_lay_open_keeps_what_was_written(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    page = browser.get("/public/complaints").text
    stale = browser.post(
        "/public/complaints", data={"form": form_in(page) + "x", "comment": "c-1", "kind": "spam", "text": "my words"}
    )
    assert 403 == stale.status_code
    assert "lay open for long" in stale.text
    assert "my words</textarea>" in stale.text
    assert 303 == send(browser, stale.text, text="my words").status_code


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_a_form_from_another_site_is_not_taken(house: House, browser: TestClient, headers: dict[str, str]) -> None:
    house.comment("hello", id="c-1")
    fields = {"form": form_in(browser.get("/public/complaints").text), "comment": "c-1", "kind": "spam", "text": ""}
    answer = browser.post("/public/complaints", data=fields, headers=headers)
    assert 403 == answer.status_code
    assert "came from another site" in answer.text
    assert [] == said_in(house)


def test_a_report_of_danger_to_life_waits_for_no_report_of_a_neighbour(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    limits = house.parts.complaints.limits
    assert [303] * limits.per_address == [send(browser, text=str(n)).status_code for n in range(limits.per_address)]
    assert [429, 303] == [send(browser, text="now", kind=kind).status_code for kind in ("spam", "self_harm")]


def test_whose_report_of_danger_cannot_be_taken_is_told_whom_to_call(
    house: House, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.comment("hello", id="c-1")
    monkeypatch.setattr(Turnstile, "wait", lambda *_, is_about_life: 90 if is_about_life else 0)
    answer = send(browser, text="now", kind="self_harm")
    assert (429, True, True) == (answer.status_code, "emergency number" in answer.text, "now</textarea>" in answer.text)


def test_one_address_that_sends_much_is_told_when_to_come_back_and_loses_nothing(
    house: House, browser: TestClient
) -> None:
    house.comment("hello", id="c-1")
    most = house.parts.complaints.limits.per_address
    assert [303] * most == [send(browser, text=str(n)).status_code for n in range(most)]
    refused = send(browser, text="one more")
    assert 429 == refused.status_code
    assert 0 < int(refused.headers["retry-after"]) <= 600
    assert "one more</textarea>" in refused.text
    house.clock.forward(minutes=9, seconds=10)
    assert "send it again in one minute." in send(browser, refused.text, text="one more").text
    house.clock.forward(minutes=2)
    assert 303 == send(browser, refused.text, text="one more").status_code


def test_a_comment_erased_meanwhile_is_said_to_be_gone(house: House, browser: TestClient) -> None:
    kept = house.comment("hello", id="c-1")
    address = send(browser).headers["location"]
    with house.database.unit() as unit:
        comments.erase(unit, kept.comment_id, now=house.clock())
        unit.commit()
    answer = send(browser)
    assert (409, True) == (answer.status_code, "was erased already" in answer.text)
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        complaints.settle(unit, house.parts.complaints, now=house.clock())
        unit.commit()
    assert "the comment no longer exists" in browser.get(address).text


def told_that_it_stays(house: House, browser: TestClient) -> str:
    """The address of the receipt."""
    house.comment("hello", id="c-1")
    address = str(send(browser, text="he means my sister").headers["location"])
    decide(house, Judgement(VerdictKind.APPROVE))
    return address


def ask_again(browser: TestClient, address: str, *, page: str | None = None, text: str = "") -> Response:
    fields = {"form": form_in(page or browser.get(address).text), "receipt": address.rpartition("/")[2], "text": text}
    return browser.post("/public/contests", data=fields, follow_redirects=False)


def test_who_reported_asks_for_another_look_under_the_same_address(house: House, browser: TestClient) -> None:
    address = told_that_it_stays(house, browser)
    page = browser.get(address).text
    assert "Do you think that this is wrong?" in page
    first, again = (ask_again(browser, address, page=page, text=NOTE) for _ in range(2))
    assert [(303, address)] * 2 == [(each.status_code, each.headers["location"]) for each in (first, again)]
    waiting = browser.get(address).text
    assert "received, waits for another person" in waiting
    assert "Ask for another look" not in waiting, "once"
    ben = house.logged_in("ben", "senior")
    work = ben.page("/work?queue=appeals")
    for part in ("What is said by who reported it", "he means my sister", "&lt;script&gt;alert(1)"):
        assert part in work
    assert [False] * 2 == [part in work for part in ("Approved", "the comment stays")]
    assert 303 == ben.decide("reject", page=work, labels="abuse").status_code
    settle(house)
    after = browser.get(address).text
    for part in ("the first answer was wrong: the comment was removed", "platform-rules:abuse", "Here this is final."):
        assert part in after
    assert "As of now the comment is not shown." in after


def test_another_look_meets_what_a_report_meets(house: House, browser: TestClient) -> None:
    address = told_that_it_stays(house, browser)
    page = browser.get(address).text
    late = ask_again(browser, address, page=page.replace('name="form" value="', 'name="form" value="x'), text="mine")
    assert (403, True, True) == (late.status_code, "lay open" in late.text, "mine</textarea>" in late.text)
    long = ask_again(browser, address, page=page, text="y" * 2001)
    assert (422, True) == (long.status_code, "at most 2000 characters" in long.text)
    assert 404 == ask_again(browser, address[:-3] + "AAA", page=page).status_code
    most = house.parts.complaints.limits.per_address
    house.clock.forward(minutes=11)
    assert [303] * most == [send(browser, text=str(n)).status_code for n in range(most)]
    refused = ask_again(browser, address, text="one more")
    assert (429, True) == (refused.status_code, "one more</textarea>" in refused.text)
    house.clock.forward(minutes=11)
    assert 303 == ask_again(browser, address, page=refused.text, text="one more").status_code
    stale = ask_again(browser, address, page=refused.text, text="and another")
    assert (409, True) == (stale.status_code, "waits for another person" in stale.text)


def test_a_receipt_says_why_nothing_more_is_looked_at(house: House, browser: TestClient) -> None:
    address = told_that_it_stays(house, browser)
    house.clock.forward(days=31)
    page = browser.get(address).text
    assert "The time to ask for another look is over." in page
    assert "/public/contests" not in page


def test_reports_of_neighbours_behind_one_address_make_no_author_s_appeal_wait(
    house: House, browser: TestClient
) -> None:
    item = removed(house)
    house.comment("hello", id="c-1")
    most = house.parts.complaints.limits.per_address
    assert [303] * most + [429] == [send(browser, text=str(n)).status_code for n in range(most + 1)]
    page = browser.get(f"/public/appeals?reference={reference(house, item.decision_id)}").text
    fields = {"form": form_in(page), "reference": reference(house, item.decision_id), "text": "among friends"}
    assert 303 == browser.post("/public/appeals", data=fields, follow_redirects=False).status_code


def test_an_author_appeals_under_the_reference_of_the_notice(house: House, browser: TestClient) -> None:
    item = removed(house)
    page = browser.get(f"/public/appeals?reference={reference(house, item.decision_id)}").text
    for part in ("by a person", "insult or a threat", "c-9"):
        assert part in page
    assert "蠢货" not in page
    fields = {"form": form_in(page), "reference": reference(house, item.decision_id), "text": "among friends"}
    first, again = (browser.post("/public/appeals", data=fields, follow_redirects=False) for _ in range(2))
    assert (303, first.headers["location"]) == (again.status_code, again.headers["location"])
    assert "waits for a person" in browser.get(first.headers["location"]).text
    decide(house, Judgement(VerdictKind.APPROVE), who="ben")
    after = browser.get(first.headers["location"]).text
    assert "the decision was wrong: the comment is restored" in after
    assert "As of now the comment is shown." in after
    refused = browser.get(f"/public/appeals?reference={reference(house, item.decision_id)}")
    assert "taken back already" in refused.text


def test_what_cannot_be_appealed_is_said_with_why(house: House, browser: TestClient) -> None:
    fine = house.comment("hello", id="c-1")
    nothing = browser.get(f"/public/appeals?reference={reference(house, fine.decision_id)}").text
    assert "Nothing was done about this comment" in nothing
    unknown = browser.get("/public/appeals?reference=0190b5c2-7d1f-7a63-b0de-2f5c8c1e4a11")
    assert (404, True) == (unknown.status_code, "This reference is not known" in unknown.text)
    item = removed(house)
    house.clock.forward(days=31)
    late = browser.get(f"/public/appeals?reference={reference(house, item.decision_id)}").text
    assert "The time for an appeal is over." in late


def test_a_stale_tab_of_an_appeal_says_that_it_was_made(house: House, browser: TestClient) -> None:
    item = removed(house)
    told = {"reference": reference(house, item.decision_id), "text": ""}
    pages = [browser.get(f"/public/appeals?reference={told['reference']}").text for _ in range(2)]
    sent = [
        browser.post("/public/appeals", data={**told, "form": form_in(page)}, follow_redirects=False) for page in pages
    ]
    assert [303, 409] == [each.status_code for each in sent]
    assert "appealed already" in sent[1].text


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.method == "GET" and "{" not in page.path])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_whole_without_script_cookie_or_anything_foreign(
    house: House, browser: TestClient, path: str, language: str
) -> None:
    answer = browser.get(f"/public{path}?lang={language}")
    outline = Outline(answer.text)
    assert 200 == answer.status_code
    assert "set-cookie" not in answer.headers
    assert not {"script", "style", "style=", "iframe"} & outline.found
    assert not [each for each in outline.found if each.startswith("on:")]
    assert outline.controls <= outline.labelled
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert [] == re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text)
    # Every field of the schema stands on the page of what is collected.
    assert len(answer.content) < (60_000 if path == "/collected" else 30_000)


def test_the_language_is_the_address_s_then_the_browser_s_and_links_keep_it(house: House) -> None:
    assert ("en", "en") == language_of({"lang": "en"}, "zh")
    assert ("zh", None) == language_of({"lang": "fr"}, "en;q=0.1, zh-CN;q=0.9")
    assert ("zh", None) == language_of({}, "")
    assert ("en", None) == language_of({}, "de, en;q=0.5")
    for named in ("de", "fr-FR, fr;q=0.9", "ja;q=0.8, zh;q=0", "de, *;q=0.5", "ja, *;q=0"):
        assert ("en", None) == language_of({}, named), "whoever names languages and neither of ours"
    for unsaid in ("", "*", " , ", "*;q=0.5", "fr;q=0"):
        assert ("zh", None) == language_of({}, unsaid), "whoever names none"
    assert ("zh", None) == language_of({}, "de, en;q=0"), "not in what was refused"
    page = TestClient(house.app).get("/public/complaints?lang=en&comment=c-1").text
    assert 'action="/public/complaints?lang=en"' in page
    assert 'href="/public/complaints?comment=c-1&amp;lang=zh"' in page


def test_both_languages_have_the_same_words() -> None:
    assert words_in("zh", WORDS).sentences.keys() == words_in("en", WORDS).sentences.keys()


def test_every_label_says_how_to_do_better_in_both_languages(house: House) -> None:
    told = notices.shipped()
    for language in ("zh", "en"):
        page = TestClient(house.app).get(f"/public/civility?lang={language}").text
        assert [] == [n for n in house.parts.taxonomy.names if getattr(told.labels[n].better, language) not in page]
        assert [] == [n for n in house.parts.taxonomy.names if getattr(told.labels[n].text, language) not in page]


def publish(house: House, version: str, *, days: float, en: str) -> str:
    wish = Wish(version, f"中文 {version}", en, house.clock() + timedelta(days=days), "lin", "seen")
    with house.database.unit() as unit:
        made = agreements.publish(unit, wish, now=house.clock())
        unit.commit()
    return made.content_hash


def test_without_an_agreement_the_page_says_so(house: House, browser: TestClient) -> None:
    assert "No user agreement was published here" in browser.get("/public/agreement").text
    publish(house, "2026-01", days=1, en="first")
    page = browser.get("/public/agreement").text
    assert ("No user agreement holds yet" in page, "first" in page) == (True, False)
    assert "not the version that holds now" in browser.get("/public/agreement/2026-01").text


def test_the_agreement_that_holds_is_shown_with_every_other_and_its_hash(house: House, browser: TestClient) -> None:
    hashes = [publish(house, "2026-01", days=1, en="1. <b>Civil</b>"), publish(house, "2026-02", days=9, en="2. Kind")]
    house.clock.forward(days=2)
    page = browser.get("/public/agreement").text
    assert "1. &lt;b&gt;Civil&lt;/b&gt;" in page
    assert "2. Kind" not in page
    assert [] == [each for each in hashes if each not in page]
    assert "2. Kind" in browser.get("/public/agreement/2026-02").text
    house.clock.forward(days=9)
    assert "2. Kind" in browser.get("/public/agreement").text
    assert "中文 2026-01" in browser.get("/public/agreement/2026-01?lang=zh").text
    missing = browser.get("/public/agreement/2025-01")
    assert (404, True) == (missing.status_code, "nothing at this address" in missing.text)


def test_the_whole_processing_record_is_shown_to_everybody(house: House) -> None:
    record = processing.shipped()
    for language in ("zh", "en"):
        page = TestClient(house.app).get(f"/public/collected?lang={language}").text
        assert [] == [each for each in record.held if not all(column in page for column in each.columns)]
        shown = [getattr(each.purpose, language) for each in record.purposes.values()]
        shown += [each for said in processing.bases(record, "default", language).values() for each in said]
        assert [] == [words for words in shown if str(escape(words)) not in page]
        assert len([each for each in record.purposes if each in {one.purpose for one in record.held}]) == page.count(
            "<details>"
        )
        days = getattr(retention.told(house.parts.retention), language)
        assert str(escape(days)) in page.partition('<h2 id="record">')[0]


def test_what_is_collected_tells_in_plain_words_of_credit_and_of_hashes(house: House) -> None:
    told = {
        "en": ("credit of an account", "secret key", "Measures on an account"),
        "zh": ("账号的信用", "散列码", "对账号的处置"),
    }
    for language, words in told.items():
        page = TestClient(house.app).get(f"/public/collected?lang={language}").text
        plain = page.partition('<h2 id="record">')[0]
        assert [] == [each for each in words if each not in plain]
        assert "addresses of people are not" not in plain


def test_what_is_collected_tells_what_outlives_an_erasure_and_who_sends_what(house: House) -> None:
    days = house.parts.retention.standing.days
    told = {"en": (f"{days} days after the erasure", "as it is"), "zh": (f"删除后 {days} 天", "以原样传来")}
    for language, (until, sent) in told.items():
        page = TestClient(house.app).get(f"/public/collected?lang={language}").text
        plain, _, record = page.partition('<h2 id="record">')
        assert (2, True) == (plain.count(until), sent in plain)
        assert until in record
        assert not any(each in plain for each in ("never the real one", "从不提供真实身份"))


def test_an_unknown_address_and_a_wrong_method_are_pages(house: House, browser: TestClient) -> None:
    assert (404, 405) == (browser.get("/public/nowhere").status_code, browser.post("/public/civility").status_code)
    assert "nothing at this address" in browser.get("/public/nowhere").text


def asked(*told: tuple[str, str], host: str = "10.0.0.1") -> Request:
    headers = [(name.encode(), value.encode()) for name, value in told]
    return Request({"type": "http", "headers": headers, "client": (host, 1), "method": "GET", "path": "/"})


def test_an_error_of_the_program_is_a_page_like_any_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr("records.agreements.in_force", fails)
    browser = TestClient(house.app, raise_server_exceptions=False, headers={"accept-language": "en"})
    answer = browser.get("/public/agreement")
    assert (500, HEADERS["content-security-policy"]) == (
        answer.status_code, answer.headers["content-security-policy"],
    )  # fmt: skip
    assert "Something failed here" in answer.text


def test_a_header_is_believed_where_a_known_proxy_wrote_it() -> None:
    proxies = (ipaddress.ip_network("10.0.0.0/8"),)
    forged = ("x-forwarded-for", "6.6.6.6, 192.0.2.7, 10.0.0.3")
    assert "192.0.2.7" == address_of(asked(forged), proxies)
    assert "10.0.0.1" == address_of(asked(forged))
    assert "192.0.2.9" == address_of(asked(forged, host="192.0.2.9"), proxies)


def test_addresses_of_one_household_are_one() -> None:
    one, other = (address_of(asked(host=f"2001:db8:1:2::{n}")) for n in (1, 2))
    assert one == other == "2001:db8:1:2::/64"
    assert "192.0.2.7" == address_of(asked(host="::ffff:192.0.2.7"))


def test_the_turnstile_counts_an_address_and_all_together_in_bounded_memory(house: House) -> None:
    turnstile = Turnstile(PublicLimits(per_address_minutes=10, per_address=2, per_minute=4))
    now = house.clock()
    assert [0, 0, 601] == [turnstile.wait("a", now) for _ in range(3)]
    assert [0, 0, 61] == [turnstile.wait(each, now) for each in "bcd"]
    assert 0 == turnstile.wait("d", now + timedelta(seconds=61))


def test_an_appeal_on_the_desk_shows_nothing_of_the_machine_or_the_first_verdict(
    house: House, browser: TestClient
) -> None:
    first, other = house.logged_in("mei"), house.logged_in("ben")
    item = removed(house, who=house.people["mei"].id)
    with house.database.unit() as unit:
        made = appeals.make(
            unit, item.decision_id, "it was CANARY", house.parts.complaints, sender="t", now=house.clock()
        )
        unit.commit()
    assert "Nothing waits for you" in first.page("/work?queue=appeals")
    page = other.page("/work?queue=appeals")
    assert "it was CANARY" in page
    assert "Look at it as if for the first time" in page
    for hidden in (
        "74\u202f%",
        "suspected",
        f"/decisions/{item.decision_id}",
        "insult or a threat",
        "looks likely",
        "<mark>",
    ):
        assert hidden not in page.split('class="verdict"')[0], hidden
    assert 403 == other.get(f"/decisions/{item.decision_id}").status_code
    crafted = first.post(
        f"/work/{made.case_id}", {"csrf": csrf_in(first.page("/queue")), "action": "approve", "lease": "x", "seen": "y"}
    )
    assert 403 == crafted.status_code
    assert "decided by somebody else" in crafted.text
    assert 303 == other.decide("approve", page=page, answer="overturned").status_code
    with house.database.reading() as look:
        assert Outcome.PASS is decisions.get(look, item.decision_id).outcome
        assert 1 == len(stored_appeals.of_case(look, made.case_id))


@pytest.mark.parametrize(("text", "is_blurred"), [("加微信，只卖我的旧手机", False), ("你这个蠢货", True)])
def test_an_appeal_is_blurred_where_the_comment_would_be_by_itself(
    house: House, browser: TestClient, text: str, is_blurred: bool
) -> None:
    ben = house.logged_in("ben")
    house.comment(text, id="c-77")
    decide(house, Judgement(VerdictKind.REJECT, ("advertising",)))
    with house.database.unit() as unit:
        decision = decisions.latest_of(unit, comments.known_ids(unit, ["c-77"])["c-77"]).id
        appeals.make(unit, decision, "I only sell my old phone", house.parts.complaints, sender="t", now=house.clock())
        unit.commit()
    page = ben.page("/work?queue=appeals")
    assert "I only sell my old phone" in page
    assert is_blurred is ('class="comment blurred"' in page)
    assert is_blurred is ("data-unread" in page), "no press more where nothing is blurred"
    assert "Abuse" not in page.split('class="verdict"')[0], "not for what"


def test_a_complaint_on_the_desk_says_what_was_reported_and_offers_answers(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    send(browser, text="he hurts my sister")
    send(browser, kind="spam", text="again")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    for part in (
        "Reports: 2 · reporters: 1",
        "he hurts my sister",
        "Harassment",
        "Somebody of the public reported it: Harassment",
        "complaints",
    ):
        assert part in page
    assert "optgroup" in page
    assert 303 == visitor.decide("approve", page=page, answer="kept_context").status_code
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        assert 2 == complaints.settle(unit, house.parts.complaints, now=house.clock())
        unit.commit()


def test_an_answer_for_the_other_button_is_left_out(house: House, browser: TestClient) -> None:
    house.comment("hello", id="c-1")
    send(browser)
    visitor = house.logged_in("mei")
    assert 303 == visitor.decide("approve", answer="acted").status_code


def test_whose_report_led_to_a_removal_that_was_taken_back_is_told_at_the_top(
    house: House, browser: TestClient
) -> None:
    house.comment("蠢货", id="c-9")
    page = browser.get("/public/complaints?comment=c-9").text
    sent = {"form": form_in(page), "comment": "c-9", "kind": "harassment", "text": ""}
    receipt = browser.post("/public/complaints", data=sent, follow_redirects=False).headers["location"]
    decide(house, Judgement(VerdictKind.REJECT, ("abuse",)))
    assert "the comment was removed</strong>" in browser.get(receipt).text
    with house.database.reading() as look:
        decision = decisions.latest_of(look, comments.known_ids(look, ["c-9"])["c-9"]).id
    fields = {"reference": reference(house, decision), "text": "a joke"}
    form = {"form": form_in(browser.get(f"/public/appeals?reference={fields['reference']}").text)}
    assert 303 == browser.post("/public/appeals", data=form | fields, follow_redirects=False).status_code
    decide(house, Judgement(VerdictKind.APPROVE), who="ben")
    assert "removed, and restored on appeal</strong>" in browser.get(receipt).text


@pytest.mark.parametrize(("locale", "said"), [("en", "is on a list"), ("zh", "在名单上")])
def test_whose_account_is_on_a_list_appeals_that_and_not_the_comment(
    house: House, browser: TestClient, locale: str, said: str
) -> None:
    with house.database.unit() as unit:
        listing = Listing("account", "author-1", ListAction.BLOCK, "impersonates others", "own", "ben")
        entry = lists.add(unit, listing, taxonomy=house.parts.taxonomy, keyring=house.keyring, now=house.clock())
        unit.commit()
    known = ListEntry(entry.id, entry.kind, entry.key, entry.action, entry.ground)
    engine = replace(house.engine, lists=Lists([known], hashed=house.keyring.indexes))
    item = replace(house, engine=engine).comment("hello", id="c-1")
    where = f"/public/appeals?reference={reference(house, item.decision_id)}&lang={locale}"
    page = browser.get(where).text
    assert said in page
    assert "impersonates others" in page
    fields = {"form": form_in(page), "reference": reference(house, item.decision_id), "text": "it was not me"}
    sent = browser.post("/public/appeals", data=fields, follow_redirects=False)
    assert 303 == sent.status_code
    assert 200 == browser.get(sent.headers["location"]).status_code
    assert "form" not in Outline(browser.get(where).text).controls
    with house.database.reading() as look:
        assert ["list.appeal"] == [each.kind for each in approvals.waiting(look)]
        assert cases.undecided_of(look, item.comment_id) is None


OF_MEASURE = {
    "en": ("received, waits for another person", "They see the measure", "the measure stands", "is taken back"),
    "zh": ("等待另一位工作人员决定", "可以看到该处理及其理由和依据、所涉评论", "处理予以维持", "处理有误，已撤销"),
}
UNTRUE = (
    "without knowing the first decision",
    "不知道原处理",
    "the comment is restored",
    "评论已恢复",
    "no longer exists",
)


def measured_and_appealed(house: House, author: str = "author-1") -> ApprovalRecord:
    """A warning of an account, for no comment, that was appealed with words."""
    now = house.clock()
    with house.database.unit() as unit:
        made = account_measures.take(unit, house.keyring, wish("warn", author), CN, by="mia", policies={}, now=now)
        asked = account_appeals.make(unit, MEASURE, made.id, "it was not me", RULES, sender="shop", now=now)
        unit.commit()
    return asked


def answered(house: House, asked: ApprovalRecord, *, approve: bool) -> None:
    with house.database.unit() as unit:
        account_appeals.answer(unit, asked.id, by="ben", approve=approve, note="looked", now=house.clock())
        unit.commit()


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_receipt_of_a_measure_s_appeal_speaks_of_the_measure_alone(
    house: House, browser: TestClient, locale: str
) -> None:
    waits, sees, stands, back = OF_MEASURE[locale]
    house.person("ben", "senior")
    kept, lifted = measured_and_appealed(house), measured_and_appealed(house, "author-2")

    def page(asked: ApprovalRecord) -> str:
        return browser.get(
            f"/public/appeals/{receipts.given_for(house.keyring, 'appeal', asked.id)}?lang={locale}"
        ).text

    assert all(said in page(kept) for said in (waits, sees))
    answered(house, kept, approve=False)
    answered(house, lifted, approve=True)
    assert stands in page(kept)
    assert back in page(lifted)
    assert not [said for said in UNTRUE for each in (kept, lifted) if said in page(each)]


def test_the_receipt_of_a_measure_s_appeal_shows_the_comment_for_which_it_was_taken(
    house: House, browser: TestClient
) -> None:
    house.comment("加微信领红包", id="c-7", policy="cn")
    now = house.clock()
    with house.database.unit() as unit:
        named = wish("warn", "author-1", cause="c-7")
        made = account_measures.take(unit, house.keyring, named, CN, by="mia", policies={}, now=now)
        asked = account_appeals.make(unit, MEASURE, made.id, "why?", RULES, sender="shop", now=now)
        unit.commit()
    receipt = receipts.given_for(house.keyring, "appeal", asked.id)
    page = browser.get(f"/public/appeals/{receipt}?lang=en").text
    for part in ("It was taken for your comment c-7", "加微信领红包"):
        assert part in page


def test_whoever_answers_and_whoever_appealed_read_that_the_words_were_erased(
    house: House, browser: TestClient
) -> None:
    now = house.clock()
    house.person("ben", "senior")
    with house.database.unit() as unit:
        listing = Listing("account", "author-1", ListAction.BLOCK, "impersonates others", "own", "ben")
        entry = lists.add(unit, listing, taxonomy=house.parts.taxonomy, keyring=house.keyring, now=now)
        asked = account_appeals.make(unit, ENTRY, entry.id, "it was not me", RULES, sender="shop", now=now)
        unit.commit()
    visitor = house.logged_in("mei", "lead")
    assert "it was not me" in visitor.page(f"/approvals/{asked.id}")
    erasure.erase(house.database, house.keyring, Order("author-1", "mei", "asked by letter"), now=now)
    page = visitor.page(f"/approvals/{asked.id}")
    assert "it was not me" not in page
    assert "What they wrote was erased" in page
    receipt = f"/public/appeals/{receipts.given_for(house.keyring, 'appeal', asked.id)}"
    assert "What you wrote in this appeal was erased" in browser.get(f"{receipt}?lang=en").text
    assert "您在申诉中写的内容已" in browser.get(f"{receipt}?lang=zh").text
