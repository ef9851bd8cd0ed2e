from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from console.preferences import COOKIE
from governance import campaign_cases
from records import campaigns as stored_campaigns
from records import comments, decisions, ledger, tables
from records.values import CaseState, VerdictKind
from tests.console.house import House, Visitor, case_in

HTMX = {"hx-request": "true"}


def _kinds(house: House, subject: str) -> list[str]:
    with house.database.reading() as look:
        return [entry.kind for entry in ledger.page(look, subject_id=subject).items]


def test_the_next_case_is_claimed_and_shown(house: House) -> None:
    stored = house.comment("加微信")
    page = house.logged_in("mei").page("/work")
    assert stored.case_id == case_in(page)
    assert (CaseState.CLAIMED, house.people["mei"].id) == (
        house.case(stored.case_id).state,
        house.case(stored.case_id).lease_owner,
    )


def test_loading_the_page_again_shows_the_same_case(house: House) -> None:
    house.comment("加微信")
    house.comment("下注")
    visitor = house.logged_in("mei")
    assert case_in(visitor.page("/work")) == case_in(visitor.page("/work"))


def test_two_moderators_never_see_the_same_case(house: House) -> None:
    house.comment("加微信")
    house.comment("下注")
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    assert case_in(mei.page("/work")) != case_in(wei.page("/work"))


def test_approve_is_a_verdict_and_the_next_case_is_there(house: House) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    answer = visitor.decide("approve")
    assert [VerdictKind.APPROVE] == [verdict.verdict for verdict in house.verdicts(first.case_id)]
    assert f"/console/work?case={second.case_id}" == answer.headers["location"]


