"""What a verdict tells platforms, and what it never does."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from governance import verdicts
from governance import webhooks as governing
from governance.events import SETTLED_AFTER, TOLD, message
from governance.targets import Targets
from governance.verdicts import HouseRules
from governance.webhooks import Wish
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from moderation.policy import load_policies
from moderation.taxonomy import load_taxonomy
from records import ledger, outbox, users, webhooks
from records.database import Database
from records.house_values import DeliveryRecord, DeliveryState, EndpointRecord
from records.personal import Keyring
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, VerdictKind
from review import queue
from tests.records.databases import NOW
from tests.records.factories import for_review, put
from tests.serving.webhooks import documented

TAXONOMY = load_taxonomy()
RULES = HouseRules(TAXONOMY, load_policies(TAXONOMY))
CANARY = "加薇信CANARY77进群"
REJECT = Judgement(VerdictKind.REJECT, ("gambling",), measure="delete", note="he wrote CANARY77 again")
SECOND = timedelta(seconds=1)


def add(unit: Unit, keyring: Keyring, *events: str, **fields: Any) -> EndpointRecord:
    wish = Wish(**({"url": "https://hooks.example.com/t/s3cret?k=1", "events": events, "by": "mia"} | fields))
    return governing.add(unit, wish, targets=Targets(), keyring=keyring, now=NOW)[0]


def judged(unit: Unit, case: CaseRecord, judgement: Judgement) -> None:
    verdicts.give(unit, RULES, case.id, judgement, moderator="mia", token=case.lease_token, now=NOW)


def case_of(database: Database, keyring: Keyring) -> CaseRecord:
    put(database, keyring, for_review(CANARY, known_as="c-1"))
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        unit.commit()
    return case


def waiting(unit: Unit) -> list[DeliveryRecord]:
    return list(outbox.page(unit, DeliveryState.WAITING).items)


def test_a_verdict_is_told_with_its_measure_and_without_a_word_of_the_comment(
    database: Database, keyring: Keyring
) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit:
        add(unit, keyring)
        judged(unit, case, REJECT)
        final, asked = waiting(unit)
    assert ("decision.final", "measure.requested") == (final.type, asked.type)
    ground = RULES.policy_of("default").ground("gambling")
    expected = {
        "id": "c-1",
        "decision_id": case.decision_id,
        "decision": "block",
        "answered": "review",
        "overturned": False,
        "verdict": "reject",
        "case_id": case.id,
        "labels": ["gambling"],
        "reasons": [{"code": "gambling", "ground": ground}],
        "policy": "default@1",
    }
    assert expected == {name: final.data[name] for name in expected}
    assert expected.keys() | {"verdict_id"} == final.data.keys()
    assert ("delete", {"kind": "comment", "id": "c-1"}) == (asked.data["measure"], asked.data["target"])
    said = json.dumps([message(each.type, each.data, happened_at=NOW) for each in (final, asked)], ensure_ascii=False)
    for word in ("CANARY77", CANARY, "author-7f3a", "device-91", "mia"):
        assert word not in said


def test_payloads_are_as_they_are_documented(database: Database, keyring: Keyring) -> None:
    case, shown = case_of(database, keyring), documented.payloads()
    assert TOLD.keys() == shown.keys()
    with database.unit() as unit:
        add(unit, keyring)
        judged(unit, case, REJECT)
        for told in waiting(unit):
            assert list(shown[told.type]) == list(told.data)


def test_it_waits_until_it_cannot_be_taken_back(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit:
        made = add(unit, keyring)
        judged(unit, case, REJECT)
        assert [] == outbox.take(unit, made.id, count=4, now=NOW + 10 * SECOND)
        assert 2 == len(outbox.take(unit, made.id, count=4, now=NOW + SETTLED_AFTER))


def test_a_verdict_taken_back_is_never_told(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit:
        add(unit, keyring)
        judged(unit, case, REJECT)
        verdicts.take_back(unit, case.id, moderator="mia", now=NOW + 9 * SECOND)
        assert [] == waiting(unit)
        judged(unit, queue.held(unit, case.id, "mia", None, now=NOW), Judgement(VerdictKind.APPROVE))
        [told] = waiting(unit)
    assert ("pass", True, []) == (told.data["decision"], told.data["overturned"], told.data["reasons"])


def test_a_verdict_that_was_told_by_a_clock_that_is_ahead_is_not_taken_back(
    database: Database, keyring: Keyring
) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit:
        made = add(unit, keyring)
        judged(unit, case, REJECT)
        outbox.take(unit, made.id, count=1, now=NOW + SETTLED_AFTER)
        with pytest.raises(ConflictError, match="Open the case again"):
            verdicts.take_back(unit, case.id, moderator="mia", now=NOW + 9 * SECOND)


def test_unsure_settles_nothing_and_is_not_told(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit:
        add(unit, keyring)
        judged(unit, case, Judgement(VerdictKind.UNSURE))
        assert [] == waiting(unit)


def test_every_event_of_the_contract_is_told_or_named_as_not_yet() -> None:
    contract = {
        "decision.final",
        "measure.requested",
        "appeal.resolved",
        "complaint.resolved",
        "model.promoted",
        "emergency.started",
        "emergency.ended",
    }
    assert contract == TOLD.keys()


def test_every_fault_of_an_endpoint_is_told_at_once(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit, pytest.raises(InvalidInputError) as refused:
        add(unit, keyring, "emergency.startd", "decision.fnal", url="http://127.0.0.1/", description="x" * 201)
    told = [str(fault) for fault in refused.value.faults]
    for found in (
        "not https",
        "no public address",
        "no event 'emergency.startd'",
        "no event 'decision.fnal'",
        "200 characters",
    ):
        assert 1 == sum(found in each for each in told), found


def test_changes_are_in_the_ledger_without_secret_path_or_query(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        made = add(unit, keyring)
        why = {"by": "ben", "why": "because", "now": NOW}
        _, secret = governing.rotate(unit, made.id, overlap=timedelta(hours=1), keyring=keyring, **why)  # type: ignore[arg-type]
        governing.disable(unit, made.id, **why)  # type: ignore[arg-type]
        governing.enable(unit, made.id, **why)  # type: ignore[arg-type]
        governing.replay(unit, made.id, by="ben", now=NOW)
        governing.remove(unit, made.id, **why)  # type: ignore[arg-type]
        entries = ledger.page(unit, subject_id=made.id).items
    kinds = ["added", "rotated", "disabled", "enabled", "replayed", "removed"]
    assert [f"webhook.{kind}" for kind in kinds] == [entry.kind for entry in entries]
    bodies = b"".join(entry.body for entry in entries)
    assert b'"origin":"https://hooks.example.com"' in bodies
    for word in (b"s3cret", b"k=1", secret.encode()):
        assert word not in bodies


def test_who_may_change_nothing_changes_no_webhook(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        users.create(unit, "ivy", password_hash="x", role="inspector", now=NOW)
        with pytest.raises(ForbiddenError):
            add(unit, keyring, by="Ivy")


def test_three_secrets_sign_at_most_and_none_but_the_new_one_where_the_old_is_in_wrong_hands(
    database: Database, keyring: Keyring
) -> None:
    with database.unit() as unit:
        made = add(unit, keyring)

        def roll(hours: float) -> None:
            overlap = timedelta(hours=hours)
            governing.rotate(unit, made.id, overlap=overlap, by="mia", why="x", keyring=keyring, now=NOW)

        roll(1)
        roll(2)
        with pytest.raises(ConflictError, match="3 secrets"):
            roll(1)
        roll(0)
        assert 1 == len(webhooks.secrets_of(unit, made.id, now=NOW))
        with pytest.raises(InvalidInputError):
            roll(24 * 31)


def test_replay_names_what_is_no_dead_letter_and_asks_for_an_enabled_endpoint(
    database: Database, keyring: Keyring
) -> None:
    with database.unit() as unit:
        made = add(unit, keyring)
        with pytest.raises(NotFoundError, match="x-1"):
            governing.replay(unit, made.id, by="mia", ids=["x-1"], now=NOW)
        governing.disable(unit, made.id, by="mia", why="x", now=NOW)
        with pytest.raises(ConflictError, match="enable it first"):
            governing.replay(unit, made.id, by="mia", now=NOW)


def test_there_is_a_last_endpoint(database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(governing, "MAX_ENDPOINTS", 1)
    with database.unit() as unit:
        add(unit, keyring)
        with pytest.raises(ConflictError, match="remove one first"):
            add(unit, keyring)


def test_an_address_hears_once_of_an_event_however_it_is_written(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        first = add(unit, keyring, "decision.final", url="https://hooks.example.com")
        with pytest.raises(ConflictError, match=f"{first.id} .* decision.final"):
            add(unit, keyring, url="https://HOOKS.example.com:443/")
        assert add(unit, keyring, "model.promoted", url="https://hooks.example.com/").id != first.id
        assert add(unit, keyring, url="https://hooks.example.com/other").id != first.id
        unit.commit()
