"""The pages of approvals: what waits for whom, what it will change, and who may say yes."""

from __future__ import annotations

import pytest

from console.permissions import ALLOWED, Action
from governance.approvals import MAY_APPROVE
from moderation.rules import RuleState
from records import approvals, keys, ledger, rules
from tests.console.house import House, Visitor, csrf_in

DRAFT, SHADOW, LIVE, RETIRED = RuleState


def answer(visitor: Visitor, approval_id: str, said: str = "approve", note: str = "read it", **more: str):  # noqa: ANN201
    form = {"csrf": csrf_in(visitor.page("/approvals")), "answer": said, "note": note}
    return visitor.post(f"/approvals/{approval_id}", form | more)


def held(house: House, name: str = "ads.one") -> set[RuleState]:
    with house.database.reading() as look:
        return set(rules.held(look, name))


def test_the_console_lets_answer_whom_governance_lets_answer() -> None:
    assert MAY_APPROVE == ALLOWED[Action.APPROVE]


def test_what_waits_is_shown_with_who_asks_why_and_for_whom(house: House) -> None:
    house.person("ben", "senior")
    asked = house.asked()
    page = house.logged_in("mei").page("/approvals")
    assert all(
        part in page for part in (asked.id, "A rule that holds or blocks goes live: Advert", "ads.one", "it held")
    )
    assert "a senior moderator, lead or administrator who is not ben" in page


def test_a_second_person_approves_and_the_rule_is_live(house: House) -> None:
    house.person("ben", "senior")
    asked = house.asked()
    visitor = house.logged_in("mei", "lead")
    assert 303 == answer(visitor, asked.id).status_code
    assert {LIVE} == held(house)
    page = visitor.page(f"/approvals/{asked.id}")
    assert all(part in page for part in ("approved, by mei", "read it"))
    assert 'name="answer"' not in page
    assert "approved, by mei" in visitor.page("/approvals")
    with house.database.reading() as look:
        kinds = [entry.kind for entry in ledger.page(look, subject_id=asked.id).items]
    assert ["approval.asked", "approval.approved"] == kinds


def test_who_approves_while_a_pack_is_broken_is_told_what_servers_do(house: House) -> None:
    house.person("ben", "senior")
    asked, declined = house.asked(), house.asked("ads.two")
    (house.parts.packs / "torn.toml").write_text("[[rules]\n", encoding="utf-8")
    visitor = house.logged_in("mei", "lead")
    answer(visitor, declined.id, "decline")
    assert "cannot load the rules" not in visitor.page(f"/approvals/{declined.id}")
    answer(visitor, asked.id)
    said = "running servers cannot load the rules: they keep those they had until torn.toml is mended"
    assert said in visitor.page(f"/approvals/{asked.id}")
    house.clock.forward(minutes=2)
    assert "cannot load the rules" not in visitor.page(f"/approvals/{asked.id}")


def test_a_declined_rule_stays_as_it_was(house: House) -> None:
    house.person("ben", "senior")
    asked = house.asked()
    visitor = house.logged_in("mei", "lead")
    answer(visitor, asked.id, "decline", "too broad")
    assert {DRAFT} == held(house)
    assert "declined, by mei" in visitor.page(f"/approvals/{asked.id}")


def test_who_asked_may_not_answer_whatever_the_form_says(house: House) -> None:
    visitor = house.logged_in("ben", "senior")
    asked = house.asked()
    page = visitor.page(f"/approvals/{asked.id}")
    assert ("somebody else has to answer" in page, 'name="answer"' in page) == (True, False)
    assert "you asked" in visitor.page("/approvals")
    house.person("mei", "lead")
    assert 403 == answer(visitor, asked.id, by="mei").status_code
    assert {DRAFT} == held(house)


def test_who_asked_by_a_key_that_is_named_after_them_may_not_answer(house: House) -> None:
    house.rule()
    with house.database.unit() as unit:
        key, _ = keys.create(unit, "Mei", scopes=["admin"], now=house.clock())
        facts = {"version": 1, "source": 1}
        asked = approvals.ask(
            unit, "rule.live", "ads.one", facts=facts, asked_by=f"key:{key.prefix}", why="w", now=house.clock()
        )
        unit.commit()
    visitor = house.logged_in("mei", "lead")
    assert "Mei (key:" in visitor.page("/approvals")
    assert 403 == answer(visitor, asked.id).status_code


