"""A rule's page tries it on stored decisions: asked for, followed, looked at; and going live waits for that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.backtest_view import _unlike
from governance.rule_backtests import BacktestsChore
from moderation.decision import Outcome
from moderation.rules import RuleState
from moderation.rules.backtest import Sample
from records import approvals, erasing, ledger
from tests.console.house import House, Visitor, build, csrf_in
from tests.console.test_rules import held, wish

LIVE = RuleState.LIVE


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One in which what goes live is tried first."""
    built = build(tmp_path, rules_tried_first=True)
    yield built
    built.database.close()


def ask(visitor: Visitor, name: str = "ads.one", rows: str = "1000"):  # noqa: ANN201
    form = {"csrf": csrf_in(visitor.page(f"/rules/{name}")), "rows": rows}
    return visitor.post(f"/rules/{name}/backtest", form)


def read(house: House) -> int:
    return BacktestsChore("test")(house.database, house.clock())


def test_it_is_asked_for_followed_and_looked_at_with_the_hits_marked(house: House) -> None:
    for text in ("加微信领优惠<b>", "优惠吗", "你好"):
        house.comment(text)
    house.rule("ads.one", action="block")
    visitor = house.logged_in("mei", "senior")
    assert "was not tried on stored decisions yet" in visitor.page("/rules/ads.one")
    assert "/console/rules/ads.one#backtest" == ask(visitor).headers["location"]
    page = visitor.page("/rules/ads.one")
    followed = ("Under way: 0 of 3", 'hx-get="/console/rules/ads.one/backtest/live"', "Look again")
    assert [] == [one for one in followed if one not in page]
    assert 'name="rows"' not in page
    assert 3 == read(house)
    part = visitor.page("/rules/ads.one/backtest/live")
    assert "<html" not in part
    assert "hx-trigger" not in part
    told = ("On 3 decided comments, asked by mei", "Hit by the new one alone", "1 from “review” to “block”.")
    assert [] == [one for one in (*told, "加微信领<mark>优惠</mark>&lt;b&gt;") if one not in part]
    assert "/console/decisions/" in part


