"""Whoever allowed somebody's contact answers no report of what it let pass, and decides no contest of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from governance import (
    account_measures,
    another,
    bulk,
    contests,
    deciding,
    feedback,
    list_reviews,
    lists,
    reopening,
    spoken,
    verdicts,
)
from governance.another import NotAnotherError
from governance.approvals import ByKey
from governance.lists import Listing
from moderation.comment import Author
from moderation.decision import Outcome
from moderation.lists import ListAction
from records import campaigns as stored_campaigns
from records import cases, decisions, keys, leases, put_off, users
from records.bulk import MemberState
from records.house_values import ListEntryRecord
from records.public_values import ComplaintRecord
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.values import CaseState, Doubt, Judgement, VerdictKind
from records.waiting import Wanted
from review import queue
from review.chosen import Chosen, Why, ask
from tests.governance.public import APPROVE, HOUSE, REJECT, RULES, TAXONOMY, complaint, decide, report, settle
from tests.governance.standing import ACCOUNT, POLICIES, wish
from tests.governance.test_bulk import TEXT, give, spread, states, step
from tests.governance.test_spoken import (
    ANSWERER,
    LATER,
    OTHER,
    SECOND,
    TAKER,
    House,
    allowed,
    database,
    house,
    keyring,
)
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

__all__ = ("database", "house", "keyring")


def reported(house: House) -> ComplaintRecord:
    return report(house.database, house.keyring, kind="spam")


def handed_to(house: House, comment_id: str) -> set[str]:
    """To whom the comment's case is handed by whoever gives out cases, with nothing else asked for."""
    found = set()
    for name, who in house.people.items():
        with house.database.unit() as unit:
            taken = queue.take(
                unit, who.id, Wanted(), now=NOW, count=queue.MAX_COUNT, kept_from=another.keep_from_doubted
            )
            found |= {name for case in taken if case.comment_id == comment_id}
    return found


def objected(house: House, comment_id: str, verdict: str = "false_negative", sender: str = "key-1") -> str:
    """A platform's feedback; the case that asks about it."""
    with house.database.unit() as unit:
        latest = decisions.latest_of(unit, comment_id)
        told = feedback.give(unit, TAXONOMY.names, latest.id, Doubt(sender, verdict), now=NOW)
        unit.commit()
    return told.case_id


def drawn(house: House, comment_id: str) -> None:
    with house.database.unit() as unit:
        latest = decisions.latest_of(unit, comment_id)
        ask(unit, [Chosen(comment_id, latest.id, latest.decision, "forum", Why.RANDOM)], now=NOW)
        unit.commit()


def unsure(house: House, comment_id: str) -> None:
    opened(house, comment_id)
    house.decide(comment_id, Judgement(VerdictKind.UNSURE), by=OTHER)


def opened(house: House, comment_id: str) -> None:
    with house.database.unit() as unit:
        queue.open_case(unit, comment_id, decisions.latest_of(unit, comment_id).id, opened_by="decision", now=NOW)
        unit.commit()


def in_campaign(house: House, comment_id: str) -> None:
    opened(house, comment_id)
    with house.database.unit() as unit:
        case = cases.undecided_of(unit, comment_id)
        assert case is not None
        made = stored_campaigns.open_one(unit, "contact", None, case.id, now=NOW)
        stored_campaigns.collect(unit, [(made.id, comment_id)], now=NOW)
        unit.commit()


def is_handed(house: House, name: str, queue_: str = "complaints", case_id: str | None = None) -> bool:
    with house.database.unit() as unit:
        return case_id in {one.id for one in queue.take(unit, house.people[name].id, Wanted(queue_), now=NOW)}


