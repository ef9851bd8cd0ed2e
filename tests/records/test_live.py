"""The state of moderation by surface and minute is the same on both databases."""

from __future__ import annotations

from datetime import timedelta

from moderation.decision import Outcome
from records import live
from records.database import Database
from records.personal import Keyring
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
        waits = live.waits(look)
    start = NOW.replace(second=0, microsecond=0)
    assert [
        ("forum", start, 1, 0, 0, 0),
        ("news", start + 2 * MINUTE, 1, 1, 0, 0),
        ("news", start, 0, 0, 1, 1),
    ] == [(each.surface, each.start, each.passed, each.review, each.blocked, each.degraded) for each in found]
    assert {"news": (1, NOW + 2 * MINUTE)} == {name: (each.count, each.oldest) for name, each in waits.items()}
