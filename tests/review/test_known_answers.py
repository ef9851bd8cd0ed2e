"""Known answers go to whoever would be given such a case, and say of themselves what such a case says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from moderation.decision import Outcome
from records import cases, leases, users
from records import gold as known_answers
from records.database import Database
from records.house_queues import AS_USUAL, HouseQueues, Needs
from records.ids import new_id
from records.personal import Keyring
from records.storing import Answered
from records.values import CaseRecord, Purpose, VerdictKind
from records.waiting import SECOND_LOOK, UNKNOWN, Asking, Wanted
from review import lessons, queue
from review.quality import scattered
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, put


def judged(text: str, label: str, *, lang: str = "zh", surface: str = "forum", thread: str = "") -> Answered:
    place = {"thread_id": thread} if thread else {}
    decision = replace(a_decision(Outcome.REVIEW, **{label: 0.6}), language=lang)
    return Answered(a_comment(text, surface=surface, **place), decision, new_id(), latency_ms=1.5)


def known(database: Database, keyring: Keyring, *answered: Answered, labels: tuple[str, ...] = ()) -> list[str]:
    """Comments whose answer is known; by default that each is what it was suspected of."""
    stored = put(database, keyring, *answered, now=NOW - timedelta(days=20))
    found = []
    with database.unit() as unit:
        for one in stored:
            case = cases.get(unit, str(one.case_id))
            said = labels or (str(case.label),)
            made = known_answers.add(unit, case, VerdictKind.REJECT, said, why="plain", author="ben", now=NOW)
            leases.close(unit, case.id, now=NOW)
            found.append(made.comment_id)
        unit.commit()
    return found


def person(database: Database, name: str, **skills: list[str]) -> str:
    with database.unit() as unit:
        user = users.create(unit, name, password_hash="x", role="moderator", now=NOW)
        told = {"languages": None, "subjects": None, "skills": None} | skills
        users.set_skills(unit, user.id, **told)
        unit.commit()
    return user.id


def taken(database: Database, who: str, wanted: Wanted = Wanted(blind=True)) -> CaseRecord:  # noqa: B008 - frozen
    with database.unit() as unit:
        [found] = queue.take(unit, who, wanted, now=NOW, gold_share=1.0)
        unit.commit()
    return found


def left(database: Database, who: str) -> tuple[int, int]:
    with database.reading() as look:
        found = lessons.progress(look, who)
    return found.left, found.later


def test_no_known_answer_is_in_a_language_or_about_a_label_that_is_not_theirs(
    database: Database, keyring: Keyring
) -> None:
    known(
        database, keyring,
        judged("加微信领奖", "advertising"),
        judged("buy here", "advertising", lang="en"),
        judged("滚开蠢货", "abuse"),
    )  # fmt: skip
    known(database, keyring, judged("you fool", "abuse", lang="en"), labels=("abuse", "sexual"))
    put(database, keyring, judged("you idiot", "abuse", lang="en"), judged("you moron", "abuse", lang="en"))
    eng = person(database, "eng", languages=["en"], subjects=["abuse", "hate"])
    assert Purpose.DECIDE is taken(database, eng).purpose
    [theirs] = known(database, keyring, judged("what a fool", "abuse", lang="en"))
    found = taken(database, eng)
    assert (Purpose.GOLD, theirs, "en", "abuse") == (found.purpose, found.comment_id, found.lang, found.label)


@pytest.mark.parametrize(
    "house",
    [
        HouseQueues(by_label={"sexual": ("minors",)}),
        HouseQueues(by_language={"ko": ("minors",)}),
        HouseQueues(needs={"live": Needs(skills=("minors",))}),
        HouseQueues(needs={"kids": Needs(skills=("minors",))}),
    ],
)
def test_no_known_answer_and_no_lesson_goes_around_a_special_training(
    database: Database, keyring: Keyring, house: HouseQueues
) -> None:
    database._queues = lambda: house
    [hidden] = known(database, keyring, judged("约吗", "sexual", lang="ko", surface="live"))
    if "kids" in house.needs:
        with database.unit() as unit:
            [case] = cases.page(unit, comment_id=hidden).items
            cases.changed(unit, case.id, queue="kids")
            unit.commit()
    put(database, keyring, *(judged(f"下注{n}", "gambling") for n in range(3)))
    plain, trained = person(database, "plain"), person(database, "trained", skills=["minors"])
    assert Purpose.DECIDE is taken(database, plain).purpose
    assert (0, 0) == left(database, plain)
    with database.unit() as unit:
        assert lessons.next_lesson(unit, plain, now=NOW) is None
    assert hidden == taken(database, trained).comment_id


def test_what_somebody_is_spared_just_now_does_not_come_as_a_known_answer(database: Database, keyring: Keyring) -> None:
    known(database, keyring, judged("滚开蠢货", "abuse"))
    put(database, keyring, judged("下注", "gambling"))
    assert Purpose.DECIDE is taken(database, "mia", Wanted(blind=True, but=("abuse",))).purpose


@pytest.mark.parametrize("purpose", [Purpose.GOLD, Purpose.LESSON])
def test_a_known_answer_says_what_a_case_about_its_own_comment_says(
    database: Database, keyring: Keyring, purpose: Purpose
) -> None:
    """A forum comment in a thread of three, hidden beside a case of the news whose thread has five."""
    first, *_ = (judged(f"下注{n}", "gambling", thread="three") for n in range(3))
    [comment_id] = known(database, keyring, first)
    put(database, keyring, *(judged(f"随便{n}", "gambling", thread="three") for n in range(2)))
    with database.unit() as unit:
        for case in cases.page(unit).items:
            leases.close(unit, case.id, now=NOW)
        unit.commit()
    put(database, keyring, *(judged(f"新闻{n}", "fraud", surface="news", thread="five") for n in range(5)))
    with database.unit() as unit:
        if purpose is Purpose.GOLD:
            [found] = queue.take(unit, "mia", Wanted(blind=True), now=NOW + timedelta(minutes=3), gold_share=1.0)
        else:
            found = lessons.next_lesson(unit, "mia", now=NOW + timedelta(minutes=3))
        assert found is not None
        [own] = [one for one in cases.page(unit, comment_id=comment_id).items if one.purpose is Purpose.DECIDE]
    assert (comment_id, purpose, "forum", "gambling") == (found.comment_id, found.purpose, found.queue, found.label)
    assert (3, timedelta(hours=1)) == (found.reach, found.due_at - found.created_at)
    assert own.priority == found.priority
    assert NOW <= found.created_at <= NOW + timedelta(minutes=3)
    assert found.turn_at - found.created_at == timedelta(hours=1) / found.weight


def test_it_has_waited_as_long_as_a_case_of_its_queue_whose_turn_it_is(database: Database, keyring: Keyring) -> None:
    """Of a queue that promises five minutes nothing has waited for fifty beside a news case that is nearly due."""
    clocks = {**AS_USUAL.promises.by_queue}
    assert timedelta(minutes=5) == clocks["live"]
    known(database, keyring, judged("下注", "gambling", surface="live"))
    put(database, keyring, judged("随便", "fraud", surface="forum"), now=NOW - timedelta(minutes=50))
    found = taken(database, "mia")
    assert Purpose.GOLD is found.purpose
    assert NOW - timedelta(minutes=50) < found.created_at <= NOW


def test_the_lessons_left_are_those_that_can_be_asked(database: Database, keyring: Keyring) -> None:
    """Three known answers: one in another language, of one a new case waits."""
    _, second, _ = known(
        database, keyring,
        judged("加微信", "advertising"), judged("下注", "gambling"), judged("click", "advertising", lang="en"),
    )  # fmt: skip
    xin = person(database, "xin", languages=["zh", UNKNOWN])
    assert (2, 0) == left(database, xin)
    with database.unit() as unit:
        [decided] = cases.page(unit, comment_id=second).items
        queue.open_case(unit, decided.comment_id, decided.decision_id, opened_by="reopened", now=NOW)
        unit.commit()
    assert (1, 1) == left(database, xin)
    with database.unit() as unit:
        assert lessons.next_lesson(unit, xin, now=NOW) is not None
        unit.commit()
    assert (1, 1) == left(database, xin), "the one in hand is left"


@pytest.mark.parametrize(
    "asked",
    [
        Wanted(queue="forum", blind=True),
        Wanted(label="gambling", blind=True),
        Wanted(lang="zh", blind=True),
        Wanted(blind=True, asking=Asking(labels=("gambling",))),
        Wanted(queue="forum"),
    ],
)
def test_whoever_asks_for_some_cases_is_given_known_answers_of_these_and_of_no_others(
    database: Database, keyring: Keyring, asked: Wanted
) -> None:
    known(database, keyring, judged("滚开", "abuse", lang="en", surface="news"))
    [theirs] = known(database, keyring, judged("下注稳赚", "gambling"))
    put(database, keyring, *(judged(f"下注{n}", "gambling") for n in range(3)))
    found = taken(database, "mia", asked)
    assert (Purpose.GOLD, theirs) == (found.purpose, found.comment_id)
    assert Purpose.DECIDE is taken(database, "mia", asked).purpose


def test_no_known_answer_is_in_a_queue_that_only_the_public_or_a_doubt_opens(
    database: Database, keyring: Keyring
) -> None:
    known(database, keyring, judged("下注稳赚", "gambling"))
    [waiting] = put(database, keyring, judged("下注", "gambling"))
    with database.unit() as unit:
        cases.changed(unit, str(waiting.case_id), queue=SECOND_LOOK)
        unit.commit()
    assert Purpose.DECIDE is taken(database, "mia", Wanted(queue=SECOND_LOOK, blind=True)).purpose


def test_of_many_cases_claimed_at_once_as_large_a_share_is_known(database: Database, keyring: Keyring) -> None:
    known(database, keyring, *(judged(f"下注稳赚{n}", "gambling") for n in range(3)))
    put(database, keyring, *(judged(f"下注{n}", "gambling") for n in range(9)))
    with database.unit() as unit:
        found = queue.take(unit, "mia", Wanted(), now=NOW, count=10, gold_share=1.0)
    assert (10, 3) == (len(found), sum(case.purpose is Purpose.GOLD for case in found))


def test_what_is_hidden_among_others_stands_anywhere_among_them() -> None:
    places = {tuple(scattered(["known"], ["first", "second"])).index("known") for _ in range(200)}  # type: ignore[list-item]
    assert {0, 1, 2} == places
