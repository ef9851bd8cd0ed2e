"""Nothing new goes live on news before two people have signed what was assessed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from governance import assessments, four_eyes
from governance.assessments import FIELDS, Wish
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import approvals, ledger
from records import assessments as stored
from records.assessments import AssessmentRecord, AssessmentState
from records.database import Database
from records.personal import Keyring
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put

TAXONOMY = load_taxonomy()
POLICIES = load_policies(TAXONOMY).values()
STANDARDS = Standards(TAXONOMY, NOW.date())
SURFACES = ("forum", "news", "live")
WORDS = {name: f"the {name}" for name in FIELDS}
WISH = Wish("model", "chaffinch@5", "hash-5", ("news",), WORDS, "mia", "better on disguises")


def written(database: Database, **changed: Any) -> AssessmentRecord:
    with database.unit() as unit:
        made = assessments.write(unit, replace(WISH, **changed), surfaces=SURFACES, now=NOW)
        unit.commit()
    return made


def says(database: Database, record: AssessmentRecord, who: str, *, approve: bool = True) -> AssessmentState:
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=record.id)
        four_eyes.answer(unit, asked.id, Word(who, approve, "read it"), standards=STANDARDS, now=NOW)
        unit.commit()
    with database.reading() as look:
        return stored.get(look, record.id).state


def on_news(database: Database, keyring: Keyring, policy: str = "cn@1") -> None:
    decision = a_decision()
    decision = replace(decision, versions=replace(decision.versions, policy=policy))
    put(database, keyring, an_answer(a_comment(surface="news"), decision))


def lacking(database: Database, bundle: str = "hash-5") -> list[tuple[str, str]]:
    with database.reading() as look:
        return [(each.policy, each.surface) for each in assessments.wanting(look, POLICIES, bundle)]


def test_a_model_is_wanting_until_two_others_have_signed_and_then_this_bundle_alone_is_not(
    database: Database, keyring: Keyring
) -> None:
    on_news(database, keyring)
    assert [("cn", "news")] == lacking(database)
    record = written(database)
    assert AssessmentState.WAITING is says(database, record, "ben")
    assert [("cn", "news")] == lacking(database)
    assert AssessmentState.SIGNED is says(database, record, "eve")
    assert ([], [("cn", "news")]) == (lacking(database), lacking(database, "hash-6"))
    with database.reading() as look:
        assert ["ben", "eve"] == [each.answered_by for each in assessments.signatures(look, record.id)]
        entries = [json.loads(e.body) for e in ledger.page(look, subject_id=record.id).items]
    assert [("assessment.written", "mia"), ("assessment.signed", "eve")] == [
        (e["kind"], e["actor"]["id"]) for e in entries
    ]
    assert "the rollback" == entries[0]["facts"]["rollback"]


def test_neither_its_author_signs_nor_anybody_twice(sqlite: Database) -> None:
    record = written(sqlite)
    with pytest.raises(ForbiddenError, match="somebody else has to answer"):
        says(sqlite, record, "Mia")
    says(sqlite, record, "ben")
    with pytest.raises(ForbiddenError, match="signed this already"):
        says(sqlite, record, "Ben")


def test_a_no_ends_it_and_another_may_be_written(sqlite: Database) -> None:
    record = written(sqlite)
    with pytest.raises(ConflictError, match="assessed already"):
        written(sqlite)
    assert AssessmentState.REFUSED is says(sqlite, record, "ben", approve=False)
    assert record.id != written(sqlite).id


@pytest.mark.parametrize("policy", ["default@1", "cnx@1"])
def test_a_policy_that_is_not_used_asks_nothing(sqlite: Database, keyring_of_sqlite: Keyring, policy: str) -> None:
    assert [] == lacking(sqlite)
    on_news(sqlite, keyring_of_sqlite, policy)
    assert [] == lacking(sqlite)


def test_the_refusal_says_what_to_write() -> None:
    said = assessments.refusal([assessments.Lack("cn", "news")], "5")
    assert "the policy cn on news" in said
    assert "chaffinch assessment write model 5 --surface news" in said


def test_every_mistake_is_told_at_once(sqlite: Database) -> None:
    odd = replace(WISH, kind="toy", subject="", surfaces=("sea",), fields={"changes": "x"})
    with sqlite.unit() as unit, pytest.raises(InvalidInputError) as told:
        assessments.write(unit, odd, surfaces=SURFACES, now=NOW)
    assert ["kind", "subject", "surface", "evaluation", "risks", "rollback"] == [f.where for f in told.value.faults]
