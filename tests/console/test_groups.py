"""Cases that are decided together, on one page: why, each comment with its marks, some picked, the rest next."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from console.preferences import COOKIE
from console.routes import application
from governance import bulk_steps, complaints
from governance.complaints import Report, Reporter
from governance.verdicts import HouseRules
from moderation.decision import Outcome
from records import cases, verdicts
from records.house_queues import AS_USUAL, Harm
from records.storing import Stored
from records.tables import cases as cases_table
from records.values import CaseState
from review import exposure
from review.exposure import UNLIMITED
from review.groups import gather
from tests.console.house import House, Visitor, case_in, csrf_in, revealed_in
from tests.records.factories import a_comment, a_decision, an_answer, put


def a_day(house: House, size: int = 6) -> list[Stored]:
    house.comment("今天天气不错", thread_id="t9", author="spammer")
    made = [house.comment(f"加微信看第{n}期", thread_id=f"t{n}", author="spammer") for n in range(size)]
    gather(house.database, house.clock())
    return made


def picks(page: str) -> list[str]:
    return re.findall(r'name="comments" value="([^"]+)"', page)


def give(house: House, mei: Visitor, case_id: str | None, **form: object):  # noqa: ANN201
    page = mei.page(f"/work/{case_id}/group")
    return mei.post(f"/work/{case_id}/group", {**mei.form(page), **form})


def state(house: House, one: Stored) -> CaseState:
    with house.database.reading() as look:
        return cases.get(look, one.case_id or "").state


def test_the_work_page_says_what_waits_together_and_leads_there(house: House) -> None:
    made = a_day(house)
    page = house.logged_in().page("/work")
    assert "One account wrote 6 comments within" in page
    assert f"/work/{made[0].case_id}/group" in page


def test_the_page_shows_every_comment_with_its_marks_and_the_rest_of_the_day(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    page = mei.page(f"/work/{made[0].case_id}/group")
    assert [f"{one.comment_id}:1" for one in made] == picks(page)
    assert 6 == page.count("checked>")
    assert "今天天气不错" in page
    assert "the case in hand" in page


def test_what_the_suspected_label_means_stands_there_before_one_is_ticked(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    page = mei.page(f"/work/{made[0].case_id}/group")
    assert ["advertising"] == re.findall(r'class="label suspected"><input type="checkbox" id="label-(\w+)"', page)


def test_one_left_out_stays_with_who_decided_the_rest(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    picked = [f"{one.comment_id}:1" for one in made[:-1]]
    answer = give(house, mei, made[0].case_id, action="reject", labels="advertising", comments=picked)
    assert 303 == answer.status_code
    place = answer.headers["location"].removeprefix("/console")
    assert place.startswith(f"/work/{made[-1].case_id}/group?done=")
    page = mei.page(place)
    assert [f"{made[-1].comment_id}:1"] == picks(page)
    assert (CaseState.CLOSED, CaseState.CLAIMED) == (state(house, made[0]), state(house, made[-1]))
    bulk = re.search(r"/bulk/([\w-]+)", page)
    assert bulk is not None
    assert 303 == mei.post(f"/bulk/{bulk[1]}/undo", {"csrf": mei.form(page)["csrf"]}).status_code
    assert CaseState.CLAIMED is state(house, made[0])


def test_what_is_said_of_the_verdict_before_holds_when_it_is_read(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    picked = [f"{one.comment_id}:1" for one in made[:-1]]
    answer = give(house, mei, made[0].case_id, action="reject", labels="advertising", comments=picked)
    place = answer.headers["location"].removeprefix("/console")
    page = mei.page(place)
    assert "It begins ten seconds after it was given" in page
    assert 'data-when-over="Given. It has begun."' in page
    house.clock.forward(seconds=11)
    later = mei.page(place)
    assert "Given. It has begun." in later
    assert "ten seconds after" not in later
    assert "It has begun and goes on by itself" in mei.page(f"/bulk/{place.rpartition('=')[2]}")


def test_a_verdict_that_lacks_its_reason_is_sent_by_the_same_key_again(house: House) -> None:
    house.parts = replace(house.parts, bulk_alone=2)
    house.app.routes[:] = [each for each in house.app.routes if getattr(each, "path", "") != "/console"]
    house.app.mount("/console", application(house.parts))
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    picked = [f"{one.comment_id}:1" for one in made]
    answer = give(house, mei, made[0].case_id, action="approve", comments=picked)
    assert 422 == answer.status_code
    assert "say why they are decided together" in answer.text
    assert 'data-key="a" data-submits aria-keyshortcuts="a Control+Enter"' in answer.text
    assert 'aria-keyshortcuts="w" autofocus>' in answer.text
    assert 1 == answer.text.count("data-submits")


def test_what_was_ticked_comes_along_to_the_group(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    page = mei.page("/work")
    answer = mei.decide("alike", page=page, labels="advertising", confidence="sure", note="kept here")
    assert f"/console/work/{made[0].case_id}/group?labels=advertising&confidence=sure" == answer.headers["location"]
    group = mei.page(answer.headers["location"].removeprefix("/console"))
    assert re.search(r'id="label-advertising"[^>]* checked>', group)
    assert not re.search(r'id="label-fraud"[^>]* checked>', group)
    assert '<option value="sure" selected' in group


def test_nothing_picked_or_no_label_says_so_and_keeps_what_was_chosen(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    nothing = give(house, mei, made[0].case_id, action="approve")
    unlabelled = give(house, mei, made[0].case_id, action="reject", comments=f"{made[1].comment_id}:1", note="看三遍")
    assert (422, 422) == (nothing.status_code, unlabelled.status_code)
    assert "Nothing was decided: tick at least one" in nothing.text
    assert "Tick at least one label, or choose a ground, before you reject." in unlabelled.text
    assert "看三遍" in unlabelled.text
    assert 1 == unlabelled.text.count("data-row checked")
    with house.database.reading() as look:
        assert [] == verdicts.of_case(look, made[0].case_id or "")


def test_a_form_that_is_no_ones_or_comes_late_decides_nothing(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    page = mei.page(f"/work/{made[0].case_id}/group")
    form = {**mei.form(page), "action": "approve", "comments": picks(page)}
    assert 400 == mei.post(f"/work/{made[0].case_id}/group", {**form, "comments": "x:y"}).status_code
    house.clock.forward(hours=1)
    assert "/work" in mei.post(f"/work/{made[0].case_id}/group", form).headers["location"]
    assert CaseState.CLAIMED is state(house, made[0])  # its lease is over and it goes back with the next claim
    ann = house.logged_in("ann")
    assert 303 == ann.get(f"/work/{made[0].case_id}/group").status_code


def worst_seen(house: House, name: str = "mei") -> int:
    with house.database.reading() as look:
        return exposure.of(look, house.people[name].id, UNLIMITED, now=house.clock()).worst


def harsh_day(house: House) -> str:
    made = [house.comment(f"你这个蠢货，第{n}遍", thread_id=f"t{n}", author="rude") for n in range(5)]
    gather(house.database, house.clock())
    return str(made[0].case_id)


def test_a_group_counts_as_many_harsh_texts_as_were_asked_for(house: House) -> None:
    case_id = harsh_day(house)
    mei = house.logged_in()
    mei.page("/work")
    page = mei.page(f"/work/{case_id}/group")
    assert 5 == page.count('class="veiled"')
    assert 1 == worst_seen(house), "blurred: the case in hand alone"
    assert re.search('name="revealed" value="[^"]+" form="verdict" hx-post="/console/seen"', page)
    wei = house.logged_in("wei")
    theirs = {"csrf": csrf_in(wei.page("/help")), "revealed": revealed_in(page)}
    assert 204 == wei.post("/seen", theirs).status_code
    assert 0 == worst_seen(house, "wei"), "not shown to them"
    assert 204 == mei.post("/seen", {"csrf": mei.form(page)["csrf"], "revealed": revealed_in(page)}).status_code
    assert 5 == worst_seen(house)


def test_without_script_the_form_tells_what_was_asked_for_and_members_count_once(house: House) -> None:
    case_id = harsh_day(house)
    mei = house.logged_in()
    mei.page("/work")
    page = mei.page(f"/work/{case_id}/group")
    sent = {"comments": picks(page), "revealed": revealed_in(page)}
    assert 303 == give(house, mei, case_id, action="approve", **sent).status_code
    house.clock.forward(seconds=13)
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    assert 4 == bulk_steps.step(house.database, lambda: rules, house.clock())
    assert 5 == worst_seen(house)


def test_who_wants_nothing_blurred_sees_them_with_the_page(house: House) -> None:
    case_id = harsh_day(house)
    mei = house.logged_in()
    mei.client.cookies.set(COOKIE, "en-auto-off", path="/console")
    mei.page("/work")
    assert "veiled" not in mei.page(f"/work/{case_id}/group")
    assert 5 == worst_seen(house)


def test_a_large_group_fits_in_one_form(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    many = [f"{made[0].comment_id}:1", *(f"unknown-{n}:1" for n in range(100))]
    assert 303 == give(house, mei, made[0].case_id, action="approve", comments=many).status_code


LONG = "看片\u202e日结\u200b三百" * 1000


@pytest.mark.parametrize("unit", ["看片\u202e日结\u200b三百", "'<&\u202e>\u200b\""], ids=["hidden", "escaped"])
def test_long_texts_make_no_heavy_page_and_each_is_read_whole_on_asking(house: House, unit: str) -> None:
    for number in range(30):
        house.comment(f"{'今天天气不错' * 1000}{number}", author="spammer", thread_id=f"u{number}")
    for number in range(60):
        house.comment(f"{(unit * 1000)[:7000]}回血{number}", author="spammer", thread_id=f"t{number}")
    gather(house.database, house.clock())
    mei = house.logged_in()
    place = f"/work/{case_in(mei.page('/work'))}/group"
    page = mei.page(place)
    assert 50 == len(picks(page))
    assert 150_000 > weight(mei, page)
    assert 50 == page.count("<mark>回血</mark>"), "each is cut around what is held against it"
    assert "20 more of this day" in page
    asked = re.findall(r'name="whole" value="([^"]+)"', page)[-2]
    form = {**mei.form(page), "comments": picks(page)[1:], "labels": "fraud", "note": "half read", "whole": asked}
    answer = mei.post(place, form)
    assert 200 == answer.status_code
    listed = answer.text.partition('<ol class="together')[2].partition("</ol>")[0]
    [row] = [row for row in listed.split("<li ") if " autofocus" in row]
    assert f'value="{asked}:1"' in row
    assert 7000 < len(row)
    assert 49 == answer.text.count("data-row checked"), "what was left out stays so"
    assert 'value="half read"' in answer.text
    assert 'value="fraud" data-key' in answer.text
    assert 150_000 > weight(mei, answer.text)
    assert [] == house.verdicts(case_in(mei.page("/work")))


def test_a_short_text_stands_whole_with_no_button(house: House) -> None:
    made = a_day(house)
    mei = house.logged_in()
    mei.page("/work")
    assert 'name="whole"' not in mei.page(f"/work/{made[0].case_id}/group")


def test_the_texts_of_others_on_the_page_of_a_case_are_cut(house: House) -> None:
    stored = [house.comment(f"加微信{LONG[:9000]}{n}", author=f"a{n}", id=f"c{n}") for n in range(6)]
    house.campaign(*stored)
    mei = house.logged_in()
    page = mei.page("/work")
    assert 9 * 280 > page.count("看片") - LONG[:9000].count("看片")
    assert 150_000 > weight(mei, page)


@pytest.mark.parametrize("unit", ["看片\u202e日结\u200b三百", "'<&\u202e>\u200b\""], ids=["hidden", "escaped"])
def test_a_campaign_of_long_texts_each_a_little_different_makes_no_heavy_page(house: House, unit: str) -> None:
    stored = [house.comment(f"加微信{n}{(unit * 1000)[:7000]}", author=f"a{n}", id=f"c{n}") for n in range(110)]
    house.campaign(*stored)
    mei = house.logged_in()
    place = f"/work/{case_in(mei.page('/work'))}/campaign"
    page = mei.page(place)
    picked = re.findall(r'name="picked" value="([^"]+)"', page)
    assert 100 == len(picked)
    assert 150_000 > weight(mei, page)
    [shown] = re.findall(r'<input name="shown" type="hidden" value="([^"]*)">', page)
    seen_at = re.findall(r'name="seen_at" value="([^"]*)"', page)[0]
    form = {**mei.form(page), "shown": shown, "picked": picked[1:], "at": "0", "seen_at": seen_at, "whole": picked[2]}
    answer = mei.post(place, form)
    assert 200 == answer.status_code
    [row] = [row for row in answer.text.split("<li>") if "autofocus>" in row and 'name="picked"' in row]
    assert f'value="{picked[2]}"' in row
    assert 7000 < len(row)
    assert 99 == answer.text.count(" data-row checked"), "what was left out stays so"
    # Of seven thousand characters that HTML has to write in five each, one that is read whole is more than that.
    assert (150_000 if "看片" in unit else 165_000) > weight(mei, answer.text)


def weight(mei: Visitor, page: str) -> int:
    """Bytes of the page with the files that it takes."""
    needed = set(re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page))
    files = [mei.client.get(each, headers={"accept-encoding": "gzip"}) for each in needed]
    return len(page.encode()) + sum(int(each.headers["content-length"]) for each in files)


def a_burst(house: House) -> list[Stored]:
    """A thread's ten comments by ten accounts: seven adverts, one that gambles, two that abuse."""
    texts = [*(f"加微信看第{n}期" for n in range(7)), "下注吧", "你这个蠢货", "又一个蠢货"]
    made = [house.comment(text, thread_id="t1", author=f"a{n}", id=f"b{n}") for n, text in enumerate(texts)]
    gather(house.database, house.clock())
    return made


