"""A report becomes a case with a promise, and the verdict its answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance import complaints, receipts, verdicts
from governance import webhooks as governing
from governance.complaints import Report, Reporter
from governance.targets import Targets
from governance.webhooks import Wish
from moderation.decision import Outcome, Reason, Source
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import comments, leases, ledger, outbox
from records import complaints as stored
from records.database import Database
from records.house_values import DeliveryState
from records.personal import Keyring
from records.public_values import ComplaintOutcome, ComplaintState
from records.values import CaseState, Judgement, VerdictKind
from tests.governance.public import APPROVE, HOUSE, REJECT, RULES, SETTLED, case_of, complaint, decide, report, settle
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put
from tests.serving.webhooks import documented

NOTE = "he wrote CANARY-NOTE to my sister"


def passed(database: Database, keyring: Keyring, name: str = "c-1", text: str = "hello there") -> None:
    put(database, keyring, an_answer(a_comment(text, known_as=name)))


def listen(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        wish = Wish("https://hooks.example.com/", (), "mia")
        governing.add(unit, wish, targets=Targets(), keyring=keyring, now=NOW - timedelta(hours=1))
        unit.commit()


def told(database: Database, kind: str = "complaint.resolved") -> list[dict[str, Any]]:
    with database.reading() as look:
        return [dict(each.data) for each in outbox.page(look, DeliveryState.WAITING).items if each.type == kind]


@pytest.mark.parametrize(("kind", "hours"), [("illegal", 12), ("harassment", 24), ("privacy", 12), ("spam", 48)])
def test_a_report_opens_a_case_that_is_promised_by_the_clock_of_its_kind(
    sqlite: Database, keyring_of_sqlite: Keyring, kind: str, hours: int
) -> None:
    passed(sqlite, keyring_of_sqlite)
    made = report(sqlite, keyring_of_sqlite, kind=kind)
    case = case_of(sqlite, made.case_id)
    assert ("complaints", "complaint", CaseState.OPEN) == (case.queue, case.why, case.state)
    assert (NOW + timedelta(hours=hours),) * 2 == (made.due_at, case.due_at)


def test_many_reports_about_one_comment_are_one_case_by_the_earliest_promise(
    database: Database, keyring: Keyring
) -> None:
    passed(database, keyring)
    first = report(database, keyring, kind="spam")
    light = case_of(database, first.case_id)
    others = [report(database, keyring, kind="illegal", by=f"reader-{n}") for n in range(2, 5)]
    case = case_of(database, first.case_id)
    assert {first.case_id} == {each.case_id for each in others}
    assert NOW + timedelta(hours=12) == case.due_at
    assert case.priority > light.priority
    assert case.turn_at < light.turn_at


@pytest.mark.parametrize("kind", ["spam", "harassment", "privacy"])
def test_the_same_reporter_again_weighs_nothing_more_and_is_promised_nothing_sooner(
    sqlite: Database, keyring_of_sqlite: Keyring, kind: str
) -> None:
    passed(sqlite, keyring_of_sqlite)
    first = case_of(sqlite, report(sqlite, keyring_of_sqlite, kind=kind).case_id)
    again = [case_of(sqlite, report(sqlite, keyring_of_sqlite, kind=kind).case_id) for _ in range(5)][-1]
    assert (first.priority, first.due_at, first.turn_at) == (again.priority, again.due_at, again.turn_at)


def test_others_who_report_the_same_make_it_graver_and_promise_nothing_sooner(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    passed(sqlite, keyring_of_sqlite)
    first = case_of(sqlite, report(sqlite, keyring_of_sqlite, kind="spam").case_id)
    again = [case_of(sqlite, report(sqlite, keyring_of_sqlite, kind="spam", by=f"r-{n}").case_id) for n in range(5)][-1]
    assert again.priority > first.priority
    assert (first.due_at, True) == (again.due_at, again.turn_at < first.turn_at)


def test_a_report_joins_the_case_that_waits_and_takes_it_into_its_queue(database: Database, keyring: Keyring) -> None:
    [held] = put(database, keyring, for_review(known_as="c-1"))
    made = report(database, keyring, kind="spam")
    case = case_of(database, held.case_id)
    assert (held.case_id, "complaints") == (made.case_id, case.queue)
    assert NOW + timedelta(hours=1) == case.due_at, "the forum had promised more"


def test_a_case_in_somebody_s_hands_stays_there(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    put(sqlite, keyring_of_sqlite, for_review(known_as="c-1"))
    with sqlite.unit() as unit:
        [case] = leases.claim(unit, "mia", count=1, expires_at=NOW + timedelta(minutes=10))
        unit.commit()
    report(sqlite, keyring_of_sqlite)
    after = case_of(sqlite, case.id)
    assert (CaseState.CLAIMED, case.lease_token, "forum") == (after.state, after.lease_token, after.queue)


def test_a_verdict_answers_everybody_once_it_cannot_be_taken_back(database: Database, keyring: Keyring) -> None:
    passed(database, keyring)
    listen(database, keyring)
    made = [report(database, keyring, by=f"reader-{n}", note=NOTE) for n in range(3)]
    decide(database, replace(REJECT, answer="acted_thanks"))
    assert 0 == settle(database, now=NOW + timedelta(seconds=11))
    assert 3 == settle(database)
    assert 0 == settle(database), "once"
    answered = [complaint(database, each.id) for each in made]
    assert {(ComplaintState.ANSWERED, ComplaintOutcome.ACTED)} == {(each.state, each.outcome) for each in answered}
    heard = told(database)
    assert [("c-1", "harassment", "acted", False)] * 3 == [
        (each["id"], each["kind"], each["outcome"], each["reversed"]) for each in heard
    ]
    assert [{"code": "abuse", "ground": "platform-rules:abuse"}] == heard[0]["reasons"]
    assert RULES.answers["acted_thanks"].text.as_dict() == heard[0]["answer"]
    assert list(documented.payloads()["complaint.resolved"]) == list(heard[0])


def test_a_verdict_taken_back_answers_nobody(database: Database, keyring: Keyring) -> None:
    passed(database, keyring)
    made = report(database, keyring)
    case = decide(database)
    with database.unit() as unit:
        verdicts.take_back(unit, case.id, moderator="mia", now=NOW + timedelta(seconds=5))
        unit.commit()
    assert 0 == settle(database)
    with database.unit() as unit:
        again = case_of(database, case.id)
        verdicts.give(unit, HOUSE, case.id, APPROVE, moderator="mia", token=again.lease_token, now=NOW + SETTLED)
        unit.commit()
    assert 1 == settle(database, now=NOW + 3 * SETTLED)
    assert ComplaintOutcome.KEPT is complaint(database, made.id).outcome


def test_unsure_is_no_answer(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    passed(sqlite, keyring_of_sqlite)
    made = report(sqlite, keyring_of_sqlite)
    decide(sqlite, Judgement(VerdictKind.UNSURE))
    assert 0 == settle(sqlite)
    decide(sqlite, APPROVE, by="ben")
    assert 1 == settle(sqlite)
    assert ComplaintOutcome.KEPT is complaint(sqlite, made.id).outcome


def test_unsure_taken_back_is_a_complaint_again(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    passed(sqlite, keyring_of_sqlite)
    made = report(sqlite, keyring_of_sqlite)
    case = decide(sqlite, Judgement(VerdictKind.UNSURE))
    assert "second look" == case_of(sqlite, case.id).queue
    with sqlite.unit() as unit:
        verdicts.take_back(unit, case.id, moderator="mia", now=NOW + timedelta(seconds=5))
        unit.commit()
    assert ("complaints", CaseState.CLAIMED) == (
        case_of(sqlite, made.case_id).queue, case_of(sqlite, made.case_id).state,
    )  # fmt: skip


def test_what_is_gone_already_and_what_was_found_in_order_is_answered_at_once(
    database: Database, keyring: Keyring
) -> None:
    gone = a_comment("x", known_as="gone")
    put(database, keyring, an_answer(gone, a_decision(Outcome.BLOCK, gambling=0.99)))
    made = report(database, keyring, about="gone")
    assert (None, ComplaintOutcome.ACTED) == (made.case_id, made.outcome)
    passed(database, keyring)
    report(database, keyring)
    decide(database, APPROVE)
    settle(database)
    later = NOW + timedelta(days=1)
    again, other = (report(database, keyring, by="another", kind=kind, now=later) for kind in ("harassment", "spam"))
    assert (None, ComplaintOutcome.KEPT) == (again.case_id, again.outcome)
    assert ComplaintState.WAITING is other.state, "of another kind nobody has looked for"
    late = report(database, keyring, by="third", now=NOW + timedelta(days=9))
    assert other.case_id == late.case_id


LIFE_KINDS = [name for name, kind in RULES.kinds.items() if kind.life]


@pytest.mark.parametrize("kind", LIFE_KINDS)
def test_danger_to_life_is_looked_at_also_where_the_machine_removed_the_comment(
    database: Database, keyring: Keyring, kind: str
) -> None:
    put(database, keyring, an_answer(a_comment("bet", known_as="c-1"), a_decision(Outcome.BLOCK, gambling=0.99)))
    made, other = (report(database, keyring, kind=kind, by=by) for by in ("reader-1", "reader-2"))
    assert (ComplaintState.WAITING, made.case_id) == (made.state, other.case_id)
    case = case_of(database, made.case_id)
    assert ("complaints", RULES.clocks[kind]) == (case.queue, case.due_at - NOW)
    decide(database, replace(REJECT, labels=("gambling",)))
    assert 2 == settle(database)
    again = report(database, keyring, kind=kind, by="reader-3", now=NOW + timedelta(days=1))
    assert (None, ComplaintOutcome.ACTED) == (again.case_id, again.outcome), "a person looked for this very thing"
    next_kind = LIFE_KINDS[LIFE_KINDS.index(kind) - 1]
    asked = report(database, keyring, kind=next_kind, by="reader-4", now=NOW + timedelta(days=1))
    assert ComplaintState.WAITING is asked.state, "and for no other danger"


def test_who_looks_for_danger_in_a_removed_comment_may_find_that_it_stays(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    put(sqlite, keyring_of_sqlite, an_answer(a_comment("x", known_as="c-1"), a_decision(Outcome.BLOCK, gambling=0.99)))
    made = report(sqlite, keyring_of_sqlite, kind="self_harm")
    decide(sqlite, APPROVE)
    settle(sqlite)
    assert ComplaintOutcome.KEPT is complaint(sqlite, made.id).outcome
    with sqlite.reading() as look:
        assert complaints.is_shown(look, made.comment_id)


def test_whoever_removed_an_advert_did_not_look_for_danger(database: Database, keyring: Keyring) -> None:
    passed(database, keyring)
    report(database, keyring, kind="spam")
    decide(database, replace(REJECT, labels=("gambling",)))
    settle(database)
    later = NOW + timedelta(days=1)
    assert ComplaintOutcome.ACTED is report(database, keyring, kind="spam", by="b", now=later).outcome
    assert ComplaintState.WAITING is report(database, keyring, kind="self_harm", by="c", now=later).state


def test_a_comment_that_a_person_removed_for_the_danger_itself_needs_no_other_look(
    database: Database, keyring: Keyring
) -> None:
    passed(database, keyring)
    report(database, keyring, kind="harassment")
    decide(database, replace(REJECT, labels=(), ground="self_harm"))
    settle(database)
    again = report(database, keyring, kind="self_harm", by="b", now=NOW + timedelta(days=1))
    assert (None, ComplaintOutcome.ACTED) == (again.case_id, again.outcome)


def test_what_a_machine_alone_had_removed_is_told_as_that_with_its_reasons(
    database: Database, keyring: Keyring
) -> None:
    listen(database, keyring)
    reasons = (
        Reason(
            "gambling", Source.RULE, Outcome.BLOCK, {"en": "CANARY-WORDS"}, "platform-rules:gambling", "CANARY-RULE"
        ),
        Reason("gambling", Source.MODEL, Outcome.BLOCK, {}, "platform-rules:gambling"),
        Reason("fraud", Source.MODEL, Outcome.REVIEW, {}, "platform-rules:fraud"),
    )
    removed = replace(a_decision(Outcome.BLOCK, gambling=0.99), reasons=reasons)
    put(database, keyring, an_answer(a_comment("bet", known_as="c-1"), removed))
    made = report(database, keyring, kind="spam")
    [heard] = told(database)
    assert (True, None, [{"code": "gambling", "ground": "platform-rules:gambling"}]) == (
        heard["automated"], heard["verdict_id"], heard["reasons"],
    )  # fmt: skip
    said = RULES.answers["acted"].machine
    assert said is not None
    assert said.as_dict() == heard["answer"]
    assert "CANARY" not in json.dumps(heard)
    with database.reading() as look:
        status = receipts.complaint_status(look, complaint(database, made.id), RULES, now=NOW)
    assert (True, said, (("gambling", "platform-rules:gambling"),)) == (status.automated, status.answer, status.reasons)


def test_a_house_without_words_for_it_does_not_say_that_a_person_looked() -> None:
    bare = RULES.model_copy(update={"answers": {"acted": RULES.answers["acted"].model_copy(update={"machine": None})}})
    assert "no person looked" in bare.text_of("complaint", "acted", None, of_machine=True).en
    assert bare.answers["acted"].text == bare.text_of("complaint", "acted", None)


def test_what_a_person_had_removed_is_not_told_as_automatic(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    passed(sqlite, keyring_of_sqlite)
    listen(sqlite, keyring_of_sqlite)
    report(sqlite, keyring_of_sqlite, kind="spam")
    decide(sqlite)
    settle(sqlite)
    report(sqlite, keyring_of_sqlite, kind="spam", by="another", now=NOW + timedelta(days=1))
    first, later = told(sqlite)
    assert (False, False, first["reasons"]) == (first["automated"], later["automated"], later["reasons"])


def test_a_changed_text_is_looked_at_anew_and_told_as_changed(database: Database, keyring: Keyring) -> None:
    passed(database, keyring)
    made = report(database, keyring)
    passed(database, keyring, text="I am sorry")
    decide(database, APPROVE)
    settle(database)
    assert ComplaintOutcome.CHANGED is complaint(database, made.id).outcome
    assert ComplaintState.WAITING is report(database, keyring, now=NOW + timedelta(hours=1)).state


def test_a_comment_erased_meanwhile_is_told_to_be_gone_and_the_words_go_with_it(
    database: Database, keyring: Keyring
) -> None:
    passed(database, keyring)
    made = report(database, keyring, note=NOTE)
    with database.unit() as unit:
        comments.erase(unit, made.comment_id, now=NOW)
        unit.commit()
    assert 1 == settle(database)
    after = complaint(database, made.id)
    assert (ComplaintOutcome.GONE, None, None) == (after.outcome, after.note, after.author_index)
    with pytest.raises(ConflictError, match="erased"):
        report(database, keyring)


def test_what_cannot_be_reported_is_refused_with_every_fault(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    passed(sqlite, keyring_of_sqlite)
    with pytest.raises(NotFoundError, match="no comment with this number"):
        report(sqlite, keyring_of_sqlite, about="nowhere")
    with pytest.raises(InvalidInputError) as refused:
        report(sqlite, keyring_of_sqlite, kind="nonsense?", note="x" * 2001 + "\0")
    assert ["/text", "/text", "/kind"] == [fault.where for fault in refused.value.faults]


def test_an_answer_that_does_not_fit_the_verdict_is_refused(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    passed(sqlite, keyring_of_sqlite)
    report(sqlite, keyring_of_sqlite)
    with pytest.raises(InvalidInputError, match="kept"):
        decide(sqlite, replace(APPROVE, answer="acted"))


def test_nothing_of_who_reports_or_what_they_write_stands_in_the_ledger_or_an_event(
    database: Database, keyring: Keyring
) -> None:
    passed(database, keyring)
    listen(database, keyring)
    made = report(database, keyring, by="reader-CANARY", note=NOTE)
    decide(database)
    settle(database)
    with database.reading() as look:
        entries = ledger.page(look, subject_id=made.id).items
    assert ["complaint", "complaint.answered"] == [entry.kind for entry in entries]
    assert made.reporter_index is not None
    everything = json.dumps(told(database)) + "".join(entry.body.decode() for entry in entries)
    for secret in ("CANARY", made.reporter_index):
        assert secret not in everything


def test_words_and_hashes_go_in_time_and_the_numbers_stay(database: Database, keyring: Keyring) -> None:
    passed(database, keyring)
    made = report(database, keyring, note=NOTE)
    decide(database)
    settle(database)
    with database.unit() as unit:
        assert 0 == stored.forget(unit, before=NOW)
        assert 1 == stored.forget(unit, before=NOW + timedelta(days=1))
        assert 0 == stored.forget(unit, before=NOW + timedelta(days=1))
        unit.commit()
    after = complaint(database, made.id)
    assert (None, None, None, ComplaintOutcome.ACTED) == (
        after.note, after.reporter_index, after.author_index, after.outcome,
    )  # fmt: skip


def test_a_reporter_is_known_under_an_older_key_too(database: Database, keyring: Keyring) -> None:
    older, newer = Keyring({1: b"a" * 32}), Keyring({1: b"a" * 32, 2: b"b" * 32})
    who = Reporter(complaints.ADDRESS, "192.0.2.7")
    assert who.index(older) in who.indexes(newer)
    assert who.index(newer) != who.index(older)
    assert Report("c", "spam", "", who).reporter.index(older) != Reporter(complaints.PLATFORM, who.value).index(older)
