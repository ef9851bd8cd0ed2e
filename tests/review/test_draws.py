"""A text that was drawn for a second person stays drawn, whoever decides it again and however often."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from records import cases, leases
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.values import CaseRecord, Purpose
from review import queue, verdicts
from tests.records.databases import NOW
from tests.records.factories import for_review, put
from tests.review.test_quality import APPROVE, REJECT, SETTLED, give, take, weigh

LATER = NOW + timedelta(minutes=5)


def drawn(database: Database, keyring: Keyring) -> Stored:
    """A comment of which Mia's verdict was drawn."""
    [stored] = put(database, keyring, for_review("加微信进群", known_as="c-1"))
    give(database, take(database, "mia"), REJECT, "mia", share=1.0)
    return stored


def again(database: Database, stored: Stored, who: str, *, escalated: bool = False, now: datetime = NOW) -> CaseRecord:
    with database.unit() as unit:
        opened = queue.open_case(unit, stored.comment_id, stored.decision_id, opened_by="found", now=now)
        if escalated:
            opened = leases.put_back(unit, opened, queue="escalated")
        leased = leases.lease(unit, opened.id, who, expires_at=now + timedelta(hours=1))
        unit.commit()
    return leased


def second_looks(database: Database, stored: Stored) -> int:
    with database.reading() as look:
        found = cases.page(look, comment_id=stored.comment_id).items
    return sum(one.purpose is Purpose.OPINION for one in found)


@pytest.mark.parametrize("who", ["mia", "noah"])
def test_what_was_drawn_and_is_decided_again_at_once_is_looked_at(
    database: Database, keyring: Keyring, who: str
) -> None:
    stored = drawn(database, keyring)
    for _ in range(3):
        give(database, again(database, stored, who), APPROVE, who, share=0.0)
    assert 4 == weigh(database)
    assert 1 == second_looks(database, stored), "of the verdict that holds"


def test_a_draw_outlives_the_verdict_that_was_taken_back(database: Database, keyring: Keyring) -> None:
    [stored] = put(database, keyring, for_review("加微信进群", known_as="c-1"))
    given = give(database, take(database, "mia"), REJECT, "mia", share=1.0)
    with database.unit() as unit:
        case = verdicts.undo(unit, given.case.id, moderator="mia", now=NOW)
        unit.commit()
    give(database, case, APPROVE, "mia", share=0.0)
    assert 1 == weigh(database)
    assert 1 == second_looks(database, stored)


def test_while_a_second_person_is_asked_nobody_else_is(database: Database, keyring: Keyring) -> None:
    stored = drawn(database, keyring)
    weigh(database)
    give(database, again(database, stored, "mia", now=SETTLED), APPROVE, "mia", now=SETTLED, share=0.0)
    weigh(database, now=LATER)
    assert 1 == second_looks(database, stored)


def test_who_hands_their_own_drawn_verdict_to_the_seniors_is_no_second_person_for_it(
    database: Database, keyring: Keyring
) -> None:
    stored = drawn(database, keyring)
    give(database, again(database, stored, "mia", escalated=True), APPROVE, "mia", share=0.0)
    weigh(database)
    assert 1 == second_looks(database, stored)


def test_a_seniors_word_on_anothers_drawn_verdict_is_the_second_look(database: Database, keyring: Keyring) -> None:
    stored = drawn(database, keyring)
    give(database, again(database, stored, "sam", escalated=True), APPROVE, "sam", share=0.0)
    weigh(database)
    assert 0 == second_looks(database, stored)
