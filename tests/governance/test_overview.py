"""The forecast says which promise breaks when, at the rate of the last hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from governance.overview import breaks_at, random_slice
from moderation.rules.backtest import Share, wilson
from records import cases, leases
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.unit_of_work import Unit
from records.values import Judgement, VerdictKind
from review import queue
from review.chosen import Why
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, an_answer, put

HOUR = timedelta(hours=1)


def told(*minutes: int, coming: float = 0.0, done: float = 0.0, late: int = 0) -> datetime | None:
    dues = [NOW + timedelta(minutes=each) for each in minutes]
    return breaks_at(dues, here=len(dues) + late, coming=coming, done=done, promise=HOUR, now=NOW)


def test_where_nobody_decides_the_first_promise_to_end_breaks() -> None:
    assert NOW + timedelta(minutes=20) == told(20, 40)


def test_people_come_to_cases_in_the_order_in_which_promises_end() -> None:
    """Six an hour: the third is begun after half an hour, ten minutes late."""
    assert NOW + timedelta(minutes=20) == told(15, 20, 20, 50, done=6.0)
    assert told(15, 25, 35, 50, done=6.0) is None


def test_what_is_late_already_is_looked_at_first() -> None:
    assert told(15, 25, done=6.0) is None
    assert NOW + timedelta(minutes=15) == told(15, 25, done=6.0, late=1)


def test_more_coming_than_is_decided_breaks_the_promise_of_what_is_yet_to_come() -> None:
    """Ten an hour are begun, twelve come: in five hours ten stand before whoever comes, which is an hour's work."""
    found = told(coming=12.0, done=10.0)
    assert found is not None
    assert (found - NOW) / HOUR == pytest.approx(6.0)
    assert told(coming=10.0, done=12.0) is None


def test_what_breaks_after_more_than_a_day_is_not_said() -> None:
    assert told(coming=10.1, done=10.0) is None


def judged_at_random(unit: Unit, stored: Stored, *, is_wrong: bool) -> None:
    case = queue.open_case(unit, stored.comment_id, stored.decision_id, opened_by="chosen", now=NOW)
    cases.changed(unit, case.id, why=Why.RANDOM)
    leased = leases.lease(unit, case.id, "mia", expires_at=NOW + HOUR)
    said = Judgement(VerdictKind.REJECT, ("gambling",)) if is_wrong else Judgement(VerdictKind.APPROVE)
    give_verdict(unit, NAMES, case.id, said, moderator="mia", token=leased.lease_token, now=NOW)


def test_what_was_drawn_stands_for_as_many_as_its_hour_had(database: Database, keyring: Keyring) -> None:
    """One of nine in a busy hour was wrong, one of one in a quiet hour was not: nine in ten are, and not half."""
    busy, quiet = NOW - timedelta(hours=5), NOW - timedelta(hours=2)
    many = put(database, keyring, *(an_answer(a_comment(f"c{n}")) for n in range(9)), now=busy)
    [one] = put(database, keyring, an_answer(a_comment("q")), now=quiet)
    with database.unit() as unit:
        judged_at_random(unit, many[0], is_wrong=True)
        judged_at_random(unit, one, is_wrong=False)
        found = random_slice(unit, NOW - timedelta(days=7))
    assert (1, 2, pytest.approx(0.9)) == (found.wrong.hits, found.wrong.rows, found.wrong.share)
    assert found.wrong.interval is not None
    low, high = found.wrong.interval
    assert low < 0.9 < high
    assert [many[0].comment_id] == [each.comment_id for each in found.latest]
    plain = Share(2, 3).interval
    assert plain is not None
    assert wilson(2, 3) == plain
