"""Who reported and was told that it stays asks for another look: by another person, blind, once, and it counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from governance import appeals, complaints, contests, receipts, reporters, verdicts
from governance.complaint_rules import ContestTimes
from governance.complaints import Reporter
from governance.contests import NotContestableError
from moderation.decision import Outcome
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.rules.backtest import Share
from moderation.taxonomy import Words
from records import cases, decisions, knowing, labels, leases, ledger
from records import complaints as stored
from records.complaints import Record
from records.database import Database
from records.personal import Keyring
from records.public_values import ComplaintOutcome, ComplaintRecord, ComplaintState
from records.underlying import differences
from records.values import CaseState, Judgement, VerdictKind
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
from tests.governance.test_complaints import listen, passed, told
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put
from tests.serving.webhooks import documented

LATER = NOW + timedelta(hours=1)
MUCH_LATER = LATER + timedelta(hours=1)
DELETE = Judgement(VerdictKind.REJECT, ("abuse",), measure="delete")


def stays(database: Database, keyring: Keyring, *readers: str) -> list[ComplaintRecord]:
    """A comment that readers reported and `mia` let stand; they were told so."""
    passed(database, keyring)
    made = [report(database, keyring, by=reader) for reader in readers or ("reader-1",)]
    decide(database, APPROVE, wanted="complaints")
    settle(database)
    return made


def contest(
    database: Database, made: ComplaintRecord, *, note: str = "he means it", now: datetime = LATER
) -> ComplaintRecord:  # fmt: skip
    with database.unit() as unit:
        asked = contests.make(unit, made.id, note, RULES, now=now)
        unit.commit()
    return asked


def why_not(database: Database, made: ComplaintRecord, *, now: datetime = LATER) -> str:
    with pytest.raises(NotContestableError) as refused, database.unit() as unit:
        contests.make(unit, made.id, "", RULES, now=now)
    return refused.value.why


def founded_by(database: Database, keyring: Keyring, reader: str) -> Record:
    index = Reporter(complaints.PLATFORM, reader).indexes(keyring)
    with database.reading() as look:
        return reporters.reliability_of(look, index, RULES.reporters, now=MUCH_LATER).record


def test_it_waits_with_the_appeals_by_their_clock_and_is_blind(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    asked = contest(database, made)
    case = case_of(database, asked.case_id)
    assert ("appeals", "contest", None, CaseState.OPEN) == (case.queue, case.why, case.label, case.state)
    assert LATER + timedelta(days=7) == case.due_at == asked.due_at
    assert (made.id, made.kind, made.reporter_index) == (asked.contests, asked.kind, asked.reporter_index)
    assert knowing.is_blind(case)


def test_whoever_let_it_stand_neither_gets_nor_decides_it(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    asked = contest(database, made)
    assert asked.case_id is not None
    with database.unit() as unit:
        assert [] == claim(unit, "mia", queue_="appeals", now=LATER)
        taken = leases.lease(unit, asked.case_id, "mia", expires_at=LATER + timedelta(minutes=9))
        with pytest.raises(ForbiddenError, match="somebody else"):
            verdicts.give(unit, HOUSE, taken.id, REJECT, moderator="mia", token=taken.lease_token, now=LATER)
    with database.unit() as unit:
        knowing.read(unit, [asked.comment_id], "eve", now=LATER)
        assert [] == claim(unit, "eve", queue_="appeals", now=LATER)
        assert [asked.case_id] == [case.id for case in claim(unit, "ben", now=LATER)]


def test_overturned_it_is_measured_as_by_any_verdict_and_everybody_is_told(
    database: Database, keyring: Keyring
) -> None:
    listen(database, keyring)
    first, other = stays(database, keyring, "reader-1", "reader-2")
    asked = contest(database, first)
    decide(database, DELETE, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    with database.reading() as look:
        decision = decisions.latest_of(look, first.comment_id)
        label = labels.in_force(look, first.comment_id)
        kinds = [entry.kind for entry in ledger.page(look, subject_id=first.comment_id).items]
        figures = appeals.overturns(look, since=NOW)
    assert (Outcome.PASS, Outcome.BLOCK) == (decision.decision.outcome, decision.final_outcome)
    assert label is not None
    assert 1 == label.labels["abuse"], "the label is flipped"
    assert "measure.requested" in kinds
    assert [("moderator", "mia", Share(1, 1))] == [(each.kind, each.name, each.share) for each in figures]
    assert [ComplaintOutcome.ACTED, ComplaintOutcome.KEPT] == [
        complaint(database, asked.id).outcome, complaint(database, first.id).outcome,
    ]  # fmt: skip
    assert None not in {complaint(database, each.id).reversed_at for each in (first, other)}
    heard = [(each["complaint_id"], each["contest"], each["outcome"], each["reversed"]) for each in told(database)]
    assert sorted([
        (first.id, False, "kept", False), (other.id, False, "kept", False),
        (first.id, True, "acted", False), (other.id, False, "kept", True),
    ]) == sorted(heard)  # fmt: skip
    assert list(documented.payloads()["complaint.resolved"]) == list(told(database)[0])


def test_overturned_the_report_counts_as_founded_and_upheld_as_it_did(database: Database, keyring: Keyring) -> None:
    first, _ = stays(database, keyring, "reader-1", "reader-2")
    assert Record(1, 0) == founded_by(database, keyring, "reader-1")
    contest(database, first)
    decide(database, REJECT, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    assert [Record(1, 1)] * 2 == [founded_by(database, keyring, each) for each in ("reader-1", "reader-2")]


def test_upheld_it_is_final_and_weighs_nothing_more(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    asked = contest(database, made)
    decide(database, APPROVE, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    assert ComplaintOutcome.KEPT is complaint(database, asked.id).outcome
    assert Record(1, 0) == founded_by(database, keyring, "reader-1")
    assert complaint(database, made.id).reversed_at is None
    assert "already" == why_not(database, made, now=MUCH_LATER)
    again = report(database, keyring, by="reader-9", now=MUCH_LATER)
    assert ComplaintState.ANSWERED is again.state, "the text was found in order a moment ago"
    assert "final" == why_not(database, again, now=MUCH_LATER)
    with database.reading() as look:
        figures = appeals.overturns(look, since=NOW)
    assert [("moderator", "mia", Share(0, 1))] == [(each.kind, each.name, each.share) for each in figures]


def test_a_crowd_that_was_told_the_same_gets_one_look(database: Database, keyring: Keyring) -> None:
    crowd = stays(database, keyring, *(f"reader-{n}" for n in range(5)))
    waiting = [contest(database, each) for each in crowd[:3]]
    assert 1 == len({each.case_id for each in waiting})
    decide(database, APPROVE, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    late = [contest(database, each, now=MUCH_LATER) for each in crowd[3:]]
    assert [(None, ComplaintOutcome.KEPT)] * 2 == [(each.case_id, each.outcome) for each in late]
    with database.reading() as look:
        assert None is cases.undecided_of(look, crowd[0].comment_id)
        assert [Share(0, 1)] == [each.share for each in appeals.overturns(look, since=NOW)], "one look, counted once"


def test_who_asks_while_it_is_looked_at_takes_it_out_of_nobody_s_hands(database: Database, keyring: Keyring) -> None:
    first, other = stays(database, keyring, "reader-1", "reader-2")
    contest(database, first)
    with database.unit() as unit:
        [taken] = claim(unit, "ben", queue_="appeals", now=LATER)
        unit.commit()
    case = case_of(database, contest(database, other).case_id)
    assert (CaseState.CLAIMED, "ben", taken.due_at) == (case.state, case.lease_owner, case.due_at)


def test_a_report_that_waits_becomes_one_look_by_its_own_promise(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    soon = report(database, keyring, by="reader-2", kind="illegal", now=LATER)
    asked = contest(database, made)
    case = case_of(database, asked.case_id)
    assert soon.case_id == asked.case_id
    assert ("contest", LATER + timedelta(hours=12)) == (case.why, case.due_at)


def test_once_in_time_and_of_what_stays(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    answered = complaint(database, made.id).answered_at
    assert answered is not None
    assert "late" == why_not(database, made, now=answered + timedelta(days=30, seconds=1))
    with database.unit() as unit, pytest.raises(InvalidInputError):
        contests.make(unit, made.id, "x" * 2001, RULES, now=LATER)
    contest(database, made, now=answered + timedelta(days=30))
    assert "already" == why_not(database, made)
    fresh = passed_anew(database, keyring)
    assert "waiting" == why_not(database, fresh)
    decide(database, REJECT, wanted="complaints")
    settle(database)
    assert "nothing" == why_not(database, fresh)


def passed_anew(database: Database, keyring: Keyring) -> ComplaintRecord:
    passed(database, keyring, "c-2", "another one")
    return report(database, keyring, about="c-2")


def test_what_is_another_text_or_gone_is_not_contested(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    put(database, keyring, an_answer(a_comment("quite another text", known_as="c-1")))
    assert "changed" == why_not(database, made)


def test_two_at_once_are_one(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    contest(database, made)
    with pytest.raises(ConflictError), database.unit() as unit:
        contests.make(unit, made.id, "", RULES, now=LATER)
    with database.reading() as look:
        assert 2 == len(stored.of_comment(look, made.comment_id))


def test_its_author_appeals_and_everything_is_told_back(database: Database, keyring: Keyring) -> None:
    listen(database, keyring)
    first, other = stays(database, keyring, "reader-1", "reader-2")
    asked = contest(database, first)
    decide(database, REJECT, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    with database.reading() as look:
        decision_id = decisions.latest_of(look, first.comment_id).id
    appeal(database, decision_id, now=MUCH_LATER)
    with database.unit() as unit:
        assert [] == claim(unit, "ben", queue_="appeals", now=MUCH_LATER)
    decide(database, APPROVE, by="zoe", wanted="appeals", now=MUCH_LATER)
    settle(database, now=MUCH_LATER + SETTLED)
    assert complaint(database, asked.id).reversed_at is not None
    assert [None, None] == [complaint(database, each.id).reversed_at for each in (first, other)]
    assert Record(1, 0) == founded_by(database, keyring, "reader-1")
    last = [(each["complaint_id"], each["contest"], each["reversed"]) for each in told(database)[-2:]]
    assert {(first.id, True, True), (other.id, False, False)} == set(last)


def test_the_receipt_says_until_when_then_how_it_stands_and_what_remains(database: Database, keyring: Keyring) -> None:
    elsewhere = Words(zh="您还可以……", en="You may also turn to the board.")
    rules = RULES.model_copy(update={"appeals": RULES.appeals.model_copy(update={"elsewhere": elsewhere})})
    [made] = stays(database, keyring)

    def status(now: datetime) -> receipts.Status:
        with database.reading() as look:
            return receipts.complaint_status(look, complaint(database, made.id), rules, now=now)

    answered = complaint(database, made.id).answered_at
    assert answered is not None
    assert answered + timedelta(days=30) == status(LATER).contest_until
    assert ("late", elsewhere) == (
        status(LATER + timedelta(days=40)).no_contest, status(LATER + timedelta(days=40)).elsewhere,
    )  # fmt: skip
    contest(database, made)
    waiting = status(LATER)
    assert waiting.contest is not None
    assert ("waiting", None, None) == (waiting.contest.state, waiting.contest_until, waiting.elsewhere)
    decide(database, APPROVE, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    final = status(MUCH_LATER)
    assert final.contest is not None
    assert ("kept", elsewhere) == (final.contest.outcome, final.elsewhere)
    assert final.contest.answer is not None
    assert "did not know the first answer" in final.contest.answer.en


def test_times_are_those_of_appeals_unless_the_house_says_others() -> None:
    own = RULES.model_copy(update={"contests": ContestTimes(within_days=183, days=3)})
    assert (NOW + timedelta(days=183), 3) == (own.contest_until(NOW), own.contest_days)
    assert (NOW + timedelta(days=RULES.appeals.within_days), RULES.appeals.days) == (
        RULES.contest_until(NOW), RULES.contest_days,
    )  # fmt: skip


def test_without_words_of_its_own_a_contest_is_answered_as_a_complaint_is() -> None:
    older = RULES.model_copy(
        update={"answers": {name: one for name, one in RULES.answers.items() if one.for_ != "contest"}}
    )
    assert RULES.text_of("complaint", "kept", None) == older.text_of("contest", "kept", None)


def test_the_ledger_tells_it_and_neither_words_nor_who(database: Database, keyring: Keyring) -> None:
    [made] = stays(database, keyring)
    asked = contest(database, made, note="CANARY-CONTEST")
    with database.reading() as look:
        entries = ledger.page(look, subject_id=asked.id).items
        assert ["complaint.contested"] == [entry.kind for entry in entries]
        assert all(b"CANARY" not in bytes(entry.body) for entry in entries)
        assert (made.reporter_index or "").encode() not in bytes(entries[0].body)
    decide(database, REJECT, by="ben", wanted="appeals", now=LATER)
    settle(database, now=LATER + SETTLED)
    with database.reading() as look:
        assert [] == [each.sentence for each in differences(look)], "the tables say what the ledger says"