def test_who_allowed_it_neither_gets_nor_answers_the_report_nor_its_contest(house: House) -> None:
    allowed(house)
    made = reported(house)
    assert [False, False] == [is_handed(house, name, case_id=made.case_id) for name in (TAKER, SECOND)]
    with house.database.unit() as unit:
        for name in (TAKER, SECOND):
            leases.lease(unit, str(made.case_id), house.people[name].id, expires_at=LATER)
            with pytest.raises(NotAnotherError, match="let this comment pass"):
                verdicts.give(
                    unit, HOUSE, str(made.case_id), APPROVE, moderator=house.people[name].id, token=None, now=NOW
                )
    decide(house.database, APPROVE, by=house.people[OTHER].id, wanted="complaints")
    settle(house.database)
    with house.database.unit() as unit:
        again = contests.make(unit, made.id, "look anew", RULES, now=LATER)
        unit.commit()
    handed = {name: is_handed(house, name, "appeals", again.case_id) for name in (TAKER, SECOND, OTHER, ANSWERER)}
    assert {TAKER: False, SECOND: False, OTHER: False, ANSWERER: True} == handed
    with house.database.unit() as unit:
        for name in (TAKER, SECOND):
            with pytest.raises(NotAnotherError):
                another.check(unit, cases.get(unit, str(again.case_id)), house.people[name].id)
    assert complaint(house.database, made.id).outcome == "kept"


def test_what_one_has_in_hand_is_out_of_their_hands_once_it_is_reported(house: House) -> None:
    comment_id = allowed(house)
    with house.database.unit() as unit:
        latest = decisions.latest_of(unit, comment_id)
        opened = queue.open_case(unit, comment_id, latest.id, opened_by="reopened", now=NOW)
        leases.lease(unit, opened.id, house.people[TAKER].id, expires_at=LATER)
        unit.commit()
    made = reported(house)
    with house.database.reading() as look:
        case = cases.get(look, opened.id)
    assert (opened.id, CaseState.OPEN, "complaints") == (made.case_id, case.state, case.queue)
    assert is_handed(house, OTHER, case_id=made.case_id)


@pytest.mark.parametrize("doubt", [objected, drawn, unsure, in_campaign])
def test_every_doubt_about_it_is_for_others(house: House, doubt: Callable[[House, str], object]) -> None:
    comment_id = allowed(house)
    doubt(house, comment_id)
    handed = handed_to(house, comment_id)
    assert {ANSWERER} <= handed <= {ANSWERER, OTHER}
    with house.database.unit() as unit:
        case = cases.undecided_of(unit, comment_id)
        assert case is not None
        for name in (TAKER, SECOND):
            leases.lease(unit, case.id, house.people[name].id, expires_at=LATER)
            with pytest.raises(NotAnotherError, match="let this comment pass"):
                verdicts.give(unit, HOUSE, case.id, APPROVE, moderator=house.people[name].id, token=None, now=NOW)


def test_what_nobody_doubts_is_handed_to_anybody(house: House) -> None:
    comment_id = allowed(house)
    opened(house, comment_id)
    assert {TAKER, SECOND, ANSWERER, OTHER} == handed_to(house, comment_id)


@pytest.mark.parametrize("verdict", ["false_negative", "false_positive"])
def test_what_one_has_in_hand_is_out_of_their_hands_once_a_platform_objects(house: House, verdict: str) -> None:
    comment_id = allowed(house)
    opened(house, comment_id)
    with house.database.unit() as unit:
        case = cases.undecided_of(unit, comment_id)
        assert case is not None
        leases.lease(unit, case.id, house.people[TAKER].id, expires_at=LATER)
        unit.commit()
    assert case.id == objected(house, comment_id, verdict)
    with house.database.reading() as look:
        assert (CaseState.OPEN, None) == (cases.get(look, case.id).state, cases.get(look, case.id).lease_owner)


def test_nor_do_they_open_anew_what_another_rejected(house: House) -> None:
    comment_id = allowed(house)
    opened(house, comment_id)
    house.decide(comment_id, REJECT, by=OTHER)
    with house.database.unit() as unit:
        [closed] = cases.page(unit, comment_id=comment_id).items
        for name in (TAKER, SECOND):
            who = house.people[name].id
            with pytest.raises(NotAnotherError):
                reopening.reopen(unit, closed.id, RULES, moderator=who, reason="a sponsor", now=LATER)
        who = house.people[ANSWERER].id
        assert reopening.reopen(unit, closed.id, RULES, moderator=who, reason="a mistake", now=LATER).case


