"""Verdicts: applied once, with all that follows; undone; given anew."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from moderation.spans import Span
from records import cases, comments, decisions, labels, ledger, verdicts
from records.database import Database
from records.personal import Keyring
from records.storing import Answered
from records.values import CaseRecord, CaseState, Judgement, VerdictKind
from records.waiting import SECOND_LOOK, UNDECIDED
from review import queue
from review.verdicts import Given, give_verdict, overturns, reopen, undo
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, for_review, put

REJECT = Judgement(VerdictKind.REJECT, ("gambling", "advertising"))
APPROVE = Judgement(VerdictKind.APPROVE)
UNSURE = Judgement(VerdictKind.UNSURE)

SOON = NOW + timedelta(seconds=9)
LATE = NOW + timedelta(seconds=11)


def case_of(database: Database, keyring: Keyring, answered: Answered | None = None) -> CaseRecord:
    """A case in Mia's hands."""
    put(database, keyring, answered or for_review("加微信进群", known_as="c-1"))
    with database.unit() as unit:
        [case] = queue.claim(unit, "mia", now=NOW)
        unit.commit()
    return case


def give(database: Database, case: CaseRecord, judgement: Judgement, *, moderator: str = "mia") -> Given:
    with database.unit() as unit:
        given = give_verdict(unit, NAMES, case.id, judgement, moderator=moderator, token=case.lease_token, now=NOW)
        unit.commit()
    return given


def taken_back(database: Database, case: CaseRecord) -> CaseRecord:
    with database.unit() as unit:
        again = undo(unit, case.id, moderator="mia", now=SOON)
        unit.commit()
    return again


def test_a_reject_closes_the_case_labels_the_comment_and_is_the_final_outcome(
    database: Database, keyring: Keyring
) -> None:
    case = case_of(database, keyring)
    given = give(database, case, REJECT)
    assert {**dict.fromkeys(NAMES, 0), "gambling": 1, "advertising": 1} == (given.label and given.label.labels)
    assert (CaseState.CLOSED, Outcome.BLOCK, False) == (
        given.case.state,
        given.decision.outcome,
        given.verdict.overturned,
    )
    with database.reading() as look:
        assert given.label == labels.in_force(look, case.comment_id)
        assert given.decision == decisions.get(look, case.decision_id)
        assert [given.verdict] == verdicts.of_case(look, case.id)


def test_an_approval_of_what_was_suspected_overturns_the_machine(database: Database, keyring: Keyring) -> None:
    given = give(database, case_of(database, keyring), APPROVE)
    assert (Outcome.PASS, True, True) == (given.decision.outcome, given.decision.overturned, given.verdict.overturned)
    assert dict.fromkeys(NAMES, 0) == (given.label and given.label.labels)


@pytest.mark.parametrize(
    ("outcome", "scores", "verdict", "expected"),
    [
        (Outcome.BLOCK, {"fraud": 0.95}, VerdictKind.APPROVE, True),
        (Outcome.BLOCK, {"fraud": 0.95}, VerdictKind.REJECT, False),
        (Outcome.PASS, {}, VerdictKind.REJECT, True),
        (Outcome.PASS, {}, VerdictKind.APPROVE, False),
        (Outcome.REVIEW, {"fraud": 0.5}, VerdictKind.APPROVE, True),
        (Outcome.REVIEW, {"fraud": 0.5}, VerdictKind.REJECT, False),
        (Outcome.REVIEW, {}, VerdictKind.APPROVE, False),
        (Outcome.REVIEW, {}, VerdictKind.REJECT, False),
        (Outcome.BLOCK, {"fraud": 0.95}, VerdictKind.UNSURE, False),
    ],
)
def test_a_verdict_overturns_only_an_opinion_that_differs(
    outcome: Outcome, scores: dict[str, float], verdict: VerdictKind, expected: bool
) -> None:
    assert expected == overturns(verdict, a_decision(outcome, **scores))


def test_span_note_measure_and_confidence_are_kept(database: Database, keyring: Keyring) -> None:
    judgement = Judgement(VerdictKind.REJECT, ("fraud",), "refuse", Span(1, 3), "看主页", 0.8)
    verdict = give(database, case_of(database, keyring), judgement).verdict
    assert judgement == Judgement(
        verdict.verdict, verdict.labels, verdict.measure, verdict.span, verdict.note, verdict.confidence
    )


