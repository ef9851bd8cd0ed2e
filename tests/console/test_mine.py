"""A moderator's own page: theirs alone, and no figure that tells which case measured them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from console.routes import application
from governance import appeals, complaints, contests
from governance.complaints import Report, Reporter
from records import cases, gold, own_work, users
from records.own_work import Turned
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind
from review import quality
from review.agreement import of_one
from review.quality import Quality
from tests.console.house import House, Visitor

FOREVER = timedelta(days=400)


@pytest.fixture
def checked(house: House) -> House:
    """A house where every verdict is looked at by a second person."""
    house.parts = replace(house.parts, quality=Quality(second_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    return house


def weigh(house: House) -> None:
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        quality.weigh(unit, now=house.clock())
        unit.commit()


def decides(house: House, visitor: Visitor, action: str = "approve", *, seconds: float = 30, **more: str) -> None:
    page = visitor.page("/work").partition('<template id="ahead"')[0]
    house.clock.forward(seconds=seconds)
    assert 303 == visitor.decide(action, page=page, **more).status_code


def section(page: str, name: str) -> str:
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def turned_of(look: Reading, house: House, who: str = "mei") -> list[Turned]:
    return own_work.turned(
        look, [house.people[who].id], since=house.clock() - FOREVER, before=house.clock() - timedelta(seconds=12)
    )


def test_what_was_decided_is_counted_by_queue_and_day_with_its_time_once_that_says_something(house: House) -> None:
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    for number in range(23):
        house.comment(f"下注 {number}", surface="news" if number % 2 else "forum")
    for number in range(20):
        decides(house, mei, seconds=20 + number)
    decides(house, wei)
    page = mei.page("/mine")
    assert "All queues 20 20" in plain(section(page, "given-title"))
    assert "cases: too few to tell" in plain(section(page, "given-title")), "of each queue there are ten"
    assert re.search(r"\d\d s of 20", plain(section(page, "given-title")))
    assert "wei" not in page
    house.clock.forward(days=1)
    assert "All queues 0 20" in plain(section(house.logged_in("mei").page("/mine"), "given-title"))
    house.clock.forward(days=7)
    assert "Nothing was decided in these seven days." in house.logged_in("mei").page("/mine")


def test_no_figure_tells_which_answer_was_known_before_the_day_is_over(house: House) -> None:
    mei, noah = house.logged_in("mei"), house.logged_in("noah")
    house.comment("下注")
    decides(house, noah, "reject", labels="gambling")
    with house.database.unit() as unit:
        [known] = cases.page(unit).items
        gold.add(unit, known, VerdictKind.REJECT, ["gambling"], why="plain", author="ada", now=house.clock())
        unit.commit()
    house.comment("来下注")  # beside which it can hide
    house.parts = replace(house.parts, quality=Quality(gold_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    decides(house, mei, "reject", labels="gambling")
    with house.database.reading() as look:
        assert Purpose.GOLD in [each.purpose for each in cases.page(look).items]
    page = mei.page("/mine")
    assert "All queues 1 1" in plain(section(page, "given-title")), "counted like any other"
    assert "—" in plain(section(page, "agreed-title")).partition("known")[2][:40]
    house.clock.forward(days=1)
    me = [house.people["mei"].id]
    with house.database.reading() as look:
        measured = of_one(look, me, since=house.clock() - FOREVER, until=house.clock() - timedelta(hours=12))
    assert (1, 1) == (measured.gold.hits, measured.gold.rows)
    assert "1 of 1" in plain(section(house.logged_in("mei").page("/mine"), "agreed-title"))


def test_agreement_with_another_is_told_the_day_after_and_each_sees_their_own(checked: House) -> None:
    mei, wei = checked.logged_in("mei"), checked.logged_in("wei")
    checked.comment("下注")
    decides(checked, mei, "reject", labels="gambling")
    weigh(checked)
    decides(checked, wei, "reject", labels="gambling")
    weigh(checked)
    assert "1 of 1" not in plain(section(mei.page("/mine"), "agreed-title"))
    checked.clock.forward(days=1)
    for name in ("mei", "wei"):
        assert "1 of 1" in plain(section(checked.logged_in(name).page("/mine"), "agreed-title"))
    assert "1 of 1" not in plain(section(checked.logged_in("noah").page("/mine"), "agreed-title"))


def test_what_a_third_person_decided_otherwise_is_listed_for_whom_it_was_against(checked: House) -> None:
    mei, wei, ben = checked.logged_in("mei"), checked.logged_in("wei"), checked.logged_in("ben", "senior")
    checked.comment("你这个蠢货")
    decides(checked, mei, "reject", labels="abuse")
    weigh(checked)
    decides(checked, wei)
    weigh(checked)
    assert "Nothing of yours was decided otherwise." in mei.page("/mine"), "nobody knows yet who is right"
    assert "Nothing of yours was decided otherwise." in wei.page("/mine")
    page = ben.page("/work?queue=escalated")
    assert "both people read it on their own page" in page
    unsaid = ben.decide("approve", page=page)
    assert (422, True) == (unsaid.status_code, "say in the note, in a sentence" in unsaid.text)
    assert 303 == ben.decide("approve", page=page, note="a word between friends, see the thread").status_code
    checked.clock.forward(seconds=13)
    for visitor, said in ((mei, "rejected : Abuse"), (wei, "approved")):
        told = plain(section(visitor.page("/mine"), "settled-title"))
        assert f"You said: {said} · The third person said: approved" in told
        assert "a word between friends, see the thread" in told
        assert "ben" not in told
    assert "settled-title" not in ben.page("/mine")
    mine = section(mei.page("/mine"), "turned-title")
    assert "two people differed, and a third decided" in mine
    assert "蠢货" in mine
    assert "You said: rejected : Abuse · two people differed" in plain(mine)
    assert 'class="hit-text veiled"' in mine, "blurred as on every page"
    for name in ("wei", "ben"):
        assert name not in mine
    assert "Nothing of yours was decided otherwise." in wei.page("/mine")


def test_what_fell_on_appeal_and_on_contest_is_listed_and_says_by_what(house: House) -> None:
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    appealed = house.comment("下注", id="c-1")
    decides(house, mei, "reject", labels="gambling")
    house.clock.forward(seconds=13)
    rules = house.parts.complaints
    with house.database.unit() as unit:
        appeals.make(unit, appealed.decision_id, "a film", rules, sender="t", now=house.clock())
        unit.commit()
    house.comment("hello", id="c-2")
    with house.database.unit() as unit:
        said = Report("c-2", "harassment", "", Reporter(complaints.PLATFORM, "r"))
        made = complaints.make(unit, said, rules, keyring=house.keyring, now=house.clock())
        unit.commit()
    decides(house, mei)
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        complaints.settle(unit, rules, now=house.clock())
        contests.make(unit, made.id, "", rules, now=house.clock())
        unit.commit()
    for _ in range(2):
        page = wei.page("/work?queue=appeals")
        action = {"action": "reject", "labels": "abuse"} if "hello" in page else {"action": "approve"}
        wei.decide(action.pop("action"), page=page, **action)
    with house.database.reading() as look:
        assert [] == turned_of(look, house), "it can still be taken back"
    house.clock.forward(seconds=13)
    with house.database.reading() as look:
        assert {"appeal", "contest"} == {each.how for each in turned_of(look, house)}
        assert [] == turned_of(look, house, "wei")
    mine = mei.page("/mine")
    assert "its author appealed" in mine
    assert "who reported it contested that it stays" in mine


def test_another_text_is_judged_by_itself_and_what_was_restored_did_hold(house: House) -> None:
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    house.comment("下注", id="c-1")
    decides(house, mei, "reject", labels="gambling")
    house.comment("下注 早上好", id="c-1")
    decides(house, wei)
    house.clock.forward(seconds=13)
    with house.database.reading() as look:
        assert [] == turned_of(look, house)


def test_breaks_and_what_was_seen_of_the_worst_are_told(house: House) -> None:
    mei = house.logged_in("mei")
    for number in range(4):
        house.comment(f"蠢货 {number}")
    decides(house, mei, "reject", labels="abuse")
    house.clock.forward(minutes=20)
    decides(house, mei, "reject", labels="abuse")
    told = plain(section(mei.page("/mine"), "well-title"))
    assert "Breaks today 1" in told
    assert "2 of 2" in told


def test_whoever_is_in_training_sees_how_it_goes_and_who_decides_nothing_no_page(house: House) -> None:
    house.person("new")
    with house.database.unit() as unit:
        users.set_trainee(unit, house.people["new"].id, trainee=True)
        unit.commit()
    page = house.logged_in("new").page("/mine")
    assert "Lessons left" in page
    assert "Lessons left" not in house.logged_in("mei").page("/mine")
    assert 403 == house.logged_in("dora", "data_scientist").get("/mine").status_code
