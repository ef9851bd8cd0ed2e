"""Passwords that were tried, counted by all processes of a server together."""

from __future__ import annotations

import threading
from datetime import timedelta

from console.throttle import WINDOW, Limits, Shared, Throttle
from records import login_failures
from records.database import Database
from records.personal import Keyring
from records.tables import login_failures as table
from tests.records.databases import NOW

LIMITS = Limits(pair=3, address=6, name=9)


def workers(database: Database, keyring: Keyring, count: int = 2) -> list[Throttle]:
    return [Throttle(LIMITS, Shared(database, keyring)) for _ in range(count)]


def test_what_one_process_saw_tried_counts_in_every_other(database: Database, keyring: Keyring) -> None:
    one, other = workers(database, keyring)
    assert [0, 0, 0] == [each.take("mei", "a", NOW).wait for each in (one, other, one)]
    assert [301, 301] == [each.take("mei", "a", NOW).wait for each in (one, other)]
    assert [0, 0] == [other.take("mei", "b", NOW).wait, other.take("wei", "a", NOW).wait]
    assert 0 == other.take("mei", "a", NOW + WINDOW).wait


def test_an_address_and_a_name_are_bounded_whichever_process_is_asked(database: Database, keyring: Keyring) -> None:
    asked = workers(database, keyring, 3)
    for number in range(6):
        asked[number % 3].take(f"guess{number}", "a", NOW)
    for number in range(9):
        asked[number % 3].take("mei", f"from{number}", NOW)
    fresh = Throttle(LIMITS, Shared(database, keyring))
    assert [301, 301, 0] == [fresh.take(*each, NOW).wait for each in (("wei", "a"), ("mei", "z"), ("wei", "z"))]


def test_a_log_in_forgets_the_slips_of_this_person_from_this_address_everywhere_and_no_others(
    database: Database, keyring: Keyring
) -> None:
    one, other = workers(database, keyring)
    for _ in range(2):
        one.take("mei", "a", NOW)
    other.succeeded(other.take("mei", "a", NOW))
    assert [0, 0, 0, 301] == [one.take("mei", "a", NOW).wait for _ in range(4)]
    assert [0, 301] == [one.take(each, "a", NOW).wait for each in ("wei", "lea")]  # the address: 2 + 3 + 1


def test_the_table_holds_hashes_grows_no_further_than_the_bounds_and_forgets(
    database: Database, keyring: Keyring
) -> None:
    [one] = workers(database, keyring, 1)
    for _ in range(20):
        one.take("mei", "a", NOW)
    with database.unit() as unit:
        rows = unit.execute(table.select()).all()
        assert 3 * LIMITS.pair == len(rows)
        assert not any("mei" in row.key_index for row in rows)
        assert len(rows) == login_failures.forget(unit, before=NOW)


def test_of_tries_at_once_no_more_are_let_through_than_may(database: Database, keyring: Keyring) -> None:
    asked, waits = workers(database, keyring, 8), list[int]()
    ready = threading.Barrier(len(asked))

    def take(each: Throttle) -> None:
        ready.wait(60)
        waits.append(each.take("mei", "a", NOW).wait)

    threads = [threading.Thread(target=take, args=[each]) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [0] * LIMITS.pair + [301] * (len(asked) - LIMITS.pair) == sorted(waits)


def test_a_try_that_nobody_finished_counts(database: Database, keyring: Keyring) -> None:
    killed, other = workers(database, keyring)
    for _ in range(LIMITS.pair):
        killed.take("mei", "a", NOW)
    assert 0 < other.take("mei", "a", NOW + timedelta(seconds=1)).wait
