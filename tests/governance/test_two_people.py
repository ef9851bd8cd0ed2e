"""Who measures alone is said by the policies under which the target was judged, not by the one that a caller names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance import account_measures
from moderation.decision import Outcome, Versions
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


@pytest.mark.parametrize(("over", "state"), [("cn", WAITS), ("default", HOLDS)])
def test_a_thread_is_closed_by_as_many_as_its_comments_policy_says(
    database: Database, keyring: Keyring, over: str, state: MeasureState
) -> None:
    judged(database, keyring, over)
    closing = wish("close", "t-7", kind=TargetKind.THREAD)
    assert take(database, keyring, closing, policy=DEFAULT, policies=POLICIES).state is state


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