@pytest.mark.parametrize("role", ["moderator", "data_scientist"])
def test_others_see_and_do_not_answer(house: House, role: str) -> None:
    asked = house.asked()
    visitor = house.logged_in("mei", role)
    assert "Seniors, leads and administrators answer this" in visitor.page(f"/approvals/{asked.id}")
    assert 403 == answer(visitor, asked.id).status_code
    assert {DRAFT} == held(house)


def test_the_second_of_two_is_told_who_was_first(house: House) -> None:
    house.person("ben", "senior")
    asked = house.asked()
    first, second = house.logged_in("mei", "lead"), house.logged_in("lia", "lead")
    answer(first, asked.id, "decline")
    late = answer(second, asked.id)
    assert (409, True) == (late.status_code, "Somebody was before you" in late.text)
    assert "declined, by mei" in late.text
    assert {DRAFT} == held(house)


def test_what_was_changed_since_is_refused_and_says_by_whom(house: House) -> None:
    house.person("ben", "senior")
    asked = house.asked()
    house.rule(term="特价", why="a better term")
    late = answer(house.logged_in("mei", "lead"), asked.id)
    assert 409 == late.status_code
    assert "overtaken: ben made version 2 (draft)" in late.text


def test_what_can_no_longer_be_done_says_why_and_still_waits(house: House) -> None:
    house.rule(label="gossip")
    with house.database.unit() as unit:
        facts = {"version": 1, "source": 1}
        asked = approvals.ask(unit, "rule.live", "ads.one", facts=facts, asked_by="ben", why="w", now=house.clock())
        unit.commit()
    visitor = house.logged_in("mei", "lead")
    late = answer(visitor, asked.id)
    assert (409, True) == (late.status_code, "there is no label" in late.text)
    assert "It can no longer be done as it was asked for" in late.text
    assert 303 == answer(visitor, asked.id, "decline").status_code


def test_it_says_what_is_new_and_what_would_change(house: House) -> None:
    house.person("ben", "senior")
    lead = house.logged_in("mei", "lead")
    first = house.asked(terms=["优惠", "包邮"])
    assert "Nothing of this name decides today" in lead.page(f"/approvals/{first.id}")
    answer(lead, first.id)
    second = house.asked(terms=["优惠", "特价"])
    page = lead.page(f"/approvals/{second.id}")
    changes = page[page.index("changes-title") : page.index("<pre")]
    assert ["包邮", "特价"] == [term for term in ("包邮", "特价", "优惠") if f"</b> {term}" in changes]


@pytest.mark.parametrize("note", ["", "  ", "x" * 2001])
def test_an_answer_needs_a_note(house: House, note: str) -> None:
    asked = house.asked()
    refused = answer(house.logged_in("mei", "lead"), asked.id, note=note)
    assert (422, True) == (refused.status_code, "Say what you looked at" in refused.text)
    assert {DRAFT} == held(house)


def test_an_answer_that_is_neither_yes_nor_no_is_refused(house: House) -> None:
    asked = house.asked()
    visitor = house.logged_in("mei", "lead")
    assert 422 == answer(visitor, asked.id, "maybe").status_code
    assert 404 == answer(visitor, "nix").status_code
    assert {DRAFT} == held(house)


def test_settled_questions_are_paged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.pages.approvals.OLD", 2)
    visitor = house.logged_in("mei", "lead")
    for name in ("ads.a", "ads.b", "ads.c"):
        answer(visitor, house.asked(name).id, "decline")
    page = visitor.page("/approvals")
    assert (True, False) == ("ads.c" in page, "ads.a" in page)
    place = page.partition("/console/approvals?cursor=")[2].partition('"')[0]
    assert "ads.a" in visitor.page(f"/approvals?cursor={place}")


def test_a_question_of_a_kind_that_nobody_here_knows_can_be_seen(house: House) -> None:
    with house.database.unit() as unit:
        asked = approvals.ask(unit, "model.promote", "m-3", facts={}, asked_by="ben", why="w", now=house.clock())
        unit.commit()
    visitor = house.logged_in("mei", "lead")
    assert "model.promote: m-3" in visitor.page(f"/approvals/{asked.id}")
    assert 409 == answer(visitor, asked.id).status_code
