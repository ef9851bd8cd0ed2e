"""Who measures alone is said by the policies under which the target was judged, not by the one that a caller names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance import account_measures
from moderation.decision import Outcome, Versions
from moderation.policy import TwoPeople
from moderation.standing import Function
from records import accountability
from records.database import Database
from records.personal import Keyring
from records.standing_values import MeasureState, TargetKind
from tests.governance.standing import CN, DEFAULT, POLICIES, SHIPPED, take, wish
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

WAITS, HOLDS = MeasureState.WAITING, MeasureState.IN_FORCE


def judged(database: Database, keyring: Keyring, policy: str, outcome: Outcome = Outcome.PASS) -> None:
    decision = replace(
        a_decision(outcome, abuse=0.97), versions=Versions("m", "1", "none", "r", f"{policy}@2", "1", "1")
    )
    put(database, keyring, an_answer(a_comment(known_as="c-1", thread_id="t-7"), decision))


@pytest.mark.parametrize(("over", "state"), [("cn", WAITS), ("default", HOLDS), ("gone", HOLDS)])
def test_an_account_judged_under_cn_is_suspended_for_long_by_two_though_a_key_names_default(
    database: Database, keyring: Keyring, over: str, state: MeasureState
) -> None:
    judged(database, keyring, over)
    assert take(database, keyring, wish("suspend", days=90), policy=DEFAULT, policies=POLICIES).state is state


def test_who_names_the_stricter_policy_is_held_to_it(database: Database, keyring: Keyring) -> None:
    judged(database, keyring, "default")
    assert take(database, keyring, wish("suspend", days=90), policy=CN, policies=POLICIES).state is WAITS


def test_a_short_suspension_is_one_persons(database: Database, keyring: Keyring) -> None:
    judged(database, keyring, "cn")
    assert take(database, keyring, wish("suspend", days=9), policy=DEFAULT, policies=POLICIES).state is HOLDS


HELD_THREADS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("close", {}),
    ("suspend", {}),
    ("suspend", {"days": 3650}),
    ("restrict", {"closes": (Function.UNREVIEWED,), "days": 3650}),
    ("restrict", {"per_hour": 1}),
)


@pytest.mark.parametrize("over", sorted(SHIPPED))
@pytest.mark.parametrize(("measure", "fields"), HELD_THREADS)
def test_a_thread_is_held_for_long_by_two_under_every_shipped_policy(
    database: Database, keyring: Keyring, over: str, measure: str, fields: dict[str, Any]
) -> None:
    judged(database, keyring, over)
    asked = wish(measure, "t-7", kind=TargetKind.THREAD, **fields)
    assert take(database, keyring, asked, policy=DEFAULT, policies=SHIPPED).state is WAITS


@pytest.mark.parametrize(("over", "days", "state"), [("cn", 31, WAITS), ("cn", 30, HOLDS), ("default", 90, HOLDS)])
def test_a_thread_is_held_by_one_for_as_long_as_its_comments_policy_says(
    database: Database, keyring: Keyring, over: str, days: float, state: MeasureState
) -> None:
    judged(database, keyring, over)
    asked = wish("suspend", "t-7", kind=TargetKind.THREAD, days=days)
    assert take(database, keyring, asked, policy=DEFAULT, policies=SHIPPED).state is state


def test_a_thread_in_which_nothing_was_judged_is_held_by_the_strictest_policy(
    database: Database, keyring: Keyring
) -> None:
    asked = wish("suspend", "t-7", kind=TargetKind.THREAD, days=31)
    assert take(database, keyring, asked, policy=DEFAULT, policies=SHIPPED).state is WAITS


def test_what_one_person_holds_a_thread_by_one_after_the_other_adds_up(database: Database, keyring: Keyring) -> None:
    judged(database, keyring, "cn")

    def hold(measure: str, *, after: int, thread: str = "t-7", by: str = "mia", **fields: Any) -> MeasureState:
        began = NOW + timedelta(days=after)
        with database.unit() as unit:
            account_measures.expire(unit, now=began)
            unit.commit()
        asked = wish(measure, thread, kind=TargetKind.THREAD, **fields)
        return take(database, keyring, asked, policy=CN, by=by, policies=SHIPPED, now=began).state

    assert HOLDS is hold("suspend", after=0, days=20)
    assert WAITS is hold("restrict", after=21, days=20, closes=(Function.UNREVIEWED,))
    assert HOLDS is hold("suspend", after=22, days=20, thread="t-8")
    assert HOLDS is hold("suspend", after=23, days=20, by="zoe")


def test_the_duty_sees_a_thread_that_one_person_shut_for_long(database: Database, keyring: Keyring) -> None:
    alone = DEFAULT.model_copy(update={"two_people": TwoPeople()})
    made = take(database, keyring, wish("close", "t-7", kind=TargetKind.THREAD), policy=alone)
    short = take(database, keyring, wish("suspend", "t-8", kind=TargetKind.THREAD, days=9), policy=alone)
    with database.reading() as look:
        assert (HOLDS, [made.id]) == (short.state, accountability.shut_out_alone(look, 30)[0])


def test_many_in_a_row_are_counted_under_the_policy_of_the_comment(database: Database, keyring: Keyring) -> None:
    judged(database, keyring, "cn")
    few = CN.model_copy(update={"two_people": CN.two_people.model_copy(update={"an_hour": 1})})
    held = POLICIES | {"cn": few}
    said = [
        take(database, keyring, wish(name, "c-1", kind=TargetKind.COMMENT), policy=DEFAULT, policies=held).state
        for name in ("warn", "refuse")
    ]
    assert [HOLDS, WAITS] == said


@pytest.mark.parametrize("policy", sorted(SHIPPED))
@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"days": 20}, WAITS),
        ({}, WAITS),
        ({"days": 3}, HOLDS),
        ({"days": 20, "cause": "c-1"}, HOLDS),
    ],
)
def test_who_names_no_comment_holds_an_account_for_three_days_alone(
    database: Database, keyring: Keyring, policy: str, fields: dict[str, Any], state: MeasureState
) -> None:
    judged(database, keyring, policy, Outcome.BLOCK)
    asked = wish("suspend", reason={"zh": "又是诈骗", "en": "fraud again"}, **fields)
    assert take(database, keyring, asked, policy=SHIPPED[policy], policies=SHIPPED).state is state


def test_short_ones_without_a_comment_add_up(database: Database, keyring: Keyring) -> None:
    cn, said, length = SHIPPED["cn"], [], timedelta(days=1.2)
    for turn in range(3):
        began = NOW + timedelta(days=3 * turn)
        short = wish("suspend", days=length / timedelta(days=1))
        said.append(take(database, keyring, short, policy=cn, policies=SHIPPED, now=began).state)
        with database.unit() as unit:
            account_measures.expire(unit, now=began + length)
            unit.commit()
    assert [HOLDS, HOLDS, WAITS] == said


def test_what_takes_the_place_of_one_without_a_comment_has_none_either(database: Database, keyring: Keyring) -> None:
    judged(database, keyring, "cn")
    put(database, keyring, an_answer(a_comment(known_as="c-2", author="b"), a_decision(Outcome.BLOCK, abuse=0.97)))
    cn, said = SHIPPED["cn"], []
    for name, fields in (("a", {}), ("b", {"cause": "c-2"})):
        first = take(database, keyring, wish("suspend", name, days=1, **fields), policy=cn, policies=SHIPPED)
        longer = wish("suspend", name, days=20, replaces=first.id)
        said.append(take(database, keyring, longer, policy=cn, policies=SHIPPED).state)
    assert [WAITS, HOLDS] == said
