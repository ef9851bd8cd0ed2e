"""Writing a rule in the console: what the check says, what is saved by whom, and that nothing typed is lost."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from console.refusals import RefusalError
from console.rule_checks import A_MINUTE, RuleChecks
from moderation.rules import RuleState
from records import rules
from tests.console.house import House, Visitor, csrf_in
from tests.governance.test_rules import PACK, a_rule
from tests.moderation.test_typed_rule import RULE

DRAFT = RuleState.DRAFT
ID = "ads.cashback.zh"


def sent(visitor: Visitor, path: str, text: str = RULE, **more: str):  # noqa: ANN201
    page = visitor.page(path)
    seen = re.search(r'name="expect" value="(\d+)"', page)
    assert seen
    form = {"csrf": csrf_in(page), "text": text, "why": "seen today", "expect": seen[1], "act": "save", "tried": ""}
    return visitor.post(path, form | more)


def typed_in(page: str) -> str:
    """What stands in the field for the rule."""
    return html.unescape(page.partition('name="text"')[2].partition(">")[2].partition("</textarea>")[0]).lstrip("\n")


def newest(house: House, name: str = ID):  # noqa: ANN201
    with house.database.reading() as look:
        return rules.newest(look, name)


def test_a_new_rule_becomes_a_draft_of_whoever_is_logged_in(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    assert "/rules/new" in visitor.page("/rules")
    answer = sent(visitor, "/rules/new", RULE.replace("\n", "\r\n"), by="someone else")
    assert (303, f"/console/rules/{ID}") == (answer.status_code, answer.headers["location"])
    made = newest(house)
    assert ("mei", "seen today", DRAFT, 1) == (made.author, made.why, made.state, made.version)
    assert ["好评返现", "返现加群"] == made.document["terms"]
    page = visitor.page(f"/rules/{ID}")
    assert "It is draft now" in page
    assert f"/rules/{ID}/edit" in page


def test_a_rule_is_written_on_from_its_draft_and_the_text_comes_as_a_pack_has_it(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    sent(visitor, "/rules/new")
    text = typed_in(visitor.page(f"/rules/{ID}/edit"))
    assert (
        303
        == sent(
            visitor, f"/rules/{ID}/edit", text.replace("返现加群", "返现进群").replace("返·现·加·群", "返·现·进·群")
        ).status_code
    )
    made = newest(house)
    assert (2, ["好评返现", "返现进群"]) == (made.version, made.document["terms"])


def test_a_pack_s_rule_gets_a_draft_above_it(house: House) -> None:
    (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    visitor = house.logged_in("mei", "senior")
    text = typed_in(visitor.page("/rules/ads.packed/edit"))
    same = sent(visitor, "/rules/ads.packed/edit", text)
    assert (409, True) == (same.status_code, "says this already" in same.text)
    assert 303 == sent(visitor, "/rules/ads.packed/edit", text.replace("包邮", "免邮")).status_code
    made = newest(house, "ads.packed")
    assert (DRAFT, ["免邮"]) == (made.state, made.document["terms"])


def test_the_check_tells_places_examples_and_what_hits_a_text_beside_it(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    page = visitor.page("/rules/new")
    wrong = RULE.replace('"advertising"', '"advertizing"').replace("退货以后", "好评")
    form = {"csrf": csrf_in(page), "text": wrong, "tried": "<b>返 现 加 群", "rule_id": ""}
    part = visitor.post("/rules/check", form, headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert all(one in part for one in ('data-line="4" data-column="1"', "advertizing", "2 of 3 examples hold"))
    assert "&lt;b&gt;<mark>返 现 加 群</mark>" in part
    assert "<code>canonical</code>" in part
    assert "must not match: it matches" in part
    assert newest(house) is None


def test_without_script_the_button_checks_and_saves_nothing(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    answer = sent(visitor, "/rules/new", act="check", why="my reason", tried="好评返现")
    assert 200 == answer.status_code
    assert all(one in answer.text for one in ("It can be saved.", "3 of 3 examples hold", "<mark>好评返现</mark>"))
    assert (RULE.strip(), True) == (typed_in(answer.text).strip(), "my reason" in answer.text)
    assert newest(house) is None


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"text": RULE.replace("label", "lable")}, 422, "Not saved"),
        ({"why": "  "}, 422, "Say why"),
        ({"text": "<script>alert(1)</script> = \u202e"}, 422, "Not saved"),
        ({"expect": "-1"}, 422, ""),
    ],
)
def test_what_cannot_be_saved_is_said_and_stays_typed(
    house: House, change: dict[str, str], status: int, said: str
) -> None:
    answer = sent(house.logged_in("mei", "senior"), "/rules/new", **{"text": RULE} | change)
    assert (status, True) == (answer.status_code, said in answer.text)
    assert "<script>alert" not in answer.text
    if said:
        assert change.get("text", RULE).strip() == typed_in(answer.text).strip()
    assert newest(house) is None


def test_of_two_who_write_at_once_the_later_is_told_and_loses_nothing(house: House) -> None:
    house.rule("ads.one", action="review")
    mine, theirs = house.logged_in("mei", "senior"), house.logged_in("ben", "lead")
    before = mine.page("/rules/ads.one/edit")
    text = typed_in(before)
    assert 303 == sent(theirs, "/rules/ads.one/edit", text.replace("优惠", "特价")).status_code
    form = {
        "csrf": csrf_in(before),
        "text": text.replace("优惠", "包邮"),
        "why": "my thought",
        "expect": "1",
        "act": "save",
    }
    told = mine.post("/rules/ads.one/edit", form)
    assert 409 == told.status_code
    assert all(one in told.text for one in ("Somebody saved before you: ben", "version 2", "my thought", "特价"))
    assert text.replace("优惠", "包邮").strip() == typed_in(told.text).strip()
    assert ["特价"] == newest(house, "ads.one").document["terms"]
    assert 303 == mine.post("/rules/ads.one/edit", form | {"expect": "2"}).status_code
    assert ["包邮"] == newest(house, "ads.one").document["terms"]


@pytest.mark.parametrize("known", ["pack", "database"])
def test_a_new_rule_does_not_take_the_id_of_another(house: House, known: str) -> None:
    name = "ads.packed"
    if known == "pack":
        (house.parts.packs / "ads.toml").write_text(PACK, encoding="utf-8")
    else:
        house.rule(name)
    answer = sent(house.logged_in("mei", "senior"), "/rules/new", RULE.replace(ID, name))
    assert 409 == answer.status_code
    assert "/console/rules/ads.packed/edit" in answer.text


def test_an_unknown_rule_is_not_written_on(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    assert 404 == visitor.get("/rules/ads.none/edit").status_code
    assert 403 == house.logged_in("wei").get("/rules/new").status_code


def test_checks_are_bounded_for_each_person_and_in_time(house: House) -> None:
    checks, now = RuleChecks(longest=0.05), house.clock()
    for number in range(A_MINUTE):
        assert number == checks.run("mei", lambda number=number: number, now=now)
    with pytest.raises(RefusalError, match="too_often"):
        checks.run("mei", lambda: 0, now=now)
    assert 1 == checks.run("ben", lambda: 1, now=now)
    assert 2 == checks.run("mei", lambda: 2, now=now + timedelta(minutes=1))
    import threading

    go = threading.Event()
    with pytest.raises(RefusalError, match="too_long"):
        checks.run("ben", go.wait, now=now)
    go.set()


def test_a_text_beyond_all_bounds_is_refused_unread(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    form = {"csrf": csrf_in(visitor.page("/rules/new")), "text": "x" * 400_000}
    assert 413 == visitor.post("/rules/check", form).status_code
    assert 413 == visitor.post("/rules/ads.one", {"csrf": form["csrf"], "why": "x" * 70_000}).status_code


def test_a_rule_as_big_as_it_may_be_in_chinese_is_taken(house: House) -> None:
    visitor = house.logged_in("mei", "senior")
    house.rule("ads.one", action="review")
    more = ", ".join(f'"优惠{chr(0x4E00 + n)}{chr(0x5E00 + n)}"' for n in range(2400))
    text = typed_in(visitor.page("/rules/ads.one/edit")) + "\n# " + more
    assert len(text) < 20_000
    assert 409 == sent(visitor, "/rules/ads.one/edit", text).status_code  # it says nothing new
    assert a_rule().id == newest(house, "ads.one").rule_id
