"""An appeal is decided by another person, who knows nothing of what was decided, and an overturn undoes all of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from governance import another, appeals, verdicts
from governance.reopening import reopen
from governance.settled import SettledError
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from moderation.rules.backtest import Share
from records import appeals as stored
from records import cases, comments, decisions, keys, labels, leases, ledger, users
from records import verdicts as stored_verdicts
from records.cases import Wanted
from records.database import Database
from records.personal import Keyring
from records.public_values import AppealOutcome, AppealRecord, AppealState, ComplaintOutcome
from records.storing import Answered, Stored
from records.unit_of_work import Unit
from records.values import CaseState, Judgement, VerdictKind
from review import quality, queue
from tests.governance.public import (
    APPROVE,
    HOUSE,
    REJECT,
    RULES,
    SETTLED,
    appeal,
    case_of,
    claim,
    complaint,
    decide,
    report,
    settle,
)
from tests.governance.test_complaints import listen, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put
from tests.serving.webhooks import documented

LATER = NOW + timedelta(hours=1)
DELETE = replace(REJECT, measure="delete")


def rejected(database: Database, keyring: Keyring, judgement: Judgement = DELETE) -> Stored:
    """A comment that a person removed, told to whoever asked."""
    [item] = put(database, keyring, for_review(known_as="c-1"))
    decide(database, judgement)
    settle(database)
    return item


def blocked(name: str = "c-1") -> Answered:
    return an_answer(a_comment("x", known_as=name), a_decision(Outcome.BLOCK, gambling=0.99))


def now_of(database: Database, appeal_id: str) -> AppealRecord:
    with database.reading() as look:
        return stored.get(look, appeal_id)


def test_an_appeal_waits_in_a_queue_of_its_own_and_tells_nothing_of_what_was_decided(
    database: Database, keyring: Keyring
) -> None:
    made = appeal(database, rejected(database, keyring).decision_id, now=LATER)
    case = case_of(database, made.case_id)
    assert ("appeals", "appeal", None, CaseState.OPEN) == (case.queue, case.why, case.label, case.state)
    assert LATER + timedelta(days=7) == case.due_at == made.due_at
    assert made.measure_id is not None


def test_whoever_said_something_before_is_neither_given_the_case_nor_may_decide_it(
    database: Database, keyring: Keyring
) -> None:
    made = appeal(database, rejected(database, keyring).decision_id, now=LATER)
    with database.unit() as unit:
        assert [] == claim(unit, "mia", now=LATER)
        assert [] == claim(unit, "mia", queue_="appeals", now=LATER)
        taken = leases.lease(unit, made.case_id, "mia", expires_at=LATER + timedelta(minutes=9))
        with pytest.raises(ForbiddenError, match="somebody else"):
            verdicts.give(unit, HOUSE, taken.id, APPROVE, moderator="mia", token=taken.lease_token, now=LATER)
    with database.unit() as unit:
        assert [made.case_id] == [case.id for case in claim(unit, "ben", now=LATER)]


def test_the_same_person_is_known_by_their_key_and_by_their_user(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with sqlite.unit() as unit:
        user = users.create(unit, "Mia", password_hash="-", role="moderator", now=NOW)
        key, _ = keys.create(unit, "mia", scopes=["records"], now=NOW)
        other, _ = keys.create(unit, "ben", scopes=["records"], now=NOW)
        unit.commit()
    [item] = put(sqlite, keyring_of_sqlite, for_review(known_as="c-1"))
    decide(sqlite, by=user.id)
    made = appeal(sqlite, item.decision_id, now=LATER)
    with sqlite.reading() as look:
        case = cases.get(look, made.case_id)
        with pytest.raises(ForbiddenError):
            another.check(look, case, f"key:{key.prefix}")
        another.check(look, case, f"key:{other.prefix}")


def test_overturned_everything_is_as_if_it_had_not_been(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("x", known_as="c-1")))
    listen(database, keyring)
    heard = report(database, keyring)
    decide(database, DELETE)
    settle(database)
    with database.reading() as look:
        decision_id = decisions.latest_of(look, heard.comment_id).id
        before = labels.in_force(look, heard.comment_id)
    made = appeal(database, decision_id, now=LATER)
    also: list[str] = []
    decide(database, APPROVE, by="ben", wanted="appeals", now=LATER)
    with database.unit() as unit:
        hook: Callable[[Unit, AppealRecord, object], None] = lambda _, one, __: also.append(one.id)  # noqa: E731
        assert 1 == appeals.settle(unit, RULES, now=LATER + SETTLED, also=[hook])
        unit.commit()
    with database.reading() as look:
        decision = decisions.get(look, decision_id)
        label = labels.in_force(look, heard.comment_id)
        entries = [entry.kind for entry in ledger.page(look, subject_id=heard.comment_id).items]
        figures = appeals.overturns(look, since=NOW)
    assert (Outcome.PASS, Outcome.PASS) == (decision.outcome, decision.final_outcome)
    assert before is not None
    assert label is not None
    assert (1, 0) == (before.labels["abuse"], label.labels["abuse"]), "the label is flipped"
    assert [made.id] == also
    assert (AppealState.ANSWERED, AppealOutcome.OVERTURNED) == (
        now_of(database, made.id).state,
        now_of(database, made.id).outcome,
    )
    assert "measure.withdrawn" in entries
    [event] = told(database, "appeal.resolved")
    assert ("c-1", "overturned", made.measure_id, []) == (
        event["id"], event["outcome"], event["withdrawn"], event["reasons"],
    )  # fmt: skip
    assert list(documented.payloads()["appeal.resolved"]) == list(event)
    first, last = told(database)
    assert [False, True] == [first["reversed"], last["reversed"]], "the other side is told too"
    assert ("no longer shown" in first["answer"]["en"], None) == (True, first["first_answer"])
    assert ("was restored" in last["answer"]["en"], first["answer"]) == (True, last["first_answer"])
    assert [reason["code"] for reason in first["reasons"]] == ["abuse"]
    assert ([], first["reasons"], None) == (last["reasons"], last["first_reasons"], first["first_reasons"])
    assert complaint(database, heard.id).reversed_at is not None
    assert [("moderator", "mia", Share(1, 1))] == [(each.kind, each.name, each.share) for each in figures]


def test_upheld_what_was_decided_stands_and_there_is_no_further_appeal(database: Database, keyring: Keyring) -> None:
    item = rejected(database, keyring)
    listen(database, keyring)
    made = appeal(database, item.decision_id, now=LATER)
    decide(database, replace(REJECT, answer="upheld_how"), by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    assert AppealOutcome.UPHELD is now_of(database, made.id).outcome
    assert told(database, "appeal.resolved")[0]["answer"]["en"].startswith("Another moderator looked anew")
    with database.reading() as look:
        assert Outcome.BLOCK is decisions.get(look, item.decision_id).outcome
    with pytest.raises(ConflictError, match="no further appeal"):
        appeal(database, item.decision_id, now=LATER + timedelta(hours=1))


def test_a_decision_of_the_machine_alone_is_appealed_and_its_model_counted(
    database: Database, keyring: Keyring
) -> None:
    [item] = put(database, keyring, blocked())
    listen(database, keyring)
    appeal(database, item.decision_id)
    decide(database, APPROVE, by="anybody", wanted="appeals")
    settle(database)
    with database.reading() as look:
        figures = appeals.overturns(look, since=NOW)
        assert Outcome.PASS is decisions.get(look, item.decision_id).outcome
    [event] = told(database, "appeal.resolved")
    assert "A machine alone had decided." in event["answer"]["en"], "no other person had looked before"
    assert [("model", "chaffinch@3", Share(1, 1))] == [(each.kind, each.name, each.share) for each in figures]


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_verdict_on_an_appeal_can_be_taken_back_before_anybody_hears(
    sqlite: Database, keyring_of_sqlite: Keyring, taken_back: bool
) -> None:
    item = rejected(sqlite, keyring_of_sqlite)
    made = appeal(sqlite, item.decision_id, now=LATER)
    case = decide(sqlite, APPROVE, by="ben", wanted="appeals", now=LATER)
    if taken_back:
        with sqlite.unit() as unit:
            verdicts.take_back(unit, case.id, moderator="ben", now=LATER + timedelta(seconds=4))
            unit.commit()
    settle(sqlite, now=LATER + SETTLED)
    expected = (AppealState.WAITING, Outcome.BLOCK) if taken_back else (AppealState.ANSWERED, Outcome.PASS)
    with sqlite.reading() as look:
        assert expected == (stored.get(look, made.id).state, decisions.get(look, item.decision_id).outcome)


def test_unsure_leaves_it_to_a_third_and_can_be_taken_back(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    made = appeal(sqlite, rejected(sqlite, keyring_of_sqlite).decision_id, now=LATER)
    case = decide(sqlite, Judgement(VerdictKind.UNSURE), by="ben", wanted="appeals", now=LATER)
    assert ("appeals", CaseState.OPEN) == (case_of(sqlite, case.id).queue, case_of(sqlite, case.id).state)
    with sqlite.unit() as unit:
        assert [] == claim(unit, "ben", now=LATER)
        verdicts.take_back(unit, case.id, moderator="ben", now=LATER + timedelta(seconds=4))
        assert "ben" == cases.get(unit, made.case_id).lease_owner


def test_once_for_each_measure_within_the_stated_time(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    item = rejected(sqlite, keyring_of_sqlite)
    with pytest.raises(ConflictError, match="could be appealed until 2026-03-31"):
        appeal(sqlite, item.decision_id, now=NOW + timedelta(days=31))
    appeal(sqlite, item.decision_id, now=NOW + timedelta(days=29))
    with pytest.raises(ConflictError, match="appealed already"):
        appeal(sqlite, item.decision_id, now=NOW + timedelta(days=29))


def test_what_was_not_done_cannot_be_appealed(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    fine, held = put(sqlite, keyring_of_sqlite, an_answer(a_comment(known_as="f")), for_review(known_as="h"))
    for item in (fine, held):
        with pytest.raises(ConflictError, match="Nothing was done"):
            appeal(sqlite, item.decision_id)
    with pytest.raises(NotFoundError):
        appeal(sqlite, "0190b5c2-7d1f-7a63-b0de-2f5c8c1e4a11")
    [item] = put(sqlite, keyring_of_sqlite, blocked("b"))
    with pytest.raises(InvalidInputError, match="longer than"):
        appeal(sqlite, item.decision_id, note="x" * 2001)
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("another text", known_as="b")))
    with pytest.raises(ConflictError, match="changed since"):
        appeal(sqlite, item.decision_id)


def test_a_text_that_is_changed_or_erased_meanwhile_is_told_so(database: Database, keyring: Keyring) -> None:
    first, second = put(database, keyring, blocked("a"), blocked("b"))
    changed, gone = (appeal(database, item.decision_id, note="CANARY") for item in (first, second))
    put(database, keyring, for_review("another text", known_as="a"))
    case = case_of(database, changed.case_id)
    assert ("appeal", None) == (case.why, case.label), "what the machine thinks of it stays unsaid"
    with database.unit() as unit:
        comments.erase(unit, gone.comment_id, now=NOW)
        unit.commit()
    decide(database, APPROVE, wanted="appeals")
    settle(database)
    outcomes = [now_of(database, each.id).outcome for each in (changed, gone)]
    assert [AppealOutcome.CHANGED, AppealOutcome.GONE] == outcomes
    assert now_of(database, gone.id).note is None


def test_a_case_in_somebody_s_hands_becomes_the_appeal_and_leaves_them(database: Database, keyring: Keyring) -> None:
    [item] = put(database, keyring, blocked())
    with database.unit() as unit:
        opened = queue.open_case(unit, item.comment_id, item.decision_id, opened_by="feedback", now=NOW)
        [held] = claim(unit, "ben")
        unit.commit()
    made = appeal(database, item.decision_id)
    assert opened.id == held.id == made.case_id
    with database.unit() as unit, pytest.raises(ConflictError, match="went back"):
        verdicts.give(unit, HOUSE, held.id, REJECT, moderator="ben", token=held.lease_token, now=NOW)


def test_a_report_about_what_is_being_appealed_is_answered_by_what_holds(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    item = rejected(sqlite, keyring_of_sqlite)
    appeal(sqlite, item.decision_id, now=LATER)
    assert ComplaintOutcome.ACTED is report(sqlite, keyring_of_sqlite, now=LATER).outcome


def test_no_verdict_on_an_appeal_goes_to_a_second_person(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    [item] = put(sqlite, keyring_of_sqlite, blocked())
    appeal(sqlite, item.decision_id)
    always = replace(HOUSE, quality=replace(HOUSE.quality, second_share=1.0))
    with sqlite.unit() as unit:
        [case] = claim(unit, "ben")
        given = verdicts.give(unit, always, case.id, APPROVE, moderator="ben", token=case.lease_token, now=NOW)
        quality.weigh(unit, now=NOW + timedelta(days=1))
        assert given.case.state is CaseState.CLOSED
        waits = text("SELECT count(*) FROM cases WHERE state <> 'closed'")
        assert 0 == unit.execute(waits).scalar_one()


def test_whom_it_was_appealed_from_does_not_open_it_again(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    item = rejected(sqlite, keyring_of_sqlite)
    appeal(sqlite, item.decision_id, now=LATER)
    case = decide(sqlite, APPROVE, by="ben", wanted="appeals", now=LATER)
    with sqlite.unit() as unit:
        first = stored_verdicts.of_comment(unit, item.comment_id)[0].case_id
        for case_id in (case.id, first):
            with pytest.raises(SettledError, match="somebody else opens it again"):
                reopen(unit, case_id, RULES, moderator="mia", reason="I still think so", now=LATER + SETTLED)
        opened = reopen(unit, case.id, RULES, moderator="cle", reason="new facts", now=LATER + SETTLED)
        assert (True, "appeals", None) == (opened.is_for_another, opened.case.queue, opened.case.lease_owner)


def test_two_who_appeal_at_once_are_one_appeal(database: Database, keyring: Keyring) -> None:
    [item] = put(database, keyring, blocked())
    heard: list[str] = []

    def ask() -> None:
        try:
            heard.append(appeal(database, item.decision_id).id)
        except ConflictError:
            heard.append("refused")

    both = [threading.Thread(target=ask) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert 1 == heard.count("refused")


def test_the_author_s_words_stand_in_no_entry_of_the_ledger(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    made = appeal(sqlite, rejected(sqlite, keyring_of_sqlite).decision_id, note="CANARY words", now=LATER)
    with sqlite.reading() as look:
        bodies = [json.loads(entry.body) for entry in ledger.page(look, subject_id=made.id).items]
        assert claimed_by_label(look) == []
    assert ["appeal"] == [body["kind"] for body in bodies]
    assert "CANARY" not in json.dumps(bodies)


def claimed_by_label(look: object) -> list[str]:
    """Nobody learns by asking for a label what the machine thinks of an appeal."""
    found = leases.peek(look, "ben", now=LATER, wanted=Wanted("appeals", "gambling"))  # type: ignore[arg-type]
    return [] if found is None else [found.id]


def test_a_text_that_was_judged_again_is_appealed_as_what_holds_now(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    first, again = put(sqlite, keyring_of_sqlite, blocked()) + put(sqlite, keyring_of_sqlite, blocked())
    made = appeal(sqlite, first.decision_id)
    assert again.decision_id == made.decision_id == made.subject_id
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("x", known_as="c-2"), a_decision(Outcome.BLOCK, gambling=0.99)))
    [passes] = put(sqlite, keyring_of_sqlite, an_answer(a_comment("x", known_as="c-2")))
    with pytest.raises(ConflictError, match="Nothing was done"):
        appeal(sqlite, passes.decision_id)
