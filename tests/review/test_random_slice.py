"""A few comments a day are looked at whatever the machine thinks: drawn once, by a lot that all workers share."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from records import cases
from records.database import Database
from records.personal import Keyring
from review import random_slice
from serving.worker import random_chore
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, for_review, put

LATER = NOW.replace(minute=5) + timedelta(hours=1)


def passed(database: Database, keyring: Keyring, count: int) -> set[str]:
    stored = put(database, keyring, *(an_answer(a_comment(f"天气真好{n}", known_as=f"c-{n}")) for n in range(count)))
    return {each.comment_id for each in stored}


def test_a_day_s_number_is_drawn_over_its_hours() -> None:
    hours = [NOW.replace(minute=0) + timedelta(hours=hour) for hour in range(24 * 60)]
    each = [random_slice._of_hour(30, hour) for hour in hours]
    assert {1, 2} == set(each)
    assert 30 * 60 * 0.9 < sum(each) < 30 * 60 * 1.1
    assert {0} == {random_slice._of_hour(0, hour) for hour in hours}


def test_the_hour_before_is_drawn_from_once_whoever_draws(database: Database, keyring: Keyring) -> None:
    comments = passed(database, keyring, 12)
    first = random_slice.draw(database, LATER, a_day=24 * 5)
    assert (5, 0) == (first, random_slice.draw(database, LATER + timedelta(minutes=50), a_day=24 * 5))
    with database.reading() as look:
        found = cases.page(look, limit=50).items
    assert {"chosen_random"} == {case.why for case in found}
    assert {case.comment_id for case in found} < comments
    assert 0 == random_slice.draw(database, LATER + timedelta(hours=1), a_day=24 * 5)


def test_what_people_look_at_anyway_is_in_the_draw_and_asked_about_once(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    assert 0 == random_slice.draw(database, LATER, a_day=24 * 5)


def test_the_slice_takes_its_turn_and_does_not_wait_a_month(database: Database, keyring: Keyring) -> None:
    passed(database, keyring, 1)
    random_slice.draw(database, LATER, a_day=24)
    with database.reading() as look:
        [case] = cases.page(look, limit=5).items
    assert case.due_at is not None
    assert case.due_at - LATER <= timedelta(hours=1)


def test_a_worker_reads_each_hour_once(monkeypatch: pytest.MonkeyPatch, sqlite: Database) -> None:
    asked: list[datetime] = []
    monkeypatch.setattr(random_slice, "draw", lambda _database, now, *, a_day: asked.append(now) or a_day)
    chore = random_chore(7)
    hours = [NOW.replace(minute=0) + timedelta(minutes=minutes) for minutes in (1, 6, 59, 61, 66)]
    assert [7, 0, 0, 7, 0] == [chore.do(sqlite, now) for now in hours]
    assert [hours[0], hours[3]] == asked
