"""Forms without a key are counted over all processes of a server, exactly, and forgotten."""

from __future__ import annotations

import threading
from datetime import timedelta

from console.visitors import Shared, Turnstile
from governance.complaint_rules import PublicLimits
from records import form_counts
from records.database import Database
from records.form_counts import Bounds
from records.personal import Keyring
from records.tables import public_forms
from tests.records.databases import NOW

LIMITS = PublicLimits(per_address_minutes=10, per_address=3, per_minute=5)
BOUNDS = Bounds(timedelta(minutes=10), 3, 5)


def test_two_processes_count_as_one(database: Database, keyring: Keyring) -> None:
    one, other = (Turnstile(LIMITS, Shared(database, keyring)) for _ in range(2))
    assert [0, 0, 0, 601, 601] == [turnstile.wait("a", NOW) for turnstile in (one, other, one, other, one)]
    assert [0, 0, 61] == [other.wait(each, NOW) for each in "bcd"]
    assert [0, 481] == [one.wait("b", NOW + timedelta(minutes=2)), other.wait("a", NOW + timedelta(minutes=2))]
    assert 0 == other.wait("a", NOW + timedelta(minutes=10))


def test_what_is_about_life_waits_for_no_flood_of_others_and_has_bounds_of_its_own(
    database: Database, keyring: Keyring
) -> None:
    limits = LIMITS.model_copy(update={"life_per_address": 6, "life_per_minute": 8})
    one, other = (Turnstile(limits, Shared(database, keyring)) for _ in range(2))
    assert [0, 0, 0, 601] == [one.wait("a", NOW) for _ in range(4)]
    assert [0, 0, 61] == [one.wait(each, NOW) for each in "bcd"]
    assert [0] * 6 + [601] * 2 == [each.wait("a", NOW, is_about_life=True) for each in (one, other) * 4]
    assert [0, 0, 61] == [other.wait(each, NOW, is_about_life=True) for each in "bcd"]


def test_who_come_at_the_same_moment_are_no_more_than_may(database: Database, keyring: Keyring) -> None:
    waits: list[int] = []
    many = [Turnstile(LIMITS, Shared(database, keyring)) for _ in range(6)]
    threads = [threading.Thread(target=lambda each=each: waits.append(each.wait("a", NOW))) for each in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0] * 3 + [601] * 3 == sorted(waits)


def test_addresses_are_hashes_and_go(sqlite: Database, keyring: Keyring) -> None:
    Shared(sqlite, keyring).wait("192.0.2.7", BOUNDS, NOW)
    with sqlite.unit() as unit:
        [row] = unit.execute(public_forms.select()).all()
        assert "192.0.2.7" not in row.address_index
        assert keyring.index("address", "192.0.2.7") != row.address_index
        later = NOW + timedelta(days=2)
        assert timedelta(0) == form_counts.take(unit, ["x"], "x", BOUNDS, now=later)
        assert ["x"] == [one.address_index for one in unit.execute(public_forms.select())]
        assert 1 == form_counts.forget(unit, now=later + timedelta(days=1))
