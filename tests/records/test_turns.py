"""Turns: who comes first comes first at any later moment, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import and_, select, text
from sqlalchemy.dialects.sqlite import dialect

from records.database import Database
from records.tables import cases
from records.turns import FOR_LEARNING, USUAL, turn_of, weight_of
from records.waiting import Wanted, free, in_order, passed_over
from tests.records.databases import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (weight_of(0, reach=1, unsureness=0), 1),
        (weight_of(1, reach=1, unsureness=0), 4),
        (weight_of(9, reach=1, unsureness=0), 256),
        (weight_of(0, reach=10, unsureness=0), 2),
        (weight_of(0, reach=9_999, unsureness=0), 4),
        (weight_of(0, reach=0, unsureness=1), 2),
        (weight_of(1, reach=10, unsureness=1), 16),
    ],
)
def test_harm_reach_and_unsureness_multiply(weight: float, expected: float) -> None:
    assert expected == weight


def test_the_promise_is_divided_by_the_weight() -> None:
    turn = turn_of("forum", 1, 4, opened=NOW)
    assert (NOW + HOUR, NOW + HOUR / 4) == (turn.due_at, turn.turn_at)


def test_a_mild_case_of_an_hour_ago_goes_before_a_grave_one_of_now_and_not_one_of_a_minute_ago() -> None:
    grave = turn_of("forum", 2, weight_of(2, reach=1, unsureness=0), opened=NOW).turn_at
    old, new = (turn_of("forum", 0, 1, opened=NOW - ago).turn_at for ago in (HOUR, HOUR / 60))
    assert old < grave < new


def test_what_teaches_alone_waits_a_month_whatever_its_queue() -> None:
    assert [FOR_LEARNING] * 2 == [USUAL.of(queue, -0.1) for queue in ("live", "corpus")]
    assert USUAL.of("live", 0) < USUAL.of("news", 0) < USUAL.of("elsewhere", 0)


def test_a_surer_suspicion_never_comes_later_for_the_model_being_surer() -> None:
    """Unsureness falls as the score rises, harm rises faster."""
    weights = [
        weight_of((score - 0.4) / 0.6, reach=1, unsureness=1 - abs(2 * score - 1))
        for score in (0.4 + step / 100 for step in range(61))
    ]
    assert all(before < after for before, after in pairwise(weights))


@pytest.mark.parametrize("wanted", [Wanted(blind=True), Wanted("forum", "gambling")])
def test_the_next_case_is_an_index_look_up(sqlite: Database, wanted: Wanted) -> None:
    free_for_me = and_(free(NOW), ~passed_over(("mia",), NOW))
    query = in_order(select(cases.c.id).where(free_for_me), ("mia",), wanted).limit(1)
    written = query.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
    with sqlite.reading() as look:
        plan = " ".join(row[3] for row in look.execute(text(f"EXPLAIN QUERY PLAN {written}")))
    assert "ix_cases_" in plan
    assert "ix_verdicts_unsure (case_id=? AND moderator=?)" in plan
    for slow in ("SCAN", "TEMP B-TREE", "ix_verdicts_moderator"):
        assert slow not in plan
