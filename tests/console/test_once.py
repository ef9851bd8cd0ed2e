"""A form counts once; skips, handing over, working ahead, deciding anew."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from moderation.decision import Outcome, Source
from records import entry_words, ledger
from records.house_queues import AS_USUAL, Harm
from records.values import CaseState, VerdictKind
from review.queue import LEFT_TO_OTHERS
from tests.console.house import House, Visitor, case_in, csrf_in
from tests.records.factories import a_comment, a_decision, an_answer, put

HTMX = {"hx-request": "true"}


def test_a_form_whose_answer_was_lost_goes_on_when_it_is_sent_again(house: House) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    answers = [visitor.decide("reject", page=page, labels="gambling") for _ in range(3)]
    assert [(303, f"/console/work?case={second.case_id}")] * 3 == [
        (a.status_code, a.headers["location"]) for a in answers
    ]
    assert 1 == len(house.verdicts(first.case_id))
    again = visitor.post(
        f"/work/{first.case_id}", {**visitor.form(page), "action": "reject", "labels": "gambling"}, headers=HTMX
    )
    assert "done already, and counts once" in again.text


@pytest.mark.parametrize("action", ["skip", "escalate", "unsure"])
def test_whatever_was_done_is_done_once(house: House, action: str) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    for _ in range(2):
        assert f"case={second.case_id}" in visitor.decide(action, page=page).headers["location"]
    assert CaseState.CLAIMED is not house.case(first.case_id).state


def test_the_form_that_put_a_case_off_decides_it_no_more(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    visitor.decide("skip", page=page)
    visitor.decide("approve", page=page)
    assert [] == house.verdicts(stored.case_id)
    house.clock.forward(minutes=11)
    visitor.decide("approve")
    assert [VerdictKind.APPROVE] == [verdict.verdict for verdict in house.verdicts(stored.case_id)]


def test_a_refused_form_can_be_mended_under_the_same_claim(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    assert 422 == visitor.decide("reject", page=page).status_code
    assert 303 == visitor.decide("reject", page=page, labels="gambling").status_code
    assert 1 == len(house.verdicts(stored.case_id))


def test_after_an_undo_the_same_answer_counts_anew(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("approve")
    visitor.post(f"/work/{stored.case_id}/undo", {"csrf": csrf_in(visitor.page("/work"))})
    visitor.decide("approve")
    assert [False, True] == [verdict.undone_at is None for verdict in house.verdicts(stored.case_id)]


@pytest.mark.parametrize(("language", "sentence"), [("en", "You took that back"), ("zh", "您已撤回之前的操作")])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["no script", "htmx"])
@pytest.mark.parametrize("action", ["reject", "skip", "escalate"])
def test_a_form_that_comes_again_after_an_undo_is_told_so_and_decides_nothing(
    house: House, action: str, headers: dict[str, str], language: str, sentence: str
) -> None:
    stored, _ = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    form = {**visitor.form(page), "action": action, "labels": "gambling"}
    visitor.post(f"/work/{stored.case_id}", form)
    visitor.post(f"/work/{stored.case_id}/undo", {"csrf": csrf_in(page)})
    visitor.post("/preferences", {"csrf": csrf_in(page), "locale": language})
    for sent in (form, form, {**form, "action": "approve", "labels": []}):
        again = visitor.post(f"/work/{stored.case_id}", sent, headers=headers)
        assert (409, stored.case_id, True) == (again.status_code, case_in(again.text), sentence in again.text)
    assert [] == [each for each in house.verdicts(stored.case_id) if each.undone_at is None]
    visitor.decide("approve", page=visitor.page(f"/work?case={stored.case_id}").partition("<template")[0])
    assert VerdictKind.APPROVE is house.verdicts(stored.case_id)[-1].verdict


def test_once_it_is_decided_anew_the_form_of_before_is_told_that(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    visitor.decide("approve", page=page)
    visitor.post(f"/work/{stored.case_id}/undo", {"csrf": csrf_in(page)})
    visitor.decide("reject", labels="gambling")
    assert "already decided this case" in visitor.decide("approve", page=page).text
    assert [False, True] == [each.undone_at is None for each in house.verdicts(stored.case_id)]


def test_what_somebody_cannot_judge_does_not_come_back_to_them(house: House) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    visitor.decide("skip", skip_reason="language")
    visitor.decide("approve")
    assert ("", first.case_id) == (
        case_in(visitor.page("/work")),
        case_in(house.logged_in("wei").page("/work")),
    )
    assert 1 == len(house.verdicts(second.case_id))


def test_what_was_put_off_comes_back_after_ten_minutes_whatever_else_waits(house: House) -> None:
    first, _ = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    visitor.decide("skip")
    visitor.decide("approve")
    assert "" == case_in(visitor.page("/work"))
    house.clock.forward(minutes=11)
    assert first.case_id == case_in(visitor.page("/work"))


def test_a_case_that_is_handed_over_waits_for_that_person_first(house: House) -> None:
    house.person("wei")
    first, second = house.comment("下注"), house.comment("加微信")
    mei = house.logged_in("mei")
    page = mei.page("/work")
    assert ">1 · wei</option>" in page
    assert ">mei</option>" not in page
    answer = mei.decide("hand_over", page=page, to=house.people["wei"].id, reason="knows the shop")
    assert f"case={second.case_id}" in answer.headers["location"]
    assert "" == case_in(house.logged_in("xin").page("/work"))
    house.comment("下注，加微信，约吗")
    wei = house.visitor()
    wei.log_in("wei")
    assert first.case_id == case_in(wei.page("/work"))
    with house.database.reading() as look:
        kinds = [entry.kind for entry in ledger.page(look, subject_id=str(first.case_id)).items]
    assert "case.handed_over" in kinds


@pytest.mark.parametrize("to", ["", "nobody"])
def test_handing_over_to_nobody_is_asked_back(house: House, to: str) -> None:
    stored = house.comment("下注")
    house.person("wei")
    answer = house.logged_in("mei").decide("hand_over", to=to)
    assert 422 == answer.status_code
    assert "Choose a colleague" in answer.text
    assert stored.case_id == case_in(answer.text)


def test_a_kept_case_is_anybodys_after_some_hours(house: House) -> None:
    house.person("wei")
    stored = house.comment("下注")
    house.logged_in("mei").decide("hand_over", to=house.people["wei"].id)
    house.clock.forward(hours=5)
    assert stored.case_id == case_in(house.logged_in("xin").page("/work"))


def test_the_reason_of_an_escalation_stands_in_the_ledger(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("mei").decide("escalate", reason="a threat to life")
    with house.database.reading() as look:
        entry = ledger.page(look, subject_id=str(stored.case_id)).items[-1]
        told = entry_words.for_people(look, entry.id, json.loads(entry.body))
    assert "a threat to life" == told["reason"]
    assert b"a threat to life" not in entry.body  # committed to, and the words beside it


def _with_many(house: House) -> Visitor:
    for number in range(LEFT_TO_OTHERS + 3):
        house.comment(f"下注{number}")
    return house.logged_in("mei")


def _ahead(page: str) -> str:
    found = re.search(r'<template id="ahead" data-case="([^"]+)"', page)
    assert found, "nothing is taken ahead"
    return found[1]


def test_the_next_case_is_in_the_page_and_leased(house: House) -> None:
    visitor = _with_many(house)
    page = visitor.page("/work")
    ahead = _ahead(page)
    assert (CaseState.CLAIMED, house.people["mei"].id) == (house.case(ahead).state, house.case(ahead).lease_owner)
    assert (case_in(page), ahead) == (case_in(visitor.page("/work")), _ahead(visitor.page("/work")))
    answer = visitor.decide("approve", page=page.partition("<template")[0], case_id=case_in(page))
    assert f"case={ahead}" in answer.headers["location"]


def test_what_was_taken_ahead_has_its_full_time_when_its_turn_comes_and_is_renewed_with_the_page(house: House) -> None:
    visitor = _with_many(house)
    page = visitor.page("/work")
    form = visitor.form(page.partition("<template")[0])
    house.clock.forward(minutes=8)
    visitor.post(f"/work/{case_in(page)}/renew", form, headers=HTMX)
    house.clock.forward(minutes=8)
    visitor.post(f"/work/{case_in(page)}", {**form, "action": "approve"})
    left = house.case(_ahead(page)).lease_expires_at - house.clock()  # type: ignore[operator]
    assert 590 < left.total_seconds() <= 600


def test_where_little_waits_nothing_is_taken_ahead(house: House) -> None:
    for number in range(LEFT_TO_OTHERS + 1):
        house.comment(f"下注{number}")
    assert 'id="ahead"' not in house.logged_in("mei").page("/work")


def test_the_sentence_over_a_case_names_the_worst_of_what_is_suspected(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = replace(AS_USUAL, harm=Harm(labels={"hate": 1.0, "gambling": 0.25}))
    monkeypatch.setattr(house.database, "_queues", lambda: known)
    item = an_answer(a_comment("x", known_as="c-1"), a_decision(Outcome.REVIEW, gambling=0.71, hate=0.66))
    put(house.database, house.keyring, item, now=house.clock())
    page = house.logged_in("mei").page("/work")
    assert "the model gives 66" in page
    assert "it looks grave" in page


def test_what_a_rule_found_looks_grave_only_where_it_would_be(house: House) -> None:
    decision = a_decision(Outcome.REVIEW, gambling=0.71)
    [reason] = decision.reasons
    by_rule = replace(decision, reasons=(replace(reason, source=Source.RULE, rule_id="contact.one"),))
    put(house.database, house.keyring, an_answer(a_comment("x", known_as="c-1"), by_rule), now=house.clock())
    page = house.logged_in("mei").page("/work")
    assert "Its turn has come: it looks likely" in page


def test_the_page_says_why_it_comes_now_and_what_was_promised(house: House) -> None:
    house.comment("下注", surface="news")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    assert "Its turn has come: it looks likely" in page
    assert 'A look was promised within 15 min: <span data-count="clock">14:59</span> left.' in page
    house.clock.forward(minutes=17)
    assert "A look was promised within 15 min: 2 min late." in visitor.page("/work")


def test_work_is_narrowed_by_label_and_language(house: House) -> None:
    gambling, adverts = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work?label=advertising&lang=zh")
    assert adverts.case_id == case_in(page)
    assert "/console/work?label=advertising&lang=zh" == visitor.decide("approve", page=page).headers["location"]
    assert "" == case_in(visitor.page("/work?label=advertising"))
    assert "" == case_in(visitor.page("/work?lang=th"))
    assert gambling.case_id == case_in(visitor.page("/work"))


def test_confidence_is_kept_as_it_was_said(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("mei").decide("approve", confidence="fairly")
    assert 0.75 == house.verdicts(stored.case_id)[0].confidence


def _again(visitor: Visitor, decision_id: str, reason: str):  # noqa: ANN202
    page = visitor.page(f"/decisions/{decision_id}")
    return visitor.post(f"/decisions/{decision_id}/reopen", {"csrf": csrf_in(page), "reason": reason})


def test_what_was_decided_is_decided_anew_with_a_reason(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("approve")
    house.clock.forward(seconds=30)
    assert 422 == _again(visitor, stored.decision_id, " ").status_code
    answer = _again(visitor, stored.decision_id, "pressed the wrong key")
    assert 303 == answer.status_code
    opened = answer.headers["location"].partition("case=")[2]
    assert (opened, "reopened") == (case_in(visitor.page("/work")), house.case(opened).opened_by)
    assert 409 == _again(house.logged_in("wei"), stored.decision_id, "me too").status_code
    visitor.decide("reject", labels="gambling")
    assert [VerdictKind.REJECT] == [verdict.verdict for verdict in house.verdicts(opened)]
    assert [VerdictKind.APPROVE] == [verdict.verdict for verdict in house.verdicts(stored.case_id)]


def test_what_a_senior_decided_is_not_a_moderators_to_open(house: House) -> None:
    stored = house.comment("下注")
    mei = house.logged_in("mei")
    mei.decide("escalate")
    senior = house.logged_in("ahui", "senior")
    senior.decide("approve", page=senior.page("/work?queue=escalated"))
    assert 403 == _again(mei, stored.decision_id, "I disagree").status_code
