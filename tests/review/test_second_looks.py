"""The share of second looks rises where two people agree little, falls back, and moves no alpha by itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import update

from records import steered_looks
from records.database import Database
from records.house_queues import AS_USUAL, SecondLooks
from records.opinions import Opinion
from records.personal import Keyring
from records.steered_looks import LABEL, QUEUE
from records.tables import verdicts as table
from records.values import Judgement, Purpose, VerdictKind
from review import quality, second_looks
from review.agreement import alpha_of, interval_of, where_enough
from tests.records.factories import for_review, put
from tests.review.test_agreement import LATER, measured, twice
from tests.review.test_quality import APPROVE, REJECT, give, take

NUMBERS = count()
LOOKS = SecondLooks({}, low_alpha=0.67, low_enough=4, low_times=3, low_most=0.3)


@pytest.fixture
def steered(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(database, "_queues", lambda: replace(AS_USUAL, second_looks=LOOKS))
    return database


def steer(database: Database) -> int:
    return second_looks.steer(database, LATER)


def agree(database: Database, keyring: Keyring, pairs: Sequence[tuple[Judgement, Judgement]]) -> None:
    for first, second in pairs:
        put(database, keyring, for_review(f"第{next(NUMBERS)}条"))
        twice(database, first, second)


def chance(database: Database, *, queue: str = "live", labels: Sequence[str] = (), usual: float = 0.05) -> float:
    with database.reading() as look:
        return second_looks.chance_of(look, queue, labels, usual)


DIFFER = [(REJECT, APPROVE), (APPROVE, REJECT), (REJECT, REJECT), (REJECT, APPROVE)]
ALIKE = [(REJECT, REJECT), (APPROVE, APPROVE)] * 8


def test_where_they_agree_little_the_share_rises_within_its_bounds(steered: Database, keyring: Keyring) -> None:
    agree(steered, keyring, DIFFER)
    assert 2 == steer(steered)
    with steered.reading() as look:
        found = steered_looks.every(look)
    assert [(LABEL, "gambling", 4), (QUEUE, "forum", 4)] == [(one.kind, one.name, one.judged) for one in found]
    assert all(one.alpha < 0.67 for one in found)
    assert [pytest.approx(0.15)] * 2 == [chance(steered, queue="forum"), chance(steered, labels=["gambling"])]
    assert [0.05, 0.05] == [chance(steered), chance(steered, labels=["fraud"])], "what they agree about stays"
    assert [0.3, 0.5, 0.0] == [chance(steered, queue="forum", usual=usual) for usual in (0.2, 0.5, 0.0)]


def test_it_falls_back_once_they_agree_and_few_comments_say_nothing(steered: Database, keyring: Keyring) -> None:
    agree(steered, keyring, DIFFER[:3])
    assert 0 == steer(steered), "three say nothing"
    agree(steered, keyring, DIFFER[3:])
    assert 2 == steer(steered)
    with steered.reading() as look:
        since = steered_looks.every(look)[0].since
    assert 0 == steer(steered)
    with steered.reading() as look:
        assert since == steered_looks.every(look)[0].since
    agree(steered, keyring, ALIKE)
    assert 2 == steer(steered)
    assert 0.05 == chance(steered, queue="forum")


def test_a_house_that_steers_nothing_measures_nothing(database: Database, keyring: Keyring) -> None:
    agree(database, keyring, DIFFER)
    assert 0 == steer(database)
    assert 0.05 == chance(database, queue="forum")


def test_a_verdict_keeps_with_which_chance_it_was_drawn(
    steered: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(steered, keyring, DIFFER)
    steer(steered)
    asked: list[float] = []
    monkeypatch.setattr(quality, "is_drawn", lambda share: asked.append(share) or True)
    put(steered, keyring, for_review())
    given = give(steered, take(steered, "mia", now=LATER), REJECT, "mia", share=0.05, now=LATER)
    assert [pytest.approx(0.15)] == asked
    with steered.reading() as look:
        kept = look.execute(table.select().where(table.c.id == given.verdict.id)).one().second_chance
    assert pytest.approx(0.15) == kept


def test_alpha_of_all_does_not_move_because_more_of_some_are_drawn() -> None:
    """Fraud is what people differ about, and nine times as much of it is drawn."""
    chooser = random.Random(7)
    every: list[tuple[str, str]] = []
    for _ in range(40_000):
        first, other = ("fraud", "fine") if chooser.random() < 0.1 else ("fine", "fraud")
        every.append((first, other if chooser.random() < (0.5 if first == "fraud" else 0.02) else first))
    truth = alpha_of(every)
    drawn = [(pair, share) for pair in every if chooser.random() < (share := 0.9 if pair[0] == "fraud" else 0.1)]
    pairs, weights = [pair for pair, _ in drawn], [1 / share for _, share in drawn]
    assert truth is not None
    assert abs(truth - (alpha_of(pairs, weights) or 0)) < 0.01
    assert abs(truth - (alpha_of(pairs) or 0)) > 0.05, "unweighed it would have moved"
    interval = interval_of(pairs, weights)
    assert interval is not None
    assert interval[0] < truth < interval[1]


def test_a_label_is_measured_by_comments_that_one_of_two_called_so() -> None:
    def said(number: int, who: str, *labels: str) -> Opinion:
        kind = VerdictKind.REJECT if labels else VerdictKind.APPROVE
        return Opinion(f"d-{number}", who, kind, labels, "forum", second=who == "noah", third=False)

    given = [said(n, who, *(["fraud"] if n < 5 else [])) for n in range(30) for who in ("mia", "noah")]
    assert [("forum", None, 30)] == [(one.queue, one.label, count) for one, count in where_enough(given, least=6)]
    assert [("forum", None, 30), (None, "fraud", 5)] == [
        (one.queue, one.label, count) for one, count in where_enough(given, least=5)
    ]


def test_pairs_from_before_chances_were_kept_count_as_the_usual_ones(steered: Database, keyring: Keyring) -> None:
    agree(steered, keyring, DIFFER)
    before = measured(steered).alphas[0].alpha
    with steered.unit() as unit:
        unit.execute(update(table).where(table.c.purpose == Purpose.DECIDE).values(second_chance=None))
        unit.commit()
    assert before == measured(steered).alphas[0].alpha
