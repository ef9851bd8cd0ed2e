"""On pages: whoever said yes to a verdict over many, or read that question, is handed no appeal of what it removed."""

from __future__ import annotations

from dataclasses import replace

from console.routes import application
from governance import appeals, bulk_steps
from governance.verdicts import HouseRules
from records import bulk, cases, decisions
from records.bulk import MemberState
from records.values import Purpose
from review import quality
from review.quality import Quality
from tests.console.house import House, case_in
from tests.console.test_approvals import answer
from tests.console.test_campaigns import ADVERT, _form
from tests.console.test_many import _alone, asked


def checked(house: House, share: float = 1e-9) -> HouseRules:
    """What a worker decides by."""
    parts = house.parts
    return HouseRules(parts.taxonomy, parts.policies(), Quality(share), parts.complaints)


def worked_off(house: House) -> None:
    house.clock.forward(seconds=20)
    while bulk_steps.step(house.database, lambda: checked(house), house.clock()):
        pass
    house.clock.forward(seconds=20)
    with house.database.unit() as unit:
        quality.weigh(unit, now=house.clock())
        unit.commit()


def appeal_one(house: House) -> None:
    """The author of one of what was decided together wants another look."""
    with house.database.unit() as unit:
        [made] = [bulk.get(unit, each) for each in bulk.of_comment(unit, cases.page(unit).items[0].comment_id)]
        member = bulk.members(unit, made.id, states=(MemberState.DECIDED,), limit=9)[0]
        decided = decisions.latest_of(unit, member.comment_id)
        appeals.make(unit, decided.id, "a joke", house.parts.complaints, sender="t", now=house.clock())
        unit.commit()


def test_who_approves_and_who_only_reads_the_question_are_handed_no_appeal_and_the_lead_is_told(house: House) -> None:
    house.campaign(*[house.comment(f"{ADVERT}{n}") for n in range(4)])
    _alone(house, 2)
    mei = house.logged_in("mei")
    approval_id = asked(house, mei)
    lea, sia = house.logged_in("lea", "lead"), house.logged_in("sia", "senior")
    assert ADVERT in sia.page(f"/approvals/{approval_id}")
    assert 303 == answer(lea, approval_id).status_code
    worked_off(house)
    appeal_one(house)
    for visitor in (mei, lea, sia):
        assert ADVERT not in visitor.page("/work?queue=appeals")
    assert "wait for nobody" in lea.page("/lead?lang=en")
    assert ADVERT in house.logged_in("ben").page("/work?queue=appeals")
    assert "wait for nobody" not in lea.page("/lead?lang=en")


def test_of_a_campaign_that_one_person_rejects_on_its_page_one_is_looked_at_again(house: House) -> None:
    house.parts = replace(house.parts, quality=Quality(1e-9))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    house.campaign(*[house.comment(f"{ADVERT}{n}") for n in range(4)])
    mei = house.logged_in("mei")
    house.logged_in("ben")
    case_id = case_in(mei.page("/work"))
    form = _form(mei.page(f"/work/{case_id}/campaign"))
    assert 303 == mei.post(f"/work/{case_id}/campaign", {**form, "action": "reject", "labels": "gambling"}).status_code
    worked_off(house)
    with house.database.reading() as look:
        second = [each for each in cases.page(look).items if each.purpose is Purpose.OPINION]
    assert 1 == len(second)
