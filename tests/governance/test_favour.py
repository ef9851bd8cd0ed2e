"""Whoever allowed somebody's contact answers no report of what it let pass, and decides no contest of the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from governance import another, contests, deciding, feedback, reopening, verdicts
from governance.another import NotAnotherError
from records import campaigns as stored_campaigns
from records import cases, decisions, leases, put_off, users
from records.public_values import ComplaintRecord
from records.values import CaseState, Doubt, Judgement, VerdictKind
from records.waiting import Wanted
from review import queue
from review.chosen import Chosen, Why, ask
from tests.governance.public import APPROVE, HOUSE, REJECT, RULES, TAXONOMY, complaint, decide, report, settle
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


def spread(house: House, comment_id: str) -> None:
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


@pytest.mark.parametrize("doubt", [objected, drawn, unsure, spread])
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
