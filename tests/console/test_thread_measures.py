"""Measures on a thread, from its story: with reason and ground, by two people where the policy says so, taken back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from records import measures
from records.standing_values import MeasureRecord, MeasureState
from tests.console.house import House, Visitor, build, csrf_in

FORM = {
    "measure": "suspend",
    "days": "1",
    "reason_zh": "正在核实",
    "reason_en": "being looked into",
    "ground": "rule 3",
}


def sent(house: House, visitor: Visitor, *, policy: str = "default", **fields: object) -> tuple[int, str, str]:
    """The status, the page, and the story's address."""
    stored = house.comment("下注", id="c-1", policy=policy, thread_id="t-1")
    path = f"/comments/{stored.comment_id}/thread"
    answer = visitor.post(f"{path}/measures", {"csrf": csrf_in(visitor.page(path)), **FORM, **fields})
    return answer.status_code, answer.text, path


def taken(house: House) -> list[MeasureRecord]:
    with house.database.reading() as look:
        return list(measures.page(look, thread_id="t-1").items)


def test_comments_are_closed_for_a_time_from_the_story_and_opened_there(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    status, _, path = sent(house, visitor)
    assert 303 == status
    page = visitor.page(path)
    assert "close comments for a time" in page
    assert "being looked into" in page
    [made] = taken(house)
    assert (MeasureState.IN_FORCE, "sam", 1.0) == (made.state, made.asked_by, made.days)
    address = f"{path}/measures/{made.id}"
    assert 422 == visitor.post(address, {"csrf": csrf_in(page), "why": "\u200b "}).status_code
    assert 303 == visitor.post(address, {"csrf": csrf_in(page), "why": "all is well"}).status_code
    assert 409 == visitor.post(address, {"csrf": csrf_in(page), "why": "again"}).status_code
    assert [MeasureState.LIFTED] == [each.state for each in taken(house)]
    assert "all is well" in visitor.page(path)


def test_slow_mode_and_closed_links_go_with_a_restriction(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    status, _, path = sent(house, visitor, measure="restrict", per_hour="2", closes=["links"])
    assert 303 == status
    [made] = taken(house)
    assert (2, ("links",)) == (made.per_hour, made.closes)
    page = visitor.page(path)
    assert all(part in page for part in ("restrict comments", "2 an hour", "links and contacts"))


def test_what_cannot_be_taken_is_said_and_stays_in_the_form(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    for fields in ({"reason_zh": " ", "reason_en": "\u200b"}, {"ground": ""}, {"measure": "restrict", "days": "soon"}):
        status, page, _ = sent(house, visitor, **fields)
        assert (422, True) == (status, "The measure cannot be taken as it stands" in page)
    assert [] == taken(house)


@pytest.mark.parametrize(
    ("fields", "en", "zh"),
    [
        ({"measure": "restrict", "days": "1"}, "tick what is closed", "请勾选要限制的功能"),
        ({"days": "soon"}, "Days: give more than 0", "天数：请填大于 0"),
        ({"per_hour": "inf"}, "Comments an hour", "每小时条数"),
        ({"reason_zh": "", "reason_en": " "}, "Give a reason", "写明原因"),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language(
    house: House, fields: dict[str, object], en: str, zh: str
) -> None:
    visitor = house.logged_in("sam", "senior")
    assert en in sent(house, visitor, **fields)[1]
    visitor.client.cookies.set("chaffinch_view", "zh-auto-on")
    assert zh in sent(house, visitor, **fields)[1]
    assert [] == taken(house)


def test_closing_a_thread_waits_for_a_second_person_where_the_policy_says_so(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    status, _, path = sent(house, visitor, policy="cn", measure="close", days="")
    assert 303 == status
    [made] = taken(house)
    assert MeasureState.WAITING is made.state
    page = visitor.page(path)
    assert f"/console/approvals/{made.approval_id}" in page
    assert "waits for a second person" in page
    lead = house.logged_in("lucy", "lead")
    question = lead.page(f"/approvals/{made.approval_id}")
    lead.post(f"/approvals/{made.approval_id}", {"csrf": csrf_in(question), "answer": "approve", "note": "seen"})
    assert [MeasureState.IN_FORCE] == [each.state for each in taken(house)]


def test_where_the_policy_that_judged_is_gone_and_where_none_is_named_the_houses_holds(tmp_path: Path) -> None:
    house = build(tmp_path, standing="cn")
    with closing(house.database):
        visitor = house.logged_in("sam", "senior")
        stored = house.comment("下注", id="c-1", thread_id="t-1")
        with house.database.unit() as unit:
            unit.execute(text("UPDATE decisions SET policy = 'gone@1'"))
            unit.commit()
        path = f"/comments/{stored.comment_id}/thread"
        form = {"csrf": csrf_in(visitor.page(path)), **FORM, "measure": "close", "days": ""}
        assert 303 == visitor.post(f"{path}/measures", form).status_code
        [made] = taken(house)
    assert (MeasureState.WAITING, "cn") == (made.state, str(made.policy).partition("@")[0])


def test_a_moderator_sees_what_holds_and_takes_nothing(house: House) -> None:
    senior, moderator = house.logged_in("sam", "senior"), house.logged_in("mei")
    _, _, path = sent(house, senior)
    page = moderator.page(path)
    assert "being looked into" in page
    assert "/thread/measures" not in page


def test_a_measure_of_another_thread_is_not_taken_back_from_here(house: House) -> None:
    visitor = house.logged_in("sam", "senior")
    sent(house, visitor)
    [made] = taken(house)
    other = house.comment("加微信", thread_id="t-2")
    path = f"/comments/{other.comment_id}/thread"
    answer = visitor.post(f"{path}/measures/{made.id}", {"csrf": csrf_in(visitor.page(path)), "why": "x"})
    assert 404 == answer.status_code
