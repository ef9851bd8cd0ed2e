"""Whose it is what a measure, an emergency, a list or a rule refused by itself: nobody judged it, somebody chose it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from governance import lists
from governance.lists import Listing
from moderation.decision import Outcome, Reason, Source
from moderation.emergency import GROUND
from moderation.lists import LISTED_AS, ListAction
from moderation.rules.rule import RuleState
from moderation.standing import Function
from records.database import Database
from records.leaning import decided
from records.personal import Keyring
from records.rules import RuleChange, add_version
from records.standing_values import TargetKind
from tests.governance.public import TAXONOMY
from tests.governance.standing import lift, take, wish
from tests.governance.test_emergencies import begun
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

LATER = NOW + timedelta(days=1)


def arrive(
    database: Database, keyring: Keyring, name: str, code: str, source: Source, *, ground: str = "rule 1",
    rule: str | None = None, thread: str = "th-north", outcome: Outcome = Outcome.BLOCK, author: str = "a-1",
    at: datetime = NOW,
) -> None:  # fmt: skip
    why = Reason(code, source, outcome, {"zh": "关", "en": "closed"}, ground, rule)
    comment = a_comment("hello", known_as=name, thread_id=thread, author=author)
    put(database, keyring, an_answer(comment, replace(a_decision(outcome), reasons=(why,))), now=at)


def seen(database: Database) -> dict[str, tuple[set[str], set[str]]]:
    with database.reading() as look:
        found = list(decided(look, NOW - timedelta(days=1), LATER))
    return {str(each.external_id): (set(each.refused_by), set(each.held_by)) for each in found}


def test_a_closed_thread_is_its_own_of_who_closed_it_and_while_it_was_closed(
    database: Database, keyring: Keyring
) -> None:
    made = take(database, keyring, wish("suspend", "th-north", kind=TargetKind.THREAD, days=1), by="ben")
    take(
        database,
        keyring,
        wish("restrict", "th-east", kind=TargetKind.THREAD, closes=(Function.UNREVIEWED,), days=1),
        by="ada",
    )
    arrive(database, keyring, "c-1", "thread_closed", Source.POLICY)
    arrive(database, keyring, "c-2", "thread_closed", Source.POLICY, thread="th-south")
    arrive(database, keyring, "c-3", "thread_reviewed", Source.POLICY, thread="th-east", outcome=Outcome.REVIEW)
    lift(database, made.id, now=NOW + timedelta(hours=1))
    arrive(database, keyring, "c-4", "thread_closed", Source.POLICY, at=NOW + timedelta(hours=2))
    nobody: set[str] = set()
    expected = {"c-1": ({"ben"}, nobody), "c-2": (nobody, nobody), "c-3": (nobody, {"ada"}), "c-4": (nobody, nobody)}
    assert expected == seen(database)


def test_a_suspended_account_is_its_own_of_who_suspended_it(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("before", known_as="c-0", author="a-1")))
    take(database, keyring, wish("suspend", "a-1", days=1), by="ben")
    arrive(database, keyring, "c-1", "account_suspended", Source.ACCOUNT)
    arrive(database, keyring, "c-2", "account_suspended", Source.ACCOUNT, author="a-2")
    arrive(database, keyring, "c-3", "rate_reached", Source.ACCOUNT)
    assert [{"ben"}, set(), set()] == [seen(database)[name][0] for name in ("c-1", "c-2", "c-3")]


def test_an_emergency_a_listed_website_and_a_rule_are_their_own_too(database: Database, keyring: Keyring) -> None:
    called = begun(database)
    with database.unit() as unit:
        told = Listing("domain", "evil.com", ListAction.BLOCK, "phishing", "police", "rex")
        entry = lists.add(unit, told, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        change = RuleChange("ads.one", RuleState.LIVE, {"id": "ads.one"}, 0, (), "eve", "ads")
        add_version(unit, change, now=NOW)
        unit.commit()
    arrive(database, keyring, "c-1", "emergency_closed", Source.POLICY, ground=f"{GROUND}{called.id}")
    arrive(database, keyring, "c-2", "listed_domain", Source.LIST, rule=f"{LISTED_AS}{entry.id}")
    arrive(database, keyring, "c-3", "abuse", Source.RULE, rule="ads.one")
    arrive(database, keyring, "c-4", "abuse", Source.RULE, rule="ads.packed")
    expected = [{"mia", "ben"}, {"rex"}, {"eve"}, set()]
    assert expected == [seen(database)[name][0] for name in ("c-1", "c-2", "c-3", "c-4")]