def test_what_they_rejected_themselves_is_no_doubt_of_anothers(house: House) -> None:
    comment_id = allowed(house)
    opened(house, comment_id)
    house.decide(comment_id, REJECT, by=TAKER)
    with house.database.unit() as unit:
        [closed] = cases.page(unit, comment_id=comment_id).items
        who = house.people[TAKER].id
        assert reopening.reopen(unit, closed.id, RULES, moderator=who, reason="a mistake", now=LATER).case


def test_that_it_is_kept_from_them_is_nothing_that_they_did(house: House) -> None:
    allowed(house)
    made = reported(house)
    with house.database.reading() as look:
        assert [] == put_off.by_moderator(look, since=NOW - timedelta(days=1))
        assert not leases.skipped_since(look, str(made.case_id), house.people[TAKER].id, since=NOW)


def test_nor_do_they_answer_it_where_they_find_the_comment(house: House) -> None:
    comment_id = allowed(house)
    reported(house)
    who = deciding.Who(house.people[TAKER].id, is_senior=True)
    with house.database.unit() as unit, pytest.raises(NotAnotherError):
        deciding.decide(unit, HOUSE, comment_id, APPROVE, by=who, reason="found it", now=NOW)


def test_nor_do_they_take_back_what_another_answered(house: House) -> None:
    comment_id = allowed(house)
    reported(house)
    decide(house.database, by=house.people[OTHER].id, wanted="complaints")
    settle(house.database)
    who = deciding.Who(house.people[TAKER].id, is_senior=True)
    with house.database.unit() as unit, pytest.raises(NotAnotherError):
        deciding.decide(unit, HOUSE, comment_id, APPROVE, by=who, reason="it is a sponsor", now=LATER)


def test_where_everybody_had_a_part_in_it_somebody_answers_and_the_contest_waits(house: House) -> None:
    allowed(house)
    with house.database.unit() as unit:
        for name in (OTHER, ANSWERER):
            users.disable(unit, house.people[name].id, now=NOW)
        unit.commit()
    made = reported(house)
    decide(house.database, APPROVE, by=house.people[SECOND].id, wanted="complaints")
    settle(house.database)
    with house.database.unit() as unit:
        again = contests.make(unit, made.id, "look anew", RULES, now=LATER)
        unit.commit()
    assert not is_handed(house, TAKER, "appeals", again.case_id)


ADVERT = "便宜刻章 加微信shop88771"
LISTING = Listing("wechat", "shop88771", ListAction.ALLOW, "sponsor", "tips", TAKER, "platform-rules:advertising")


def allows(house: House, listing: Listing = LISTING, *policies: str, by: str = TAKER) -> ListEntryRecord:
    with house.database.unit() as unit:
        made = lists.add(
            unit, replace(listing, by=by), taxonomy=HOUSE.taxonomy, keyring=house.keyring, now=LATER,
            policies=[POLICIES[name] for name in policies],
        )  # fmt: skip
        unit.commit()
    return made


def shown(house: House, text: str = ADVERT) -> str:
    """A comment that was held before anybody allowed anything."""
    [one] = put(house.database, house.keyring, for_review(text, known_as="c-1"))
    return one.comment_id


@pytest.mark.parametrize(
    "listing",
    [
        LISTING,
        replace(LISTING, kind="domain", value="shop-zz.com"),
        replace(LISTING, kind="url", value="shop-zz.com/a"),
    ],
    ids=lambda each: each.kind,
)
def test_who_allows_what_a_comment_shows_later_answers_no_report_and_no_contest_of_it(
    house: House, listing: Listing
) -> None:
    comment_id = shown(house, f"{ADVERT} 看 https://shop-zz.com/a")
    made = reported(house)
    asked = allows(house, listing, "cn")
    house.said(str(asked.approval_id))
    with house.database.unit() as unit:
        case = cases.get(unit, str(made.case_id))
        for name in (TAKER, SECOND):
            leases.lease(unit, case.id, house.people[name].id, expires_at=LATER)
            with pytest.raises(NotAnotherError, match="let this comment pass"):
                verdicts.give(unit, HOUSE, case.id, APPROVE, moderator=house.people[name].id, token=None, now=NOW)
        assert {TAKER, SECOND} <= spoken.of_comment(unit, comment_id)
        assert another.may_answer(unit, case, house.people[OTHER].id)


