"""The state of moderation by surface and minute is the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen

from moderation.decision import Outcome
from records import live
from records.cases import Wanted
from records.database import Database
from records.personal import Keyring
from records.unit_of_work import Reading
from review import queue
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

MINUTE = timedelta(minutes=1)


def test_answers_are_counted_by_surface_and_minute_the_newest_first(database: Database, keyring: Keyring) -> None:
    blocked = an_answer(a_comment(surface="news"), a_decision(Outcome.BLOCK, ("model",), gambling=0.99))
    put(database, keyring, blocked, an_answer(a_comment(surface="forum")), now=NOW)
    put(database, keyring, for_review(surface="news"), an_answer(a_comment(surface="news")), now=NOW + 2 * MINUTE)
    put(database, keyring, an_answer(a_comment(surface="news")), now=NOW - 5 * MINUTE)
    with database.reading() as look:
        found = live.minutes(look, since=NOW)
        waits = live.waits(look, now=NOW)
    start = NOW.replace(second=0, microsecond=0)
    assert [
        ("forum", start, 1, 0, 0, 0),
        ("news", start + 2 * MINUTE, 1, 1, 0, 0),
        ("news", start, 0, 0, 1, 1),
    ] == [(each.surface, each.start, each.passed, each.review, each.blocked, each.degraded) for each in found]
    assert {"news": (1, NOW + 2 * MINUTE)} == {name: (each.count, each.oldest) for name, each in waits.items()}


def test_times_are_counted_in_steps_and_no_answer_took_longer_than_what_is_told(
    database: Database, keyring: Keyring
) -> None:
    times = [4.0] * 15 + [12.0] * 4 + [30_000.0]
    put(database, keyring, *(replace(an_answer(), latency_ms=each) for each in times), now=NOW)
    with database.reading() as look:
        [minute] = live.minutes(look, since=NOW)
    assert {5: 15, 15: 4, None: 1} == minute.steps
    assert (5.0, 15.0, 30_000.0) == tuple(live.within([minute], share) for share in (0.5, 0.95, 1.0))
    assert None is live.within([], 0.5)
    assert 4.0 == live.within([replace(minute, steps={5: 1}, slowest=4.0)], 0.5)


def test_what_is_held_or_refused_is_counted_by_label_and_what_passes_is_not(
    database: Database, keyring: Keyring
) -> None:
    refused = a_decision(Outcome.BLOCK, gambling=0.99)
    put(database, keyring, an_answer(decision=refused), an_answer(decision=refused), for_review(), an_answer(), now=NOW)
    with database.reading() as look:
        found = live.named(look, since=NOW)
    assert 3 == sum(each.count for each in found)
    assert all(each.start == NOW.replace(second=0, microsecond=0) for each in found)


def test_who_has_a_case_in_hand_is_counted_and_not_named(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(for_review(f"{at}", surface="news") for at in range(4)), now=NOW)
    with database.unit() as unit:
        queue.take(unit, "mei", Wanted(), count=2, now=NOW)
        queue.take(unit, "ben", Wanted(), now=NOW)
        unit.commit()
    with database.reading() as look:
        told = live.waits(look, now=NOW)["news"]
        later = live.waits(look, now=NOW + timedelta(days=1))["news"]
    assert (4, 3, 2) == (told.count, told.in_hand, told.people)
    assert (4, 0, 0) == (later.count, later.in_hand, later.people)


ASKED: list[tuple[str, Callable[[Reading], object], str]] = [
    ("minutes", lambda look: live.minutes(look, since=NOW), "ix_decisions_created_at"),
    ("named", lambda look: live.named(look, since=NOW), "ix_decisions_created_at"),
    ("waits", lambda look: live.waits(look, now=NOW), "ix_cases_"),
]


@pytest.mark.parametrize(("ask", "index"), [each[1:] for each in ASKED], ids=[each[0] for each in ASKED])
def test_what_everybodys_page_asks_every_ten_seconds_reads_an_index(
    database: Database, ask: Callable[[Reading], object], index: str
) -> None:
    """What is really sent is explained. PostgreSQL says of an empty table alone that some index serves, not which."""
    said: list[tuple[str, Any]] = []
    with database.unit() as unit:
        if unit.dialect == "postgresql":
            unit.execute(text("SET LOCAL enable_seqscan = off"))
        listen(unit.connection, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        ask(unit)
        [(asked, values)] = said
        how = "EXPLAIN" if unit.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        plan = " ".join(str(row) for row in unit.connection.exec_driver_sql(f"{how} {asked}", values))
    if database.dialect == "postgresql":
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan
    else:
        assert index in plan, plan
