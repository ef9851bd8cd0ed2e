"""Agreement in figures: as nltk has it, with intervals, and silent about small numbers."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from nltk.metrics.agreement import AnnotationTask

from records.cases import ESCALATED, Wanted
from records.database import Database
from records.personal import Keyring
from records.values import Judgement
from review.agreement import Agreement, alpha_of, interval_of, measure
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put
from tests.review.test_quality import APPROVE, REJECT, SETTLED, SETTLED_AFTER, a_known_answer, give, take, weigh

LATER = SETTLED + SETTLED_AFTER


@pytest.mark.parametrize("seed", range(12))
def test_alpha_is_what_nltk_says(seed: int) -> None:
    chance = random.Random(seed)
    answers = "abc"[: 2 + seed % 2]
    units = [
        [one, one if chance.random() < 0.7 else chance.choice(answers)]
        for one in (chance.choice(answers) for _ in range(40))
    ]
    told = [(f"coder {place}", f"unit {n}", one) for n, unit in enumerate(units) for place, one in enumerate(unit)]
    assert pytest.approx(AnnotationTask(told).alpha()) == alpha_of(units)


def test_alpha_of_the_textbook() -> None:
    """Krippendorff 2011, section A: two observers, ten units, binary."""
    one, two = "0100000010", "1110010000"
    assert 0.095 == round(alpha_of(list(zip(one, two, strict=True))) or 0, 3)


@pytest.mark.parametrize("units", [[], [("a",)], [("a", "a")] * 30])
def test_where_nothing_differs_alpha_says_nothing(units: list[tuple[str, ...]]) -> None:
    assert (None, None) == (alpha_of(units), interval_of(units))


def test_the_interval_holds_alpha_and_narrows_with_more_comments() -> None:
    units = [("a", "a")] * 8 + [("b", "b")] * 6 + [("a", "b")] * 3
    few, many = interval_of(units), interval_of(units * 20)
    alpha = alpha_of(units)
    assert few is not None
    assert many is not None
    assert alpha is not None
    assert few[0] < many[0] < alpha < many[1] < few[1]


def measured(database: Database) -> Agreement:
    with database.reading() as look:
        return measure(look, NAMES, since=NOW - timedelta(days=1))


def test_nothing_is_known_where_nobody_was_asked_twice(database: Database) -> None:
    found = measured(database)
    assert (0, None, ()) == (found.alphas[0].agreed.rows, found.alphas[0].alpha, found.people)


def twice(database: Database, first: Judgement, second: Judgement) -> None:
    give(database, take(database, "mia"), first, "mia", share=1.0)
    weigh(database)
    give(database, take(database, "noah", now=SETTLED), second, "noah", now=SETTLED)
    weigh(database, now=LATER)


def test_pairs_people_and_known_answers_are_counted(database: Database, keyring: Keyring) -> None:
    for first, second in ((REJECT, REJECT), (APPROVE, APPROVE), (REJECT, APPROVE)):
        put(database, keyring, for_review())
        twice(database, first, second)
    found = measured(database)
    whole, gambling = found.alphas[0], next(a for a in found.alphas if (a.queue, a.label) == (None, "gambling"))
    expected = alpha_of([("r", "r"), ("a", "a"), ("r", "a")])
    for each in (whole, gambling):
        assert (2, 3, expected, False) == (each.agreed.hits, each.agreed.rows, each.alpha, each.is_enough)
    assert {None, "forum"} == {each.queue for each in found.alphas}
    assert [("mia", 2, 3), ("noah", 2, 3)] == [(p.moderator, p.peers.hits, p.peers.rows) for p in found.people]
    assert {False} == {person.is_enough for person in found.people}
    assert (0, 1) == (found.opinions_waiting, found.disagreements_waiting)


def test_answers_to_what_is_known_measure_whoever_gave_them(database: Database, keyring: Keyring) -> None:
    a_known_answer(database, keyring)
    give(database, take(database, "noah", gold_share=1.0), APPROVE, "noah")
    give(database, take(database, "olga", gold_share=1.0), REJECT, "olga")
    told = {person.moderator: (person.gold.hits, person.gold.rows) for person in measured(database).people}
    assert {"noah": (0, 1), "olga": (1, 1)} == told


def test_a_third_answer_counts_for_whom_it_settled_and_not_for_alpha(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    twice(database, REJECT, APPROVE)
    third = take(database, "ahui", now=LATER, wanted=Wanted(queue=ESCALATED, blind=True))
    give(database, third, APPROVE, "ahui", now=LATER)
    found = measured(database)
    assert (0, 1, 0) == (found.settled.first, found.settled.second, found.settled.neither)
    assert (0, 1) == (found.alphas[0].agreed.hits, found.alphas[0].agreed.rows)
    assert ["mia", "noah"] == [person.moderator for person in found.people]
