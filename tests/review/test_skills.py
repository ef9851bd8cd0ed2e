"""Who may be given which case: what the queue is asked, and what is said of one case, are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from moderation.decision import Outcome
from records import cases, keys, leases, users
from records.database import Database
from records.house_queues import AS_USUAL, HouseQueues, Needs
from records.overview import Unskilled
from records.personal import Keyring
from records.waiting import Wanted
from review import queue
from review.skills import Skills, can, nobody_can
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

HOUSE = HouseQueues(
    needs={"forum": Needs(skills=("minors",)), "live": Needs(languages=("ko",), labels=("gambling",))},
    by_label={"sexual": ("minors", "law")},
    by_language={"ug": ("law",)},
)
PEOPLE = [
    Skills(),
    Skills(trainings=frozenset({"minors"})),
    Skills(trainings=frozenset({"minors", "law"})),
    Skills(languages=frozenset({"ko"}), trainings=frozenset({"law"})),
    Skills(labels=frozenset({"gambling", "sexual"}), trainings=frozenset({"minors", "law"})),
    Skills(languages=frozenset({"zh", "ug"}), labels=frozenset({"hate"})),
]
PLACES = list(product(("forum", "live", "news"), ("zh", "ko", "ug", "und"), ("gambling", "sexual", None)))


def a_waiting(queue_: str, lang: str, label: str | None) -> Unskilled:
    return Unskilled(queue_, lang, label, 1, NOW)


def test_whoever_lacks_one_of_what_is_needed_may_not_have_it() -> None:
    assert not can(Skills(), HOUSE, a_waiting("forum", "zh", None))
    assert can(PEOPLE[1], HOUSE, a_waiting("forum", "zh", "gambling"))
    assert not can(PEOPLE[1], HOUSE, a_waiting("news", "zh", "sexual"))
    assert can(PEOPLE[2], HOUSE, a_waiting("news", "zh", "sexual"))
    assert not can(PEOPLE[5], HOUSE, a_waiting("live", "zh", "hate"))
    assert not can(PEOPLE[5], HOUSE, a_waiting("news", "ug", "hate"))


def test_what_nobody_can_is_found_among_all_that_waits() -> None:
    waiting = [a_waiting("forum", "zh", "gambling"), a_waiting("news", "zh", "gambling")]
    assert (waiting[0],) == nobody_can([Skills(), Skills(languages=frozenset({"zh"}))], HOUSE, waiting)


def test_the_queue_gives_just_what_may_be_had(database: Database, keyring: Keyring) -> None:
    """Every kind of case beside every kind of person: the claim and `can` say the same of each."""
    database._queues = lambda: HOUSE
    answers = [
        an_answer(
            replace(a_comment(f"c{number}"), context=replace(a_comment("x").context, surface=place)),
            replace(a_decision(Outcome.REVIEW, **({label: 0.6} if label else {})), language=lang),
        )
        for number, (place, lang, label) in enumerate(PLACES)
    ]
    put(database, keyring, *answers)
    with database.unit() as unit:
        waiting = {case.id: case for case in cases.page(unit, limit=200).items}
        assert len(PLACES) == len(waiting)
        for number, skills in enumerate(PEOPLE):
            user = users.create(unit, f"p{number}", password_hash="x", role="moderator", now=NOW)
            users.set_skills(
                unit,
                user.id,
                languages=sorted(skills.languages or ()),
                subjects=sorted(skills.labels or ()),
                skills=sorted(skills.trainings),
            )
            expected = {
                case.id for case in waiting.values() if can(skills, HOUSE, a_waiting(case.queue, case.lang, case.label))
            }
            got: set[str] = set()
            while taken := queue.take(unit, user.id, Wanted(), now=NOW, count=10):
                got |= {case.id for case in taken}
            assert expected == got, skills
            for case_id in got:
                leases.put_back(unit, cases.lock(unit, case_id))


def test_a_key_is_given_what_it_has_the_skills_for_and_nothing_else(sqlite: Database, keyring: Keyring) -> None:
    sqlite._queues = lambda: HouseQueues(needs={"forum": Needs(skills=("minors",))})
    put(sqlite, keyring, an_answer(a_comment("a"), a_decision(Outcome.REVIEW, gambling=0.6)))
    with sqlite.unit() as unit:
        key, _ = keys.create(unit, "desk", scopes=["records"], now=NOW)
        assert [] == queue.claim(unit, f"key:{key.prefix}", now=NOW)
        keys.set_skills(unit, key.prefix, languages=(), subjects=["hate"], skills=["minors"])
        assert [] == queue.claim(unit, f"key:{key.prefix}", now=NOW)
        keys.set_skills(unit, key.prefix, languages=(), subjects=(), skills=["minors"])
        assert 1 == len(queue.claim(unit, f"key:{key.prefix}", now=NOW))


def test_nothing_is_taken_ahead_that_the_moderator_lacks_the_skill_for(sqlite: Database, keyring: Keyring) -> None:
    sqlite._queues = lambda: HouseQueues(by_label={"hate": ("law",)})
    harsh = [an_answer(a_comment(f"h{n}"), a_decision(Outcome.REVIEW, hate=0.9)) for n in range(9)]
    put(sqlite, keyring, an_answer(a_comment("a"), a_decision(Outcome.REVIEW, gambling=0.6)), *harsh)
    with sqlite.unit() as unit:
        mei = users.create(unit, "mei", password_hash="x", role="moderator", now=NOW)
        [case] = queue.take(unit, mei.id, Wanted(), now=NOW)
        assert "gambling" == case.label
        assert queue.ahead_of(unit, mei.id, case, Wanted(), now=NOW) is None
        users.set_skills(unit, mei.id, languages=None, subjects=None, skills=["law"])
        ahead = queue.ahead_of(unit, mei.id, case, Wanted(), now=NOW)
        assert ahead is not None
        assert "hate" == ahead.label


@pytest.mark.parametrize(("minutes", "first"), [(60, "news"), (1, "forum")])
def test_a_queue_that_promises_less_time_comes_first(
    sqlite: Database, keyring: Keyring, minutes: int, first: str
) -> None:
    clocks = {**AS_USUAL.promises.by_queue, "forum": timedelta(minutes=minutes)}
    house = replace(AS_USUAL, promises=replace(AS_USUAL.promises, by_queue=clocks))
    sqlite._queues = lambda: house
    for place in ("forum", "news"):
        comment = replace(a_comment(place), context=replace(a_comment("x").context, surface=place))
        put(sqlite, keyring, an_answer(comment, a_decision(Outcome.REVIEW, gambling=0.6)))
    with sqlite.unit() as unit:
        [case] = queue.claim(unit, "mei", now=NOW)
    assert first == case.queue
