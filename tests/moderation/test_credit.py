"""Credit is counted from events that fade; nobody falls by one mistake, and what is taken back never was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from moderation.accounts import account_reasons, credit_of
from moderation.comment import Author, Comment, Context
from moderation.credit import CreditRules, explained, score_of
from moderation.credit_trial import try_out, unfair
from moderation.decision import Outcome, Source
from moderation.ladder import Ladder, Step
from moderation.policy import load_policies
from moderation.standing import Closed, CreditEvent, CreditKind, Function, Held, Standing
from moderation.taxonomy import load_taxonomy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICIES = load_policies(load_taxonomy())
CN, DEFAULT = POLICIES["cn"], POLICIES["default"]
RULES = CN.credit
assert RULES is not None
BLOCKED, REJECTED, GOOD = CreditKind.BLOCKED, CreditKind.REJECTED, CreditKind.GOOD_DAY


def ago(kind: CreditKind, days: float = 0) -> CreditEvent:
    return CreditEvent(kind, NOW - timedelta(days=days))


def score(*events: CreditEvent) -> float:
    assert RULES is not None
    return score_of(events, RULES, now=NOW)


def level(*events: CreditEvent) -> str:
    assert RULES is not None
    return RULES.level_of(score(*events)).name


def why(
    standing: Standing, policy: Any = CN, *, text: str = "好", surface: str = "forum", rate: float = 1
) -> list[str]:
    comment = Comment(text, author=Author("a-1", True, standing=standing), context=Context(surface=surface))
    credit = credit_of(policy, comment, now=NOW)
    has_contact = "加" in text
    found = account_reasons(
        policy, comment, credit=credit, comments_1h=rate, has_contact=lambda: has_contact, now=NOW
    )  # fmt: skip
    assert {Source.ACCOUNT} >= {each.source for each in found}
    return [f"{each.code}:{each.outcome.value}" for each in found]


def test_what_counts_halves_in_the_stated_time() -> None:
    assert (0.6, 0.5, 0.55) == (score(), score(ago(REJECTED)), score(ago(REJECTED, 30)))
    assert 0.62 == score(ago(GOOD))


def test_one_mistake_closes_nothing_and_a_burst_of_them_does() -> None:
    assert "ordinary" == level() == level(ago(REJECTED)) == level(*[ago(BLOCKED)] * 4)
    assert "limited" == level(*[ago(BLOCKED)] * 8)
    assert "watched" == level(*[ago(BLOCKED)] * 14)


def test_good_days_lift_only_so_far() -> None:
    assert 0.9 == score(*(ago(GOOD, day) for day in range(365)))
    assert "limited" == level(*(ago(GOOD, day) for day in range(365)), *[ago(REJECTED)] * 6)


def test_a_clock_that_was_set_back_neither_raises_nor_lowers_a_weight() -> None:
    assert score(ago(REJECTED)) == score(ago(REJECTED, -400))


EVENTS = st.lists(st.builds(ago, st.sampled_from(list(CreditKind)), st.floats(-5, 500)), max_size=20)


@given(EVENTS, st.randoms())
def test_credit_is_within_its_bounds_whatever_happened_in_whatever_order(
    events: list[CreditEvent], random: Any
) -> None:
    shuffled = random.sample(events, len(events))
    assert 0 <= score(*events) <= 1
    assert score(*events) == pytest.approx(score(*shuffled), abs=2e-6)


def test_the_explanation_says_what_counted_and_what_would_help() -> None:
    assert RULES is not None
    told = explained([*[ago(REJECTED, 1)] * 3, ago(GOOD, 300)], RULES, now=NOW)
    assert ("limited", "ordinary") == (told.level.name, told.next_level and told.next_level.name)
    assert [REJECTED] * 3 == [each.event.kind for each in told.counted]
    assert told.days_to_it is not None
    days = timedelta(days=told.days_to_it)
    then = [*[ago(REJECTED, 1)] * 3, *(CreditEvent(GOOD, NOW + timedelta(days=n)) for n in range(1, days.days + 1))]
    assert score_of(then, RULES, now=NOW + days) >= 0.4 > score_of(then[:-1], RULES, now=NOW + days - timedelta(days=1))


def test_of_an_account_without_a_past_nothing_is_asked() -> None:
    assert [] == why(Standing()) == why(Standing(), DEFAULT)


def test_low_credit_closes_functions_where_the_policy_asks_and_nothing_under_the_default() -> None:
    watched = Standing(events=tuple([ago(REJECTED)] * 6))
    assert ["account_reviewed:review"] == why(watched)
    assert ["links_closed:block", "account_reviewed:review"] == why(watched, text="加我")
    assert ["live_closed:block", "account_reviewed:review"] == why(watched, surface="live")
    assert ["rate_reached:block", "account_reviewed:review"] == why(watched, rate=7)
    assert [] == why(watched, DEFAULT, text="加我", surface="live", rate=7)


def test_a_measure_holds_under_every_policy_until_its_time_is_over() -> None:
    suspended = Held("suspend", "rule 3", ends_at=NOW + timedelta(days=1))
    restricted = Held("restrict", "rule 4", Closed(frozenset({Function.LINKS}), 2))
    for policy in (CN, DEFAULT):
        assert ["account_suspended:block"] == why(Standing((suspended,)), policy)
        assert ["account_closed:block"] == why(Standing((suspended, Held("close", "rule 5"))), policy)
        assert ["links_closed:block", "rate_reached:block"] == why(Standing((restricted,)), policy, text="加我", rate=3)
        assert [] == why(Standing((replace(suspended, ends_at=NOW),)), policy)


def test_the_refusal_names_the_measure_s_ground_and_is_told_in_both_languages() -> None:
    comment = Comment("好", author=Author("a-1", standing=Standing((Held("suspend", "rule 3"),))))
    (told,) = account_reasons(DEFAULT, comment, credit=None, comments_1h=0, has_contact=lambda: False, now=NOW)
    assert (Outcome.BLOCK, "rule 3", {"zh", "en"}) == (told.outcome, told.ground, set(told.message))


def changed(**fields: Any) -> dict[str, Any]:
    assert RULES is not None
    return RULES.model_dump(mode="json", by_alias=True) | fields


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"weights": {"blocked": -0.03, "rejected": -0.3, "good_day": 0.02}}, "nobody falls by one"),
        ({"weights": {"blocked": 0.03, "rejected": -0.1, "good_day": 0.02}}, "an offence 0 or less"),
        ({"weights": {"blocked": -0.03}}, "needs each of"),
        ({"levels": [{"name": "all", "title": {"zh": "全", "en": "all"}, "at_least": 0.5}]}, "ends with 0"),
    ],
)
def test_rules_that_would_be_unfair_or_cannot_be_counted_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CreditRules.model_validate(changed(**fields))


def test_the_ladder_goes_up_and_stays_at_its_last_step() -> None:
    assert CN.ladder is not None
    assert ["warn", "restrict", "restrict", "suspend", "close", "close"] == [
        CN.ladder.steps[CN.ladder.place(taken)].measure for taken in range(6)
    ]


@pytest.mark.parametrize(
    "step", [{"measure": "restrict"}, {"measure": "warn", "days": 3}, {"measure": "suspend", "closes": ["links"]}]
)
def test_a_step_that_makes_no_sense_is_refused(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Ladder(counted_days=10, steps=(Step.model_validate(step),))


def test_made_up_accounts_fall_for_spam_and_not_for_a_mistake() -> None:
    assert RULES is not None
    tried = try_out(RULES, accounts=60, days=120, seed=7)
    assert [] == unfair(tried)
    fell = {each.kind: each.fell for each in tried}
    assert (0, 0, 0, 60) == (
        fell["ordinary"],
        fell["one mistake"],
        fell["one mistake, tried three times"],
        fell["spammer"],
    )


def test_the_trial_says_what_is_unfair() -> None:
    harsh = CreditRules.model_validate(
        changed(start=0.41, weights={"blocked": -0.005, "rejected": -0.005, "good_day": 0})
    )
    said = unfair(try_out(harsh, accounts=20, days=60, seed=7))
    assert any(line.startswith("busy") for line in said)
    assert RULES is not None
    blind = RULES.model_copy(update={"weights": dict.fromkeys(RULES.weights, 0.0)})
    assert any(line.startswith("spammer") for line in unfair(try_out(blind, accounts=20, days=60, seed=7)))
