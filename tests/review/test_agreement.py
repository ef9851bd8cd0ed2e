"""Agreement in figures: as nltk has it, with intervals, and silent about small numbers."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import masi_distance

from records import bulk, campaigns
from records.cases import ESCALATED, Wanted
from records.database import Database
from records.personal import Keyring
from records.values import Judgement, VerdictKind
from review.agreement import About, Agreement, alpha_of, interval_of, masi, measure
from review.texts import texts_of
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
    for text, first, second in (("一", REJECT, REJECT), ("二", APPROVE, APPROVE), ("三", REJECT, APPROVE)):
        put(database, keyring, for_review(text))
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


ADVERT = "加微信领取新人专属红包，名额有限先到先得，速来"


def test_an_interval_is_as_wide_as_the_texts_make_it_and_copies_move_no_alpha() -> None:
    """Thirteen texts, one of which was posted twenty times."""
    units = [("a", "a")] * 5 + [("b", "b")] * 5 + [("a", "b")] * 3
    texts = [f"text {n}" for n in range(13)]
    copied, names = units + [("a", "a")] * 20, [*texts, *[texts[0]] * 20]
    assert pytest.approx(alpha_of(units)) == alpha_of(copied, texts=names)
    assert alpha_of(units) != pytest.approx(alpha_of(copied))
    once, twenty, naive = interval_of(units), interval_of(copied, texts=names), interval_of(copied)
    assert once is not None
    assert twenty is not None
    assert naive is not None
    assert pytest.approx(once[1] - once[0], abs=0.05) == twenty[1] - twenty[0]
    assert naive[1] - naive[0] < twenty[1] - twenty[0]
    assert interval_of([("a", "b")] * 30, texts=["one"] * 30) is None


def test_alpha_by_a_distance_is_what_nltk_says() -> None:
    chance = random.Random(5)
    sets = [frozenset(each) for each in ("a", "b", "ab", "abc", "c")]
    units = [(one, one if chance.random() < 0.5 else chance.choice(sets)) for one in chance.choices(sets, k=40)]
    told = [(f"coder {place}", f"unit {n}", one) for n, unit in enumerate(units) for place, one in enumerate(unit)]
    assert pytest.approx(AnnotationTask(told, distance=masi_distance).alpha(), abs=0.02) == alpha_of(
        units, distance=masi
    )


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("a", "a", 0.0), ("a", "ab", 2 / 3), ("ab", "ac", 8 / 9), ("a", "b", 1.0), ("", "a", 1.0), ("", "", 0.0)],
)
def test_labels_in_part_the_same_are_nearer(one: str, other: str, apart: float) -> None:
    assert pytest.approx(apart) == masi(frozenset(one), frozenset(other))
    assert masi(frozenset(one), frozenset(other)) == masi(frozenset(other), frozenset(one))


@pytest.mark.parametrize("text", [ADVERT, "加微信"])
def test_what_was_posted_seven_times_is_one_text_for_alpha_and_for_people(
    database: Database, keyring: Keyring, text: str
) -> None:
    for n in range(7):
        put(database, keyring, for_review(f"{text}{'！' * n}"))
        twice(database, REJECT, REJECT)
    put(database, keyring, for_review("今天的云真好看"))
    twice(database, APPROVE, REJECT)
    whole = measured(database).alphas[0]
    assert (1, 2, 8) == (whole.agreed.hits, whole.agreed.rows, whole.comments)
    assert alpha_of([("r", "r"), ("a", "r")]) == pytest.approx(whole.alpha)
    assert [(1, 2), (1, 2)] == [(each.peers.hits, each.peers.rows) for each in measured(database).people]


def test_what_a_campaign_spreads_and_what_one_verdict_decides_is_one_text(database: Database, keyring: Keyring) -> None:
    texts = ["加好友看看", "日进斗金", "月亮很圆", "山很高"]
    stored = put(database, keyring, *map(for_review, texts))
    ids = [one.comment_id for one in stored]
    with database.unit() as unit:
        made = campaigns.open_one(unit, "contact", None, str(stored[0].case_id), now=NOW)
        campaigns.collect(unit, [(made.id, ids[0]), (made.id, ids[1])], now=NOW)
        rush = campaigns.open_one(unit, "thread", None, str(stored[0].case_id), now=NOW)
        campaigns.collect(unit, [(rush.id, each) for each in ids], now=NOW)
        new = bulk.NewBulk(made.id, str(stored[2].case_id), "mia", APPROVE)
        over = bulk.add(unit, new, {ids[1]: 1, ids[2]: 1}, state=bulk.BulkState.DONE, starts_at=None, now=NOW)
        for member in bulk.members(unit, over.id, states=[bulk.MemberState.PENDING], limit=9):
            bulk.set_member(unit, member, bulk.MemberState.DECIDED)
        found = texts_of(unit, ids)
    assert [ids[0], ids[0], ids[0], ids[3]] == [found[each] for each in ids]


def test_outcome_and_labels_are_told_apart(database: Database, keyring: Keyring) -> None:
    both = Judgement(VerdictKind.REJECT, ("gambling", "fraud"))
    for text, first, second in (
        ("一", REJECT, both),
        ("二", REJECT, REJECT),
        ("三", APPROVE, APPROVE),
        ("四", both, both),
    ):
        put(database, keyring, for_review(text))
        twice(database, first, second)
    told = {each.about: each for each in measured(database).alphas if each.queue is None and each.source is None}
    assert (1.0, 4) == (told[About.OUTCOME].alpha, told[About.OUTCOME].agreed.rows)
    assert (2, 3) == (told[About.LABELS].agreed.hits, told[About.LABELS].agreed.rows)
    apart = alpha_of([("g", "gf"), ("g", "g"), ("gf", "gf")])
    assert told[About.LABELS].alpha == pytest.approx(apart), "of two answers any distance says the same"
    assert told[About.WHOLE].alpha != pytest.approx(apart)
