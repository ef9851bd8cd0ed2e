"""What waits for a second person is closed to who asked; what is let through one by one is counted and told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from governance import verdicts
from governance.hour import HourOverError
from governance.verdicts import HouseRules
from governance.waiting_many import AskedAlreadyError
from moderation.decision import Outcome
from records import alone, keys, leases
from records.tables import cases as case_table
from records.values import Judgement, VerdictKind
from review import queue
from tests.console.house import House, Visitor, case_in, csrf_in
from tests.console.test_search import ticked
from tests.console.test_together import answered, blocked, bulk_in, limited, stands, undo, work


def let_through(house: House, visitor: Visitor, *stored) -> str:  # noqa: ANN002
    answer = ticked(house, visitor, "/search/decide", *stored, verdict="approve")
    return answer.text


def test_what_waits_for_a_second_person_is_decided_by_who_asked_on_no_other_way(house: House) -> None:
    limited(house, 4, 60)
    made = blocked(house, 6)
    mei = house.logged_in()
    asked = bulk_in(let_through(house, mei, *made))
    some = let_through(house, mei, *made[:3])
    assert "a second person was asked about a verdict over many, of which it is one: 3" in some
    one = ticked(house, mei, f"/comments/{made[4].comment_id}/account", made[4], verdict="approve")
    assert "a second person was asked about a verdict over many" in one.text
    assert [None] * 6 == stands(house, *made)
    answered(house, asked)
    assert 6 == work(house)
    assert [Outcome.PASS] * 6 == stands(house, *made)


def test_a_colleague_may_decide_what_waits_and_who_asked_may_again_once_it_is_withdrawn(house: House) -> None:
    limited(house, 2, 60)
    made = blocked(house, 3)
    mei, ben = house.logged_in(), house.logged_in("ben")
    page = let_through(house, mei, *made)
    assert "Decided: 1." in let_through(house, ben, made[0])
    assert 303 == undo(mei, page).status_code
    assert "Decided: 2." in let_through(house, mei, *made[1:])


def test_a_key_of_who_asked_is_in_the_same_hand(house: House) -> None:
    limited(house, 2, 60)
    made = blocked(house, 3)
    let_through(house, house.logged_in(), *made)
    with house.database.unit() as unit:
        record, _ = keys.create(unit, "Mei", scopes=[], now=house.clock())
        case = queue.open_case(unit, made[0].comment_id, made[0].decision_id, opened_by="feedback", now=house.clock())
        who = f"key:{record.prefix}"
        leases.lease(unit, case.id, who, expires_at=house.clock() + timedelta(hours=1))
        rules = HouseRules(house.parts.taxonomy, house.parts.policies())
        said = Judgement(VerdictKind.APPROVE)
        with pytest.raises(AskedAlreadyError):
            verdicts.give(unit, rules, case.id, said, moderator=who, token=None, now=house.clock())


def test_what_they_asked_about_is_not_handed_to_them_whatever_was_promised(house: House) -> None:
    """A complaint whose promise ends soon waits for no verdict over many, but for a colleague."""
    limited(house, 1, 60)
    made = [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(2)]
    mei = house.logged_in()
    let_through(house, mei, *made)
    with house.database.unit() as unit:
        soon = {"why": "complaint", "due_at": house.clock() + timedelta(minutes=5)}
        unit.execute(case_table.update().where(case_table.c.id == made[0].case_id).values(**soon))
        unit.commit()
    assert "Nothing waits for you" in mei.page("/work")
    assert made[0].case_id == case_in(house.logged_in("ben").page("/work"))


def test_form_after_form_is_counted_told_to_the_lead_with_its_pace_and_asks_a_second_person(house: House) -> None:
    limited(house, 20, 12)
    made = blocked(house, 14)
    mei = house.logged_in()
    pages = [let_through(house, mei, one) for one in made]
    assert 12 == sum("Decided: 1." in page for page in pages)
    assert ["wait" in page and "within the hour" in page for page in pages[12:]] == [True, True]
    lea = house.logged_in("lea", "lead")
    assert "one by one,mei,12,False,12," in lea.get("/lead/let_through.csv").text
    lead = lea.page("/lead?lang=en")
    told = re.search(r"mei let 12 comments through one by one[^<]*</a> · ([^·]*) ·", lead)
    assert told is not None
    assert "12 within a minute at most" == told[1]
    assert "of them by verdicts over many" not in lead.partition("load-title")[2], "each was a form of its own"


def test_verdicts_over_a_few_each_are_told_together(house: House) -> None:
    made = blocked(house, 12)
    mei = house.logged_in()
    for first in (0, 4, 8):
        let_through(house, mei, *made[first : first + 4])
    with house.database.reading() as look:
        [run] = alone.runs(look, since=house.clock() - timedelta(days=1), least=10, limit=5)
        assert [] == alone.runs(look, since=house.clock() - timedelta(days=1), least=13, limit=5)
    assert (house.people["mei"].id, 12, 12) == (run.moderator, run.comments, run.a_minute)


def opened_anew(house: House, visitor: Visitor, stored) -> str:  # noqa: ANN001
    token = csrf_in(visitor.page("/help"))
    wish = {"csrf": token, "reason": "it was harmless"}
    answer = visitor.post(f"/decisions/{stored.decision_id}/reopen", wish)
    assert 303 == answer.status_code, answer.text
    return visitor.page("/work?" + answer.headers["location"].partition("?")[2])


def test_what_a_colleague_rejected_and_is_opened_anew_counts_too(house: House) -> None:
    made = [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(3)]
    ben = house.logged_in("ben")
    for _ in made:
        assert 303 == ben.decide("reject", labels="gambling").status_code
    limited(house, 20, 2)
    mei = house.logged_in()
    for one in made[:2]:
        assert 303 == mei.decide("approve", page=opened_anew(house, mei, one)).status_code
    answer = mei.decide("approve", page=opened_anew(house, mei, made[2]))
    assert 409 == answer.status_code
    assert "as one person may, and this one is another" in answer.text
    with house.database.reading() as look:
        [run] = alone.runs(look, since=house.clock() - timedelta(days=1), least=2, limit=5)
    assert 2 == run.comments


def test_what_the_queue_hands_out_counts_nothing_however_fast(house: House) -> None:
    limited(house, 20, 2)
    made = [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(4)]
    mei = house.logged_in()
    for _ in made:
        assert 303 == mei.decide("approve").status_code
    assert [Outcome.PASS] * 4 == stands(house, *made)
    with house.database.reading() as look:
        assert 0 == alone.given(look, [house.people["mei"].id], since=house.clock() - timedelta(hours=1))


def test_the_second_person_reads_what_the_asker_decided_of_it_alone(house: House) -> None:
    limited(house, 2, 60)
    advert = "加微信领取新人专属红包，名额有限先到先得，速来"
    made = [house.comment(advert, id=f"c{n}", author=f"a{n}") for n in range(5)]
    mei = house.logged_in()
    answer = mei.decide("reject", labels="advertising")
    assert 303 == answer.status_code, answer.text[answer.text.index('class="alert') :][:600]
    house.campaign(*made)
    let_through(house, mei, made[4])
    case_id = case_in(mei.page("/work"))
    page = mei.page(f"/work/{case_id}/campaign")
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page[page.index('id="verdict"') :]))
    wish = fields | {"action": "reject", "labels": "advertising", "why": "one hand"}
    assert 303 == mei.post(f"/work/{case_id}/campaign", wish).status_code
    sam = house.logged_in("sam", "senior")
    [approval] = set(re.findall(r"/approvals/([\w-]{36})", sam.page("/approvals")))
    assert "mei, who asks, decided 2 comments of it alone" in sam.page(f"/approvals/{approval}")


def test_what_is_taken_back_later_counts_and_is_told_all_the_same(house: House) -> None:
    limited(house, 10, 15)
    made = blocked(house, 20)
    mei = house.logged_in()
    page = let_through(house, mei, *made[:10])
    house.clock.forward(seconds=11)
    assert 303 == undo(mei, page, reason="in haste").status_code
    while work(house):
        pass
    assert "10 comments wait for a second person" in let_through(house, mei, *made[10:])
    assert [Outcome.PASS] * 10 + [None] * 10 == stands(house, *made)
    lead = house.logged_in("lea", "lead").page("/lead?lang=en")
    assert "mei let 10 comments through together that the machine had blocked" in lead


@pytest.mark.parametrize("seconds", [0, 11])
def test_what_was_ticked_and_taken_back_counts_when_it_is_decided_one_by_one(house: House, seconds: int) -> None:
    """Within ten seconds the tick itself counts nothing, and the cases that it leaves are of its giver's choice."""
    limited(house, 4, 60)
    made = blocked(house, 4)
    mei = house.logged_in()
    verdict = {"verdict": "approve"} if seconds else {"verdict": "reject", "labels": ["contraband"]}
    page = ticked(house, mei, "/search/decide", *made, **verdict).text
    house.clock.forward(seconds=seconds)
    assert 303 == undo(mei, page, reason="in haste").status_code
    while work(house):
        pass
    may = 2 if seconds else 3
    limited(house, 4, 6 if seconds else 3)
    for _ in range(may):
        assert 303 == mei.decide("approve").status_code
    answer = mei.decide("approve")
    assert 409 == answer.status_code
    assert "you ticked it, or had it opened again" in answer.text
    with house.database.reading() as look:
        runs = alone.runs(look, since=house.clock() - timedelta(days=1), least=may, limit=5)
    assert [may] == [run.comments for run in runs]
    assert 303 == mei.decide("skip").status_code
    assert 303 == house.logged_in("ben").decide("approve").status_code


