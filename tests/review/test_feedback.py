"""Feedback opens or joins a case, and labels nothing."""

from __future__ import annotations

import threading

import pytest

from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import cases, comments, feedback, labels, ledger
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.values import CaseState, Doubt, FeedbackRecord, Judgement, VerdictKind
from review import queue
from review.feedback import give_feedback
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, for_review, put

MISSED = Doubt("key-1", "false_negative", ("fraud",), "users complained")


def passed(database: Database, keyring: Keyring) -> Stored:
    return put(database, keyring, an_answer())[0]


def give(database: Database, stored: Stored, doubt: Doubt = MISSED) -> FeedbackRecord:
    with database.unit() as unit:
        record = give_feedback(unit, NAMES, stored.decision_id, doubt, now=NOW)
        unit.commit()
    return record


def test_feedback_on_a_passed_comment_opens_a_case_and_no_label(database: Database, keyring: Keyring) -> None:
    stored = passed(database, keyring)
    record = give(database, stored)
    with database.reading() as look:
        case = cases.get(look, record.case_id)
        assert ("feedback", "fraud", "false_negative", 0.5) == (case.opened_by, case.label, case.why, case.priority)
        assert labels.in_force(look, stored.comment_id) is None
        assert [record] == feedback.of_case(look, case.id)
        assert "feedback" == ledger.page(look, subject_id=stored.decision_id).items[-1].kind


def test_feedback_joins_the_case_that_waits_and_raises_it(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, for_review(score=0.7))
    record = give(database, stored, Doubt("key-1", "false_positive"))
    with database.reading() as look:
        [case] = cases.page(look).items
    assert stored.case_id == record.case_id == case.id
    assert (1.0, "decision") == (case.priority, case.opened_by)


def test_feedback_adds_weight_and_leaves_why_the_case_is_here(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("旧", known_as="c-1"))
    [edited] = put(database, keyring, an_answer(a_comment("新", known_as="c-1")))
    give(database, edited, Doubt("key-1", "false_negative"))
    with database.reading() as look:
        [case] = cases.page(look).items
    assert ("gambling", "gambling") == (case.label, case.why)


def test_a_claimed_case_stays_in_the_hands_it_is_in(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, for_review())
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        unit.commit()
    give(database, stored)
    with database.reading() as look:
        assert case.lease_token == cases.get(look, case.id).lease_token


def test_a_comment_has_one_case_whatever_many_senders_say(database: Database, keyring: Keyring) -> None:
    stored = passed(database, keyring)
    start = threading.Barrier(4)

    def send(sender: str) -> None:
        start.wait(10)
        give(database, stored, Doubt(sender, "false_negative"))

    threads = [threading.Thread(target=send, args=(f"key-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.reading() as look:
        [case] = cases.page(look).items
        assert 4 == len(feedback.of_case(look, case.id))


def test_the_same_word_twice_changes_nothing(database: Database, keyring: Keyring) -> None:
    stored = passed(database, keyring)
    assert give(database, stored) == give(database, stored)


def test_a_repeated_word_does_not_open_a_decided_case_again(database: Database, keyring: Keyring) -> None:
    stored = passed(database, keyring)
    give(database, stored)
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        given = give_verdict(
            unit, NAMES, case.id, Judgement(VerdictKind.REJECT, ("fraud",)), moderator="mia", token=None, now=NOW
        )
        unit.commit()
    assert (True, Outcome.BLOCK) == (given.verdict.overturned, given.decision.outcome)
    give(database, stored)
    with database.reading() as look:
        assert [CaseState.CLOSED] == [case.state for case in cases.page(look).items]


@pytest.mark.parametrize(
    ("doubt", "where"),
    [
        (Doubt("k", "wrong"), "/verdict"),
        (Doubt("k", "false_negative", ("frod",)), "/labels/0.*did you mean 'fraud'"),
        (Doubt("k", "false_negative", note="x" * 2001), "/note"),
    ],
)
def test_odd_feedback_is_refused(sqlite: Database, keyring_of_sqlite: Keyring, doubt: Doubt, where: str) -> None:
    stored = passed(sqlite, keyring_of_sqlite)
    with pytest.raises(InvalidInputError, match=where):
        give(sqlite, stored, doubt)


def test_feedback_on_what_is_not_there_is_said(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit, pytest.raises(NotFoundError, match="no such decision"):
        give_feedback(unit, NAMES, "none", MISSED, now=NOW)
    [stored] = put(database, keyring, an_answer(decision=a_decision(Outcome.BLOCK, fraud=0.95)))
    with database.unit() as unit:
        comments.erase(unit, stored.comment_id, now=NOW)
        with pytest.raises(ConflictError, match="erased"):
            give_feedback(unit, NAMES, stored.decision_id, MISSED, now=NOW)