def ticked(page: str) -> set[str]:
    return set(re.findall(r'value="([^"]+):1" data-row checked', page))


def test_of_a_bursts_unlike_comments_only_those_like_the_case_in_hand_are_ticked(house: House) -> None:
    made = a_burst(house)
    mei = house.logged_in()
    case_id = case_in(mei.page("/work"))
    lead = next(one for one in made if one.case_id == case_id)
    page = mei.page(f"/work/{case_id}/group")
    assert 10 == len(picks(page))
    label = house.case(case_id).label
    same = {one.comment_id for one in made if house.case(one.case_id).label == label}
    assert (same if label == "advertising" else same - {one.comment_id for one in made[8:]}) == ticked(page)
    assert lead.case_id == case_id
    assert "are not ticked: they are suspected of something else" in page


def test_nothing_is_decided_that_is_still_blurred(house: House) -> None:
    made = a_burst(house)
    mei = house.logged_in()
    case_id = case_in(mei.page("/work"))
    abusive = [f"{one.comment_id}:1" for one in made[8:]]
    blurred = give(house, mei, case_id, action="reject", labels="abuse", comments=abusive)
    assert 422 == blurred.status_code
    assert "some of what is ticked is still blurred" in blurred.text
    assert {one.partition(":")[0] for one in abusive} == ticked(blurred.text)
    assert (
        303 == give(house, mei, case_id, action="reject", labels="abuse", comments=abusive, revealed="yes").status_code
    )


