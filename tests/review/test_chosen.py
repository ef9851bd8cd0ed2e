from __future__ import annotations

from records import cases, comments
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.values import CaseState
from review.chosen import Chosen, Why, ask
from review.queue import claim
from tests.records.databases import NOW
from tests.records.factories import a_decision, an_answer, for_review, put


def chosen(stored: Stored, why: Why = Why.UNCERTAIN) -> Chosen:
    return Chosen(stored.comment_id, stored.decision_id, a_decision(), "forum", why)


def asked(database: Database, *some: Chosen) -> dict[str, str]:
    with database.unit() as unit:
        opened = ask(unit, some, now=NOW)
        unit.commit()
    return opened


def test_a_chosen_comment_becomes_a_case_that_says_why(database: Database, keyring: Keyring) -> None:
    [passed] = put(database, keyring, an_answer())

    opened = asked(database, chosen(passed, Why.RANDOM))

    with database.reading() as look:
        case = cases.get(look, opened[passed.comment_id])
    assert ("chosen_random", "chosen", "forum", CaseState.OPEN) == (case.why, case.opened_by, case.queue, case.state)


def test_nobody_is_asked_twice_about_a_comment(database: Database, keyring: Keyring) -> None:
    suspected, passed = put(database, keyring, for_review(), an_answer())

    first = asked(database, chosen(suspected), chosen(passed))
    again = asked(database, chosen(suspected), chosen(passed, Why.DIVERSE))

    assert ([passed.comment_id], {}) == (list(first), again)


def test_chosen_cases_wait_behind_suspected_ones_and_the_random_slice_is_first(
    database: Database, keyring: Keyring
) -> None:
    unlike, drawn, suspected = put(database, keyring, an_answer(), an_answer(), for_review(score=0.41))
    asked(database, chosen(unlike, Why.DIVERSE), chosen(drawn, Why.RANDOM))

    with database.unit() as unit:
        order = [case.comment_id for case in claim(unit, "mia", now=NOW, count=3)]

    assert [suspected.comment_id, drawn.comment_id, unlike.comment_id] == order


def test_an_erased_comment_is_not_asked_about(database: Database, keyring: Keyring) -> None:
    [gone] = put(database, keyring, an_answer())
    with database.unit() as unit:
        comments.erase(unit, gone.comment_id, now=NOW)
        unit.commit()

    assert {} == asked(database, chosen(gone))
