"""Whoever allowed somebody's contact answers no report of what it let pass, and decides no contest of the answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance import another, contests, deciding, verdicts
from governance.another import NotAnotherError
from records import cases, decisions, leases, put_off, users
from records.public_values import ComplaintRecord
from records.values import CaseState
from records.waiting import Wanted
from review import queue
from tests.governance.public import APPROVE, HOUSE, RULES, complaint, decide, report, settle
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
