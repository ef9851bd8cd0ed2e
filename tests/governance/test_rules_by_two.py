"""A rule that holds or blocks speech: live by two people, a day by one where it cannot wait, never by its author."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from governance import four_eyes, untried_rules
from governance import reach as reaching
from governance import rules as life
from governance.approvals import NotSecondError
from governance.four_eyes import Word
from governance.rule_rushes import RushedError
from governance.rules import UNTRIED_FOR, Promoted, Standards, Wish
from moderation.decision import Outcome
from moderation.errors import ConflictError
from moderation.policy import load_policies
from moderation.rules import RuleState
from moderation.taxonomy import load_taxonomy
from records import approvals, ledger, rules
from records.database import Database
from records.house_values import RuleVersionRecord
from records.personal import Keyring
from records.underlying import differences
from records.unit_of_work import Unit
from tests.governance.test_rule_backtests import LATER, asked, read
from tests.governance.test_rules import TODAY, a_rule, add
from tests.records.factories import a_comment, a_decision, an_answer, put

POLICIES = load_policies(load_taxonomy())
SHIPPED = Standards(load_taxonomy(), TODAY, policies=tuple(POLICIES.values()))
DRAFT, SHADOW, LIVE, RETIRED = RuleState
DAY = timedelta(days=1)


def lead(unit: Unit, name: str = "ads.one", *, by: str = "Mia", urgent: str = "", standards: Standards = SHIPPED,
         after: timedelta = timedelta(0)) -> Promoted:  # fmt: skip
    wish = Wish(name, LIVE, by, "it held", urgent=urgent)
    return life.promote(unit, wish, standards=standards, packed=lambda _: None, now=LATER + after)


def say(database: Database, approval_id: str, by: str, *, approve: bool = True) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, approval_id, Word(by, approve, "looked"), standards=SHIPPED, now=LATER)
        unit.commit()


def rush(database: Database, name: str = "ads.one", *, after: timedelta = timedelta(0)) -> Promoted:
    with database.unit() as unit:
        if not rules.held(unit, name):
            add(unit, a_rule(name))
        done = lead(unit, name, urgent="a wave just now", after=after)
        unit.commit()
    return done


def states(database: Database) -> set[str]:
    with database.reading() as look:
        assert [] == [each.sentence for each in differences(look)], "the ledger tells the same"
        return {state.value for state in rules.held(look, "ads.one")}


@pytest.mark.parametrize("policy", ["default", "cn"])
def test_a_rule_that_holds_waits_for_a_second_person_under_every_shipped_policy(
    database: Database, policy: str
) -> None:
    standards = Standards(load_taxonomy(), TODAY, policies=(POLICIES[policy],))
    with database.unit() as unit:
        add(unit, a_rule(action="review"))
        done = lead(unit, standards=standards)
        unit.commit()
    assert done.version is None
    assert done.approval is not None
    assert {"draft"} == states(database)
    say(database, done.approval.id, "Ben")
    assert {"live"} == states(database)


def test_a_house_may_leave_rules_that_hold_to_one_person(database: Database) -> None:
    default = POLICIES["default"]
    alone = default.model_copy(update={"two_people": default.two_people.model_copy(update={"rules": False})})
    with database.unit() as unit:
        add(unit, a_rule(action="review"))
        assert lead(unit, standards=Standards(load_taxonomy(), TODAY, policies=(alone,))).version
        add(unit, a_rule(action="review", term="特价"))
        assert lead(unit, standards=Standards(load_taxonomy(), TODAY, policies=(alone, POLICIES["cn"]))).approval


def test_the_author_of_a_rule_is_not_who_approves_it_whoever_asks(database: Database) -> None:
    with database.unit() as unit:
        add(unit, a_rule(action="review"), by="Ben")
        question = lead(unit, by="Mia").approval
        unit.commit()
    assert question is not None
    with pytest.raises(NotSecondError) as refused:
        say(database, question.id, "ben")
    assert "wrote" == refused.value.why
    say(database, question.id, "Sue")
    assert {"live"} == states(database)


def test_what_cannot_wait_is_live_for_a_day_and_stays_by_a_second_person(database: Database) -> None:
    done = rush(database)
    assert (LIVE, LATER + UNTRIED_FOR) == (
        done.version and done.version.state,
        done.version and done.version.untried_until,
    )
    assert done.approval is not None
    assert life.STAYS == done.approval.kind
    with database.unit() as unit, pytest.raises(ConflictError, match="a second person's answer"):
        untried_rules.look_at(unit, "ads.one", by="Mia", why="seen", now=LATER)
    with pytest.raises(NotSecondError):
        say(database, done.approval.id, "mia")
    with pytest.raises(ConflictError, match="not tried"):
        say(database, done.approval.id, "Ben")
    read(database, asked(database))
    say(database, done.approval.id, "Ben")
    with database.unit() as unit:
        assert 0 == untried_rules.end_due(unit, now=LATER + UNTRIED_FOR)
    assert {"live"} == states(database)


def last_live(database: Database) -> tuple[RuleVersionRecord, dict[str, object]]:
    """The live version of ads.one, and the facts of its entry."""
    with database.reading() as look:
        entry = ledger.last(look, "rule.live", "ads.one")
        assert entry
        return rules.held(look, "ads.one")[LIVE], json.loads(entry.body)["facts"]


def test_a_rule_that_was_tried_and_goes_live_alone_is_not_called_untried(database: Database) -> None:
    read(database, asked(database, a_rule()))
    done = rush(database)
    version, facts = last_live(database)
    assert (False, True, True) == (version.untried, version.alone, version.untried_until is not None)
    assert (False, True, "a wave just now") == (facts["untried"], facts["alone"], facts["urgent_why"])
    assert facts["backtest"] is not None
    assert done.approval is not None
    assert (False, True) == (done.approval.facts["untried"], done.approval.facts["alone"])
    with database.unit() as unit:
        assert 1 == untried_rules.end_due(unit, now=LATER + UNTRIED_FOR)
        unit.commit()
    with database.reading() as look:
        assert "live by one person's word, and no second one let it stay" in rules.history(look, "ads.one")[-1].why
    states(database)


def test_without_a_trial_and_without_a_second_person_are_both_told(database: Database) -> None:
    rush(database)
    version, facts = last_live(database)
    assert (True, True) == (version.untried, version.alone)
    assert (True, True, None) == (facts["untried"], facts["alone"], facts["backtest"])


def test_what_waited_for_two_and_went_without_a_trial_is_untried_and_not_alone(database: Database) -> None:
    tried_first = replace(SHIPPED, tried_first=True)
    with database.unit() as unit:
        add(unit, a_rule(action="block"))
        question = lead(unit, urgent="a wave just now", standards=tried_first).approval
        unit.commit()
    assert question
    say(database, question.id, "Ben")
    version, facts = last_live(database)
    assert (True, False) == (version.untried, version.alone)
    assert (True, False) == (facts["untried"], facts["alone"])
    with database.unit() as unit:  # nobody rushed alone: three others may be
        for name in ("ads.two", "ads.three", "ads.four"):
            add(unit, a_rule(name))
            assert lead(unit, name, urgent="another wave").version


@pytest.mark.parametrize(
    ("said", "untried"),
    [
        ({"backtest": None, "urgent": True}, True),
        ({"backtest": "b-1", "urgent": True, "alone": True}, False),
        ({"backtest": "b-1"}, False),
        ({}, False),
        ({"backtest": None, "untried": True, "alone": True}, True),
    ],
)
def test_entries_of_before_are_read_as_they_were_meant(said: dict[str, object], untried: bool) -> None:
    assert untried == life.is_untried(said)


@pytest.mark.parametrize("column", ["untried", "alone"])
def test_who_alters_why_a_rule_has_an_end_is_found(sqlite: Database, column: str) -> None:
    rush(sqlite)
    with sqlite.unit() as unit:
        unit.execute(text(f"UPDATE rule_versions SET {column} = NOT {column} WHERE state = 'live'"))
        unit.commit()
    with sqlite.reading() as look:
        assert [column] == [each.sentence.rpartition(": ")[2].rstrip(".") for each in differences(look)]


def test_declined_it_ends_at_once_and_unanswered_after_a_day(database: Database) -> None:
    first = rush(database)
    assert first.approval is not None
    say(database, first.approval.id, "Ben", approve=False)
    assert {"shadow"} == states(database)
    other = rush(database, "ads.two")
    with database.unit() as unit:
        assert 1 == untried_rules.end_due(unit, now=LATER + UNTRIED_FOR)
        assert other.approval is not None
        assert "overtaken" == approvals.get(unit, other.approval.id).state
        assert LIVE not in rules.held(unit, "ads.two")


def test_an_emergency_that_comes_every_day_is_none(database: Database) -> None:
    rush(database)
    with database.unit() as unit:
        untried_rules.end_due(unit, now=LATER + UNTRIED_FOR)
        unit.commit()
    with pytest.raises(RushedError, match="no second person let it stay"):
        rush(database, after=2 * DAY)
    rush(database, "ads.two")
    rush(database, "ads.three")
    with pytest.raises(RushedError, match="made 3 rules live alone"):
        rush(database, "ads.four")


def test_who_answers_is_told_whom_it_would_have_touched(database: Database, keyring: Keyring) -> None:
    for number, (words, outcome) in enumerate(
        [("优惠 a", Outcome.PASS), ("优惠 b", Outcome.PASS), ("优惠 c", Outcome.BLOCK), ("hello", Outcome.PASS)]
    ):
        scores = {"gambling": 0.97} if outcome is Outcome.BLOCK else {}
        put(database, keyring, an_answer(a_comment(words, known_as=f"c-{number}"), a_decision(outcome, **scores)))
    with database.unit() as unit:
        add(unit, a_rule(action="review"))
        question = lead(unit).approval
    assert question is not None
    reach = question.facts["reach"]
    assert (4, 3, 2, 1) == (reach["read"], reach["hits"], reach["touched"], reach["people"])
    assert 2 == sum(reach["surfaces"].values())
    with database.reading() as look:
        assert [] == reaching.recent(look, now=LATER + timedelta(days=8))
