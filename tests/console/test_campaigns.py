"""The page of a campaign: the evidence in words, a graph that its tables repeat, and a person's answer."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

from console.campaign_graph import MOST_ACCOUNTS, graph_of
from console.routes import application
from governance import campaign_findings, complaints
from governance.campaign_findings import Gathered
from governance.complaints import Report, Reporter
from moderation.behaviour.hands import Member, weigh
from records import bulk as given
from records import campaign_findings as stored
from records import ledger
from records.campaign_findings import Answer, MemberRow
from records.values import CaseState
from tests.console.house import House, case_in, csrf_in
from tests.records.databases import NOW

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，下注"


def gathered(accounts: int, copies: int = 2) -> Gathered:
    rows, members = [], []
    for number in range(accounts * copies):
        at, account = NOW + timedelta(seconds=30 * number), f"a{number % accounts}"
        rows.append(MemberRow(f"c{number}", ADVERT, "t", account, None, None, at))
        contacts = ("wechat:kd8827",) if number % 2 else ()
        members.append(Member(at.timestamp(), ADVERT, ADVERT, account, f"t{number % 2}", contacts, device="d"))
    return Gathered(tuple(rows), tuple(members), weigh(members, {}))


def test_every_line_of_the_graph_stands_in_its_table() -> None:
    graph = graph_of(gathered(6))
    assert [f"A{n}" for n in range(1, 7)] == [each.label for each in graph.accounts]
    assert ["T1", "C1", "D1", "P1", "P2"] == [each.label for each in graph.shared]
    assert sum(len(each.shares) for each in graph.accounts) == len(graph.lines)
    assert (12, "wechat") == (len(graph.ticks), graph.shared[1].detail)
    assert all(0 < dot.y < graph.strip for dot in (*graph.dots, *graph.things))
    assert all(0 <= tick <= graph.width for tick in graph.ticks)


def test_what_one_account_has_alone_is_no_tie_and_a_large_one_is_cut_and_says_so() -> None:
    graph = graph_of(gathered(MOST_ACCOUNTS + 4, copies=1))
    assert (MOST_ACCOUNTS, 4) == (len(graph.accounts), graph.more_accounts)
    alone = graph_of(Gathered((), (), weigh([], None)))
    assert ((), (), ()) == (alone.accounts, alone.lines, alone.ticks)


def _campaign(house: House) -> str:
    house.campaign(*[house.comment(f"{ADVERT}{n}", thread_id=f"t{n % 3}") for n in range(4)])
    campaign_findings.weigh_some(house.database, house.clock())
    with house.database.reading() as look:
        [finding] = stored.page(look).items
    return finding.campaign_id


def test_a_senior_reads_the_evidence_and_says_what_it_is_once(house: House) -> None:
    campaign_id = _campaign(house)
    senior = house.logged_in("sia", "senior")
    assert f"/campaigns/{campaign_id}" in senior.page("/campaigns")
    page = senior.page(f"/campaigns/{campaign_id}")
    assert 'role="img"' in page
    assert ADVERT not in re.sub(r"<textarea.*?</textarea>", "", page)
    assert (
        422
        == senior.post(
            f"/campaigns/{campaign_id}", {"csrf": csrf_in(page), "note": "x", "answer": "guilty"}
        ).status_code
    )
    said = {"csrf": csrf_in(page), "answer": "many_people", "note": "大家都在转"}
    assert 303 == senior.post(f"/campaigns/{campaign_id}", said).status_code
    assert 409 == senior.post(f"/campaigns/{campaign_id}", said).status_code
    with house.database.reading() as look:
        found = stored.get(look, campaign_id)
    assert (Answer.MANY_PEOPLE, "sia", "大家都在转") == (found.answer, found.answered_by, found.note)
    assert "大家都在转" in senior.page(f"/campaigns/{campaign_id}")


SOLD = "卖二手手机，便宜，加微信 kd8827abc"


def _sold(house: House) -> str:
    """The case of a campaign with one contact."""
    made = [house.comment(f"{SOLD}，{n}号", thread_id=f"t{n % 3}", author=f"s{n}") for n in range(4)]
    house.campaign(*made)
    return made[0].case_id or ""


def test_the_contact_of_a_campaign_leads_to_a_rule_and_to_the_list_from_its_page(house: House) -> None:
    _sold(house)
    sam = house.logged_in("sam", "senior")
    case_id = case_in(sam.page("/work"))
    page = sam.page(f"/work/{case_id}/campaign")
    part = html.unescape(page[page.index('id="contacts-title"') :])
    text = re.search(r'<textarea name="text"[^>]*>\s*(.*?)</textarea>', part, re.DOTALL)
    assert text
    assert 'terms = ["kd8827abc"]' in text[1]
    form = {"csrf": csrf_in(page), "expect": "0", "act": "check", "text": text[1], "tried": SOLD}
    editor = sam.post("/rules/new", form)
    assert 200 == editor.status_code
    assert "kd8827abc" in editor.text
    hidden = dict(re.findall(r'name="(kind|value|label|source|back)" value="([^"]*)"', part))
    assert {"kind": "wechat", "value": "kd8827abc"} == {name: hidden[name] for name in ("kind", "value")}
    listed = sam.post("/lists", {"csrf": csrf_in(page), **hidden, "action": "block", "reason": "sells again and again"})
    assert (303, f"/console/work/{case_id}/campaign") == (listed.status_code, listed.headers["location"])


def test_the_page_of_its_evidence_offers_the_same(house: House) -> None:
    _sold(house)
    campaign_findings.weigh_some(house.database, house.clock())
    with house.database.reading() as look:
        [finding] = stored.page(look).items
    page = house.logged_in("sam", "senior").page(f"/campaigns/{finding.campaign_id}")
    assert 'name="value" value="kd8827abc"' in page
    assert "contacts-title" not in house.logged_in("mei").page(f"/campaigns/{finding.campaign_id}")


def test_a_moderator_is_offered_neither_rule_nor_list(house: House) -> None:
    _sold(house)
    mei = house.logged_in("mei")
    assert "contacts-title" not in mei.page(f"/work/{case_in(mei.page('/work'))}/campaign")


def test_an_inspector_does_not_see_it_and_a_moderator_decides_nothing(house: House) -> None:
    campaign_id = _campaign(house)
    assert 403 == house.logged_in("ina", "inspector").get(f"/campaigns/{campaign_id}").status_code
    moderator = house.logged_in("mei", "moderator")
    page = moderator.page(f"/campaigns/{campaign_id}")
    assert '/account"' in page
    assert 403 == moderator.post(f"/campaigns/{campaign_id}", {"csrf": csrf_in(page), "answer": "one_hand"}).status_code


def test_the_case_leads_to_the_evidence(house: House) -> None:
    campaign_id = _campaign(house)
    assert f"/campaigns/{campaign_id}" in house.logged_in("mei").page("/work")


def test_what_is_open_of_a_finding_is_decided_from_its_page(house: House) -> None:
    campaign_id = _campaign(house)
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    page = mei.page(f"/campaigns/{campaign_id}")
    assert "Decide what is open" in page
    taken = mei.post(f"/campaigns/{campaign_id}/open", {"csrf": csrf_in(page)})
    assert 303 == taken.status_code
    path = taken.headers["location"].removeprefix("/console")
    assert re.fullmatch(r"/work/[0-9a-f-]+/campaign", path)
    assert "comments would be decided: the one before you and" in mei.page(path)
    again = mei.post(f"/campaigns/{campaign_id}/open", {"csrf": csrf_in(page)})
    assert taken.headers["location"] == again.headers["location"], "it is in their hands already"
    late = wei.post(f"/campaigns/{campaign_id}/open", {"csrf": csrf_in(wei.page("/help"))})
    assert (409, True) == (late.status_code, "a colleague has it" in late.text)
    with house.database.reading() as look:
        entries = [one.kind for one in ledger.page(look, subject_id=path.split("/")[2], limit=20).items]
    assert "case.claimed" in entries


def test_what_is_no_campaign_is_offered_together_on_no_page(house: House) -> None:
    campaign_id = _campaign(house)
    senior, mei = house.logged_in("sia", "senior"), house.logged_in("mei")
    case_id = case_in(mei.page("/work"))
    assert f"/work/{case_id}/campaign" in mei.page("/work")
    said = {"csrf": csrf_in(senior.page("/help")), "answer": "no_campaign", "note": "everybody says so today"}
    assert 303 == senior.post(f"/campaigns/{campaign_id}", said).status_code
    assert "Decide what is open" not in senior.page(f"/campaigns/{campaign_id}")
    page = mei.page("/work")
    assert case_id == case_in(page), "it stays in hand"
    assert f"/work/{case_id}/campaign" not in page
    assert 303 == mei.get(f"/work/{case_id}/campaign").status_code, "there is none any more"


def _many(house: House, count: int, *, alone: int = 20) -> list[str]:
    """A campaign with so many comments beside the one in hand, each with words of its own."""
    house.parts = replace(house.parts, bulk_alone=alone)
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    made = [house.comment(f"{ADVERT}{n}号") for n in range(count + 1)]
    house.campaign(*made)
    return [one.comment_id for one in made]


def _form(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form: hidden fields, and boxes that are ticked."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        is_sent = 'type="hidden"' in tag or (" checked" in tag and 'name="picked"' in tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and value and is_sent:
            found.setdefault(name[1], []).append(value[1])
    return found


def test_a_campaign_of_hundreds_is_read_page_by_page_and_what_is_left_out_stays_so(house: House) -> None:
    _many(house, 230)
    mei = house.logged_in("mei")
    case_id = case_in(mei.page("/work"))
    path = f"/work/{case_id}/campaign"
    first = mei.page(path)
    assert "1 to 100 of 230." in first
    form = _form(first)
    out = form["picked"].pop(3)
    second = mei.post(path, {**form, "to": "1"}).text
    assert "101 to 200 of 230. Left out on other pages: 1." in second
    assert "Reject all 230" in second, "231 with the one in hand, less the one that is left out"
    assert out not in " ".join(_form(second)["picked"])
    assert form["seen_at"] == _form(second)["seen_at"], "what was edited since the first page was read is not decided"
    third = mei.post(path, {**_form(second), "to": "2"}).text
    assert "201 to 230 of 230. Left out on other pages: 1." in third
    back = mei.post(path, {**_form(third), "to": "0"}).text
    assert out not in " ".join(_form(back)["picked"])
    sent = {**_form(third), "action": "reject", "labels": "gambling"}
    lacking = mei.post(path, sent)
    assert (422, True) == (lacking.status_code, "say why they are decided together" in lacking.text)
    made = mei.post(path, sent | {"why": "one advert"})
    assert 303 == made.status_code
    bulk_id = made.headers["location"].rpartition("/")[2]
    with house.database.reading() as look:
        counts, bulk = given.counts(look, bulk_id), given.get(look, bulk_id)
        members = given.members(look, bulk_id, states=tuple(given.MemberState), limit=500)
    assert (230, "waiting") == (sum(counts.values()), bulk.state), "more than twenty: a second person is asked"
    assert out not in [one.comment_id for one in members]
    told = mei.page(f"/bulk/{bulk_id}")
    assert "1 to 100 of 230." in told
    further = re.search(r'rel="next" href="/console([^"]+)"', told)
    assert further is not None
    assert "101 to 200 of 230." in mei.page(further[1])


def test_a_page_that_is_none_is_the_last(house: House) -> None:
    _many(house, 120)
    mei = house.logged_in("mei")
    path = f"/work/{case_in(mei.page('/work'))}/campaign"
    form = _form(mei.page(path))
    for to, told in (("99", "101 to 120 of 120."), ("-1", "1 to 100 of 120."), ("x", "1 to 100 of 120.")):
        assert told in mei.post(path, {**form, "to": to}).text


def test_what_somebody_reported_has_a_line_of_its_own_and_is_not_ticked(house: House) -> None:
    made = [house.comment(ADVERT, thread_id=f"t{n}", author=f"a{n}", id=f"r{n}") for n in range(5)]
    house.campaign(*made)
    with house.database.unit() as unit:
        said = Report("r3", "threat", "他知道我住在哪里", Reporter(complaints.PLATFORM, "reader-1"))
        complaints.make(unit, said, house.parts.complaints, keyring=house.keyring, now=house.clock())
        unit.commit()
    mei = house.logged_in("mei")
    case_id = case_in(mei.page("/work?queue=campaigns"))
    page = mei.page(f"/work/{case_id}/campaign")
    assert "One comment was reported by somebody who waits for an answer and is not ticked." in page
    assert "Reported: Threat to life or safety." in page
    assert "他知道我住在哪里" in page
    assert made[3].comment_id not in " ".join(_form(page)["picked"])
    assert 3 == len(" ".join(_form(page)["picked"]).split())
    mei.post(f"/work/{case_id}/campaign", {**_form(page), "action": "reject", "labels": "gambling"})
    assert CaseState.OPEN is house.case(made[3].case_id).state