def test_a_verdict_is_in_the_ledger_without_note_or_text(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, Judgement(VerdictKind.REJECT, ("fraud",), note="引用了原文"))
    with database.reading() as look:
        entry = ledger.page(look, subject_id=case.id).items[-1]
    body = json.loads(entry.body)
    assert ("verdict", {"kind": "moderator", "id": "mia"}, "fraud", "reject") == (
        body["kind"],
        body["actor"],
        body["reason"],
        body["facts"]["verdict"],
    )
    assert "引用" not in entry.body.decode()
    assert "微信" not in entry.body.decode()


def test_a_second_verdict_is_a_conflict(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, REJECT)
    with pytest.raises(ConflictError, match="decided already"):
        give(database, case, APPROVE)


def test_two_tabs_at_once_apply_one_verdict(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    start, results = threading.Barrier(4), list[str]()

    def send() -> None:
        start.wait(10)
        try:
            give(database, case, REJECT)
            results.append("applied")
        except ConflictError:
            results.append("refused")

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ["applied", "refused", "refused", "refused"] == sorted(results)


def test_a_verdict_without_claim_is_a_conflict(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with pytest.raises(ConflictError, match="Another moderator"):
        give(database, case, REJECT, moderator="noah")
    with database.unit() as unit, pytest.raises(ConflictError, match="Your claim ran out"):
        give_verdict(unit, NAMES, case.id, REJECT, moderator="mia", token=None, now=NOW + queue.LEASE)


def test_a_verdict_on_a_text_that_was_edited_meanwhile_is_a_conflict(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    put(database, keyring, for_review("另一段话", known_as="c-1"))
    with pytest.raises(ConflictError, match="edited"):
        give(database, case, REJECT)


def test_a_verdict_on_a_comment_erased_meanwhile_is_a_conflict(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit:
        comments.erase(unit, case.comment_id, now=NOW)
        unit.commit()
    with pytest.raises(ConflictError, match="decided already"):
        give(database, case, REJECT)


@pytest.mark.parametrize(
    ("judgement", "where"),
    [
        (Judgement(VerdictKind.REJECT), "/labels"),
        (Judgement(VerdictKind.APPROVE, ("fraud",)), "/labels"),
        (Judgement(VerdictKind.REJECT, ("gambing",)), "/labels/0.*did you mean 'gambling'"),
        (Judgement(VerdictKind.REJECT, ("fraud", "fraud")), "/labels/1.*twice"),
        (Judgement(VerdictKind.REJECT, ("fraud",), confidence=1.1), "/confidence"),
        (Judgement(VerdictKind.REJECT, ("fraud",), confidence=float("nan")), "/confidence"),
        (Judgement(VerdictKind.REJECT, ("fraud",), span=Span(0, 99)), "/span"),
        (Judgement(VerdictKind.REJECT, ("fraud",), span=Span(2, 2)), "/span"),
        (Judgement(VerdictKind.REJECT, ("fraud",), note="x" * 2001), "/note"),
        (Judgement(VerdictKind.REJECT, ("fraud",), note="a\0"), "/note"),
    ],
)
def test_an_odd_verdict_is_refused_where_it_is_odd(
    sqlite: Database, keyring_of_sqlite: Keyring, judgement: Judgement, where: str
) -> None:
    case = case_of(sqlite, keyring_of_sqlite)
    with pytest.raises(InvalidInputError, match=where):
        give(sqlite, case, judgement)


def test_every_fault_of_a_verdict_is_told_at_once(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    case = case_of(sqlite, keyring_of_sqlite)
    with pytest.raises(InvalidInputError) as refusal:
        give(sqlite, case, Judgement(VerdictKind.APPROVE, ("x",), span=Span(5, 1), note="y" * 3000, confidence=-1))
    assert {"/labels/0", "/labels", "/span", "/note", "/confidence"} == {fault.where for fault in refusal.value.faults}


def test_unsure_labels_nothing_and_the_case_waits_for_other_eyes(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    given = give(database, case, UNSURE)
    assert (None, CaseState.OPEN, SECOND_LOOK) == (given.label, given.case.state, given.case.queue)
    with database.unit() as unit:
        assert Outcome.REVIEW == decisions.get(unit, case.decision_id).outcome
        assert [] == queue.claim(unit, "mia", now=NOW)
        [again] = queue.claim(unit, "noah", now=NOW)
        unit.commit()
    assert case.id == again.id
    assert CaseState.CLOSED == give(database, again, REJECT, moderator="noah").case.state


def test_within_ten_seconds_a_verdict_is_as_if_not_given(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, APPROVE)
    again = taken_back(database, case)
    assert (CaseState.CLAIMED, "mia", None) == (again.state, again.lease_owner, again.closed_at)
    with database.reading() as look:
        assert labels.in_force(look, case.comment_id) is None
        decision = decisions.get(look, case.decision_id)
        assert (None, None) == (decision.final_outcome, decision.overturned)
        assert "verdict.undone" == ledger.page(look, subject_id=case.id).items[-1].kind
    given = give(database, again, REJECT)
    assert given.label is not None
    assert 1 == given.label.labels["gambling"]


def test_an_unsure_taken_back_comes_to_the_same_hands_from_its_own_queue(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, UNSURE)
    again = taken_back(database, case)
    assert ("forum", "mia", CaseState.CLAIMED) == (again.queue, again.lease_owner, again.state)


def test_after_ten_seconds_a_verdict_stands(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, REJECT)
    with database.unit() as unit, pytest.raises(ConflictError, match="ten seconds"):
        undo(unit, case.id, moderator="mia", now=LATE)


def test_nobody_takes_back_anothers_verdict_or_none(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit, pytest.raises(ConflictError, match="no verdict"):
        undo(unit, case.id, moderator="mia", now=SOON)
    give(database, case, REJECT)
    with database.unit() as unit, pytest.raises(ConflictError, match="no verdict"):
        undo(unit, case.id, moderator="noah", now=SOON)


def test_a_verdict_is_not_taken_back_when_a_new_case_waits(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, REJECT)
    put(database, keyring, for_review("又改了", known_as="c-1"))
    with database.unit() as unit, pytest.raises(ConflictError, match="new case"):
        undo(unit, case.id, moderator="mia", now=SOON)


def test_an_unsure_is_not_taken_back_once_another_has_the_case(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, UNSURE)
    with database.unit() as unit:
        queue.claim(unit, "noah", now=NOW)
        with pytest.raises(ConflictError, match="Another moderator"):
            undo(unit, case.id, moderator="mia", now=SOON)
        queue.escalate(unit, case.id, "noah", None, now=NOW)
        with pytest.raises(ConflictError, match="Another moderator"):
            undo(unit, case.id, moderator="mia", now=SOON)


def test_a_reopened_case_is_decided_anew_beside_the_old_verdict(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    first = give(database, case, REJECT)
    with database.unit() as unit:
        again = reopen(unit, case.id, moderator="mia", reason="quotes a warning", now=LATE)
        unit.commit()
    assert (CaseState.CLAIMED, "reopened", True) == (again.state, again.opened_by, again.id != case.id)
    second = give(database, again, APPROVE)
    with database.reading() as look:
        assert second.label == labels.in_force(look, case.comment_id)
        assert (Outcome.PASS, True) == (second.decision.outcome, second.decision.overturned)
        assert first.verdict == verdicts.last_of_case(look, case.id)


def test_a_verdict_of_a_reopened_case_taken_back_leaves_the_first_in_force(
    database: Database, keyring: Keyring
) -> None:
    case = case_of(database, keyring)
    first = give(database, case, REJECT)
    with database.unit() as unit:
        again = reopen(unit, case.id, moderator="mia", reason="quotes a warning", now=NOW)
        unit.commit()
    give(database, again, APPROVE)
    taken_back(database, again)
    with database.reading() as look:
        assert first.label == labels.in_force(look, case.comment_id)
        assert Outcome.BLOCK == decisions.get(look, case.decision_id).outcome


def test_a_case_is_reopened_once_and_with_a_reason(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    with database.unit() as unit, pytest.raises(ConflictError, match="waiting already"):
        reopen(unit, case.id, moderator="mia", reason="why not", now=NOW)
    give(database, case, REJECT)
    with database.unit() as unit, pytest.raises(InvalidInputError, match="/reason"):
        reopen(unit, case.id, moderator="mia", reason="  ", now=NOW)


def test_an_erased_comment_is_not_decided_anew(database: Database, keyring: Keyring) -> None:
    case = case_of(database, keyring)
    give(database, case, REJECT)
    with database.unit() as unit:
        comments.erase(unit, case.comment_id, now=NOW)
        with pytest.raises(ConflictError, match="erased"):
            reopen(unit, case.id, moderator="mia", reason="why not", now=NOW)
        with pytest.raises(ConflictError, match="erased"):
            undo(unit, case.id, moderator="mia", now=NOW)


def test_a_verdict_is_about_the_revision_that_was_judged(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("旧", known_as="c-1")))
    case = case_of(database, keyring, for_review("新", known_as="c-1"))
    given = give(database, case, REJECT)
    assert 2 == (given.label and given.label.revision)
    assert given.case.state not in UNDECIDED
    with database.reading() as look:
        assert case.id == cases.page(look, comment_id=case.comment_id).items[0].id