def test_what_is_asked_to_be_allowed_counts_and_what_the_comment_does_not_show_does_not(house: House) -> None:
    comment_id = shown(house)
    allows(house, replace(LISTING, value="shop99999"))
    with house.database.reading() as look:
        assert TAKER not in spoken.of_comment(look, comment_id)
    assert allows(house, LISTING, "cn").waits_since is not None
    with house.database.reading() as look:
        assert (TAKER in spoken.of_favour(look, comment_id), TAKER in spoken.of_comment(look, comment_id)) == (
            True,
            True,
        )


def test_whoever_looked_at_the_entry_has_spoken_also_once_another_looked(house: House) -> None:
    comment_id = shown(house)
    entry = allows(house)
    with house.database.unit() as unit:
        for name in (ANSWERER, SECOND):
            list_reviews.keep(unit, entry.id, until=entry.expires_at, by=name, why="looked", now=LATER)
        unit.commit()
    with house.database.reading() as look:
        said = spoken.of_favour(look, comment_id)
    assert ({TAKER, ANSWERER, SECOND}, False) == (said & {TAKER, ANSWERER, SECOND}, OTHER in said)


def choose(house: House, name: str, comment_id: str, judgement: Judgement = APPROVE) -> None:
    who = deciding.Who(house.people[name].id, is_senior=True)
    with house.database.unit() as unit:
        deciding.decide(unit, HOUSE, comment_id, judgement, by=who, reason="found it", now=NOW)
        unit.commit()


def test_who_allowed_it_approves_it_where_the_queue_asks_and_not_of_their_own_choice(house: House) -> None:
    comment_id = allowed(house)
    for name in (TAKER, SECOND):
        with pytest.raises(NotAnotherError, match="the queue asks you"):
            choose(house, name, comment_id)
    choose(house, TAKER, comment_id, REJECT)
    held = shown(house)
    allows(house, replace(LISTING, value="shop77777"))
    with house.database.unit() as unit:
        case = cases.undecided_of(unit, held)
        assert case is not None
        leases.lease(unit, case.id, house.people[TAKER].id, expires_at=LATER)
        given = verdicts.give(unit, HOUSE, case.id, APPROVE, moderator=house.people[TAKER].id, token=None, now=NOW)
        assert given.decides


def test_where_nobody_else_is_left_they_choose_it(house: House) -> None:
    comment_id = allowed(house)
    with house.database.unit() as unit:
        for name in (OTHER, ANSWERER):
            users.disable(unit, house.people[name].id, now=NOW)
        unit.commit()
    choose(house, TAKER, comment_id)


@pytest.mark.parametrize(("asks", "agrees"), [(TAKER, ANSWERER), (OTHER, TAKER), (OTHER, ANSWERER)])
def test_a_verdict_over_many_approves_nothing_that_an_entry_of_theirs_spares(
    house: House, asks: str, agrees: str
) -> None:
    [_, *others] = [
        spread(house.database, house.keyring, TEXT, item=for_review(f"{ADVERT} {n}")).comment_id for n in range(3)
    ]
    allows(house)
    made = give(house.database, house.people[asks], alone=1, judgement=APPROVE)
    house.said(house.waiting(bulk.ASKED).id, agrees)
    step(house.database)
    became = MemberState.FAVOURED if TAKER in (asks, agrees) else MemberState.DECIDED
    assert {became: len(others)} == states(house.database, made)


def removed(house: House, comment_id: str = "c-1", *, by: str = "key:platform", kind: str = "comment") -> MeasureRecord:
    """What somebody did about what the entry let pass: the comment deleted, or its account suspended for it."""
    asked = (
        wish("delete", comment_id, kind=TargetKind.COMMENT)
        if kind == "comment"
        else wish("suspend", cause=comment_id, days=1)
    )
    with house.database.unit() as unit:
        name = by.removeprefix("key:")
        who = ByKey(keys.create(unit, f"{name}-program", scopes=["records"], now=NOW)[0].prefix) if name != by else by
        made = account_measures.take(unit, house.keyring, asked, POLICIES["default"], by=who, policies={}, now=NOW)
        unit.commit()
    return made


