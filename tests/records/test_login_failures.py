"""Log-ins that failed, counted by all processes of a server together."""

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


def test_what_one_process_saw_fail_counts_in_every_other(database: Database, keyring: Keyring) -> None:
    one, other = workers(database, keyring)
    for throttle in (one, other, one):
        assert 0 == other.wait("mei", "a", NOW)
        throttle.failed("mei", "a", NOW)
    assert [301, 301] == [each.wait("mei", "a", NOW) for each in (one, other)]
    assert [0, 0] == [other.wait("mei", "b", NOW), other.wait("wei", "a", NOW)]
    assert 0 == other.wait("mei", "a", NOW + WINDOW)


def test_an_address_and_a_name_are_bounded_whichever_process_is_asked(database: Database, keyring: Keyring) -> None:
    asked = workers(database, keyring, 3)
    for number in range(6):
        asked[number % 3].failed(f"guess{number}", "a", NOW)
    for number in range(9):
        asked[number % 3].failed("mei", f"from{number}", NOW)
    fresh = Throttle(LIMITS, Shared(database, keyring))
    assert [301, 301, 0] == [fresh.wait(*each, NOW) for each in (("wei", "a"), ("mei", "z"), ("wei", "z"))]


def test_a_log_in_forgets_the_slips_of_this_person_from_this_address_everywhere(
    database: Database, keyring: Keyring
) -> None:
    one, other = workers(database, keyring)
    for _ in range(2):
        one.failed("mei", "a", NOW)
    other.succeeded("mei", "a")
    one.failed("mei", "a", NOW)
    assert 0 == Throttle(LIMITS, Shared(database, keyring)).wait("mei", "a", NOW)


def test_the_table_holds_hashes_grows_no_further_than_the_bounds_and_forgets(
    database: Database, keyring: Keyring
) -> None:
    [one] = workers(database, keyring, 1)
    for _ in range(20):
        one.failed("mei", "a", NOW)
    with database.unit() as unit:
        rows = unit.execute(table.select()).all()
        assert LIMITS.pair + LIMITS.address + LIMITS.name == len(rows)
        assert not any("mei" in row.key_index for row in rows)
        assert len(rows) == login_failures.forget(unit, before=NOW)


def test_tries_at_once_are_all_counted(database: Database, keyring: Keyring) -> None:
    asked = workers(database, keyring, 3)
    threads = [threading.Thread(target=each.failed, args=("mei", "a", NOW)) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 0 < Throttle(LIMITS, Shared(database, keyring)).wait("mei", "a", NOW + timedelta(seconds=1))
