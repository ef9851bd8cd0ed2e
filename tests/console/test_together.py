"""What is decided together by whatever page: one limit, one second person, one undo, a record for each."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from console.preferences import COOKIE
from console.routes import application
from governance import bulk_steps, four_eyes
from governance.four_eyes import Word
from governance.rules import Standards
from governance.verdicts import HouseRules
from moderation.decision import Outcome
from records import approvals, cases, decisions, ledger, underlying
from records import bulk as stored
from records.bulk import BulkState, MemberState
from records.storing import Stored
from records.values import CaseState, VerdictKind
from tests.console.house import House, Visitor, csrf_in
from tests.console.test_groups import a_day, give, picks, state
from tests.console.test_search import index, ticked
from tests.records.factories import a_comment, a_decision, an_answer, put


def limited(house: House, at_once: int, an_hour: int) -> None:
    remounted(house, bulk_alone=at_once, bulk_alone_hour=an_hour)


def remounted(house: House, **parts: Any) -> None:
    """The console again, with other settings."""
    house.parts = replace(house.parts, **parts)
    house.app.router.routes[:] = [each for each in house.app.routes if getattr(each, "path", "") != "/console"]
    house.app.mount("/console", application(house.parts))


def blocked(house: House, count: int) -> list[Stored]:
    """Comments that the machine blocked, of an account each."""
    answers = [
        an_answer(a_comment(f"代购香烟 速来 {n}", known_as=f"b{n}"), a_decision(Outcome.BLOCK, contraband=0.99))
        for n in range(count)
    ]
    made = put(house.database, house.keyring, *answers, now=house.clock())
    index(house)
    return made


def stands(house: House, *some: Stored) -> list[Outcome | None]:
    with house.database.reading() as look:
        return [decisions.latest_of(look, one.comment_id).final_outcome for one in some]


def bulk_in(page: str) -> str:
    found = re.search(r"/bulk/([\w-]+)", page)
    assert found is not None, page
    return found[1]


def undo(visitor: Visitor, page: str, **more: str) -> Any:
    """Presses the button, as it stands on the page."""
    form = page[page.index("/undo") :]
    back = re.search(r'name="back" value="([^"]*)"', form)
    assert back is not None
    told = {"csrf": csrf_in(page), "back": back[1].replace("&amp;", "&"), **more}
    return visitor.post(f"/bulk/{bulk_in(page)}/undo", told)


def answered(house: House, bulk_id: str, *, approve: bool = True) -> None:
    if "sam" not in house.people:
        house.person("sam", "senior")
    with house.database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=bulk_id)
        standards = Standards(house.parts.taxonomy, house.clock().date())
        four_eyes.answer(unit, asked.id, Word("sam", approve, "seen"), standards=standards, now=house.clock())
        unit.commit()


def work(house: House) -> int:
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    return bulk_steps.step(house.database, lambda: rules, house.clock())


def test_a_page_of_what_the_machine_blocked_is_let_through_by_two_people_only(house: House) -> None:
    made = blocked(house, 25)
    mei = house.logged_in()
    answer = ticked(house, mei, "/search/decide", *made, verdict="approve", reason="all fine")
    assert 200 == answer.status_code
    assert "25 comments wait for a second person" in answer.text
    assert [None] * 25 == stands(house, *made)
    assert "all fine" in house.logged_in("sam", "senior").page("/approvals")
    answered_by = bulk_in(answer.text)
    with house.database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=answered_by)
        standards = Standards(house.parts.taxonomy, house.clock().date())
        four_eyes.answer(unit, asked.id, Word("sam", True, "seen"), standards=standards, now=house.clock())
        unit.commit()
    assert 25 == work(house)
    assert [Outcome.PASS] * 25 == stands(house, *made)
    with house.database.reading() as look:
        assert {MemberState.DECIDED: 25} == dict(stored.counts(look, answered_by))


def test_what_the_second_person_declines_is_left_as_it_is(house: House) -> None:
    limited(house, 1, 60)
    made = blocked(house, 3)
    answer = ticked(house, house.logged_in(), "/search/decide", *made, verdict="approve")
    answered(house, bulk_in(answer.text), approve=False)
    assert 0 == work(house)
    assert [None] * 3 == stands(house, *made)


def test_page_after_page_is_the_same_act(house: House) -> None:
    limited(house, 4, 6)
    made = blocked(house, 8)
    mei = house.logged_in()
    assert "Decided: 4." in ticked(house, mei, "/search/decide", *made[:4], verdict="approve").text
    second = ticked(house, mei, "/search/decide", *made[4:7], verdict="approve").text
    assert "3 comments wait for a second person" in second
    assert "within the hour" in second
    assert [Outcome.PASS] * 4 + [None] * 4 == stands(house, *made)
    one = ticked(house, mei, "/search/decide", made[7], verdict="approve").text
    assert "Decided: 1." in one, "the hour leaves two"
    house.clock.forward(hours=1, seconds=13)
    more = blocked_anew(house)
    assert "Decided: 3." in ticked(house, mei, "/search/decide", *more, verdict="approve").text


def blocked_anew(house: House) -> list[Stored]:
    return [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(3)]


def test_the_hour_counts_what_was_decided_in_a_group_too(house: House) -> None:
    limited(house, 6, 7)
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    assert 303 == give(
        house, mei, made[0].case_id, action="approve", comments=[f"{one.comment_id}:1" for one in made]
    ).status_code  # fmt: skip
    found = blocked(house, 2)
    assert "wait for a second person" in ticked(house, mei, "/search/decide", *found, verdict="approve").text


@pytest.mark.parametrize("where", ["search", "story"])
def test_all_of_it_is_undone_within_ten_seconds_each_with_its_record(house: House, where: str) -> None:
    passed, waits = house.comment("云真好看", id="c1"), house.comment("刷单", id="c2")
    index(house)
    mei = house.logged_in()
    path = "/search/decide" if where == "search" else f"/comments/{passed.comment_id}/account"
    query = {"query": "q=%E5%88%B7%E5%8D%95"} if where == "search" else {}
    told = {"verdict": "reject", "labels": ["fraud"], "measure": "delete", **query}
    page = ticked(house, mei, path, passed, waits, **told).text
    assert "Decided: 2." in page
    assert 'data-key="u"' in page
    answer = undo(mei, page)
    assert 303 == answer.status_code
    assert ("/search?q=" if where == "search" else path) in answer.headers["location"]
    assert "Undone: 2." in mei.page(answer.headers["location"].removeprefix("/console"))
    assert [None, None] == stands(house, passed, waits)
    with house.database.reading() as look:
        kinds = [
            [entry.kind for entry in ledger.page(look, subject_id=one).items if "measure" in entry.kind]
            for one in (passed.comment_id, waits.comment_id)
        ]
        said = [entry.kind for entry in ledger.page(look, subject_id=waits.case_id or "").items]
    assert [["measure.requested", "measure.withdrawn"]] * 2 == kinds
    assert "verdict.undone" in said
    assert (CaseState.OPEN, None) == (house.case(waits.case_id).state, house.case(waits.case_id).lease_owner)
    again = undo(mei, page)
    assert 409 == again.status_code


def test_the_ledger_bears_out_what_was_decided_undone_and_asked(house: House) -> None:
    """`audit verify` holds every record against its entry: a batch leaves none that it would take for an alteration."""
    limited(house, 3, 60)
    made = blocked(house, 8)
    mei = house.logged_in()
    undo(mei, ticked(house, mei, "/search/decide", *made[:2], verdict="approve").text)
    ticked(house, mei, "/search/decide", *made[2:4], verdict="reject", labels=["contraband"], measure="delete")
    ticked(house, mei, "/search/decide", *made[4:], verdict="approve")
    with house.database.reading() as look:
        found = [each.sentence for each in underlying.differences(look, keyring=house.keyring)]
    assert [] == [each for each in found if not each.startswith("The account")], "a test's people have no entries"


def test_after_ten_seconds_it_is_opened_again_instead(house: House) -> None:
    made = blocked(house, 2)
    mei = house.logged_in()
    page = ticked(house, mei, "/search/decide", *made, verdict="approve").text
    house.clock.forward(seconds=11)
    bare = undo(mei, page)
    assert (422, True) == (bare.status_code, "Say why it is taken back" in bare.text)
    assert 422 == undo(mei, page, reason="  ").status_code
    assert 303 == undo(mei, page, reason="a quotation").status_code
    assert 2 == work(house)
    with house.database.reading() as look:
        assert {MemberState.OPENED_AGAIN: 2} == dict(stored.counts(look, bulk_in(page)))


def test_nobody_undoes_what_another_decided(house: House) -> None:
    made = blocked(house, 2)
    page = ticked(house, house.logged_in(), "/search/decide", *made, verdict="approve").text
    wei = house.logged_in("wei")
    answer = wei.post(f"/bulk/{bulk_in(page)}/undo", {"csrf": csrf_in(wei.page("/help"))})
    assert 403 == answer.status_code
    assert [Outcome.PASS] * 2 == stands(house, *made)


def test_no_form_leads_a_browser_elsewhere(house: House) -> None:
    made = blocked(house, 2)
    mei = house.logged_in()
    page = ticked(house, mei, "/search/decide", *made, verdict="approve").text
    answer = mei.post(f"/bulk/{bulk_in(page)}/undo", {"csrf": csrf_in(page), "back": "//evil.example/"})
    assert answer.headers["location"].startswith("/console/")


def test_what_is_under_way_is_in_nobodys_hands(house: House) -> None:
    limited(house, 1, 60)
    made = [house.comment(f"下注第{n}期", id=f"w{n}", author=f"w{n}") for n in range(3)]
    index(house)
    ticked(house, house.logged_in(), "/search/decide", *made, verdict="approve")
    assert "第0期" not in house.logged_in("wei").page("/work")


def test_the_undo_of_a_group_gives_the_whole_group_back(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    picked = [f"{one.comment_id}:1" for one in made[:-1]]
    answer = give(house, mei, made[0].case_id, action="reject", labels="advertising", comments=picked)
    page = mei.page(answer.headers["location"].removeprefix("/console"))
    assert 'data-key="u"' in page
    back = undo(mei, page)
    assert 303 == back.status_code
    assert f"/console/work/{made[0].case_id}/group" == back.headers["location"].partition("?")[0]
    again = mei.page(back.headers["location"].removeprefix("/console"))
    assert [f"{one.comment_id}:1" for one in made] == picks(again)
    assert "Undone" in again
    assert [] == [one for one in house.verdicts(made[0].case_id) if one.undone_at is None]
    house.clock.forward(seconds=13)
    assert 0 == work(house)


def test_the_undo_of_one_picked_alone_gives_the_group_back_too(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    answer = give(house, mei, made[0].case_id, action="approve", comments=f"{made[0].comment_id}:1")
    page = mei.page(answer.headers["location"].removeprefix("/console"))
    assert f"/work/{made[0].case_id}/undo" in page
    assert CaseState.CLOSED is state(house, made[0])
    mei.post(f"/work/{made[0].case_id}/undo", {"csrf": csrf_in(page)})
    assert CaseState.CLAIMED is state(house, made[0])


def test_the_lead_sees_who_let_through_at_once_what_the_machine_had_blocked(house: House) -> None:
    made = blocked(house, 12)
    mei = house.logged_in()
    lead = house.logged_in("lea", "lead")
    assert "let through together" not in lead.page("/lead")
    page = ticked(house, mei, "/search/decide", *made, verdict="approve").text
    told = lead.page("/lead")
    assert "mei let 12 comments through together that the machine had blocked" in told
    assert f"/bulk/{bulk_in(page)}" in told


def test_what_was_decided_before_is_decided_anew_by_two(house: House) -> None:
    """Who searches sees what stands, and says otherwise; the worker that does it later does no less."""
    limited(house, 1, 60)
    made = [house.comment(f"下注第{n}期", id=f"w{n}", author=f"w{n}") for n in range(2)]
    mei = house.logged_in()
    for one in made:
        ticked(house, mei, "/search/decide", one, verdict="approve")
    answer = ticked(house, mei, "/search/decide", *made, verdict="reject", labels=["gambling"], reason="an advert")
    bulk_id = bulk_in(answer.text)
    answered(house, bulk_id)
    assert 2 == work(house)
    assert [Outcome.BLOCK] * 2 == stands(house, *made)
    with house.database.reading() as look:
        assert BulkState.RUNNING is stored.get(look, bulk_id).state
        assert VerdictKind.REJECT is stored.get(look, bulk_id).verdict


def asked_over(house: House, mei: Visitor) -> str:
    """The path of a verdict over three that waits for a second person."""
    limited(house, 1, 60)
    return f"/bulk/{bulk_in(ticked(house, mei, '/search/decide', *blocked(house, 3), verdict='approve').text)}"


def test_a_verdict_that_was_taken_back_says_by_whom_and_when_and_decides_nothing_more(house: House) -> None:
    mei = house.logged_in()
    path = asked_over(house, mei)
    assert "still to be decided" in mei.page(path)
    sam = house.logged_in("sam", "senior")
    sam.post(f"{path}/undo", {"csrf": csrf_in(sam.page(path)), "reason": "a quotation"})
    page = mei.page(path)
    assert re.search(r"Taken back by sam, [\d-]{10} [\d:]{5} UTC\.", page)
    assert "Nothing more of it will be carried out." in page
    assert "still to be decided" not in page
    assert re.search(r"not decided by it</th><td[^>]*>3<", page)
    mei.client.cookies.set(COOKIE, "zh-auto-on", path="/console")
    chinese = mei.page(path)
    assert re.search(r"由 sam 于 [\d-]{10} [\d:]{5} UTC 撤回，其余不再执行。", chinese)
    assert "尚待判定" not in chinese


def test_whoever_withdraws_the_question_to_the_second_person_has_taken_the_verdict_back(house: House) -> None:
    mei = house.logged_in()
    path = asked_over(house, mei)
    with house.database.unit() as unit:
        [asked] = approvals.waiting(unit)
        standards = Standards(house.parts.taxonomy, house.clock().date())
        four_eyes.answer(unit, asked.id, Word("mei", False, "mistaken"), standards=standards, now=house.clock())
        unit.commit()
    page = mei.page(path)
    assert "Taken back by mei, " in page
    assert "still to be decided" not in page


def test_a_verdict_that_nobody_agreed_to_in_time_says_so(house: House) -> None:
    mei = house.logged_in()
    path = asked_over(house, mei)
    house.clock.forward(hours=3)
    work(house)
    page = house.logged_in("lea", "lead").page(path)
    assert "No second person answered in time. It is over since" in page
    assert "still to be decided" not in page


def test_what_was_declined_is_not_still_to_be_decided(house: House) -> None:
    mei = house.logged_in()
    path = asked_over(house, mei)
    answered(house, path.removeprefix("/bulk/"), approve=False)
    assert re.search(r"not decided by it</th><td[^>]*>3<", mei.page(path))


def test_what_a_verdict_had_decided_is_said_to_be_opened_again(house: House) -> None:
    mei = house.logged_in()
    page = ticked(house, mei, "/search/decide", *blocked(house, 2), verdict="approve").text
    house.clock.forward(seconds=11)
    undo(mei, page, reason="a quotation")
    told = mei.page(f"/bulk/{bulk_in(page)}")
    assert "Taken back by mei, " in told
    assert "What it had decided is being opened again." in told
    work(house)
    work(house)
    assert "is being opened again" not in mei.page(f"/bulk/{bulk_in(page)}")


def test_who_takes_another_s_verdict_back_says_why_and_is_who_the_ledger_names(house: House) -> None:
    made = blocked(house, 2)
    page = ticked(house, house.logged_in(), "/search/decide", *made, verdict="approve").text
    sam = house.logged_in("sam", "senior")
    path = f"/bulk/{bulk_in(page)}/undo"
    assert 422 == sam.post(path, {"csrf": csrf_in(sam.page("/help"))}).status_code
    assert 303 == sam.post(path, {"csrf": csrf_in(sam.page("/help")), "reason": "adverts"}).status_code
    assert 2 == work(house)
    with house.database.reading() as look:
        opened = [cases.undecided_of(look, one.comment_id) for one in made]
        [entry, *_] = ledger.of_kind(look, opened[0].id, "case.reopened")  # type: ignore[union-attr]
    assert house.people["sam"].id == json.loads(entry.body)["actor"]["id"]


def test_what_two_agreed_on_two_take_back(house: House) -> None:
    limited(house, 1, 60)
    made = blocked(house, 2)
    mei = house.logged_in()
    bulk_id = bulk_in(ticked(house, mei, "/search/decide", *made, verdict="approve").text)
    answered(house, bulk_id)
    told = {"csrf": csrf_in(mei.page("/help")), "reason": "adverts after all"}
    assert 422 == mei.post(f"/bulk/{bulk_id}/undo", {"csrf": told["csrf"]}).status_code, "within seconds too"
    assert 2 == work(house)
    work(house)
    assert 303 == mei.post(f"/bulk/{bulk_id}/undo", told).status_code
    again = mei.post(f"/bulk/{bulk_id}/undo", told)
    assert (409, True) == (again.status_code, "a second person is asked already" in again.text)
    assert (BulkState.DONE, 0) == (bulk_state(house, bulk_id), work(house))
    with house.database.reading() as look:
        [asked] = approvals.waiting(look, subject_id=bulk_id)
    sam = house.logged_in("sam", "senior")
    assert "2 comments that it decided are opened again" in sam.page(f"/approvals/{asked.id}")
    answered(house, bulk_id)
    assert BulkState.WITHDRAWING is bulk_state(house, bulk_id)
    assert 2 == work(house)
    assert "Taken back by mei, " in mei.page(f"/bulk/{bulk_id}")


def test_what_two_agreed_on_stands_where_the_second_person_says_no_to_taking_it_back(house: House) -> None:
    limited(house, 1, 60)
    mei = house.logged_in()
    bulk_id = bulk_in(ticked(house, mei, "/search/decide", *blocked(house, 2), verdict="approve").text)
    answered(house, bulk_id)
    while work(house):
        pass
    mei.post(f"/bulk/{bulk_id}/undo", {"csrf": csrf_in(mei.page("/help")), "reason": "adverts after all"})
    answered(house, bulk_id, approve=False)
    assert (BulkState.DONE, 0) == (bulk_state(house, bulk_id), work(house))


def bulk_state(house: House, bulk_id: str) -> BulkState:
    with house.database.reading() as look:
        return stored.get(look, bulk_id).state
