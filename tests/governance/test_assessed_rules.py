"""A rule that blocks goes live on news only where two people signed what was assessed: of it, or of such rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance import assessments, in_force
from governance import rules as life
from governance.assessments import EVERY, LONGEST, POLICY, RULE, RULES, Going, Wish
from governance.in_force import InForce, Said
from governance.rules import NotAssessedError, Promoted, Standards
from governance.rules import Wish as Step
from moderation.errors import InvalidInputError
from moderation.policy import Policy
from moderation.rules import RuleState
from records import approvals, ledger, rules
from records.assessments import AssessmentRecord, AssessmentState
from records.database import Database
from records.personal import Keyring
from tests.governance.test_assessments import POLICIES, SURFACES, TAXONOMY, WISH, on_news, says
from tests.governance.test_rules import a_rule
from tests.governance.test_underlying import told as differences
from tests.records.databases import NOW

DAY = timedelta(days=1)
STANDARDS = Standards(TAXONOMY, NOW.date(), policies=tuple(POLICIES))
FAMILY = replace(WISH, kind=RULES, subject="ads", mark="", expires_at=NOW + 30 * DAY)


def draft(database: Database, **fields: Any) -> str:
    """A rule that blocks, not live yet; the hash of what it says."""
    rule = a_rule(**{"action": "block", **fields})
    with database.unit() as unit:
        life.add(unit, rule, by="mia", why="seen today", now=NOW)
        unit.commit()
    return life.content_of(life.as_document(rule))


def go_live(database: Database, name: str = "ads.one", *, now: Any = NOW) -> Promoted:
    with database.unit() as unit:
        step = Step(name, RuleState.LIVE, "mia", "it held")
        done = life.promote(unit, step, standards=STANDARDS, packed=lambda _: None, now=now)
        unit.commit()
    return done


def signed(database: Database, wish: Wish) -> AssessmentRecord:
    with database.unit() as unit:
        made = assessments.write(unit, wish, surfaces=SURFACES, now=NOW)
        unit.commit()
    says(database, made, "ben")
    assert AssessmentState.SIGNED is says(database, made, "eve")
    return made


def test_one_that_nobody_assessed_does_not_go_live_and_it_is_said_what_to_write(
    database: Database, keyring: Keyring
) -> None:
    on_news(database, keyring)
    draft(database)
    with pytest.raises(NotAssessedError) as refused:
        go_live(database)
    assert "the policy cn on news asks for a security assessment" in str(refused.value)
    assert "chaffinch assessment write rule ads.one --surface news" in str(refused.value)
    assert "chaffinch assessment write rules ads --expires DAY" in str(refused.value)


def test_its_own_assessment_is_about_just_what_it_says_and_the_ledger_names_it(
    database: Database, keyring: Keyring
) -> None:
    on_news(database, keyring)
    made = signed(database, replace(WISH, kind=RULE, subject="ads.one", mark=draft(database)))
    asked = go_live(database).approval
    assert asked is not None
    with database.unit() as unit:
        said = {"by": "ben", "approve": True, "note": "looked", "standards": STANDARDS, "now": NOW}
        life.answer(unit, asked.id, **said)  # type: ignore[arg-type]
        unit.commit()
    with database.reading() as look:
        [live] = [json.loads(each.body) for each in ledger.of_kind(look, "ads.one", "rule.live")]
        assert [] == differences(look)
    assert [made.id] == live["facts"]["assessments"]
    draft(database, term="大优惠")
    with pytest.raises(NotAssessedError):
        go_live(database)


def test_rules_whose_ids_begin_alike_are_covered_until_a_day_and_no_others(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    signed(sqlite, FAMILY)
    draft(sqlite)
    draft(sqlite, name="adsense.one")
    assert go_live(sqlite).approval is not None
    with pytest.raises(NotAssessedError):
        go_live(sqlite, "adsense.one")
    draft(sqlite, name="ads.two")
    with pytest.raises(NotAssessedError):
        go_live(sqlite, "ads.two", now=NOW + 30 * DAY)


def test_an_assessment_that_ended_while_the_question_waited_lets_nothing_go_live(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    signed(sqlite, FAMILY)
    draft(sqlite)
    asked = go_live(sqlite).approval
    assert asked is not None
    later = NOW + 30 * DAY
    with sqlite.unit() as unit, pytest.raises(NotAssessedError):
        life.answer(unit, asked.id, by="ben", approve=True, note="looked", standards=STANDARDS, now=later)
    with sqlite.unit() as unit:
        life.answer(unit, asked.id, by="ben", approve=False, note="too late", standards=STANDARDS, now=later)
        unit.commit()
    with sqlite.reading() as look:
        assert [] == approvals.waiting(look)


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({}, True),
        ({"when": {"surfaces": ["news", "forum"]}}, True),
        ({"when": {"surfaces": ["forum"]}}, False),
        ({"action": "review"}, False),
    ],
)
def test_only_what_blocks_and_whose_scope_takes_in_news_is_asked_about(
    sqlite: Database, keyring_of_sqlite: Keyring, fields: dict[str, Any], *, needs: bool
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    draft(sqlite, **fields)
    if needs:
        with pytest.raises(NotAssessedError):
            go_live(sqlite)
    else:
        go_live(sqlite)


def test_where_the_policy_is_not_used_nothing_is_asked(sqlite: Database) -> None:
    draft(sqlite)
    assert go_live(sqlite).approval is not None
    with sqlite.reading() as look:
        assert RuleState.LIVE not in rules.held(look, "ads.one")


def test_one_for_every_rule_covers_each_and_several_cover_several_surfaces(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    made = signed(sqlite, replace(FAMILY, subject=EVERY))
    with sqlite.reading() as look:
        assert ([], [made.id]) == assessments.for_rule(look, POLICIES, Going("x.y", "h", ()), now=NOW)


@pytest.mark.parametrize("until", [None, NOW, NOW + LONGEST + DAY])
def test_what_covers_rules_to_come_ends_within_a_year(sqlite: Database, until: Any) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError) as refused:
        assessments.write(unit, replace(FAMILY, expires_at=until), surfaces=SURFACES, now=NOW)
    assert ["expires"] == [each.where for each in refused.value.faults]


def test_nothing_else_has_an_end_and_one_that_is_over_may_be_written_again(sqlite: Database) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError):
        assessments.write(unit, replace(WISH, expires_at=NOW + DAY), surfaces=SURFACES, now=NOW)
    signed(sqlite, FAMILY)
    later = NOW + 31 * DAY
    with sqlite.unit() as unit:
        assessments.write(unit, replace(FAMILY, expires_at=later + DAY), surfaces=SURFACES, now=later)


def test_a_policy_that_says_something_else_than_it_first_did_is_wanting_until_it_is_signed(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    [policy] = [each for each in POLICIES if each.name == "cn"]
    with sqlite.unit() as unit:
        for said in ("set:1", "set:2"):
            in_force.note(unit, InForce({"cn": ("cn@1", said)}, "r", "m", "1", "1", "1"), now=NOW)
        unit.commit()
    one, two = (Said("cn@1", said, {}) for said in ("set:1", "set:2"))
    assert [] == wanting(sqlite, policy, one)
    assert ["news"] == wanting(sqlite, policy, two)
    signed(sqlite, replace(WISH, kind=POLICY, subject="cn", mark="set:2"))
    assert [] == wanting(sqlite, policy, two)


def wanting(database: Database, policy: Policy, newest: Said) -> list[str]:
    with database.reading() as look:
        before = in_force.said_before(look, "cn")
        return [each.surface for each in assessments.policy_wanting(look, policy, says=newest, before=before)]


OWN = {"policies/cn.toml": "edited"}


@pytest.mark.parametrize(
    ("before", "newest", "changed"),
    [
        ([("cn@1", "old", {})], Said("cn@1", "set:1", {}), False),
        ([("cn@1", "old", OWN)], Said("cn@1", "set:1", OWN), False),
        ([("cn@1", "old", {})], Said("cn@1", "set:1", OWN), True),
        ([("cn@1", "old", {})], Said("cn@2", "set:1", {}), True),
        ([("cn@1", "old", {}), ("cn@1", "set:1", {})], Said("cn@1", "set:1", {}), False),
        ([("cn@1", "old", {}), ("cn@1", "older", {}), ("cn@1", "set:1", {})], Said("cn@1", "set:2", {}), True),
    ],
    ids=["as shipped", "as it stood here", "edited", "another version", "hashed anew", "changed after that"],
)
def test_what_was_hashed_with_every_setting_of_a_release_is_the_same_in_the_same_file(
    sqlite: Database,
    keyring_of_sqlite: Keyring,
    before: list[tuple[str, str, dict[str, str]]],
    newest: Said,
    changed: bool,
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    [policy] = [each for each in POLICIES if each.name == "cn"]
    with sqlite.unit() as unit:
        for reference, mark, files in before:
            in_force.note(unit, InForce({"cn": (reference, mark)}, "r", "m", "1", "1", "1", files), now=NOW)
        unit.commit()
    assert (["news"] if changed else []) == wanting(sqlite, policy, newest)


def test_a_signature_under_a_hash_of_before_holds_for_the_same_policy(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    on_news(sqlite, keyring_of_sqlite)
    [policy] = [each for each in POLICIES if each.name == "cn"]
    with sqlite.unit() as unit:
        for reference, mark in (("cn@1", "old"), ("cn@2", "older")):
            in_force.note(unit, InForce({"cn": (reference, mark)}, "r", "m", "1", "1", "1"), now=NOW)
        unit.commit()
    newest = Said("cn@2", "set:2", {})
    assert ["news"] == wanting(sqlite, policy, newest)
    signed(sqlite, replace(WISH, kind=POLICY, subject="cn", mark="older"))
    assert [] == wanting(sqlite, policy, newest)


def test_a_setting_that_a_release_brings_is_no_change_of_a_policy_that_leaves_it_out() -> None:
    [policy] = [each for each in POLICIES if each.name == "cn"]
    told = policy.model_dump(exclude_unset=True)

    class Newer(Policy):
        brought: int = 7

    assert in_force.mark_of(policy) == in_force.mark_of(Newer.model_validate(told))
    assert in_force.mark_of(policy) == in_force.mark_of(Policy.model_validate(dict(reversed(told.items()))))
    for changed in ({"brought": 8}, {"on_failure": "pass"}, {"two_people": {"longest_days": 31}}):
        assert in_force.mark_of(policy) != in_force.mark_of(Newer.model_validate(told | changed))