def test_reject_keeps_labels_note_and_measure(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("mei").decide("reject", labels=["advertising", "gambling"], note=" 老号 ", measure="delete")
    verdict = house.verdicts(stored.case_id)[0]
    assert (("advertising", "gambling"), "老号", "delete") == (verdict.labels, verdict.note, verdict.measure)


def test_a_measure_stands_in_the_ledger_with_reason_and_ground(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("mei").decide("reject", labels="gambling", measure="delete")
    with house.database.reading() as look:
        entries = ledger.page(look, subject_id=stored.comment_id).items
    body = json.loads(entries[-1].body)
    assert ("measure.requested", "delete", "platform-rules:gambling") == (
        body["kind"],
        body["facts"]["measure"],
        body["ground"],
    )
    assert body["reason"]


def test_a_measure_beside_approve_asks_for_nothing(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("mei").decide("approve", measure="delete")
    assert None is house.verdicts(stored.case_id)[0].measure
    assert "measure.requested" not in _kinds(house, stored.comment_id)


@pytest.mark.parametrize("measure", ["close", "behead"])
def test_a_measure_that_a_moderator_may_not_ask_for_is_refused(house: House, measure: str) -> None:
    stored = house.comment("下注")
    assert 422 == house.logged_in("mei").decide("reject", labels="gambling", measure=measure).status_code
    assert [] == house.verdicts(stored.case_id)


def test_reject_without_a_label_is_asked_back_and_the_note_stays(house: House) -> None:
    stored = house.comment("下注")
    answer = house.logged_in("mei").decide("reject", note="看看再说")
    assert 422 == answer.status_code
    assert "Tick at least one label" in answer.text
    assert ">看看再说</textarea>" in answer.text
    assert stored.case_id == case_in(answer.text)


def test_approve_with_ticked_labels_is_asked_back(house: House) -> None:
    stored = house.comment("下注")
    answer = house.logged_in("mei").decide("approve", labels="gambling")
    assert "untick them to approve" in answer.text
    assert [] == house.verdicts(stored.case_id)


def test_a_label_that_does_not_exist_is_said(house: House) -> None:
    house.comment("下注")
    assert "does not exist" in house.logged_in("mei").decide("reject", labels="opinion").text


def test_unsure_goes_to_other_eyes(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("unsure", labels="gambling")
    assert "second look" == house.case(stored.case_id).queue
    assert "" == case_in(visitor.page("/work"))
    assert stored.case_id == case_in(house.logged_in("wei").page("/work"))


def test_skip_gives_the_next_case_and_puts_this_one_back(house: House) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    assert f"/console/work?case={second.case_id}" == visitor.decide("skip").headers["location"]
    assert CaseState.OPEN is house.case(first.case_id).state


def test_what_is_put_off_comes_back_after_ten_minutes_and_not_before_though_nothing_else_waits(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    answer = visitor.post(f"/work/{stored.case_id}", {**visitor.form(page), "action": "skip"}, headers=HTMX)
    assert "" == case_in(answer.text)
    assert "What you put off comes back to you in 10 min." in answer.text
    house.clock.forward(minutes=9)
    assert "" == case_in(visitor.page("/work"))
    house.clock.forward(minutes=2)
    assert stored.case_id == case_in(visitor.page("/work"))


def test_what_was_put_off_may_be_taken_at_once(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("skip")
    page = visitor.page("/work")
    assert "Nothing is free for you just now." in page
    assert "Take what I put off now" in page
    answer = visitor.post("/work/again", {"csrf": _token(page)})
    assert f"/console/work?case={stored.case_id}" == answer.headers["location"]


def test_an_empty_desk_says_what_colleagues_have_in_hand_and_what_waits_behind_it(house: House) -> None:
    lead, *_ = [house.comment(f"高价回收礼品卡，加微信 vx1234{n}") for n in range(4)]
    house.campaign(lead)
    with house.database.unit() as unit:
        [campaign] = unit.execute(select(tables.campaigns.c.id)).scalars()
        stored_campaigns.collect(
            unit, [(campaign, each) for each in unit.execute(select(tables.comments.c.id)).scalars()], now=house.clock()
        )
        unit.commit()
    assert 3 == campaign_cases.gather(house.database, house.clock())
    mei = house.logged_in("mei")
    assert lead.case_id == case_in(mei.page("/work"))
    page = house.logged_in("tom").page("/work")
    assert "" == case_in(page)
    assert re.search(r"hands: 1\. The first of them is decided or free again in (9|10) min at the latest\.", page)
    assert "Behind these wait 3 more" in page
    assert "mei" not in page
    mei.decide("skip", page=mei.page("/work"))
    assert "Behind it wait 3 more." in mei.page("/work")


def test_the_only_case_that_somebody_cannot_judge_goes_to_others(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    assert 303 == visitor.decide("skip", skip_reason="language").status_code
    assert "" == case_in(visitor.page("/work"))
    assert stored.case_id == case_in(house.logged_in("wei").page("/work"))


def test_an_undo_that_is_sent_twice_says_that_it_was_done(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    visitor.decide("approve", page=page)
    form = {"csrf": _token(page)}
    assert 303 == visitor.post(f"/work/{stored.case_id}/undo", form).status_code
    again = visitor.post(f"/work/{stored.case_id}/undo", form)
    assert 409 == again.status_code
    assert "taken back already" in again.text
    assert stored.case_id == case_in(again.text)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("span", "3 to 9", "Words that matter"),
        ("confidence", "very", "How sure are you?"),
        ("measure", "exile", "Ask the platform"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_never_dropped(
    house: House, field: str, value: str, named: str
) -> None:
    stored = house.comment("下注")
    answer = house.logged_in("mei").decide("reject", labels="gambling", **{field: value})
    assert 422 == answer.status_code
    assert named in answer.text[answer.text.index('role="alert"') :][:300]
    assert [] == house.verdicts(stored.case_id)


def test_a_skip_for_a_reason_that_nobody_knows_skips_nothing(house: House) -> None:
    stored = house.comment("下注")
    house.comment("加微信", id="c2")
    answer = house.logged_in("mei").decide("skip", skip_reason="boredom")
    assert 422 == answer.status_code
    assert "Skip because" in answer.text[answer.text.index('role="alert"') :][:300]
    assert stored.case_id == case_in(answer.text)


@pytest.mark.parametrize("reason", ["later", "language"])
def test_a_skip_is_taken_back_within_ten_seconds(house: House, reason: str) -> None:
    first, second = house.comment("下注"), house.comment("加微信", id="c2")
    mei = house.logged_in("mei")
    form = {"csrf": _token(mei.page("/work"))}
    assert 303 == mei.decide("skip", skip_reason=reason, note="what is this?").status_code
    assert second.case_id == case_in(mei.page("/work"))
    assert 303 == mei.post(f"/work/{first.case_id}/undo", form).status_code
    assert CaseState.CLAIMED is house.case(first.case_id).state
    assert first.case_id == case_in(mei.page(f"/work?case={first.case_id}"))
    assert "what is this?" not in mei.page(f"/work?case={first.case_id}"), "nobody read it"


def test_a_skip_of_a_while_ago_stays(house: House) -> None:
    first, _ = house.comment("下注"), house.comment("加微信", id="c2")
    mei = house.logged_in("mei")
    form = {"csrf": _token(mei.page("/work"))}
    assert 303 == mei.decide("skip").status_code
    house.clock.forward(seconds=11)
    late = mei.post(f"/work/{first.case_id}/undo", form)
    assert (409, True) == (late.status_code, "nothing here to take back" in late.text)
    assert first.case_id == case_in(house.logged_in("ben").page("/work"))


def test_a_skip_is_not_taken_back_from_somebody_else_s_hands(house: House) -> None:
    first, _ = house.comment("下注"), house.comment("加微信", id="c2")
    mei, ben = house.logged_in("mei"), house.logged_in("ben")
    form = {"csrf": _token(mei.page("/work"))}
    page = mei.page("/work")
    skipping = {**mei.form(page), "action": "skip"}
    shown = mei.post(f"/work/{first.case_id}", skipping, headers={"hx-request": "true"})
    assert f"/work/{first.case_id}/undo" in shown.text, "the page offers it"
    assert first.case_id == case_in(ben.page("/work"))
    late = mei.post(f"/work/{first.case_id}/undo", form)
    assert (409, True) == (late.status_code, "nothing here to take back" in late.text)


def test_escalated_cases_are_for_seniors(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    visitor.decide("escalate", page=page)
    assert CaseState.ESCALATED is house.case(stored.case_id).state
    assert 403 == visitor.get("/work?queue=escalated").status_code
    senior = house.logged_in("ahui", "senior")
    shown = senior.page("/work?queue=escalated")
    assert stored.case_id == case_in(shown)
    assert 303 == senior.decide("approve", page=shown).status_code


def test_a_moderator_cannot_decide_an_escalated_case_with_an_old_form(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    visitor.decide("escalate", page=page)
    answer = visitor.decide("approve", page=page)
    assert 409 == answer.status_code
    assert "with the seniors already" in answer.text
    assert [] == house.verdicts(stored.case_id)


def _escalated(house: House, visitor: Visitor) -> tuple[str, str]:
    """Approves a case and escalates the next; the escalated case's id and the page after it."""
    house.comment("假证")
    visitor.decide("approve")
    page = visitor.page("/work")
    return case_in(page), visitor.client.get(visitor.decide("escalate", page=page).headers["location"]).text


def test_after_an_escalation_the_page_speaks_of_it_and_not_of_the_verdict_before(house: House) -> None:
    house.comment("下注")
    case_id, page = _escalated(house, house.logged_in("mei"))
    assert "Escalated to the seniors." in page
    assert "Approved." not in page
    assert re.findall(r'action="/console/work/(\S+)/undo"', page) == [case_id]


def test_htmx_hears_of_the_escalation_and_a_reload_still_shows_it(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    answer = visitor.post(f"/work/{stored.case_id}", {**visitor.form(page), "action": "escalate"}, headers=HTMX)
    assert f"/work/{stored.case_id}/undo" in answer.text
    assert "Escalated to the seniors. Nothing waits for you." in answer.text
    assert "Escalated to the seniors." in visitor.client.get(answer.headers["hx-replace-url"]).text


def test_an_escalation_is_taken_back_within_ten_seconds(house: House) -> None:
    stored = house.comment("下注", surface="live")
    visitor = house.logged_in("mei")
    visitor.decide("escalate")
    answer = visitor.post(f"/work/{stored.case_id}/undo", {"csrf": _token(visitor.page("/queue"))})
    assert f"/console/work?case={stored.case_id}" == answer.headers["location"]
    case = house.case(stored.case_id)
    assert (CaseState.CLAIMED, "live", house.people["mei"].id) == (case.state, case.queue, case.lease_owner)
    assert ["case.escalated", "case.escalation_undone"] == _kinds(house, str(stored.case_id))[-2:]
    assert 303 == visitor.decide("approve").status_code


def test_an_escalation_of_a_second_look_goes_back_there(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("wei").decide("unsure")
    visitor = house.logged_in("mei")
    visitor.decide("escalate")
    visitor.post(f"/work/{stored.case_id}/undo", {"csrf": _token(visitor.page("/queue"))})
    assert "second look" == house.case(stored.case_id).queue


def test_an_escalation_stands_after_ten_seconds(house: House) -> None:
    house.comment("下注")
    visitor = house.logged_in("mei")
    case_id, page = _escalated(house, visitor)
    house.clock.forward(seconds=11)
    answer = visitor.post(f"/work/{case_id}/undo", {"csrf": _token(page)})
    assert 409 == answer.status_code
    assert "with the seniors already" in answer.text
    assert "Escalated" not in visitor.page(f"/work?escalated={case_id}")
    assert CaseState.ESCALATED is house.case(case_id).state


def test_nobody_takes_back_the_escalation_of_another_or_one_that_a_senior_works_on(house: House) -> None:
    stored = house.comment("下注")
    mei, wei, senior = house.logged_in("mei"), house.logged_in("wei"), house.logged_in("ahui", "senior")
    mei.decide("escalate")
    assert "undo" not in wei.page(f"/work?escalated={stored.case_id}").partition('id="help"')[0]
    assert 409 == wei.post(f"/work/{stored.case_id}/undo", {"csrf": _token(wei.page("/queue"))}).status_code
    senior.page("/work?queue=escalated")
    assert 409 == mei.post(f"/work/{stored.case_id}/undo", {"csrf": _token(mei.page("/queue"))}).status_code
    assert house.people["ahui"].id == house.case(stored.case_id).lease_owner


def test_an_address_that_names_a_case_that_never_was_is_only_the_desk(house: House) -> None:
    assert "Nothing waits for you." in house.logged_in("mei").page("/work?escalated=nothing")


def test_a_second_form_of_the_same_case_is_told_and_changes_nothing(house: House) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    visitor.decide("approve", page=page)
    answer = visitor.decide("reject", page=page, labels="gambling", note="mein Vermerk")
    assert 409 == answer.status_code
    assert "You have already decided this case" in answer.text
    assert "mein Vermerk" in answer.text
    assert second.case_id == case_in(answer.text)
    assert 1 == len(house.verdicts(first.case_id))


def test_a_case_that_a_colleague_decided_is_said(house: House) -> None:
    stored = house.comment("下注")
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    page = mei.page("/work")
    house.clock.forward(minutes=11)
    wei.decide("approve")
    answer = mei.decide("reject", page=page, labels="gambling")
    assert "Somebody else has decided" in answer.text
    assert [VerdictKind.APPROVE] == [verdict.verdict for verdict in house.verdicts(stored.case_id)]


def test_a_case_that_a_colleague_has_now_is_said(house: House) -> None:
    stored = house.comment("下注")
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    page = mei.page("/work")
    house.clock.forward(minutes=11)
    wei.page("/work")
    assert "a colleague has it now" in mei.decide("approve", page=page).text
    assert [] == house.verdicts(stored.case_id)


def test_a_lease_that_ran_out_is_taken_again_and_the_form_stays(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    house.clock.forward(minutes=11)
    answer = visitor.decide("reject", page=page, labels="gambling", note="bleibt")
    assert 409 == answer.status_code
    assert "It is yours again" in answer.text
    assert ">bleibt</textarea>" in answer.text
    assert (
        'value="gambling" data-key="2" aria-keyshortcuts="2" aria-describedby="policy-gambling" checked' in answer.text
    )
    assert 303 == visitor.decide("reject", page=answer.text, labels="gambling").status_code
    assert 1 == len(house.verdicts(stored.case_id))


def test_an_edited_comment_is_shown_anew_before_it_is_decided(house: House) -> None:
    stored = house.comment("下注", id="c-1")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    house.comment("下注，第二版", id="c-1")
    answer = visitor.decide("approve", page=page)
    assert "was edited" in answer.text
    assert "第二版" in answer.text
    assert [] == house.verdicts(stored.case_id)


def test_a_case_that_never_was_is_said(house: House) -> None:
    visitor = house.logged_in("mei")
    house.comment("下注")
    assert "no longer exists" in visitor.decide("approve", case_id="nothing").text


def test_a_comment_erased_while_it_is_open_is_said(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    with house.database.unit() as unit:
        comments.erase(unit, stored.comment_id, now=house.clock())
        unit.commit()
    assert "was erased while you looked" in visitor.decide("approve", page=page).text
    assert [] == house.verdicts(stored.case_id)


def test_an_unknown_action_is_refused(house: House) -> None:
    house.comment("下注")
    assert 400 == house.logged_in("mei").decide("destroy").status_code


def test_undo_within_ten_seconds_brings_the_case_back(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("reject", labels="gambling", measure="delete")
    page = visitor.page("/work")
    assert "Rejected: Gambling." in page
    answer = visitor.post(f"/work/{stored.case_id}/undo", {"csrf": _token(page)})
    assert f"/console/work?case={stored.case_id}" == answer.headers["location"]
    with house.database.reading() as look:
        assert None is decisions.get(look, stored.decision_id).final_outcome
    assert "measure.withdrawn" == _kinds(house, stored.comment_id)[-1]


def test_an_undo_tells_of_no_next_case_and_a_comment_of_another_day_has_its_date(house: House) -> None:
    stored = house.comment("下注")
    written = house.clock()
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    assert f"{written:%H:%M} UTC" in page
    assert f"{written:%Y-%m-%d %H:%M} UTC" not in page
    visitor.decide("approve", page=page)
    told = {"csrf": _token(visitor.page("/work"))}
    undone = visitor.post(f"/work/{stored.case_id}/undo", told, headers={"HX-Request": "true"}).text
    assert "Undone. The case is yours again." in undone
    assert "The next case is there" not in undone
    house.clock.forward(days=1)
    assert f"{written:%Y-%m-%d %H:%M} UTC" in house.logged_in("wei").page("/work")


def test_undo_after_ten_seconds_is_too_late_and_said(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("approve")
    token = _token(visitor.page("/work"))
    house.clock.forward(seconds=11)
    answer = visitor.post(f"/work/{stored.case_id}/undo", {"csrf": token})
    assert 409 == answer.status_code
    assert "Ten seconds are over" in answer.text
    assert None is house.verdicts(stored.case_id)[0].undone_at


def test_nobody_undoes_the_verdict_of_another(house: House) -> None:
    stored = house.comment("下注")
    house.logged_in("mei").decide("approve")
    wei = house.logged_in("wei")
    answer = wei.post(f"/work/{stored.case_id}/undo", {"csrf": _token(wei.page("/queue"))})
    assert 409 == answer.status_code
    assert None is house.verdicts(stored.case_id)[0].undone_at


def test_renewing_sets_the_clock_anew(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    form = visitor.form()
    house.clock.forward(minutes=5)
    answer = visitor.post(f"/work/{stored.case_id}/renew", form, headers=HTMX)
    assert 'data-seconds-left="600"' in answer.text or 'data-seconds-left="599"' in answer.text


def test_renewing_what_is_over_says_so_in_place(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    form = visitor.form()
    house.clock.forward(minutes=11)
    answer = visitor.post(f"/work/{stored.case_id}/renew", form, headers=HTMX)
    assert "is over" in answer.text
    assert 'id="lease"' in answer.text


def test_htmx_gets_the_next_case_alone_with_its_address(house: House) -> None:
    house.comment("下注")
    second = house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    answer = visitor.post(f"/work/{case_in(page)}", {**visitor.form(page), "action": "approve"}, headers=HTMX)
    assert answer.text.lstrip().startswith("<main")
    assert second.case_id == case_in(answer.text)
    assert f"/console/work?case={second.case_id}" == answer.headers["hx-replace-url"]
    assert "Approved. The next case is there." in answer.text


def test_the_named_queue_is_worked_on_and_kept(house: House) -> None:
    house.comment("下注")
    live = house.comment("加微信", surface="live")
    visitor = house.logged_in("mei")
    page = visitor.page("/work?queue=live")
    assert live.case_id == case_in(page)
    assert "/console/work?queue=live" == visitor.decide("approve", page=page).headers["location"]


def test_an_empty_desk_says_that_nothing_waits(house: House) -> None:
    assert "Nothing waits for you." in house.logged_in("mei").page("/work")


def test_an_empty_desk_with_an_explanation_and_a_rescued_note_does_not_look_again_by_itself(house: House) -> None:
    house.comment("下注")
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    page = mei.page("/work")
    house.clock.forward(minutes=11)
    assert 303 == wei.decide("approve").status_code
    answer = mei.decide("approve", page=page, note="written with care")
    assert 409 == answer.status_code
    assert "written with care" in answer.text
    assert "data-looks-again" not in answer.text
    assert "data-looks-again" in mei.page("/work")


def test_no_label_is_ticked_beforehand(house: House) -> None:
    house.comment("下注")
    assert " checked" not in house.logged_in("mei").page("/work").replace('class="tick"', "")


def _token(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_a_campaign_is_shown_with_others_of_its_comments(house: House) -> None:
    house.campaign(*(house.comment(f"回收礼品卡{n}") for n in range(8)))
    page = house.logged_in("mei").page("/work")
    assert "Part of a campaign of 8 comments" in page
    assert "Many accounts spread the same text or contact" in page
    assert [f"回收礼品卡{n}" for n in (7, 6, 5, 4, 3)] == re.findall(
        r'<p class="quoted" dir="auto">(回收礼品卡\d)</p>', page
    )


def test_the_others_of_a_campaign_are_blurred_where_the_text_is(house: House) -> None:
    house.campaign(*(house.comment(f"你这个蠢货{n}") for n in range(3)))
    page = house.logged_in("mei").page("/work")
    assert "Part of a campaign of 3 comments" in page
    assert ["蠢货2", "蠢货1"] == re.findall(r'<p class="quoted veiled" dir="auto">你这个(蠢货\d)</p>', page)


def shown(page: str) -> dict[str, bool]:
    """Texts that stand around the comment, and whether they are blurred."""
    found = re.findall(r'class="quoted( veiled)?" dir="auto">(?:<em>[^<]*</em> )?([^<]+)<', page)
    return {text: bool(veiled) for veiled, text in found}


def test_each_text_around_a_comment_is_blurred_by_its_own_decision(house: House) -> None:
    house.comment("你这个蠢货，走开", thread_id="t", id="p")
    house.comment("今天的云真好看", thread_id="t")
    stored = house.comment("下注就赢", thread_id="t", parent_id="p", parent_text="你这个蠢货，走开")
    house.comment("又是蠢货一个", thread_id="t")
    mei = house.logged_in("mei")
    page = mei.page("/work?label=gambling")
    told = {"你这个蠢货，走开": True, "今天的云真好看": False, "又是蠢货一个": True}
    assert stored.case_id == case_in(page)
    assert told == shown(page)
    assert 1 == page.count('id="reveal"')
    assert 'data-key="b"' in page
    assert "Show blurred texts around it" in page
    mei.client.cookies.set(COOKIE, "en-auto-off", path="/console")
    assert dict.fromkeys(told, False) == shown(mei.page("/work"))


def test_what_is_mild_around_a_harsh_comment_can_be_read(house: House) -> None:
    house.comment("今天的云真好看", thread_id="t")
    house.comment("你这个蠢货", thread_id="t")
    page = house.logged_in("mei").page("/work")
    assert {"今天的云真好看": False} == shown(page)
    assert 1 == page.count('id="reveal"')


def test_past_cases_are_blurred_by_what_was_decided_about_them(house: House) -> None:
    mei = house.logged_in("mei")
    house.comment("你这个蠢货一号")
    mei.decide("reject", labels="abuse")
    house.comment("你这个蠢货二号")
    assert True is shown(mei.page("/work"))["你这个蠢货一号"]
