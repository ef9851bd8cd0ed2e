"""What the house brought to be labelled is no traffic: no figure about a platform counts it, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from moderation.comment import CORPUS
from moderation.decision import Outcome, RuleEffect
from records import acted, flow, house, leaning, live, overview, rule_hits, shadow, transparency, watched
from records.database import Database
from records.ids import first_id_of
from records.overview import Decided
from records.personal import Keyring
from records.storing import Answered
from records.unit_of_work import Reading
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, for_review, put

FIRST, LAST = first_id_of(datetime(2020, 1, 1, tzinfo=UTC)), first_id_of(datetime(2100, 1, 1, tzinfo=UTC))
SINCE, UNTIL = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
SPAN = {"since": SINCE, "until": UNTIL}


def _blocked(surface: str) -> Answered:
    return an_answer(a_comment(surface=surface), a_decision(Outcome.BLOCK, gambling=0.97))


def _seen(look: Reading) -> int:
    return watched.seen(look, **SPAN, version="3", edges=(0.0, 0.5, 1.0), most=100).rows


FIGURES: dict[str, Callable[[Reading], int | Sized]] = {
    "watch": lambda look: watched.load(look, **SPAN).decisions,
    "blocked": lambda look: watched.load(look, **SPAN).blocked,
    "drift": _seen,
    "transparency": lambda look: sum(each.count for each in transparency.decided(look, **SPAN)),
    "neutrality": lambda look: list(leaning.decided(look, **SPAN)),
    "staffing": lambda look: list(flow.scored(look, SINCE, limit=100)),
    "statements of reasons": lambda look: list(acted.removed(look, **SPAN)),
    "live": lambda look: sum(each.whole for each in live.minutes(look, since=SINCE)),
    "a lead's days": lambda look: sum(day.decisions for day in house.days(look, until=NOW, count=1)),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_row_of_a_data_set_is_counted_nowhere(database: Database, keyring: Keyring, figure: str) -> None:
    put(database, keyring, _blocked("forum"), *[_blocked(CORPUS) for _ in range(5)])
    with database.reading() as look:
        found = FIGURES[figure](look)
    assert 1 == (found if isinstance(found, int) else len(found))


def test_a_verdict_about_one_says_nothing_of_the_machine(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(), for_review(surface=CORPUS))
    with database.unit() as unit:
        for case in queue.claim(unit, "mia", now=NOW, count=2):
            give_verdict(unit, NAMES, case.id, Judgement(VerdictKind.APPROVE), moderator="mia", token=None, now=NOW)
        load = watched.load(unit, **SPAN)
        assert (1, 1) == (load.verdicts, load.overturned)
        assert (1, 1) == transparency.verdicts_given(unit, **SPAN)
        assert Decided(1, 1) == overview.decided_since(unit, SINCE)
        assert [("gambling", 1)] == [(each.label, each.judged) for each in house.overturns(unit, SINCE)]
        # The label is wanted: it is what they were asked for.
        assert 2 == watched.new_labels(unit, SINCE)


def test_a_challenger_is_not_held_against_one(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(), an_answer(a_comment(surface=CORPUS)))
    with database.unit() as unit:
        run = shadow.take(unit, "hash4", "4", "one", now=NOW)
        assert run is not None
        drawn = shadow.drawn(unit, run, oldest=FIRST, newest=LAST, share=1.0, limit=50)
    assert 1 == len(drawn)


def test_a_rule_that_hits_one_has_hit_nothing(database: Database, keyring: Keyring) -> None:
    effect = RuleEffect("spam-1", "live", hit=True, changes=False)
    hit = replace(a_decision(), effects=(effect,))
    put(database, keyring, *[an_answer(a_comment(surface=each), hit) for each in ("forum", CORPUS)])
    with database.reading() as look:
        assert [1] == [each.counted.hits for each in rule_hits.by_day(look, since=NOW.date())]
