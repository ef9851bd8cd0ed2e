"""What is not shown is not recommended, and what was recommended is so no longer once it is not shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from governance import account_measures, erasure, lists, recommendations, retention
from governance.erasure import Order
from governance.lists import Listing
from governance.retention import Keep, Retention
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from moderation.lists import ListAction
from records import ledger
from records.database import Database
from records.personal import Keyring
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from serving.standing_chores import standing_chores
from tests.governance.public import REJECT, SETTLED, TAXONOMY, decide
from tests.governance.standing import ACCOUNT, POLICIES, now_of, take, wish
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

WHY = {"zh": "有用", "en": "useful"}


def recommend(database: Database, comment_id: str = "c-9") -> MeasureRecord:
    with database.unit() as unit:
        made = account_measures.recommend(unit, comment_id, reason=WHY, ground="editorial", by="mia", now=NOW)
        unit.commit()
    return made


def work(database: Database, keyring: Keyring, now: datetime) -> None:
    for chore in standing_chores(lambda: keyring, lambda: POLICIES):
        if chore.name == "recommendations_ended":
            chore.do(database, now)


@pytest.fixture
def passed(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("a good one", known_as="c-9"), a_decision()))


@pytest.mark.parametrize(
    ("outcome", "told_why"), [(Outcome.BLOCK, "is blocked"), (Outcome.REVIEW, "waits for a person")]
)
def test_what_did_not_pass_is_not_recommended(
    database: Database, keyring: Keyring, outcome: Outcome, told_why: str
) -> None:
    put(database, keyring, an_answer(a_comment(known_as="c-9"), a_decision(outcome, gambling=0.97)))
    with pytest.raises(ConflictError, match=told_why):
        recommend(database)


@pytest.mark.usefixtures("passed")
def test_what_was_deleted_or_erased_is_not_recommended(database: Database, keyring: Keyring) -> None:
    take(database, keyring, wish("delete", "c-9", kind=TargetKind.COMMENT))
    with pytest.raises(ConflictError, match="is blocked"):
        recommend(database)
    put(database, keyring, an_answer(a_comment("another", known_as="c-10"), a_decision()))
    erasure.erase(database, keyring, Order(ACCOUNT, "mia", "right to erasure"), now=NOW)
    with pytest.raises(ConflictError, match="was erased"):
        recommend(database, "c-10")


@pytest.mark.usefixtures("passed")
def test_a_comment_is_recommended_once_at_a_time(database: Database) -> None:
    made = recommend(database)
    with pytest.raises(ConflictError, match=f"recommended already .measure {made.id}, by mia"):
        recommend(database)
    with database.unit() as unit:
        account_measures.lift(unit, made.id, why="a better reason", by="mia", now=NOW)
        unit.commit()
    recommend(database)


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize("ground", ["contract", "advertising", "paid placement", "house"])
def test_a_recommendation_stands_on_a_ground_of_the_catalogue(database: Database, ground: str) -> None:
    with database.unit() as unit, pytest.raises(InvalidInputError, match="What somebody pays for is advertising"):
        account_measures.recommend(unit, "c-9", reason=WHY, ground=ground, by="mia", policies=POLICIES, now=NOW)


def by_measure(database: Database, keyring: Keyring) -> None:
    take(database, keyring, wish("delete", "c-9", kind=TargetKind.COMMENT))


def by_verdict(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("a good one", known_as="c-9"))
    decide(database, REJECT)
    work(database, keyring, NOW + SETTLED)


def by_another_decision(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("come and play", known_as="c-9"), a_decision(Outcome.BLOCK, fraud=0.97)))
    work(database, keyring, NOW)


def by_erasing(database: Database, keyring: Keyring) -> None:
    erasure.erase(database, keyring, Order(ACCOUNT, "mia", "right to erasure"), now=NOW)


def by_retention(database: Database, keyring: Keyring) -> None:
    del keyring
    retention.run(
        database, Retention(keep=(Keep(surface="forum", kind="comment", days=30),)), now=NOW + timedelta(days=31)
    )


@pytest.mark.usefixtures("passed")
def test_another_text_is_not_recommended_until_somebody_recommends_it(database: Database, keyring: Keyring) -> None:
    made = recommend(database)
    later = NOW + timedelta(minutes=1)
    put(database, keyring, an_answer(a_comment("a good one", known_as="c-9"), a_decision()), now=later)
    work(database, keyring, later)
    assert MeasureState.IN_FORCE is now_of(database, made.id).state
    put(database, keyring, an_answer(a_comment("buy my book", known_as="c-9"), a_decision()), now=later)
    work(database, keyring, later)
    over = now_of(database, made.id)
    assert (MeasureState.ENDED, recommendations.CHANGED) == (over.state, over.ended_why)
    with database.unit() as unit:
        again = later + timedelta(minutes=1)
        anew = account_measures.recommend(unit, "c-9", reason=WHY, ground="editorial", by="mia", now=again)
        unit.commit()
    work(database, keyring, again)
    assert MeasureState.IN_FORCE is now_of(database, anew.id).state


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (by_measure, "the comment was measured: delete"),
        (by_verdict, recommendations.BLOCKED),
        (by_another_decision, recommendations.BLOCKED),
        (by_erasing, recommendations.ERASED),
        (by_retention, recommendations.ERASED),
    ],
)
@pytest.mark.usefixtures("passed")
def test_a_recommendation_ends_with_an_entry_and_an_event_once_the_comment_is_not_shown(
    database: Database, keyring: Keyring, how: Callable[[Database, Keyring], None], why: str
) -> None:
    listen(database, keyring)
    made = recommend(database)
    how(database, keyring)
    over = now_of(database, made.id)
    assert (MeasureState.ENDED, None, why) == (over.state, over.ended_by, over.ended_why)
    with database.reading() as look:
        bodies = [json.loads(each.body) for each in ledger.page(look, limit=200).items]
    [ended] = [each for each in bodies if each["kind"] == "measure.ended"]
    assert (made.id, why, "machine") == (ended["facts"]["measure_id"], ended["reason"], ended["actor"]["kind"])
    [event] = told(database, "measure.ended")
    assert ("recommend", "c-9") == (event["measure"], event["target"]["id"])
    assert "Your comment is no longer recommended to readers." == event["notice"]["en"]


@pytest.mark.usefixtures("passed")
def test_a_verdict_that_may_be_taken_back_ends_nothing_yet(database: Database, keyring: Keyring) -> None:
    made = recommend(database)
    put(database, keyring, for_review("a good one", known_as="c-9"))
    work(database, keyring, NOW)
    decide(database, REJECT)
    work(database, keyring, NOW + timedelta(seconds=9))
    assert MeasureState.IN_FORCE is now_of(database, made.id).state


@pytest.mark.usefixtures("passed")
def test_what_is_shown_stays_recommended(database: Database, keyring: Keyring) -> None:
    made = recommend(database)
    put(database, keyring, an_answer(a_comment("other", known_as="c-1"), a_decision(Outcome.BLOCK, fraud=0.97)))
    work(database, keyring, NOW)
    with database.unit() as unit:
        assert 0 == recommendations.end_unshown(unit, now=NOW)
    assert MeasureState.IN_FORCE is now_of(database, made.id).state


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize("measure", ["suspend", "restrict"])
def test_an_account_that_is_held_is_not_put_forward(database: Database, keyring: Keyring, measure: str) -> None:
    closes = {"per_hour": 1} if measure == "restrict" else {}
    take(database, keyring, wish(measure, days=3, **closes))
    with pytest.raises(ConflictError, match="restricted, suspended, closed or on a list"):
        recommend(database)


@pytest.mark.usefixtures("passed")
def test_an_account_on_a_list_is_not_put_forward(database: Database, keyring: Keyring) -> None:
    listing = Listing("account", ACCOUNT, ListAction.BLOCK, "fraud", "seen", "mia")
    with database.unit() as unit:
        lists.add(unit, listing, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    with pytest.raises(ConflictError, match="not put forward"):
        recommend(database)


@pytest.mark.usefixtures("passed")
def test_a_recommendation_ends_once_its_account_is_held(database: Database, keyring: Keyring) -> None:
    made = recommend(database)
    work(database, keyring, NOW)
    assert MeasureState.IN_FORCE is now_of(database, made.id).state
    take(database, keyring, wish("suspend", days=3))
    work(database, keyring, NOW)
    ended = now_of(database, made.id)
    assert (MeasureState.ENDED, recommendations.HELD) == (ended.state, ended.ended_why)
