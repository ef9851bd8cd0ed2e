"""What authorities asked for stands in the transparency report: how often, of what, what they were given, how fast."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from governance import incidents, inspections
from governance.incidents import HOUSE
from records import transparency
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.transparency import Authority
from tests.governance.test_incidents import DEMAND
from tests.governance.test_inspections import SURFACES, WISH, granted, stored  # noqa: F401 (a fixture)
from tests.records.databases import NOW

DAY = timedelta(days=1)


def told(database: Database, days: int = 2) -> list[Authority]:
    with database.reading() as look:
        return transparency.authorities(look, NOW - DAY, NOW + days * DAY, but=HOUSE)


def test_requests_and_demands_are_counted_by_authority_and_the_house_is_none(
    database: Database,
    keyring: Keyring,
    stored: dict[str, Stored],  # noqa: F811 (the same)
) -> None:
    assert [] == told(database)
    granted(database, opened=True)
    granted(database, opened=False)
    with database.unit() as unit:
        inspections.ask(unit, replace(WISH, authority="Court of the east"), surfaces=SURFACES, now=NOW)
        incidents.demand(unit, replace(DEMAND, authority=WISH.authority, due_at=NOW + DAY), now=NOW)
        incidents.demand(unit, replace(DEMAND, authority=HOUSE), now=NOW)
        unit.commit()
    found = {each.name: each for each in told(database)}
    mine = found[WISH.authority]
    assert {WISH.authority, "Court of the east"} == set(found)
    assert (2, 2, 1, 0) == (mine.requests, mine.granted, mine.with_texts, mine.refused)
    assert 2 == len(mine.hours)
    assert (1, 0, 1) == (mine.demands, mine.met, mine.late)
    assert (1, 0) == (found["Court of the east"].requests, found["Court of the east"].granted)
    assert 0 == told(database, days=1)[-1].late
