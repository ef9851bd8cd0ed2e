"""Skills on pages: set for an account, asked for by queues, lacking where nobody at work has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.routes import application
from governance.queue_rules import SkillRule
from records import users
from records.house_queues import HouseQueues, Needs
from records.values import CaseState
from tests.console.house import House, Visitor, case_in, csrf_in

MINORS = SkillRule.model_validate({"title": {"zh": "涉未成年人", "en": "Minors"}, "about": {"zh": "-", "en": "-"}})


@pytest.fixture
def house(house: House) -> House:
    """One that knows a special training, which its news needs."""
    house.database._queues = lambda: HouseQueues(needs={"news": Needs(skills=("minors",))})
    house.parts = replace(house.parts, skills={"minors": MINORS})
    mounts = [route for route in house.app.router.routes if getattr(route, "path", "") == "/console"]
    mounts[0].app = application(house.parts)  # type: ignore[attr-defined]
    return house


def send(visitor: Visitor, path: str, **form: object):  # noqa: ANN201
    return visitor.post(path, {"csrf": csrf_in(visitor.page("/help")), **form})


def test_an_administrator_sets_which_cases_somebody_is_given(house: House) -> None:
    stored, mei = house.comment("下注", surface="news"), house.person("mei")
    assert "" == case_in(house.logged_in("mei").page("/work"))
    admin = house.logged_in("ada", "admin")
    path = f"/accounts/{mei.id}"
    told = send(admin, path, act="skills", languages="zh， en", labels=["gambling"], skills=["minors"])
    assert (200, True) == (told.status_code, "Mei is given" in told.text or "mei is given" in told.text)
    assert "<b>Minors</b>" in told.text
    with house.database.reading() as look:
        user = users.get(look, mei.id)
    assert (("zh", "en"), ("gambling",), ("minors",)) == (user.languages, user.subjects, user.skills)
    assert stored.case_id == case_in(house.logged_in("mei").page("/work"))
    send(admin, path, act="skills", languages="ko")
    assert CaseState.OPEN is house.case(stored.case_id).state


@pytest.mark.parametrize("form", [{"languages": "Chinese"}, {"skills": "law"}, {"labels": "gamblin"}])
def test_what_is_unknown_changes_nothing_and_nobody_sets_their_own(house: House, form: dict[str, str]) -> None:
    mei, admin = house.person("mei"), house.logged_in("ada", "admin")
    assert 422 == send(admin, f"/accounts/{mei.id}", act="skills", **form).status_code
    assert 409 == send(admin, f"/accounts/{house.people['ada'].id}", act="skills", languages="zh").status_code


def test_the_lead_sees_what_nobody_at_work_may_be_given(house: House) -> None:
    house.comment("下注", surface="news")
    house.comment("加微信", surface="forum")
    house.person("wei")
    with house.database.unit() as unit:
        users.set_skills(unit, house.people["wei"].id, languages=None, subjects=None, skills=["minors"])
        unit.commit()
    lead = house.logged_in("li", "lead")
    page = lead.page("/lead/live")
    assert "1 of 2 are at work. 1 case waits that none of them has the skills for." in page
    assert "<b>Minors</b>" in page
    rows = lead.page("/lead/unattended.csv").splitlines()
    assert (2, "news,zh,gambling,minors,1,0") == (len(rows), rows[1].rpartition(",")[0].rpartition(",")[0])
    house.logged_in("wei")
    assert "for every case that waits one of them has the skills" in lead.page("/lead/live")
    house.clock.forward(minutes=31)
    assert "Nobody who decides is at work just now (2 could be). 2 cases wait." in lead.page("/lead/live")


def test_the_live_page_counts_as_at_work_who_decides_and_tells_others_apart(house: House) -> None:
    """As the lead's page does: capacity is not read from who only reads or learns."""
    house.logged_in("wei")
    for name, role in (("ivy", "inspector"), ("dana", "data_scientist"), ("tess", "moderator")):
        house.logged_in(name, role)
    with house.database.unit() as unit:
        users.set_trainee(unit, house.people["tess"].id, trainee=True)
        unit.commit()
    lead = house.logged_in("li", "lead")
    page = lead.page("/state")
    assert "2 people are at work. li, wei</p>" in page
    assert "Beside them 3 who decide no live cases now" in page
    assert "inspector). dana, ivy, tess</p>" in page
    assert "2 of 2 are at work, and" in lead.page("/lead/live")
    page = house.logged_in("ivy").page("/state")
    assert "2 people are at work.</p>" in page
    assert "dana" not in page


def test_staffing_says_how_many_people_a_skill_takes_and_how_many_have_it(house: House) -> None:
    for number in range(3):
        house.comment(f"下注{number}", surface="news")
    house.person("mei")
    page = house.logged_in("li", "lead").page("/staffing")
    assert "Special training: Minors" in page
    assert "cases wait that none of them has the skills for" in page
    assert "skill,minors,3.0,1,0" in house.logged_in("li").page("/staffing/skills.csv")


def test_a_case_that_is_no_longer_theirs_is_not_taken_again_by_a_page_left_open(house: House) -> None:
    stored, mei = house.comment("下注", surface="forum"), house.person("mei")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    send(house.logged_in("ada", "admin"), f"/accounts/{mei.id}", act="skills", languages="ko")
    answer = visitor.decide("approve", page=page)
    assert (409, True) == (answer.status_code, "not given cases of this kind" in answer.text)
    assert CaseState.OPEN is house.case(stored.case_id).state


def test_the_queue_page_says_what_each_queue_and_kind_of_complaint_promises(house: House) -> None:
    house.comment("下注", surface="live")
    visitor = house.logged_in("mei")
    page = " ".join(visitor.page("/queue").split())
    for told in ("Promised within", "What the public is promised", "Harassment", "12 h", "7 d"):
        assert told in page
    house.clock.forward(minutes=6)
    assert "1 late" in visitor.page("/queue")


def test_what_asks_for_a_training_has_a_row_and_can_be_worked_by_itself(house: House) -> None:
    trained, plain = house.comment("下注", surface="news"), house.comment("加微信")
    mei = house.logged_in("mei")
    page = mei.page("/queue")
    row = page[page.index('id="skills-title"') :].partition("</tbody>")[0]
    assert ("Minors" in row, "?skill=minors" in row, "<b>1</b>" in row) == (True, True, True)
    assert "minors,Minors,1," in mei.get("/queue/skills.csv").text
    assert "" == case_in(mei.page("/work?skill=minors")), "she has it not"
    send(house.logged_in("ada", "admin"), f"/accounts/{house.people['mei'].id}", act="skills", skills=["minors"])
    assert trained.case_id == case_in(mei.page("/work?skill=minors"))
    assert 303 == mei.decide("approve", page=mei.page("/work?skill=minors")).status_code
    assert "" == case_in(mei.page("/work?skill=minors"))
    assert plain.case_id == case_in(mei.page("/work"))


def test_where_nothing_asks_for_a_training_there_is_no_table_of_it(house: House) -> None:
    house.comment("加微信")
    assert "skills-title" not in house.logged_in("mei").page("/queue")
