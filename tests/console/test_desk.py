"""The moderator's desk: words that matter, own keys, campaigns, training, breaks, limits, skills, and around it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from console.keys import USUAL, chosen, keys_of
from console.routes import application
from console.spans import span_in
from governance import bulk_steps, campaign_cases
from governance.verdicts import HouseRules
from moderation.comment import Attachment
from moderation.errors import InvalidInputError
from moderation.spans import Span
from records import bulk as stored
from records import comments, labels, ledger, users
from records.values import CaseState, Purpose, VerdictKind
from review import gold
from review.exposure import Wellness
from review.labels_export import export_labels
from tests.console.house import House, Visitor, case_in
from tests.records.factories import EXPORT

ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，下注"


def _post(visitor: Visitor, path: str, page: str, **more: object):  # noqa: ANN202
    return visitor.post(path, {**visitor.form(page), **more})


def _with(house: House, **parts: object) -> None:
    """The same house with other parts."""
    house.app.routes[:] = [each for each in house.app.routes if getattr(each, "path", "") != "/console"]
    house.parts = replace(house.parts, **parts)  # type: ignore[arg-type]
    house.app.mount("/console", application(house.parts))


# The words that matter


@pytest.mark.parametrize(
    ("place", "words", "span"),
    [("3-9", "whatever", Span(3, 9)), ("", "注", Span(1, 2)), ("", "", None)],
)
def test_words_are_told_by_place_or_are_looked_for(place: str, words: str, span: Span | None) -> None:
    assert span == span_in("下注稳赚 12345", place=place, words=words)


@pytest.mark.parametrize(("place", "words"), [("", "加微信"), ("x", "下注"), ("3 to 9", "")])
def test_words_that_are_not_there_and_places_that_cannot_be_read_are_refused(place: str, words: str) -> None:
    with pytest.raises(InvalidInputError):
        span_in("下注", place=place, words=words)


def test_the_words_are_kept_in_code_points_of_the_text_as_sent_and_exported(house: House) -> None:
    stored_ = house.comment("😀加\u200b微信下注")
    house.logged_in("mei").decide("reject", labels="gambling", words="下注", span="5-7")
    assert Span(5, 7) == house.verdicts(stored_.case_id)[0].span
    export_labels(house.database, house.folder / "labels", EXPORT, now=house.clock())
    [file] = (house.folder / "labels").glob("*.jsonl")
    assert '"span": {"start": 5, "end": 7}' in file.read_text("utf-8")


def test_the_page_says_where_each_piece_begins(house: House) -> None:
    house.comment("😀加\u200b微信下注")
    assert 'data-starts="0 1 2 3 7"' in house.logged_in("mei").page("/work")


@pytest.mark.parametrize("sent", [{"span": "5-99", "words": "x"}, {"words": "不在"}, {"span": "2-2", "words": "x"}])
def test_words_outside_the_text_are_asked_back_and_kept(house: House, sent: dict[str, str]) -> None:
    stored_ = house.comment("下注稳赚")
    answer = house.logged_in("mei").decide("reject", labels="gambling", note="看看", **sent)
    assert 422 == answer.status_code
    assert f'value="{sent["words"]}"' in answer.text
    assert [] == house.verdicts(stored_.case_id)


def test_beside_approve_words_say_nothing(house: House) -> None:
    stored_ = house.comment("下注")
    house.logged_in("mei").decide("approve", words="下注")
    assert None is house.verdicts(stored_.case_id)[0].span


def test_a_note_of_a_megabyte_is_refused_in_a_sentence_and_decides_nothing(house: House) -> None:
    stored_ = house.comment("下注")
    answer = house.logged_in("mei").decide("reject", labels="gambling", note="x" * 1_000_000)
    assert (413, True) == (answer.status_code, "too much text for one form" in answer.text)
    assert [] == house.verdicts(stored_.case_id)


def test_a_measure_that_the_policy_does_not_allow_is_neither_offered_nor_taken(house: House) -> None:
    policies = {
        name: each.model_copy(update={"by_verdict": ("warn",)}) for name, each in house.parts.policies().items()
    }
    _with(house, policies=lambda: policies)
    stored_ = house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    assert ["warn"] == re.findall(r'<option value="(warn|refuse|delete)"', page)
    assert 422 == visitor.decide("reject", page=page, labels="gambling", measure="delete").status_code
    assert [] == house.verdicts(stored_.case_id)


# Own keys


def test_own_keys_stand_on_the_buttons_and_follow_the_person(house: House) -> None:
    house.comment("下注")
    visitor = house.logged_in("mei")
    page = visitor.page("/keys")
    form = {**USUAL, "approve": "0", "csrf": re.findall(r'name="csrf" value="(\w+)"', page)[0], "action": "keep"}
    assert 303 == visitor.post("/keys", form).status_code
    assert "<kbd>0</kbd>" in house.logged_in("mei").page("/work")
    assert 'data-key="0" data-doubt="barely" aria-keyshortcuts="0 Shift+0">Approve' in visitor.page("/work")
    visitor.post("/keys", {**form, "action": "usual"})
    assert 'data-key="a" data-doubt="barely" aria-keyshortcuts="a Shift+a">Approve' in visitor.page("/work")


@pytest.mark.parametrize("key", ["d", "", "ab", " "])
def test_a_key_is_one_character_and_no_other_command_s(house: House, key: str) -> None:
    visitor = house.logged_in("mei")
    page = visitor.page("/keys")
    form = {**USUAL, "approve": key, "csrf": re.findall(r'name="csrf" value="(\w+)"', page)[0]}
    answer = visitor.post("/keys", form)
    assert (422, True) == (answer.status_code, "Nothing was changed" in answer.text)
    assert None is users_keys(house)


def users_keys(house: House) -> object:
    with house.database.reading() as look:
        return users.get(look, house.people["mei"].id).keys


def test_only_what_differs_is_kept() -> None:
    assert None is chosen(USUAL)
    assert {"approve": "0"} == chosen({**USUAL, "approve": "0"})
    assert "0" == keys_of({"approve": "0", "gone": "z"})["approve"]


# Campaigns


def _campaign(house: House, size: int = 4) -> list[str]:
    stored_ = [house.comment(f"{ADVERT}{n}") for n in range(size)]
    house.campaign(*stored_)
    return [str(each.comment_id) for each in stored_]


def _together(house: House, visitor: Visitor, **more: object):  # noqa: ANN202
    case_id = case_in(visitor.page("/work"))
    page = visitor.page(f"/work/{case_id}/campaign")
    seen = {"seen_at": house.clock().isoformat(), "action": "reject", "labels": "gambling"}
    return _post(visitor, f"/work/{case_id}/campaign", page, **seen, **more)


def _step(house: House) -> int:
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    return bulk_steps.step(house.database, lambda: rules, house.clock())


def test_a_verdict_over_a_campaign_shows_what_it_touches_and_keeps_a_record_each(house: House) -> None:
    first, *others = _campaign(house)
    visitor = house.logged_in("mei")
    case_id = case_in(visitor.page("/work"))
    page = visitor.page(f"/work/{case_id}/campaign")
    assert "4 comments would be decided: the one before you and 3 more, of 4" in page
    assert 3 == page.count(ADVERT)
    answer = _together(house, visitor, note="one advert", measure="delete")
    assert 303 == answer.status_code
    assert [VerdictKind.REJECT] == [each.verdict for each in house.verdicts(case_id)]
    house.clock.forward(seconds=13)
    assert 3 == _step(house)
    shown = visitor.page(answer.headers["location"].removeprefix("/console"))
    assert "still to be decided" not in shown
    assert 4 == shown.count('<span class="small muted">decided</span>'), "the one in hand is one of them"
    with house.database.reading() as look:
        assert all(labels.in_force(look, one) for one in (first, *others))


def test_what_is_not_ticked_at_first_is_not_counted_before_any_script_ran(house: House) -> None:
    beside = (Attachment("image", "a" * 64, "another offer altogether"),)
    stored_ = [house.comment(f"{ADVERT}{n}", attached=beside if n == 2 else ()) for n in range(4)]
    house.campaign(*stored_)
    visitor = house.logged_in("mei")
    page = visitor.page(f"/work/{case_in(visitor.page('/work'))}/campaign")
    assert 1 == len(re.findall(r'<input class="tick"(?![^>]* checked)', page))
    assert "3 comments would be decided: the one before you and 2 more, of 4" in page
    assert 2 == page.count('data-most="4"')
    assert 2 == len(re.findall(r'data-most="4">[^<]*3', page))


def test_over_the_stated_size_it_waits_for_a_second_person_who_sees_what_it_touches(house: House) -> None:
    _with(house, bulk_alone=3)
    _campaign(house)
    visitor = house.logged_in("mei")
    case_id = case_in(visitor.page("/work"))
    assert 422 == _together(house, visitor).status_code
    answer = _together(house, visitor, why="all the same advert")
    told = visitor.page(answer.headers["location"].removeprefix("/console"))
    assert "waits for a second person. Nothing was touched yet" in told
    assert re.search(r"still to be decided</th><td[^>]*>4<", told)
    assert [] == house.verdicts(case_id), "nor is the one in hand"
    house.clock.forward(seconds=60)
    assert 0 == _step(house)
    senior = house.logged_in("sen", "senior")
    [link] = set(re.findall(r"/console(/approvals/[\w-]+)\"", senior.page("/approvals")))
    page = senior.page(link)
    assert "4 comments would be rejected: Gambling." in page
    token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    assert 303 == senior.post(link, {"csrf": token, "answer": "approve", "note": "looked at ten"}).status_code
    assert 4 == _step(house)


def test_one_that_is_left_out_of_a_campaign_is_not_decided(house: House) -> None:
    _, quotation, *others = _campaign(house)
    visitor = house.logged_in("mei")
    case_id = case_in(visitor.page("/work"))
    page = visitor.page(f"/work/{case_id}/campaign")
    shown = re.findall(r'name="picked" value="([^"]+)" data-row checked', page)
    assert [quotation, *others] == shown
    told = re.findall(r'name="shown" type="hidden" value="([^"]+)"', page)
    answer = _together(house, visitor, shown=told[0], picked=others)
    assert 303 == answer.status_code
    house.clock.forward(seconds=13)
    assert 2 == _step(house)
    with house.database.reading() as look:
        assert (None, True) == (labels.in_force(look, quotation), all(labels.in_force(look, one) for one in others))


def test_one_that_is_left_out_of_a_campaign_waits_on(house: House) -> None:
    _, quotation, *others = _campaign(house)
    campaign_cases.gather(house.database, house.clock())
    answer = _together(house, house.logged_in("mei"), shown=" ".join((quotation, *others)), picked=others)
    assert 303 == answer.status_code
    house.clock.forward(seconds=13)
    assert 2 == _step(house)
    campaign_cases.gather(house.database, house.clock())
    assert quotation == house.case(case_in(house.logged_in("wei").page("/work"))).comment_id


def test_all_left_out_of_a_campaign_is_said_and_the_boxes_stay(house: House) -> None:
    _, *others = _campaign(house)
    answer = _together(house, house.logged_in("mei"), shown=" ".join(others), picked=[])
    assert 422 == answer.status_code
    assert "tick at least one comment that still waits" in answer.text
    assert "data-row checked" not in answer.text


def test_a_campaigns_form_shows_the_keys_of_its_fields(house: House) -> None:
    _with(house, bulk_alone=2)
    _campaign(house)
    visitor = house.logged_in("mei")
    page = visitor.page(f"/work/{case_in(visitor.page('/work'))}/campaign")
    for name, key in (("measure", "m"), ("confidence", "f"), ("ground", "g")):
        assert re.search(rf'<select name="{name}"[^>]* data-key="{key}" aria-keyshortcuts="{key}"', page), name
    for name, key in (("note", "p"), ("why", "w")):
        assert re.search(rf'<input name="{name}"[^>]* data-key="{key}"', page), name


def test_undo_within_seconds_takes_the_case_and_the_campaign_back(house: House) -> None:
    _, one, *_ = _campaign(house)
    visitor = house.logged_in("mei")
    case_id = case_in(visitor.page("/work"))
    _together(house, visitor)
    token = re.findall(r'name="csrf" value="(\w+)"', visitor.page("/work"))[0]
    assert 303 == visitor.post(f"/work/{case_id}/undo", {"csrf": token}).status_code
    house.clock.forward(seconds=30)
    assert 0 == _step(house)
    assert CaseState.CLAIMED is house.case(case_id).state
    with house.database.reading() as look:
        made = stored.of_case(look, case_id)
        assert made is not None
        assert stored.BulkState.WITHDRAWN is made.state
        assert None is labels.in_force(look, one)


def test_a_stale_page_of_a_campaign_decides_nothing(house: House) -> None:
    _campaign(house)
    visitor = house.logged_in("mei")
    case_id = case_in(visitor.page("/work"))
    page = visitor.page(f"/work/{case_id}/campaign")
    visitor.decide("approve")
    sent = {"seen_at": house.clock().isoformat(), "action": "reject", "labels": "gambling"}
    answer = _post(visitor, f"/work/{case_id}/campaign", page, **sent)
    assert answer.status_code in (303, 409)
    with house.database.reading() as look:
        assert None is stored.of_case(look, case_id)


def test_what_joined_after_the_page_was_loaded_is_left_as_it_is(house: House) -> None:
    _campaign(house, 2)
    visitor = house.logged_in("mei")
    case_id = case_in(visitor.page("/work"))
    page, seen_at = visitor.page(f"/work/{case_id}/campaign"), house.clock().isoformat()
    house.clock.forward(seconds=1)
    late = house.comment(f"{ADVERT}晚")
    house.campaign(late)
    _post(visitor, f"/work/{case_id}/campaign", page, seen_at=seen_at, action="reject", labels="gambling")
    house.clock.forward(seconds=13)
    assert 1 == _step(house)
    with house.database.reading() as look:
        assert None is labels.in_force(look, late.comment_id)


# Training


def _known(house: House, count: int) -> None:
    """Decided comments whose answer is gambling."""
    ben = house.logged_in("ben", "senior")
    for number in range(count):
        house.comment(f"下注{number}")
        page = ben.page("/work")
        ben.decide("reject", page=page, labels="gambling")
        with house.database.unit() as unit:
            gold.vouch(unit, case_in(page), why="a plain offer to bet", author="ben", now=house.clock())
            unit.commit()


def _trainee(house: House) -> Visitor:
    house.person("xin")
    with house.database.unit() as unit:
        users.set_trainee(unit, house.people["xin"].id, trainee=True)
        unit.commit()
    return house.logged_in("xin")


def test_a_newcomer_gets_lessons_is_told_the_answer_and_changes_nothing(house: House) -> None:
    _known(house, 2)
    house.comment("加微信")
    xin = _trainee(house)
    page = xin.page("/work")
    lesson = house.case(case_in(page))
    assert Purpose.LESSON is lesson.purpose
    told = xin.client.get(xin.decide("approve", page=page).headers["location"]).text
    assert "Not the known answer. You said: Approved. Known: Rejected: Gambling." in told
    assert "a plain offer to bet" in told
    about = told.partition('class="sheet lesson"')[2].partition("</section>")[0]
    assert "下注" in about.replace("<mark>", "").replace("</mark>", "")
    assert "<mark>" in about
    assert house.parts.taxonomy.find("gambling").is_.en in unescape(about)
    assert "/undo" not in told
    assert "Right." in xin.client.get(xin.decide("reject", labels="gambling").headers["location"]).text
    assert "You have answered all 2 lessons that there are; it takes 20." in xin.page("/work")
    with house.database.reading() as look:
        record = labels.in_force(look, lesson.comment_id)
        assert record is not None
        assert 1 == record.labels["gambling"]
        assert ["case.opened", "lesson"] == [entry.kind for entry in ledger.page(look, subject_id=lesson.id).items]


def test_without_known_answers_a_newcomer_reads_that_no_lesson_was_made_and_who_makes_them(house: House) -> None:
    xin, lead = _trainee(house), house.logged_in("li", "lead")
    for path in ("/work", "/mine"):
        page = xin.page(path)
        assert "No lesson was made yet that you may be given. A lead or an administrator makes them" in page
        assert "answered every lesson" not in page
    assert "newcomers have no lessons" in lead.page("/quality")
    _known(house, 1)
    assert "newcomers have no lessons" not in lead.page("/quality")


def test_a_newcomer_cannot_take_live_cases_by_any_form(house: House) -> None:
    _known(house, 1)
    xin = _trainee(house)
    waiting = house.comment("加微信")
    page = xin.page("/work")
    answer = xin.decide("reject", page=page, case_id=waiting.case_id, labels="advertising")
    assert 409 == answer.status_code
    assert CaseState.OPEN is house.case(waiting.case_id).state
    decision = house.case(case_in(page)).decision_id
    token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    assert 403 == xin.post(f"/decisions/{decision}/reopen", {"csrf": token, "reason": "x"}).status_code
    assert 403 == xin.get(f"/work/{waiting.case_id}/campaign").status_code


def test_a_lead_lets_into_live_queues_whom_the_rule_does(house: House) -> None:
    _known(house, 20)
    xin = _trainee(house)
    lead = house.logged_in("li", "lead")
    path = f"/quality/promote/{house.people['xin'].id}"
    for place in range(20):
        page = lead.page("/quality")
        token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
        if place == 10:
            assert 409 == lead.post(path, {"csrf": token, "reason": "early"}).status_code
        xin.decide("reject", labels="gambling")
    page = lead.page("/quality")
    assert "Let them into live queues" in page
    assert 403 == house.logged_in("mei").post(path, {"csrf": "x", "reason": "x"}).status_code
    assert 422 == lead.post(path, {"csrf": token}).status_code
    assert 303 == lead.post(path, {"csrf": token, "reason": "steady"}).status_code
    live = house.comment("加微信")
    assert live.case_id == case_in(xin.page("/work"))


# Breaks, limits, skills


def test_a_break_is_suggested_and_taking_it_gives_the_case_back(house: House) -> None:
    _with(house, wellness=Wellness(break_after=timedelta(minutes=8)))
    stored_ = [house.comment(f"下注{n}") for n in range(5)]
    visitor = house.logged_in("mei")
    for _ in range(3):
        visitor.decide("approve")
        house.clock.forward(minutes=4)
    page = visitor.page("/work")
    assert "without a break" in page
    token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    assert "/console/rest" == visitor.post("/work/rest", {"csrf": token}).headers["location"]
    assert CaseState.OPEN is house.case(stored_[3].case_id).state
    house.clock.forward(minutes=6)
    assert "without a break" not in visitor.page("/work")


def test_a_break_is_put_off_for_a_quarter_of_an_hour_and_the_case_is_kept(house: House) -> None:
    _with(house, wellness=Wellness(break_after=timedelta(minutes=8)))
    stored_ = [house.comment(f"下注{n}") for n in range(5)]
    visitor = house.logged_in("mei")
    for _ in range(3):
        visitor.decide("approve")
        house.clock.forward(minutes=4)
    token = re.findall(r'name="csrf" value="(\w+)"', visitor.page("/work"))[0]
    answer = visitor.post("/work/rest", {"csrf": token, "later": "1"})
    assert ("/console/work", True) == (answer.headers["location"], "Max-Age=900" in answer.headers["set-cookie"])
    page = visitor.page("/work")
    assert (stored_[3].case_id, False) == (case_in(page), "without a break" in page)
    visitor.client.cookies.delete("chaffinch_later")
    assert "without a break" in visitor.page("/work")


def test_at_the_limit_the_desk_says_until_when_and_the_lead_sees_it(house: House) -> None:
    _with(house, wellness=Wellness(worst_an_hour=2))
    for number in range(3):
        house.comment(f"蠢货{number}")
    visitor = house.logged_in("mei")
    for _ in range(2):
        visitor.decide("approve")
    page = visitor.page("/work")
    assert ("", True) == (case_in(page), "as one person should within an hour" in page)
    house.comment("下注")
    assert "" != case_in(visitor.page("/work"))
    assert "at the limit" in house.logged_in("li", "lead").page("/quality")


def test_who_lacks_the_skill_is_not_given_the_case_and_the_lead_sees_what_nobody_can(house: House) -> None:
    stored_, people = house.comment("下注"), (house.person("mei"), house.person("lin", "lead"))
    with house.database.unit() as unit:
        for person in people:
            users.set_skills(unit, person.id, languages=["ko"], subjects=None)
        unit.commit()
    assert "" == case_in(house.logged_in("mei").page("/work"))
    assert CaseState.OPEN is house.case(stored_.case_id).state
    assert "nobody has the skills for them" in house.logged_in("lin", "lead").page("/quality")


# What stands around


def test_thread_author_and_past_cases_stand_beside_the_comment(house: House) -> None:
    visitor = house.logged_in("mei")
    first = house.comment(f"{ADVERT}一")
    visitor.decide("reject", labels="gambling", measure="warn")
    house.comment("你好", thread_id="t-1")
    here = house.comment(f"{ADVERT}二", thread_id="t-1")
    house.comment("谢谢分享", thread_id="t-1")
    page = visitor.page("/work")
    assert here.case_id == case_in(page)
    for said in ("Before it in the thread", "After it in the thread", "谢谢分享", "same author:", "Past cases like it"):
        assert said in page
    assert "1 of them decided by people, 1 rejected" in page
    assert "warn the author" in page
    assert f"/decisions/{first.decision_id}" in page
    assert "author-1" not in page


def test_text_around_a_harsh_comment_is_veiled_too(house: House) -> None:
    house.comment("蠢货一", thread_id="t-1")
    house.comment("蠢货二", thread_id="t-1")
    visitor = house.logged_in("mei")
    assert 'class="quoted veiled"' in visitor.page("/work")


def test_a_campaign_of_harsh_comments_is_veiled_on_its_pages(house: House) -> None:
    house.campaign(*[house.comment(f"你这个蠢货{n}") for n in range(3)])
    visitor = house.logged_in("mei")
    page = visitor.page(f"/work/{case_in(visitor.page('/work'))}/campaign")
    assert (2, 1) == (page.count('class="veiled"'), page.count('id="reveal"'))
    sent = {"seen_at": house.clock().isoformat(), "action": "reject", "labels": "abuse"}
    answer = _post(visitor, f"/work/{case_in(visitor.page('/work'))}/campaign", page, **sent)
    assert 3 == visitor.page(answer.headers["location"].removeprefix("/console")).count('class="veiled"')


def test_an_erased_comment_leaves_the_past_of_others(house: House) -> None:
    first = house.comment(f"{ADVERT}一")
    house.comment(f"{ADVERT}二")
    visitor = house.logged_in("mei")
    visitor.decide("reject", labels="gambling")
    with house.database.unit() as unit:
        comments.erase(unit, first.comment_id, now=house.clock())
        unit.commit()
    assert "Past cases like it" not in visitor.page("/work")


def test_a_case_of_this_minute_that_stands_for_older_ones_says_whose_promise_is_late(house: House) -> None:
    older = [house.comment(f"{ADVERT}{n}") for n in range(2)]
    house.clock.forward(hours=2)
    house.campaign(house.comment(f"{ADVERT}9"), *older)
    campaign_cases.gather(house.database, house.clock())
    page = " ".join(house.logged_in("mei").page("/work").split())
    assert "the oldest that it stands for has waited 2 h" in page
    assert "A look at the oldest was promised within 1 h: 1 h late." in page
    assert "within 0 s" not in page


def test_from_whatever_is_beside_the_case_a_key_leads_back_to_it(house: House) -> None:
    house.comment("加微信看片", author="spammer", thread_id="t1")
    mei = house.logged_in()
    case_id = case_in(mei.page("/work"))
    case = house.case(case_id)
    sen = house.logged_in("sen", "senior")
    for place in (
        f"/comments/{case.comment_id}/account",
        f"/comments/{case.comment_id}/thread",
        f"/comments/{case.comment_id}/standing",
        f"/decisions/{case.decision_id}",
    ):
        way = f'href="/console/work?case={case_id}" data-key="backspace" aria-keyshortcuts="Backspace"'
        assert 1 == mei.page(place).count('aria-keyshortcuts="Backspace"')
        assert way in mei.page(place), place
        assert way not in sen.page(place), "who has no case in hand is led to none"


def test_a_page_that_is_left_gives_the_case_back_and_a_reload_keeps_it(house: House) -> None:
    house.comment("加微信看片")
    mei = house.logged_in()
    page = mei.page("/work")
    case_id = case_in(page)
    gone = {"csrf": mei.form(page)["csrf"], "lease": mei.form(page)["lease"]}
    assert f'data-leave="/console/work/{case_id}/leave"' in page
    assert 204 == mei.post(f"/work/{case_id}/leave", gone).status_code
    house.clock.forward(seconds=3)
    assert case_id == case_in(mei.page("/work"))
    house.clock.forward(minutes=2)
    assert case_id == case_in(mei.page("/work")), "whoever came back has the full time"
    assert 204 == mei.post(f"/work/{case_id}/leave", {**gone, "lease": "another"}).status_code
    again = {**gone, "lease": house.case(case_id).lease_token}
    assert 204 == mei.post(f"/work/{case_id}/leave", again).status_code
    house.clock.forward(seconds=25)
    assert case_id == case_in(house.logged_in("wei").page("/work"))