def test_what_was_ticked_and_taken_back_counts_by_a_key_of_the_same_hand(house: House) -> None:
    limited(house, 4, 60)
    made = blocked(house, 2)
    mei = house.logged_in()
    undo(mei, ticked(house, mei, "/search/decide", *made, verdict="reject", labels=["contraband"]).text)
    rules = HouseRules(house.parts.taxonomy, house.parts.policies(), alone_an_hour=1)
    with house.database.unit() as unit:
        record, _ = keys.create(unit, "Mei", scopes=[], now=house.clock())
        who = f"key:{record.prefix}"
        first, second = queue.claim(unit, who, now=house.clock(), count=2)
        said = Judgement(VerdictKind.APPROVE)
        verdicts.give(unit, rules, first.id, said, moderator=who, token=None, now=house.clock())
        with pytest.raises(HourOverError):
            verdicts.give(unit, rules, second.id, said, moderator=who, token=None, now=house.clock())


def test_what_was_ticked_and_undone_at_the_desk_is_still_of_choice(house: House) -> None:
    """A case that waited anyway comes into the hand by the tick."""
    limited(house, 4, 60)
    made = [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(2)]
    mei = house.logged_in()
    ticked(house, mei, "/search/decide", *made, verdict="reject", labels=["gambling"])
    token = csrf_in(mei.page("/help"))
    assert [303] * 2 == [mei.post(f"/work/{one.case_id}/undo", {"csrf": token}).status_code for one in made]
    limited(house, 4, 1)
    sent = []
    for one in made:
        case = house.case(one.case_id)
        seen = {"csrf": token, "lease": case.lease_token, "seen": case.decision_id}
        sent.append(mei.post(f"/work/{case.id}", seen | {"action": "approve"}).status_code)
    assert [303, 409] == sent


def test_a_colleague_s_approvals_reversed_one_by_one_count_and_are_told(house: House) -> None:
    made = [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(11)]
    let_through(house, house.logged_in("ben"), *made)
    assert [Outcome.PASS] * 11 == stands(house, *made)
    limited(house, 20, 10)
    mei = house.logged_in()
    rejected = [mei.decide("reject", page=opened_anew(house, mei, one), labels="gambling").status_code for one in made]
    assert [303] * 10 + [409] == rejected
    lead = house.logged_in("lea", "lead").page("/lead?lang=en")
    assert re.search(r"mei rejected 10 comments, within [^<]*, that a colleague had approved", lead)


def test_who_corrects_themselves_counts_nothing(house: House) -> None:
    limited(house, 20, 1)
    made = [house.comment(f"下注第{n}期", id=f"n{n}", author=f"n{n}") for n in range(2)]
    mei = house.logged_in()
    for _ in made:
        assert 303 == mei.decide("approve").status_code
    for one in made:
        assert 303 == mei.decide("reject", page=opened_anew(house, mei, one), labels="gambling").status_code
