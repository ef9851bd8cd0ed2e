"""The security log, things to be put right and assessments, through their pages."""

from __future__ import annotations

from datetime import timedelta

from governance import assessments
from governance.assessments import FIELDS, Wish
from records import incidents
from tests.console.house import House, Visitor, csrf_in

WHOLE = {
    "systems": "exports", "data": "no names", "people": "12", "cause": "a wrong permission", "consequences": "none",
    "done": "closed it", "contact": "security@example.com",
}  # fmt: skip


def recorded(visitor: Visitor) -> str:
    """The address of a new incident."""
    form = {"csrf": csrf_in(visitor.page("/incidents")), "kind": "leak", "severity": "high", "what": "an open export"}
    answer = visitor.post("/incidents", form)
    assert 303 == answer.status_code
    return str(answer.headers["location"].removeprefix("/console"))


def changed(visitor: Visitor, place: str, **fields: str):  # noqa: ANN201
    return visitor.post(place, {"csrf": csrf_in(visitor.page(place)), "act": "add", "why": "known by now", **fields})


def test_an_incident_is_written_down_filled_in_reported_and_closed(house: House) -> None:
    lead = house.logged_in("mei", "lead")
    place = recorded(lead)
    assert "The report lacks: Systems affected" in lead.page(place)
    to = {"csrf": csrf_in(lead.page(place)), "act": "reported", "to": "Cyberspace office", "receipt": "A-1"}
    answer = lead.post(place, to)
    assert (409, True) == (answer.status_code, "The report lacks systems" in answer.text)
    told = {f"field-{name}": value for name, value in WHOLE.items()}
    answer = changed(lead, place, **{**told, "field-people": "many"})
    assert (422, True) == (answer.status_code, "people: give a whole number" in answer.text)
    assert 303 == changed(lead, place, **told, state="mended").status_code
    assert 303 == lead.post(place, to).status_code
    assert 303 == changed(lead, place, state="closed").status_code
    page = house.logged_in("ivy", "inspector").page("/incidents")
    assert all(part in page for part in ("Data leaked", "high", "closed", "Cyberspace office"))
    report = lead.get(f"{place}/report")
    assert "attachment" in report.headers["content-disposition"]
    assert "涉及人数 · People affected</th><td>12" in report.text


def test_what_has_to_be_put_right_is_late_when_it_is_and_done_with_a_second_persons_yes(house: House) -> None:
    lead = house.logged_in("mei", "lead")
    due = (house.clock() + timedelta(days=2)).date().isoformat()
    form = {
        "csrf": csrf_in(lead.page("/incidents")), "finding": "one person exports", "demand": "two people",
        "owner": "ben", "authority": "Cyberspace office", "due": due,
    }  # fmt: skip
    answer = lead.post("/rectifications", {**form, "due": "soon"})
    assert (422, True) == (answer.status_code, "due: give a day" in answer.text)
    assert 303 == lead.post("/rectifications", form).status_code
    house.clock.forward(days=3)
    lead = house.logged_in("mei", "lead")
    assert "<em>late</em>" in lead.page("/incidents")
    with house.database.reading() as look:
        [item] = incidents.items(look)
    token = csrf_in(lead.page("/incidents"))
    asked = lead.post(f"/rectifications/{item.id}", {"csrf": token, "proof": "two people export"})
    assert 409 == lead.post(f"/rectifications/{item.id}", {"csrf": token, "proof": "again"}).status_code
    place = asked.headers["location"].removeprefix("/console")
    admin = house.logged_in("ada", "admin")
    page = admin.page(place)
    assert "one person exports → two people" in page
    assert 303 == admin.post(place, {"csrf": csrf_in(page), "answer": "approve", "note": "seen"}).status_code
    assert "<em>late</em>" not in lead.page("/incidents")


def test_an_assessment_is_signed_by_two_people_under_approvals(house: House) -> None:
    words = {name: f"the {name}" for name in FIELDS}
    wish = Wish("function", "replies under news", "", ("news",), words, "mia", "asked for by readers")
    with house.database.unit() as unit:
        assessments.write(unit, wish, surfaces=("news",), now=house.clock())
        unit.commit()
    for name, role in (("ben", "senior"), ("eve", "lead")):
        visitor = house.logged_in(name, role)
        asked = visitor.page("/approvals").partition("/console/approvals/")[2].partition('"')[0]
        page = visitor.page(f"/approvals/{asked}")
        assert "the rollback" in page
        form = {"csrf": csrf_in(page), "answer": "approve", "note": "read it"}
        assert 303 == visitor.post(f"/approvals/{asked}", form).status_code
    page = house.logged_in("eve", "lead").page("/incidents")
    assert all(part in page for part in ("replies under news", "signed", "ben, eve"))
