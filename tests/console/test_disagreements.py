"""Where people decided apart, what a lead settles, and where the edge cases of a label are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.routes import application
from governance import appeals
from governance.complaint_rules import shipped
from records import gold, verdicts
from records.storing import Stored
from records.values import VerdictKind
from review.quality import Quality
from tests.console.house import House, Visitor, csrf_in
from tests.console.test_quality import weigh

TEXT = "我就是个蠢货哈哈"
WHY = "said of oneself, in jest"


@pytest.fixture
def checked(house: House) -> House:
    return checking(house)


def checking(house: House) -> House:
    """The house, where every verdict is looked at by a second person from now on."""
    house.parts = replace(house.parts, quality=Quality(second_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    for name, role in (("mei", "moderator"), ("wei", "moderator"), ("sun", "senior")):
        house.person(name, role)
    return house


def apart(house: House, text: str = TEXT, third: str = "approve") -> Stored:
    """Rejected by one, approved by another; a senior said that it stays, or what else is asked for."""
    stored = house.comment(text)
    for who, action in (("mei", "reject"), ("wei", "approve"), ("sun", third)):
        visitor = house.logged_in(who)
        more = {"labels": "abuse"} if action == "reject" else {}
        queue = {"queue": "escalated"} if who == "sun" else {}
        page = visitor.page("/work?queue=escalated" if queue else "/work")
        answer = visitor.decide(action, page=page, note="because", **more, **queue)
        assert 303 == answer.status_code, answer.text
        weigh(house)
    return stored


def settle(lead: Visitor, stored: Stored, verdict: str = "approve", **said: str):  # noqa: ANN201
    path = f"/quality/disagreements/{stored.decision_id}"
    form = {"csrf": csrf_in(lead.page(path)), "verdict": verdict, "reason": WHY, "edge": "", **said}
    return lead.post(path, form)


def test_the_list_tells_what_each_person_said(checked: House) -> None:
    apart(checked)
    lead = checked.logged_in("li", "lead")
    assert "/quality/disagreements" in lead.page("/quality")
    page = lead.page("/quality/disagreements")
    assert "我就是个<mark>蠢货</mark>哈哈" in page
    assert "rejected: Abuse" in page
    assert 2 <= page.count("approved")


def test_what_a_third_person_is_asked_about_is_not_listed(checked: House) -> None:
    stored = checked.comment(TEXT)
    for who, action in (("mei", "reject"), ("wei", "approve")):
        visitor = checked.logged_in(who)
        visitor.decide(action, **({"labels": "abuse"} if action == "reject" else {}))
        weigh(checked)
    lead = checked.logged_in("li", "lead")
    assert TEXT not in lead.page("/quality/disagreements")
    assert 404 == lead.get(f"/quality/disagreements/{stored.decision_id}").status_code


def test_what_holds_already_is_marked_without_a_new_verdict(checked: House) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    assert "/console/labels/abuse" == settle(lead, stored, edge="abuse").headers["location"]
    with checked.database.reading() as look:
        assert 3 == len(verdicts.of_comment(look, stored.comment_id))
    page = lead.page("/labels/abuse")
    assert TEXT in page
    assert WHY in page
    assert "held not to be Abuse" in page
    assert "stands beside" in lead.page("/quality/disagreements")


def test_a_lead_may_settle_it_the_other_way(checked: House) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    assert 303 == settle(lead, stored, "reject", labels="abuse", edge="abuse").status_code
    with checked.database.reading() as look:
        held = verdicts.holding_of(look, stored.comment_id)
    assert held is not None
    assert (VerdictKind.REJECT, ("abuse",), checked.people["li"].id) == (held.verdict, held.labels, held.moderator)
    assert "held to be Abuse" in lead.page("/labels/abuse")


def test_what_was_decided_on_appeal_is_marked_and_not_decided_anew(checked: House) -> None:
    stored = apart(checked, third="reject")
    with checked.database.unit() as unit:
        appeals.make(unit, stored.decision_id, "in jest", shipped(), sender="t", now=checked.clock())
        unit.commit()
    ben = checked.logged_in("ben")
    page = ben.page("/work?queue=appeals")
    assert 303 == ben.decide("approve", page=page, queue="appeals").status_code
    weigh(checked)
    lead = checked.logged_in("li", "lead")
    assert 403 == settle(lead, stored, "reject", labels="abuse", edge="abuse").status_code
    assert 303 == settle(lead, stored, "approve", edge="abuse").status_code


def test_it_stands_beside_the_policy_on_the_case_page_until_it_is_taken_back(checked: House) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    settle(lead, stored, edge="abuse")
    checked.comment("你这个蠢货，别再来了")
    mei = checked.logged_in("mei")
    page = mei.page("/work")
    assert TEXT in page
    assert WHY in page
    label = lead.page("/labels/abuse")
    edge = label.partition("/labels/edge-cases/")[2].partition('"')[0]
    assert "edge-cases/" not in mei.page("/labels/abuse")
    assert 303 == lead.post(f"/labels/edge-cases/{edge}", {"csrf": csrf_in(label)}).status_code
    assert WHY not in mei.page("/work")
    assert TEXT not in lead.page("/labels/abuse")
    assert 303 == lead.post(f"/labels/edge-cases/{edge}", {"csrf": csrf_in(label)}).status_code


def test_asked_as_a_known_answer_it_is_told_to_nobody_who_may_be_asked(checked: House) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    settle(lead, stored, edge="abuse", asked="1")
    with checked.database.reading() as look:
        [known] = gold.in_use(look)
    assert (stored.comment_id, WHY) == (known.comment_id, known.why)
    checked.comment("你这个蠢货，别再来了")
    assert WHY not in checked.logged_in("ben").page("/work")
    checked.comment("你真是个蠢货啊，走开", id="c-3")
    assert WHY in checked.logged_in("mei").page("/work")


def test_who_read_the_label_s_page_is_asked_for_no_known_answer_of_it(checked: House) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    settle(lead, stored, edge="abuse", asked="1")
    ben = checked.logged_in("ben")
    ben.page("/labels/abuse")
    with checked.database.reading() as look:
        assert [] == gold.unasked(look, checked.people["ben"].id)


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ({"reason": "", "edge": "abuse"}, 422, "reason"),
        ({"verdict": "reject"}, 422, "label"),
        ({}, 409, "holds already"),
        ({"edge": "nonsense"}, 422, "cannot be used"),
    ],
)
def test_what_cannot_be_done_is_said_and_kept(checked: House, said: dict[str, str], status: int, told: str) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    answer = settle(lead, stored, **said)
    assert status == answer.status_code
    assert told in answer.text
    if "reason" not in said:
        assert WHY in answer.text


def test_a_second_mark_beside_the_same_label_is_refused(checked: House) -> None:
    stored, lead = apart(checked), checked.logged_in("li", "lead")
    settle(lead, stored, edge="abuse")
    assert 409 == settle(lead, stored, edge="abuse").status_code
    assert 303 == settle(lead, stored, edge="hate").status_code


def test_an_unknown_label_has_no_page(checked: House) -> None:
    assert 404 == checked.logged_in("mei").get("/labels/nonsense").status_code


def test_its_words_are_shown_and_never_run(checked: House) -> None:
    stored, lead = apart(checked, f"{TEXT}<script>alert(1)</script>"), checked.logged_in("li", "lead")
    settle(lead, stored, edge="abuse", reason="<b>why</b>")
    for page in (lead.page("/labels/abuse"), lead.page("/quality/disagreements")):
        assert "<script>alert" not in page
        assert "<b>why</b>" not in page
