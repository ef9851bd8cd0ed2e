"""A verdict over what somebody ticked in a list, on both databases: counted, told to the lead, undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance import bulk, bulk_steps, deciding, together
from governance.deciding import Who
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from records import alone as chosen
from records import bulk as stored
from records import cases, decisions
from records.bulk import BulkRecord, BulkState, MemberState
from records.database import Database
from records.house_values import UserRecord
from records.personal import Keyring
from records.storing import Stored
from records.values import CaseState, Judgement
from tests.governance.test_bulk import person
from tests.governance.test_deciding import APPROVE, DELETE, RULES
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

SOON = NOW + timedelta(seconds=5)


def blocked(database: Database, keyring: Keyring, count: int = 3) -> list[Stored]:
    answers = [
        an_answer(a_comment(f"代购香烟{n}", known_as=f"b{n}"), a_decision(Outcome.BLOCK, contraband=0.99))
        for n in range(count)
    ]
    return put(database, keyring, *answers)


def give(
    database: Database, who: UserRecord, made: list[Stored], *, alone: int = 20, judgement: Judgement = APPROVE
) -> BulkRecord:
    with database.unit() as unit:
        ids = [one.comment_id for one in made]
        given = together.give(unit, RULES, ids, judgement, by=who, alone=alone, why="all fine", now=NOW)
        unit.commit()
    return given


def do(database: Database, given: BulkRecord) -> list[MemberState]:
    with database.reading() as look:
        members = stored.members(look, given.id, states=(MemberState.PENDING,), limit=100)
    by = Who(given.moderator)
    found = [deciding.decide_member(database, RULES, one, by=by, why="all fine", now=NOW) for one in members]
    with database.unit() as unit:
        bulk_steps.end(unit, given.id, RULES, NOW)
        unit.commit()
    return found


def take_back(database: Database, given: BulkRecord, by: str, now=SOON) -> BulkRecord:  # noqa: ANN001
    with database.unit() as unit:
        done = together.take_back(unit, given.id, by=by, any_ones=False, why="", now=now)
        unit.commit()
    return done


def test_it_is_counted_within_the_hour_and_told_to_the_lead(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring)
    assert [MemberState.DECIDED] * 3 == do(database, give(database, mei, made))
    with database.reading() as look:
        assert 3 == chosen.given(look, [mei.id], since=NOW - timedelta(hours=1))
        assert 0 == chosen.given(look, [mei.id], since=NOW + timedelta(hours=1))
        assert 0 == chosen.given(look, ["wei"], since=NOW - timedelta(hours=1))
        left = [bulk.alone_now(look, mei.id, at_once=20, an_hour=most, now=NOW) for most in (60, 10, 3)]
        [told] = stored.let_through(look, since=NOW - timedelta(days=1), least=3, limit=5)
        assert [] == stored.let_through(look, since=NOW - timedelta(days=1), least=4, limit=5)
    assert [20, 7, 0] == left
    assert (mei.id, 3, False) == (told.moderator, told.comments, told.is_by_two)


def test_all_of_it_is_undone_and_waits_again_in_nobody_s_hands(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring)
    given = give(database, mei, made, judgement=DELETE)
    do(database, given)
    assert BulkState.WITHDRAWN is take_back(database, given, mei.id).state
    with database.reading() as look:
        finals = [decisions.latest_of(look, one.comment_id).final_outcome for one in made]
        waiting = [cases.undecided_of(look, one.comment_id) for one in made]
        assert 0 == chosen.given(look, [mei.id], since=NOW - timedelta(hours=1))
    assert [None] * 3 == finals
    assert [(CaseState.OPEN, None)] * 3 == [(one.state, one.lease_owner) for one in waiting if one]
    with pytest.raises(ConflictError):
        take_back(database, given, mei.id)


def test_over_the_limit_it_waits_and_another_takes_nothing_back(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring)
    given = give(database, mei, made, alone=2)
    assert BulkState.WAITING is given.state
    with pytest.raises(ForbiddenError):
        take_back(database, given, person(database, "wei").id)
    assert BulkState.WITHDRAWN is take_back(database, given, mei.id).state
    assert BulkState.RUNNING is give(database, mei, made[:1], alone=1).state


def test_what_cannot_be_meant_notes_nothing(database: Database, keyring: Keyring) -> None:
    mei, made = person(database), blocked(database, keyring, 1)
    ids = [made[0].comment_id]
    with database.unit() as unit, pytest.raises(InvalidInputError):
        together.give(unit, RULES, ids, Judgement(DELETE.verdict, ("nice",)), by=mei, alone=20, why="x", now=NOW)
    with database.unit() as unit, pytest.raises(InvalidInputError):
        together.give(unit, RULES, ids, APPROVE, by=mei, alone=20, why=" ", now=NOW)