def test_those_who_do_not_decide_about_rules_see_the_figures_and_no_comment(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one")
    ask(house.logged_in("mei", "senior"))
    read(house)
    for role in ("moderator", "inspector", "data_scientist"):
        page = house.logged_in(f"a-{role}", role).page("/rules/ads.one")
        assert "On 1 decided comments" in page
        assert "<mark>优惠</mark>吗" not in page
        assert '/rules/ads.one/backtest"' not in page


def test_what_was_erased_since_is_counted_and_not_shown(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one")
    visitor = house.logged_in("mei", "senior")
    ask(visitor)
    read(house)
    with house.database.unit() as unit:
        erasing.erase_some(unit, house.keyring, "author-1", now=house.clock())
        unit.commit()
    page = visitor.page("/rules/ads.one")
    assert "1 sampled comments were erased since." in page
    assert "优惠</mark>吗" not in page


def test_a_draft_is_tried_while_another_version_is_in_the_shadow(house: House) -> None:
    house.comment("优惠吗")
    house.comment("特价了")
    house.rule("ads.one")
    house.promote("ads.one", RuleState.SHADOW)
    house.rule("ads.one", term="特价")
    visitor = house.logged_in("mei", "senior")
    page = visitor.page("/rules/ads.one")
    assert 'name="of" value="draft"' in page
    form = {"csrf": csrf_in(page), "rows": "1000", "of": "draft"}
    answer = visitor.post("/rules/ads.one/backtest", form)
    assert "/console/rules/ads.one#backtest-draft" == answer.headers["location"]
    assert "/backtest/live?of=draft" in visitor.page("/rules/ads.one")
    read(house)
    assert "<mark>特价</mark>了" in visitor.page("/rules/ads.one/backtest/live?of=draft")
    assert "was not tried on stored decisions yet" in visitor.page("/rules/ads.one/backtest/live")


@pytest.mark.parametrize(("name", "rows", "status"), [("ads.one", "7", 422), ("ads.none", "1000", 404)])
def test_what_no_page_asks_for_is_refused(house: House, name: str, rows: str, status: int) -> None:
    house.rule("ads.one")
    visitor = house.logged_in("mei", "senior")
    form = {"csrf": csrf_in(visitor.page("/rules")), "rows": rows}
    assert status == visitor.post(f"/rules/{name}/backtest", form).status_code


def test_a_rule_goes_live_once_it_was_tried_just_as_it_is(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one", action="review")
    visitor = house.logged_in("mei", "senior")
    told = wish(visitor, "ads.one", "live")
    assert (409, True) == (told.status_code, "once it was tried on stored decisions just as it is" in told.text)
    assert LIVE not in held(house)
    ask(visitor)
    read(house)
    page = visitor.page("/rules/ads.one")
    assert "Why can it not wait for a second person?" in page
    assert "for a backtest?" not in page
    assert 303 == wish(visitor, "ads.one", "live").status_code
    assert LIVE not in held(house)
    agree(house)
    assert LIVE in held(house)
    house.rule("ads.one", action="review", term="特价")
    assert 409 == wish(visitor, "ads.one", "live").status_code


def test_whoever_did_not_open_the_rule_s_page_is_shown_what_it_hits_before_they_lead_it_on(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one", action="block")
    visitor, other = house.logged_in("mei", "senior"), house.logged_in("lia", "lead")
    ask(visitor)
    read(house)
    visitor.page("/rules/ads.one")
    form = {"csrf": csrf_in(other.page("/rules")), "to": "live", "why": "it held", "expect": "1"}
    told = other.post("/rules/ads.one", form)
    assert (409, True, True) == (told.status_code, "had not seen yet" in told.text, "<mark>优惠</mark>" in told.text)
    assert 303 == other.post("/rules/ads.one", form).status_code


def test_the_question_says_on_how_few_decisions_and_shows_them_to_who_answers(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one", action="block")
    visitor = house.logged_in("mei", "senior")
    ask(visitor)
    read(house)
    visitor.page("/rules/ads.one")
    question = wish(visitor, "ads.one", "live").headers["location"].removeprefix("/console")
    lead = house.logged_in("lia", "lead")
    answer = {"csrf": csrf_in(lead.page("/rules")), "answer": "approve", "note": "looked"}
    assert "has not seen yet" in lead.post(question, answer).text
    page = lead.page(question)
    assert ("tried on 1 decisions only" in page, "<mark>优惠</mark>" in page) == (True, True)
    assert 303 == lead.post(question, answer).status_code
    assert LIVE in held(house)


def test_what_cannot_wait_is_asked_for_with_a_word_to_the_second_person(house: House) -> None:
    house.rule("ads.one")
    visitor = house.logged_in("mei", "senior")
    page = visitor.page("/rules/ads.one")
    assert 'name="urgent"' in page
    form = {"csrf": csrf_in(page), "to": "live", "why": "a wave", "expect": "1", "urgent": "yes"}
    told = visitor.post("/rules/ads.one", form)
    assert (422, True) == (told.status_code, "Say why it cannot wait for a backtest" in told.text)
    assert 'name="urgent" value="yes" checked' in told.text
    assert 303 == visitor.post("/rules/ads.one", {**form, "urgent_why": "hundreds a minute"}).status_code
    question = agree(house)
    assert "It was not tried on stored decisions" in question
    assert "“hundreds a minute”" in question
    with house.database.reading() as look:
        [entry] = [each for each in ledger.page(look, limit=50).items if each.kind == "rule.live"]
    assert json.loads(entry.body)["facts"]["untried"] is True


def test_what_is_live_untried_says_so_everywhere_until_somebody_looked(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one", action="review")
    visitor = house.logged_in("mei", "senior")
    page = visitor.page("/rules/ads.one")
    form = {"csrf": csrf_in(page), "to": "live", "why": "a wave", "expect": "1", "urgent": "yes", "urgent_why": "now"}
    assert 303 == visitor.post("/rules/ads.one", form).status_code
    lead = house.logged_in("lia", "lead")
    page = visitor.page("/rules/ads.one")
    for part in ("Live untried", "It goes to the shadow in 23 h", "It was not tried yet"):
        assert part in page
    assert "untried, by one person alone, ends in 23 h" in lead.page("/rules")
    assert "made live by mei, ends in 23 h. One person made it live alone, untried" in plain(lead.page("/lead"))
    looked = {"csrf": csrf_in(page), "why": "one hit, right"}
    assert 409 == visitor.post("/rules/ads.one/looked", looked).status_code
    ask(visitor)
    read(house)
    assert "a second one has to say whether it stays" in lead.page("/lead")
    agree(house)
    for page in (visitor.page("/rules/ads.one"), lead.page("/rules"), lead.page("/lead")):
        assert "untried" not in page.partition("<main")[2].lower().replace("live without a backtest", "")
    assert LIVE in held(house)


def test_a_rule_that_was_tried_and_goes_live_alone_is_called_untried_nowhere(house: House) -> None:
    house.comment("优惠吗")
    house.rule("ads.one", action="review")
    visitor = house.logged_in("mei", "senior")
    ask(visitor)
    read(house)
    page = visitor.page("/rules/ads.one")
    form = {"csrf": csrf_in(page), "to": "live", "why": "a wave", "expect": "1", "urgent": "yes", "urgent_why": "now"}
    assert 303 == visitor.post("/rules/ads.one", form).status_code
    lead = house.logged_in("lia", "lead")
    with house.database.reading() as look:
        [question] = approvals.waiting(look)
    told = {
        "/rules/ads.one": "Live by one person alone",
        "/rules": "by one person alone, ends in 23 h",
        "/lead": "a second one has to say whether it stays",
        f"/approvals/{question.id}": "One person made it live before a second one agreed",
    }
    for path, said in told.items():
        page = lead.page(path).partition("<main")[2]
        assert said in page
        assert "untried" not in page.lower().replace('"untried-title"', "")
        assert "was not tried" not in page
    assert "Live before a second person agreed:" in lead.page("/rules/ads.one")


def agree(house: House) -> str:
    """A second person says yes to what waits; the page that they read."""
    with house.database.reading() as look:
        [asked] = approvals.waiting(look)
    other = house.logged_in("lia", "lead")
    question = other.page(f"/approvals/{asked.id}")
    answer = {"csrf": csrf_in(question), "answer": "approve", "note": "agreed"}
    assert 303 == other.post(f"/approvals/{asked.id}", answer).status_code
    return question


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_copies_of_one_text_are_one_example() -> None:
    samples = [Sample(str(at), "", ("ads",), (), Outcome.PASS, Outcome.BLOCK, 9) for at in range(12)]
    texts = {str(at): f"加我领券 {at}" if at < 9 else f"别的话{'好' * at}" for at in range(11)}
    assert ["0", "9", "10"] == [one.id for one in _unlike(samples, texts)]
