"""The pages of a decision, for moderators and inspectors, say what an entry of a list took out of sight."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance import account_measures, appeals, four_eyes, lists
from governance.four_eyes import Word
from governance.lists import Listing
from governance.measure_wishes import Wish
from moderation.decision import Allowed, AllowingEntry, Outcome, Source, Spared
from moderation.lists import DOMAIN, ListAction
from records import approvals, comments, leases
from records.standing_values import TargetKind
from records.storing import Stored, store_decisions
from records.waiting import CONTEST
from tests.console.house import House, case_in, csrf_in
from tests.console.test_inspections import granted
from tests.console.test_many import _alone, asked
from tests.console.test_search import index
from tests.governance.public import report
from tests.governance.test_rules import STANDARDS
from tests.records.factories import a_comment, a_decision, an_answer

RULE = Spared("advertising", Source.RULE, Outcome.REVIEW, "ads.contact")
TOLD = Allowed((AllowingEntry("entry-7", "wechat"),), (RULE,))


def stored(house: House, allowed: Allowed | None, known_as: str | None = None) -> Stored:
    answer = an_answer(a_comment("加我", known_as=known_as, surface="news"), replace(a_decision(), allowed=allowed))
    with house.database.unit() as unit:
        [found] = store_decisions(unit, [answer], keyring=house.keyring, now=house.clock())
        unit.commit()
    return found


def test_the_page_of_a_decision_names_the_entry_and_what_it_spared_in_both_languages(house: House) -> None:
    senior = house.logged_in("ben", "senior")
    page = senior.page(f"/decisions/{stored(house, TOLD).decision_id}")
    for told in (
        "Taken out of sight by entries of lists:",
        "<code>entry-7</code>",
        "WeChat",
        "<code>ads.contact</code>",
    ):
        assert told in page, told
    nothing = senior.page(f"/decisions/{stored(house, replace(TOLD, spared=())).decision_id}")
    assert "Nothing else would have stood against it" in nothing
    assert "Taken out of sight" not in senior.page(f"/decisions/{stored(house, None).decision_id}")
    senior.post("/preferences", {"csrf": csrf_in(page), "locale": "zh"})
    assert "经名单条目放行：" in senior.page(f"/decisions/{stored(house, TOLD).decision_id}")


def test_an_inspector_reads_it_too(house: House) -> None:
    found = stored(house, TOLD)
    inspector, place = granted(house)
    page = inspector.page(f"{place}/evidence/{found.decision_id}")
    assert "Taken out of sight by entries of lists:" in page
    assert "<code>ads.contact</code>" in page


def test_who_answers_a_report_reads_it_and_who_decides_a_contest_does_not(house: House) -> None:
    found = stored(house, TOLD, known_as="c-7")
    report(house.database, house.keyring, about="c-7", kind="spam", now=house.clock())
    senior = house.logged_in("ben", "senior")
    page = senior.page("/work?queue=complaints")
    for told in ("Taken out of sight by entries of lists:", "<code>entry-7</code>", "<code>ads.contact</code>"):
        assert told in page, told
    index(house)
    assert "spared by an entry of a list" in senior.page("/search")
    with house.database.unit() as unit:
        about = comments.get(unit, found.comment_id)
        appeals.look_anew(unit, about, why=CONTEST, due_at=house.clock(), now=house.clock())
        unit.commit()
    page = house.logged_in("mei").page("/work?queue=appeals")
    assert "加我" in page
    assert "entry-7" not in page


def test_who_allowed_it_is_told_so_where_they_have_the_report_in_hand_and_it_goes_on_to_others(house: House) -> None:
    mei, ben = house.logged_in("mei", "senior"), house.logged_in("ben")
    said = Listing("wechat", "shop88771", ListAction.ALLOW, "sponsor", "tips", "mei", "platform-rules:advertising")
    with house.database.unit() as unit:
        entry = lists.add(
            unit, said, taxonomy=house.parts.taxonomy, keyring=house.keyring, now=house.clock()
        )  # fmt: skip
        unit.commit()
    stored(house, replace(TOLD, entries=(AllowingEntry(entry.id, entry.kind),)), known_as="c-7")
    made = report(house.database, house.keyring, about="c-7", kind="spam", now=house.clock())
    assert "加我" not in mei.page("/work?queue=complaints")
    with house.database.unit() as unit:
        ends = house.clock() + timedelta(minutes=9)
        leases.lease(unit, str(made.case_id), house.people["mei"].id, expires_at=ends)
        unit.commit()
    answer = mei.decide("approve", page=mei.page("/work"))
    assert 403 == answer.status_code
    assert "had a say let this comment pass" in answer.text
    assert "加我" not in mei.page("/work?queue=complaints")
    assert "加我" in ben.page("/work?queue=complaints")


@pytest.mark.parametrize(("locale", "sentence"), [("en", "had a say let this comment pass"), ("zh", "参与过该条目")])
def test_who_allowed_it_does_not_take_back_the_measure_that_removed_it(
    house: House, locale: str, sentence: str
) -> None:
    mei, ben = house.logged_in("mei", "senior"), house.logged_in("ben", "senior")
    said = Listing("wechat", "shop88771", ListAction.ALLOW, "sponsor", "tips", "mei", "platform-rules:advertising")
    with house.database.unit() as unit:
        entry = lists.add(unit, said, taxonomy=house.parts.taxonomy, keyring=house.keyring, now=house.clock())
        unit.commit()
    stored(house, replace(TOLD, entries=(AllowingEntry(entry.id, entry.kind),)), known_as="c-7")
    wish = Wish(TargetKind.COMMENT, "c-7", {"en": "spam"}, "spam", "delete")
    with house.database.unit() as unit:
        made = account_measures.take(
            unit, house.keyring, wish, house.parts.policies()["default"], by="ben", policies={}, now=house.clock()
        )  # fmt: skip
        unit.commit()
    mei.post("/preferences", {"csrf": csrf_in(mei.page("/measures")), "locale": locale})
    lifting = {"csrf": csrf_in(mei.page("/measures")), "why": "a sponsor"}
    answer = mei.post(f"/measures/{made.id}/lift", lifting)
    assert (403, True) == (answer.status_code, sentence in answer.text)
    assert 303 == ben.post(f"/measures/{made.id}/lift", lifting | {"csrf": csrf_in(ben.page("/measures"))}).status_code


def test_who_is_asked_to_allow_against_two_people_s_word_reads_against_which_entry(house: House) -> None:
    evil = Listing(DOMAIN, "evil.com", ListAction.BLOCK, "phishing", "police", "mia", "fraud")
    more = {"taxonomy": house.parts.taxonomy, "keyring": house.keyring, "now": house.clock()}
    with house.database.unit() as unit:
        block = lists.add(unit, evil, policies=house.parts.policies().values(), **more)
        four_eyes.answer(
            unit, str(block.approval_id), Word("lea", True, "looked"), standards=STANDARDS, now=house.clock()
        )
        mail = replace(evil, kind="email", value="boss@evil.com", action=ListAction.ALLOW)
        question = lists.add(unit, mail, **more).approval_id
        unit.commit()
    page = house.logged_in("ben", "senior").page(f"/approvals/{question}")
    assert "It allows something of what two people hold or block" in page
    assert f"<code>{block.id}</code>" in page


def test_who_is_asked_to_allow_reads_what_that_would_let_pass_and_not_that_it_would_stop_it(house: House) -> None:
    text = "加我微信 abc12345"
    with house.database.unit() as unit:
        answers = [an_answer(a_comment(text), a_decision(Outcome.BLOCK, gambling=0.99)), an_answer(a_comment("好看"))]
        store_decisions(unit, answers, keyring=house.keyring, now=house.clock())
        questions = {
            action: lists.add(
                unit, Listing("wechat", f"abc1234{n}", action, "why", "tips", "mia", "platform-rules:advertising"),
                taxonomy=house.parts.taxonomy, keyring=house.keyring, policies=house.parts.policies().values(),
                now=house.clock(),
            ).approval_id
            for n, action in ((5, ListAction.ALLOW), (6, ListAction.BLOCK))
        }  # fmt: skip
        unit.commit()
    senior = house.logged_in("ben", "senior")
    page = senior.page(f"/approvals/{questions[ListAction.ALLOW]}")
    assert "1 that name it, of 1 people, were held or stopped. Allowed, it would let them pass" in page
    assert "it would have held or stopped" not in page
    assert "it would have held or stopped" in senior.page(f"/approvals/{questions[ListAction.BLOCK]}")
    senior.post("/preferences", {"csrf": csrf_in(page), "locale": "zh"})
    assert "放行后，除非另有其他理由" in senior.page(f"/approvals/{questions[ListAction.ALLOW]}")
    assert '<code dir="auto">abc12345</code>' in page
    assert "As it was typed" in page
    with house.database.unit() as unit:
        four_eyes.answer(
            unit, str(questions[ListAction.ALLOW]), Word("ben", True, "looked"), standards=STANDARDS, now=house.clock()
        )
        unit.commit()
    assert "abc12345" not in senior.page(f"/approvals/{questions[ListAction.ALLOW]}")
    assert "abc12346" in senior.page(f"/approvals/{questions[ListAction.BLOCK]}")
    assert "录入时的原文" in senior.page(f"/approvals/{questions[ListAction.BLOCK]}")


def spared(house: House, count: int) -> None:
    """Comments of a campaign that wait, which an entry spared something each."""
    decision = replace(a_decision(Outcome.REVIEW, gambling=0.6), allowed=TOLD)
    with house.database.unit() as unit:
        answers = [an_answer(a_comment(f"买彩票加微信sgb888 {n}"), decision) for n in range(count)]
        found = store_decisions(unit, answers, keyring=house.keyring, now=house.clock())
        unit.commit()
    house.campaign(*found)


def test_whoever_decides_over_many_and_whoever_agrees_reads_what_entries_spared(house: House) -> None:
    spared(house, 4)
    house.campaign(house.comment("买彩票 9"))
    _alone(house, 2)
    mei, ben = house.logged_in("mei"), house.logged_in("ben", "senior")
    page = mei.page(f"/work/{case_in(mei.page('/work'))}/campaign")
    assert "Taken out of sight by entries of lists:" in page
    assert "<code>ads.contact</code>" in page
    tag = "spared by an entry of a list"
    assert 3 == page.count(tag)
    question = asked(house, mei)
    with house.database.reading() as look:
        about = approvals.get(look, question).subject_id
    many = ben.page(f"/approvals/{question}")
    assert (True, True) == (tag in many, tag in ben.page(f"/bulk/{about}"))
    ben.post("/preferences", {"csrf": csrf_in(many), "locale": "zh"})
    assert "名单条目" in ben.page(f"/approvals/{question}")