def test_who_wants_nothing_blurred_has_read_what_is_ticked(house: House) -> None:
    case_id = harsh_day(house)
    mei = house.logged_in()
    mei.client.cookies.set(COOKIE, "en-auto-off", path="/console")
    mei.page("/work")
    page = mei.page(f"/work/{case_id}/group")
    assert 5 == len(ticked(page))
    assert 303 == give(house, mei, case_id, action="approve", comments=picks(page)).status_code


def test_what_is_reported_while_a_group_is_in_hand_stands_on_the_row_and_is_not_ticked(house: House) -> None:
    made = a_burst(house)
    mei = house.logged_in()
    case_id = case_in(mei.page("/work"))
    with house.database.unit() as unit:
        said = Report("b3", "threat", "他知道我住在哪里", Reporter(complaints.PLATFORM, "reader-1"))
        complaints.make(unit, said, house.parts.complaints, keyring=house.keyring, now=house.clock())
        unit.execute(
            update(cases_table).where(cases_table.c.id == made[3].case_id).values(
                group_id=house.case(case_id).group_id
            )
        )  # fmt: skip
        unit.commit()
    page = mei.page(f"/work/{case_id}/group")
    assert f"{made[3].comment_id}:1" in picks(page)
    assert made[3].comment_id not in ticked(page)
    assert "Reported: Threat to life or safety." in page
    assert "他知道我住在哪里" in page


def test_each_line_names_the_worst_of_what_is_suspected_as_the_work_page_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = replace(AS_USUAL, harm=Harm(labels={"hate": 1.0, "gambling": 0.25}))
    monkeypatch.setattr(house.database, "_queues", lambda: known)
    decision = a_decision(Outcome.REVIEW, gambling=0.71, hate=0.66)
    answers = [an_answer(a_comment(f"x{n}", known_as=f"c-{n}", thread_id=f"t{n}"), decision) for n in range(6)]
    first, *_ = put(house.database, house.keyring, *answers, now=house.clock())
    gather(house.database, house.clock())
    mei = house.logged_in()
    mei.page("/work")
    page = mei.page(f"/work/{first.case_id}/group")
    assert 6 == page.count("the model gives 66")
    assert "the model gives 71" not in page
