from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from governance import measures, verdicts
from governance.measures import BY_VERDICT, Measure
from governance.verdicts import HouseRules
from moderation.decision import Versions
from moderation.errors import ConflictError, InvalidInputError
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import ledger
from records.database import Database
from records.personal import Keyring
from records.storing import Stored, store_decisions
from records.unit_of_work import Unit
from records.values import Judgement, VerdictKind, VerdictRecord
from review import queue
from tests.records.factories import for_review

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERSIONS = Versions("chaffinch", "3", "fast", "a1b2", "default@1", "1", "1")
TAXONOMY = load_taxonomy()
RULES = HouseRules(TAXONOMY, load_policies(TAXONOMY))
VERDICT = VerdictRecord(
    id="v-1",
    case_id="case-1",
    comment_id="comment-1",
    decision_id="decision-1",
    moderator="mei",
    verdict=VerdictKind.REJECT,
    labels=("gambling", "advertising"),
    measure="delete",
    span=None,
    note="quotes the comment",
    confidence=None,
    overturned=False,
    undone_at=None,
    created_at=NOW,
)


def _bodies(database: Database, subject: str) -> list[dict[str, object]]:
    with database.reading() as look:
        return [json.loads(entry.body) for entry in ledger.page(look, subject_id=subject).items]


def _request(unit: Unit, verdict: VerdictRecord = VERDICT, reason: str = "gambling", ground: str = "rule 1") -> str:
    return measures.request_for_verdict(unit, verdict, reason=reason, ground=ground, versions=VERSIONS, now=NOW)


def test_a_measure_is_in_the_ledger_with_who_why_and_on_which_ground(database: Database) -> None:
    with database.unit() as unit:
        _request(unit)
        unit.commit()
    body = _bodies(database, "comment-1")[0]
    assert ("measure.requested", {"kind": "moderator", "id": "mei"}, "gambling", "rule 1") == (
        body["kind"],
        body["actor"],
        body["reason"],
        body["ground"],
    )


def test_the_ledger_does_not_hold_the_note(database: Database) -> None:
    with database.unit() as unit:
        _request(unit)
        unit.commit()
    assert "quotes the comment" not in json.dumps(_bodies(database, "comment-1"))


@pytest.mark.parametrize(("reason", "ground"), [("", "rule 1"), ("  ", "rule 1"), ("gambling", ""), ("gambling", "\n")])
def test_nothing_is_measured_without_a_reason_and_a_ground(database: Database, reason: str, ground: str) -> None:
    with database.unit() as unit, pytest.raises(InvalidInputError, match="never asked for without one"):
        _request(unit, reason=reason, ground=ground)


@pytest.mark.parametrize("measure", sorted(set(Measure) - set(BY_VERDICT)))
def test_what_touches_an_account_takes_two_people(measure: str) -> None:
    with pytest.raises(InvalidInputError, match="need two people"):
        measures.checked(measure, VerdictKind.REJECT)


@pytest.mark.parametrize("verdict", [VerdictKind.APPROVE, VerdictKind.UNSURE])
def test_a_comment_that_breaks_no_rule_is_not_measured(verdict: VerdictKind) -> None:
    with pytest.raises(InvalidInputError, match="goes with a reject"):
        measures.checked("delete", verdict)


def test_a_verdict_without_a_measure_asks_for_none(database: Database) -> None:
    with database.unit() as unit, pytest.raises(InvalidInputError, match="one of: warn, refuse, delete"):
        _request(unit, replace(VERDICT, measure=None))


def test_the_reason_is_the_words_of_the_labels() -> None:
    assert "gambling: This comment looks like an offer of gambling" == measures.reason_of(TAXONOMY, ["gambling"])


def test_a_ground_that_two_labels_share_is_told_once() -> None:
    assert "cn-2017:8" == measures.ground_of(RULES.policies["cn"], ["gambling", "fraud"])


def test_a_policy_that_was_removed_is_answered_by_the_default_one() -> None:
    assert ("cn", "default") == (RULES.policy_of("cn@1").name, RULES.policy_of("gone@7").name)


def _claimed(unit: Unit, keyring: Keyring) -> Stored:
    [stored] = store_decisions(unit, [for_review()], keyring=keyring, now=NOW)
    queue.claim(unit, "mei", now=NOW)
    return stored


def test_a_verdict_and_its_measure_are_one_transaction(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        stored = _claimed(unit, keyring)
        unit.commit()
    judgement = Judgement(VerdictKind.REJECT, ("gambling",), measure="delete")
    with database.unit() as unit:
        verdicts.give(unit, RULES, str(stored.case_id), judgement, moderator="mei", token=None, now=NOW)
    assert [] == _bodies(database, stored.comment_id)


def test_a_measure_is_withdrawn_with_its_verdict(database: Database, keyring: Keyring) -> None:
    judgement = Judgement(VerdictKind.REJECT, ("gambling",), measure="delete")
    with database.unit() as unit:
        stored = _claimed(unit, keyring)
        verdicts.give(unit, RULES, str(stored.case_id), judgement, moderator="mei", token=None, now=NOW)
        verdicts.take_back(unit, str(stored.case_id), moderator="mei", now=NOW)
        unit.commit()
    assert ["measure.requested", "measure.withdrawn"] == [body["kind"] for body in _bodies(database, stored.comment_id)]


def test_a_verdict_without_a_measure_leaves_nothing_to_withdraw(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        stored = _claimed(unit, keyring)
        verdicts.give(
            unit, RULES, str(stored.case_id), Judgement(VerdictKind.APPROVE), moderator="mei", token=None, now=NOW
        )
        verdicts.take_back(unit, str(stored.case_id), moderator="mei", now=NOW)
        unit.commit()
    assert [] == _bodies(database, stored.comment_id)


def test_a_measure_that_may_not_be_asked_for_leaves_the_case_undecided(database: Database, keyring: Keyring) -> None:
    judgement = Judgement(VerdictKind.REJECT, ("gambling",), measure="close")
    with database.unit() as unit:
        stored = _claimed(unit, keyring)
        with pytest.raises(InvalidInputError):
            verdicts.give(unit, RULES, str(stored.case_id), judgement, moderator="mei", token=None, now=NOW)
        assert queue.held(unit, str(stored.case_id), "mei", None, now=NOW)


def test_a_case_in_other_hands_is_measured_by_nobody(database: Database, keyring: Keyring) -> None:
    judgement = Judgement(VerdictKind.REJECT, ("gambling",), measure="delete")
    with database.unit() as unit:
        stored = _claimed(unit, keyring)
        with pytest.raises(ConflictError):
            verdicts.give(unit, RULES, str(stored.case_id), judgement, moderator="wei", token=None, now=NOW)
        unit.commit()
    assert [] == _bodies(database, stored.comment_id)
