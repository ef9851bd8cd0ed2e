"""What somebody said of a case is there for whoever has it next, and for nobody who is to be blind to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance import accounts, appeals
from governance.accounts import NewAccount
from moderation.errors import InvalidInputError
from records import case_words, cases, comments, leases
from records.database import Database
from records.personal import Keyring
from records.values import CaseRecord, Judgement, Purpose, VerdictKind
from review import passing, queue
from review.verdicts import give_verdict
from tests.governance.public import APPROVE, REJECT, RULES, decide
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

LATER = NOW + timedelta(hours=1)
NOTE = "he writes \u201c加微信\u201d to everybody"


def in_hand(database: Database, keyring: Keyring, who: str = "mia") -> CaseRecord:
    put(database, keyring, for_review("加微信进群", known_as="c-1"))
    with database.unit() as unit:
        [case] = queue.claim(unit, who, now=NOW)
        unit.commit()
    return case


def told(database: Database, case: CaseRecord) -> list[tuple[str, str, str | None, str | None]]:
    with database.reading() as look:
        found = passing.told_in(look, cases.get(look, case.id))
    return [(str(each.kind), each.moderator, each.reason, each.note) for each in found]


def test_each_way_of_passing_a_case_on_keeps_what_was_said(database: Database, keyring: Keyring) -> None:
    case = in_hand(database, keyring)
    with database.unit() as unit:
        queue.skip(unit, case.id, "mia", None, why=queue.Skip.CONTEXT, now=NOW, note=NOTE)
        leases.lease(unit, case.id, "ben", expires_at=LATER)
        doubt = Judgement(VerdictKind.UNSURE, note="which group?")
        give_verdict(unit, NAMES, case.id, doubt, moderator="ben", token=None, now=NOW + timedelta(seconds=1))
        leases.lease(unit, case.id, "lea", expires_at=LATER)
        at = NOW + timedelta(seconds=2)
        queue.hand_over(unit, case.id, "lea", None, to="noah", now=at, reason="he knows the group", note="")
        leases.lease(unit, case.id, "noah", expires_at=LATER)
        queue.escalate(
            unit, case.id, "noah", None, now=NOW + timedelta(seconds=3), reason="too grave for me", note=NOTE
        )
        unit.commit()
    assert [
        ("skipped", "mia", None, NOTE),
        ("unsure", "ben", None, "which group?"),
        ("handed_over", "lea", "he knows the group", None),
        ("escalated", "noah", "too grave for me", NOTE),
    ] == told(database, case)


def test_an_erased_comment_leaves_who_passed_it_on_and_no_words(database: Database, keyring: Keyring) -> None:
    case = in_hand(database, keyring)
    with database.unit() as unit:
        queue.escalate(unit, case.id, "mia", None, now=NOW, reason="grave", note=NOTE)
        comments.erase(unit, case.comment_id, now=LATER)
        unit.commit()
    assert [("escalated", "mia", None, None)] == told(database, case)


def test_who_decides_an_appeal_reads_nothing_that_was_said_before_it_was_made(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    put(sqlite, keyring_of_sqlite, for_review("加微信进群", known_as="c-1"))
    first = decide(sqlite, replace(REJECT, measure="delete"))
    with sqlite.unit() as unit:
        again = queue.open_case(unit, first.comment_id, first.decision_id, opened_by="found", now=NOW)
        leases.lease(unit, again.id, "mia", expires_at=LATER)
        queue.escalate(unit, again.id, "mia", None, now=NOW, reason="surely advertising", note="")
        made = appeals.make(unit, first.decision_id, "a joke", RULES, sender="t", now=LATER)
        assert again.id == made.case_id
        leases.lease(unit, again.id, "ben", expires_at=LATER + queue.LEASE)
        queue.hand_over(unit, again.id, "ben", None, to="lea", now=LATER, reason="I know him")
        unit.commit()
    assert [("handed_over", "ben", "I know him", None)] == told(sqlite, again)


@pytest.mark.parametrize("note", ["x" * 2001, "a\0b"])
def test_a_note_that_cannot_be_kept_passes_nothing_on(sqlite: Database, keyring_of_sqlite: Keyring, note: str) -> None:
    case = in_hand(sqlite, keyring_of_sqlite)
    with sqlite.unit() as unit, pytest.raises(InvalidInputError, match="note cannot be used"):
        queue.escalate(unit, case.id, "mia", None, now=NOW, note=note)
    assert [] == told(sqlite, case)


def test_a_check_that_is_escalated_waits_for_nobody_and_says_nothing(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    put(sqlite, keyring_of_sqlite, for_review())
    case = decide(sqlite, APPROVE)
    with sqlite.unit() as unit:
        hidden = cases.ask_again(unit, case, queue="forum", why="gold", purpose=Purpose.GOLD, now=NOW)
        leases.lease(unit, hidden.id, "noah", expires_at=LATER)
        queue.escalate(unit, hidden.id, "noah", None, now=NOW, note=NOTE)
        assert [] == case_words.of_comment(unit, case.comment_id)


@pytest.mark.parametrize(
    ("late", "minutes"), [(timedelta(0), 60), (timedelta(minutes=55), 10), (timedelta(hours=3), 10)]
)
def test_what_is_handed_over_is_kept_no_longer_than_is_promised(
    sqlite: Database, keyring_of_sqlite: Keyring, late: timedelta, minutes: int
) -> None:
    put(sqlite, keyring_of_sqlite, for_review())
    now = NOW + late
    with sqlite.unit() as unit:
        [case] = queue.claim(unit, "mia", now=now)
        handed = queue.hand_over(unit, case.id, "mia", case.lease_token, to="ben", now=now)
        assert handed.kept_until is not None
        assert timedelta(minutes=minutes) == handed.kept_until - now


def test_what_was_handed_to_somebody_who_is_let_go_is_anybodys(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, for_review())
    with sqlite.unit() as unit:
        ben = accounts.create(unit, NewAccount("ben", "x", "moderator"), by="ada", now=NOW)
        [case] = queue.claim(unit, "mia", now=NOW)
        queue.hand_over(unit, case.id, "mia", case.lease_token, to=ben.id, now=NOW)
        assert [] == queue.claim(unit, "wei", now=NOW)
        accounts.disable(unit, ben.id, by="ada", now=NOW)
        assert [case.id] == [each.id for each in queue.claim(unit, "wei", now=NOW)]
