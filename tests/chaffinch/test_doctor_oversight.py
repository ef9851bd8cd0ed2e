"""What doctor says of emergencies that run and of what is past its day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chaffinch.commands import doctor
from chaffinch.health.finding import Finding
from chaffinch.settings import Settings
from governance import emergencies, incidents
from governance.emergencies import Wish
from governance.incidents import Demand
from moderation.emergency import Effect, Kind, Scope
from records.database import Database
from records.ledger_keys import open_signer
from records.sealing import seal

NOW = datetime.now(UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def house(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings.records_url)) as database:
        database.migrate()
        yield database


def of(settings: Settings, part: str) -> Finding:
    [found] = [each for each in doctor.examine(settings) if each.part == part]
    return found


def started(database: Database, now: datetime) -> None:
    wish = Wish(Scope(surface="news"), Effect(Kind.CLOSED), 30, "mia", "a raid")
    with database.unit() as unit:
        asked = emergencies.ask(unit, wish, labels=("abuse",), surfaces=("news",), now=now)
        emergencies.answer(unit, asked.id, by="ben", approve=True, note="yes", now=now)
        unit.commit()


def test_an_emergency_that_runs_is_open_and_one_that_nobody_ended_is_broken(
    settings: Settings, house: Database
) -> None:
    assert ("ok", "none runs") == (of(settings, "emergencies").state, of(settings, "emergencies").seen)
    started(house, NOW)
    found = of(settings, "emergencies")
    assert "open" == found.state
    assert found.seen.startswith("news/*/*:closed until ")
    assert "chaffinch emergency end" in found.todo


def test_one_whose_time_is_over_says_that_no_worker_runs(settings: Settings, house: Database) -> None:
    started(house, NOW - timedelta(hours=2))
    found = of(settings, "emergencies")
    assert ("broken", True) == (found.state, "nobody ended it" in found.seen)


def test_a_clock_behind_the_last_seal_is_broken_and_one_ahead_is_not_known(settings: Settings, house: Database) -> None:
    found = of(settings, "clock")
    assert ("ok", True) == (found.state, "nothing on this machine knows" in found.seen)
    ahead = datetime.now(UTC) + timedelta(days=3)
    started(house, NOW)
    signer = open_signer(house, settings.home / "keys", now=ahead)
    with house.unit() as unit:
        seal(unit, signer, owner="one", now=ahead)
        unit.commit()
    found = of(settings, "clock")
    assert ("broken", True) == (found.state, "sealed last at" in found.seen)
    assert "NTP" in found.todo


def test_what_is_past_its_day_is_late_and_named(settings: Settings, house: Database) -> None:
    assert "ok" == of(settings, "due items").state
    with house.unit() as unit:
        for reference, days in (("no. 7", 1), ("no. 8", 90)):
            wish = Demand("the authority", reference, "found", "mend it", "mia", NOW + timedelta(days=days - 30), "ben")
            incidents.demand(unit, wish, now=NOW - timedelta(days=60))
        unit.commit()
    found = of(settings, "due items")
    assert "late" == found.state
    assert "to be put right by mia" in found.seen
    assert ("no. 7" in found.seen, "no. 8" in found.seen) == (True, False)