def lifts(house: House, made: MeasureRecord, by: str) -> MeasureRecord:
    with house.database.unit() as unit:
        lifted = account_measures.lift(unit, made.id, why="it is a sponsor", by=by, keyring=house.keyring, now=LATER)
        unit.commit()
    return lifted


@pytest.mark.parametrize("by", ["key:platform", ANSWERER])
def test_nor_do_they_take_back_the_measure_that_removed_what_it_let_pass(house: House, by: str) -> None:
    comment_id = allowed(house)
    made = removed(house, by=by)
    for name in (TAKER, SECOND):
        with pytest.raises(NotAnotherError, match="let this comment pass"):
            lifts(house, made, name)
    with house.database.reading() as look:
        assert Outcome.BLOCK is decisions.latest_of(look, comment_id).final_outcome
    assert MeasureState.LIFTED is lifts(house, made, ANSWERER).state


def test_nor_do_they_replace_it_or_agree_that_it_is_lifted(house: House) -> None:
    allowed(house)
    made = removed(house, by=ANSWERER)
    milder = wish("refuse", "c-1", kind=TargetKind.COMMENT, replaces=made.id)
    with house.database.unit() as unit, pytest.raises(NotAnotherError):
        account_measures.take(unit, house.keyring, milder, POLICIES["default"], by=TAKER, policies={}, now=LATER)
    with house.database.unit() as unit, pytest.raises(NotAnotherError):
        account_measures.overturn(unit, made, by=SECOND, why="it stands", now=LATER)


def test_nor_do_they_agree_that_what_two_took_is_lifted(house: House) -> None:
    allowed(house)
    with house.database.unit() as unit:
        wishes = [wish("delete", "c-1", kind=TargetKind.COMMENT)]
        [made] = account_measures.take_many(unit, house.keyring, wishes, POLICIES["default"], by=ANSWERER, now=NOW)
        users.create(unit, "far", password_hash="x", role="lead", now=NOW)
        unit.commit()
    house.said(str(made.approval_id), "far")
    lifts(house, made, ANSWERER)
    asked = house.waiting(account_measures.LIFTING)
    with pytest.raises(NotAnotherError):
        house.said(asked.id, SECOND)
    house.said(asked.id, SECOND, yes=False)


def test_nor_do_they_decide_anew_what_a_measure_stopped(house: House) -> None:
    comment_id = allowed(house)
    removed(house)
    opened(house, comment_id)
    assert handed_to(house, comment_id) <= {ANSWERER, OTHER}


def test_a_measure_of_their_own_is_theirs_to_take_back_and_one_of_no_such_comment_too(house: House) -> None:
    allowed(house)
    assert MeasureState.LIFTED is lifts(house, removed(house, by=TAKER), TAKER).state
    put(house.database, house.keyring, for_review("别的评论", known_as="c-2"))
    assert MeasureState.LIFTED is lifts(house, removed(house, "c-2", by=ANSWERER), TAKER).state


def test_where_nobody_else_is_left_they_take_it_back(house: House) -> None:
    allowed(house)
    made = removed(house)
    with house.database.unit() as unit:
        for name in (OTHER, ANSWERER):
            users.disable(unit, house.people[name].id, now=NOW)
        unit.commit()
    assert MeasureState.LIFTED is lifts(house, made, TAKER).state


def test_a_measure_on_the_account_for_it_is_for_others_to_take_back(house: House) -> None:
    written = replace(a_comment(ADVERT, known_as="c-1"), author=Author(ACCOUNT))
    put(house.database, house.keyring, an_answer(written, a_decision(Outcome.PASS)))
    allows(house)
    made = removed(house, by=ANSWERER, kind="account")
    with pytest.raises(NotAnotherError):
        lifts(house, made, TAKER)
    assert MeasureState.LIFTED is lifts(house, made, ANSWERER).state
