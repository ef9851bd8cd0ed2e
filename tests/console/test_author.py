"""The author beside a comment: credit and what moved it, measures, the way to the account. Never a name."""

from __future__ import annotations

from datetime import timedelta

from console.keys import keys_of
from governance import account_measures, credit
from governance.measure_wishes import Wish
from moderation.comment import Author
from records import authors, comments
from records.authors import Statement
from records.ledger import MACHINE
from records.standing_values import TargetKind
from tests.console.house import House, case_in, csrf_in


def counted(house: House) -> None:
    with house.database.unit() as unit:
        credit.count(unit, house.keyring, house.parts.policies(), now=house.clock())
        unit.commit()


def suspended(house: House, days: float, cause: str | None = None) -> None:
    with house.database.unit() as unit:
        reason = {"zh": "多次发布广告", "en": "ads"}
        wish = Wish(TargetKind.AUTHOR, "author-1", reason, "rule 3", "suspend", days, (), None, cause)
        policy = house.parts.policies()["cn"]
        account_measures.take(unit, house.keyring, wish, policy, by="sam", policies={}, now=house.clock())
        unit.commit()


def test_credit_what_moved_it_and_measures_stand_beside_the_comment(house: House) -> None:
    house.comment("加微信", policy="cn")
    visitor = house.logged_in("mei", "senior")
    visitor.decide("reject", labels="advertising")
    counted(house)
    suspended(house, 3)
    here = house.comment("下注", policy="cn", thread_id="t-1")
    page = " ".join(visitor.page("/work").split())
    assert here.case_id == case_in(page)
    for told in ("credit: ordinary", "rejected by a person × 1: -0.", "suspend the author, for", "2 d left"):
        assert told in page, told
    for key, what in (("o", "account"), ("i", "standing"), ("t", "thread")):
        assert f'/comments/{here.comment_id}/{what}" data-key="{key}"' in page
    assert "author-1" not in page


def test_of_the_comment_at_hand_neither_credit_nor_a_measure_is_told(house: House) -> None:
    stored = house.comment("加微信", id="c-1", policy="cn")
    mei = house.logged_in("mei")
    mei.decide("reject", labels="advertising")
    counted(house)
    suspended(house, 3, cause="c-1")
    with house.database.reading() as look:
        rules = house.parts.policies()["cn"].credit
        assert rules is not None
        author_id = authors.id_of(look, house.keyring, "author-1")
        whole = credit.explain(look, author_id, rules, now=house.clock())
        beside = credit.explain_beside(look, author_id, (stored.comment_id,), rules, now=house.clock())
    assert (1, 0) == (len(whole.counted), len(beside.counted))
    page = mei.page(f"/decisions/{stored.decision_id}")
    form = {"csrf": csrf_in(page), "reason": "looked again", "note": "looked again", "action": "reopen"}
    assert 303 == mei.post(f"/decisions/{stored.decision_id}/reopen", form).status_code
    again = mei.page("/work")
    assert "Nothing has moved it yet." in again
    assert "suspend the author" not in again


def test_a_policy_without_credit_and_an_account_without_measures_say_nothing_of_them(house: House) -> None:
    house.comment("加微信")
    page = house.logged_in("mei").page("/work")
    assert "What the account did" in page
    assert "credit:" not in page


def test_a_measure_that_is_over_says_so(house: House) -> None:
    suspended(house, 1)
    house.clock.forward(days=2)
    with house.database.unit() as unit:
        account_measures.expire(unit, now=house.clock())
        unit.commit()
    house.comment("下注", policy="cn")
    assert "suspend the author (over)" in house.logged_in("mei").page("/work")


def test_a_key_of_one_s_own_is_never_another_command_s_too() -> None:
    assert "" == keys_of({"approve": "o"})["account"]
    assert "o" == keys_of({"approve": "v"})["account"]


def test_what_the_platform_said_of_the_account_with_the_comment_stands_beside_it(house: House) -> None:
    born = house.clock() - timedelta(days=3)
    here = house.comment("加微信", author=Author("author-1", verified=True, created_at=born))
    mei = house.logged_in("mei", "senior")
    for address in ("/work", f"/decisions/{here.decision_id}"):
        page = " ".join(mei.page(address).split())
        assert "account 3 d old · verified · as the platform said with this comment" in page
    story = mei.page(f"/comments/{here.comment_id}/account")
    assert born.strftime("%Y-%m-%d") in story
    assert "not stated" not in story


def test_a_comment_that_says_nothing_is_told_what_was_said_with_another_of_the_account(house: House) -> None:
    born = house.clock() - timedelta(days=3)
    house.comment("你好", author=Author("author-1", verified=False, created_at=born))
    house.comment("加微信", author=Author("author-1"))
    page = " ".join(house.logged_in("mei").page("/work").split())
    assert "account 3 d old · not verified" in page
    assert "said with this comment" not in page


def test_the_newest_word_about_an_account_holds_and_silence_takes_nothing_back(house: House) -> None:
    born = house.clock() - timedelta(days=3)
    stored = house.comment("加微信", id="c-1", author=Author("author-1", verified=False, created_at=born))
    house.clock.forward(hours=1)
    with house.database.unit() as unit:
        authors.state(unit, house.keyring, "author-1", Statement(verified=True), actor=MACHINE, now=house.clock())
        unit.commit()
    page = " ".join(house.logged_in("mei").page("/work").split())
    assert "account 3 d old · verified · as the platform" in page
    house.comment("加微信", id="c-1", author=Author("author-1"))
    house.comment("加微信", id="c-1", author=Author())
    with house.database.reading() as look:
        kept = comments.get(look, stored.comment_id)
    assert (born, False) == (kept.account_since, kept.account_verified)
    house.comment("加微信", id="c-1", author=Author("author-2"))
    with house.database.reading() as look:
        kept = comments.get(look, stored.comment_id)
    assert (None, None) == (kept.account_since, kept.account_verified)
