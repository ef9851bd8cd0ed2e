"""Training: lessons and nothing else, the answer told, no effect, and a rule with an interval for live queues."""

from __future__ import annotations

import pytest

from moderation.errors import ConflictError
from records import cases, gold, labels, leases, users
from records.database import Database
from records.house_values import UserRecord
from records.personal import Keyring
from records.values import CaseState, Judgement, Purpose, VerdictKind
from review import lessons
from review.verdicts import give_verdict, undo
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

REJECT = Judgement(VerdictKind.REJECT, ("gambling",))
APPROVE = Judgement(VerdictKind.APPROVE)


def newcomer(database: Database) -> UserRecord:
    with database.unit() as unit:
        user = users.create(unit, "xin", password_hash="x", role="moderator", now=NOW)
        user = users.set_trainee(unit, user.id, trainee=True)
        unit.commit()
    return user


def known(database: Database, keyring: Keyring, count: int) -> None:
    """Decided comments whose answer is gambling."""
    stored = put(database, keyring, *[for_review(f"下注{n}") for n in range(count)])
    with database.unit() as unit:
        for one in stored:
            case = cases.get(unit, str(one.case_id))
            gold.add(unit, case, VerdictKind.REJECT, ["gambling"], why="an offer", author="ben", now=NOW)
            leases.close(unit, case.id, now=NOW)
        unit.commit()


def answer(database: Database, who: UserRecord, judgement: Judgement) -> str:
    with database.unit() as unit:
        case = lessons.next_lesson(unit, who.id, now=NOW)
        assert case is not None
        give_verdict(unit, NAMES, case.id, judgement, moderator=who.id, token=case.lease_token, now=NOW)
        unit.commit()
    return case.id


def test_a_lesson_has_no_effect_and_its_answer_is_told(database: Database, keyring: Keyring) -> None:
    known(database, keyring, 2)
    who = newcomer(database)
    first = answer(database, who, APPROVE)
    with database.reading() as look:
        case, told = cases.get(look, first), lessons.last_told(look, who.id)
        assert (CaseState.CLOSED, Purpose.LESSON) == (case.state, case.purpose)
        assert labels.in_force(look, case.comment_id) is None
    assert told is not None
    assert (False, VerdictKind.REJECT, ("gambling",), "an offer") == (
        told.is_right,
        told.known.verdict,
        told.known.labels,
        told.known.why,
    )
    assert first != answer(database, who, REJECT)
    with database.unit() as unit:
        assert lessons.next_lesson(unit, who.id, now=NOW) is None


def test_a_lesson_whose_answer_was_told_is_not_taken_back(database: Database, keyring: Keyring) -> None:
    known(database, keyring, 1)
    who = newcomer(database)
    given = answer(database, who, APPROVE)
    with database.unit() as unit, pytest.raises(ConflictError):
        undo(unit, given, moderator=who.id, now=NOW)


@pytest.mark.parametrize(("count", "wrong", "ready"), [(19, 0, False), (20, 1, True), (20, 2, False)])
def test_into_live_queues_by_the_lower_end_of_the_interval(
    database: Database, keyring: Keyring, count: int, wrong: int, ready: bool
) -> None:
    known(database, keyring, count)
    who = newcomer(database)
    for place in range(count):
        answer(database, who, Judgement(VerdictKind.UNSURE) if place < wrong else REJECT)
    with database.unit() as unit:
        assert ready is lessons.progress(unit, who.id).is_ready
        if ready:
            assert not lessons.promote(unit, who.id, by="li", why="steady", now=NOW).trainee
        else:
            with pytest.raises(ConflictError):
                lessons.promote(unit, who.id, by="li", why="steady", now=NOW)
