"""The page of a campaign: the evidence in words, a graph that its tables repeat, and a person's answer."""

from __future__ import annotations

import re
from datetime import timedelta

from console.campaign_graph import MOST_ACCOUNTS, graph_of
from governance import campaign_findings
from governance.campaign_findings import Gathered
from moderation.behaviour.hands import Member, weigh
from records import campaign_findings as stored
from records.campaign_findings import Answer, MemberRow
from tests.console.house import House, csrf_in
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
