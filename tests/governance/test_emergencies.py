"""Emergencies: two people, once, bounded, ended by themselves, accounted for."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chaffinch.commands.emergency import _lines
from governance import approvals, emergencies, erasure, four_eyes
from governance.emergencies import Wish
from governance.erasure import Order
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.decision import EmergencyEffect, Outcome, Reason, Source
from moderation.emergency import Effect, Kind, Scope
from moderation.errors import ChaffinchError, ConflictError, ForbiddenError, InvalidInputError
from moderation.taxonomy import load_taxonomy
from records import approvals as questions
from records import decisions, entry_words, epoch, ledger, users
from records import emergencies as stored
from records.database import Database
from records.emergencies import EmergencyRecord
from records.house_values import ApprovalRecord
from records.opening import suspects_harm
from records.personal import Keyring
from tests.governance.test_events import add, waiting
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, put
from tests.serving.webhooks import documented

MINUTE = timedelta(minutes=1)
LABELS = ("gambling", "hate")
SURFACES = ("forum", "news", "live")
CLOSED = Wish(Scope("news", "t-7"), Effect(Kind.CLOSED), 30, "mia", "a raid on this thread")
STANDARDS = Standards(load_taxonomy(), NOW.date())


def asked(database: Database, wish: Wish = CLOSED) -> ApprovalRecord:
    with database.unit() as unit:
        found = emergencies.ask(unit, wish, labels=LABELS, surfaces=SURFACES, now=NOW)
        unit.commit()
    return found


def answered(database: Database, approval: ApprovalRecord, *, by: str = "ben", now: Any = NOW) -> EmergencyRecord:
    """Through the one door of everything that needs two people."""
    with database.unit() as unit:
        four_eyes.answer(unit, approval.id, Word(by, True, "seen it"), standards=STANDARDS, now=now)
        unit.commit()
    with database.reading() as look:
        return stored.running(look)[-1]


def begun(database: Database, wish: Wish = CLOSED) -> EmergencyRecord:
    return answered(database, asked(database, wish))


def entries(database: Database, *kinds: str) -> list[dict[str, Any]]:
    with database.reading() as look:
        found = [each for each in ledger.page(look, limit=200).items if each.kind in kinds]
        return [entry_words.for_people(look, each.id, json.loads(each.body)) for each in found]


def test_it_runs_with_the_second_persons_yes_and_workers_and_ledger_hear_of_it(database: Database) -> None:
    with database.reading() as look:
        before = epoch.read(look).emergency
    record = begun(database)
    assert (NOW, NOW + 30 * MINUTE, "mia", "ben") == (
        record.starts_at, record.ends_at, record.asked_by, record.approved_by,
    )  # fmt: skip
    with database.reading() as look:
        assert before + 1 == epoch.read(look).emergency
    [entry] = entries(database, "emergency.started")
    assert ("ben", "a raid on this thread", "emergency plan") == (
        entry["actor"]["id"], entry["reason"], entry["ground"],
    )  # fmt: skip
    assert ("news/t-7/*:closed", False) == (entry["facts"]["place"], entry["facts"]["drill"])


def test_one_id_names_it_from_the_question_on_and_what_never_ran_says_so(sqlite: Database) -> None:
    approval = asked(sqlite)
    with sqlite.reading() as look, pytest.raises(ConflictError, match="waits for a second person"):
        emergencies.report(look, approval.id, now=NOW)
    record = answered(sqlite, approval)
    with sqlite.reading() as look:
        assert approval.id == record.id == emergencies.report(look, approval.id, now=NOW).emergency.id
    declined = asked(sqlite, replace(CLOSED, scope=Scope("news", "t-8")))
    with sqlite.unit() as unit:
        four_eyes.answer(unit, declined.id, Word("ben", False, "no raid"), standards=STANDARDS, now=NOW)
        unit.commit()
    with sqlite.reading() as look, pytest.raises(ConflictError, match="never ran"):
        emergencies.report(look, declined.id, now=NOW)


def test_platforms_hear_of_it_as_the_reference_says_and_never_of_a_drill(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    with sqlite.unit() as unit:
        add(unit, keyring_of_sqlite, "emergency.started", "emergency.ended")
        unit.commit()
    record = begun(sqlite)
    begun(sqlite, replace(CLOSED, is_drill=True))
    with sqlite.unit() as unit:
        assert 2 == emergencies.settle(unit, NOW + 31 * MINUTE)
        told = {each.type: dict(each.data) for each in waiting(unit)}
    examples = {kind: data for kind, data in documented.payloads().items() if kind.startswith("emergency.")}
    assert {kind: data.keys() for kind, data in examples.items()} == {kind: data.keys() for kind, data in told.items()}
    assert {record.id} == {data["emergency_id"] for data in told.values()}


def test_who_answers_is_told_how_much_was_written_there(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    for number, (minutes, thread) in enumerate(((10, "t-7"), (90, "t-7"), (10, "t-8"), (3000, "t-7"))):
        comment = a_comment(known_as=f"c-{number}", surface="news", thread_id=thread)
        put(sqlite, keyring_of_sqlite, an_answer(comment, a_decision()), now=NOW - minutes * MINUTE)
    facts = asked(sqlite).facts
    assert (1, 2) == (facts["last_hour"], facts["last_day"])


def test_who_asked_does_not_answer_and_a_no_starts_nothing(database: Database) -> None:
    question = asked(database)
    with database.unit() as unit, pytest.raises(ForbiddenError):
        emergencies.answer(unit, question.id, by="Mia", approve=True, note="yes", now=NOW)
    with database.unit() as unit:
        assert emergencies.answer(unit, question.id, by="ben", approve=False, note="no", now=NOW).emergency is None
        assert [] == stored.running(unit)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scope": Scope("sea")}, "no policy knows 'sea'"),
        ({"scope": Scope(thread_id="")}, "the platform's id of the thread"),
        ({"scope": Scope(label="gambling")}, "a label goes with 'thresholds'"),
        ({"scope": Scope(label="opinion")}, "there is no label 'opinion'"),
        ({"minutes": 0}, "give 1 to 1440"),
        ({"minutes": 1441}, "give 1 to 1440"),
        ({"ground": " "}, "on which ground"),
        ({"effect": Effect(Kind.THRESHOLDS)}, "nothing would change"),
        ({"effect": Effect(Kind.THRESHOLDS, review=1.5)}, "never laxer"),
        ({"effect": Effect(Kind.CLOSED, block=0.5)}, "goes with 'thresholds'"),
        ({"effect": Effect(Kind.SLOW_MODE)}, "how many comments an account"),
        ({"effect": Effect(Kind.CLOSED, a_minute=3)}, "goes with 'slow_mode'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_give(sqlite: Database, change: dict[str, Any], said: str) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError, match=said):
        emergencies.ask(unit, replace(CLOSED, **change), labels=LABELS, surfaces=SURFACES, now=NOW)


def test_the_same_runs_once_and_a_drill_runs_beside_it(database: Database) -> None:
    record = begun(database)
    with pytest.raises(ConflictError, match=f"end it first .*{record.id}"):
        asked(database)
    begun(database, replace(CLOSED, is_drill=True))
    with database.reading() as look:
        assert [False, True] == [each.is_drill for each in stored.running(look)]


def test_two_workers_that_start_it_at_once_start_it_once(database: Database) -> None:
    question = asked(database)
    told: list[str] = []
    gate = threading.Barrier(2)

    def start(name: str) -> None:
        gate.wait(20)
        try:
            with database.unit() as unit:
                emergencies.answer(unit, question.id, by=name, approve=True, note="yes", now=NOW)
                unit.commit()
            told.append("started")
        except ChaffinchError as error:
            told.append(str(error))

    threads = [threading.Thread(target=start, args=(name,)) for name in ("ben", "eve")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert 1 == told.count("started")
    [refused] = [each for each in told if each != "started"]
    assert "no longer open: it is approved, by" in refused
    assert 1 == len(entries(database, "emergency.started"))


def test_two_questions_about_one_place_start_one_emergency(sqlite: Database) -> None:
    """As where two workers each asked before the other's was begun: the schema lets one in."""
    first = asked(sqlite)
    answered(sqlite, first)
    with sqlite.unit() as unit:
        second = approvals.ask(
            unit, emergencies.ASKED, first.subject_id, facts=first.facts, by="mia", why="again", now=NOW
        )
        with pytest.raises(ConflictError, match="runs already"):
            emergencies.answer(unit, second.id, by="ben", approve=True, note="yes", now=NOW)


def test_time_ends_it_once_whoever_looks(database: Database) -> None:
    record = begun(database)
    for later, ended in ((29 * MINUTE, 0), (30 * MINUTE, 1), (31 * MINUTE, 0)):
        with database.unit() as unit:
            assert ended == emergencies.settle(unit, NOW + later)
            unit.commit()
    [entry] = entries(database, "emergency.ended")
    assert ("system", "its time was over", 0) == (
        entry["actor"]["kind"], entry["reason"], entry["facts"]["changed"],
    )  # fmt: skip
    with database.unit() as unit, pytest.raises(ConflictError, match="has ended already"):
        emergencies.end(unit, record.id, by="mia", why="over", now=NOW + 32 * MINUTE)


def test_one_person_ends_it_before_its_time(sqlite: Database) -> None:
    record = begun(sqlite)
    with sqlite.unit() as unit:
        ended = emergencies.end(unit, record.id, by="eve", why="they are gone", now=NOW + MINUTE)
        assert (NOW + MINUTE, "eve", "they are gone") == (ended.ended_at, ended.ended_by, ended.ended_why)
        assert [] == stored.running(unit)
        users.create(unit, "ida", password_hash="x", role="inspector", now=NOW)
        with pytest.raises(ForbiddenError):
            emergencies.end(unit, record.id, by="ida", why="x", now=NOW)


def test_a_clock_that_went_backwards_starts_nothing_and_ends_nothing_before_it_began(sqlite: Database) -> None:
    question = asked(sqlite)
    with sqlite.unit() as unit, pytest.raises(ConflictError, match=r"clock went backwards\. Set the clocks"):
        emergencies.answer(unit, question.id, by="ben", approve=True, note="yes", now=NOW - MINUTE)
    record = answered(sqlite, question)
    assert emergencies.is_ahead(record, NOW - MINUTE)
    assert not emergencies.is_ahead(record, NOW)
    with sqlite.unit() as unit:
        assert NOW == emergencies.end(unit, record.id, by="mia", why="over", now=NOW - MINUTE).ended_at


def test_a_question_that_is_an_hour_old_is_asked_anew(sqlite: Database) -> None:
    question = asked(sqlite)
    late = NOW + timedelta(minutes=61)
    with sqlite.unit() as unit, pytest.raises(ConflictError, match="ask again"):
        emergencies.answer(unit, question.id, by="ben", approve=True, note="yes", now=late)
    with sqlite.unit() as unit:
        fresh = emergencies.ask(unit, CLOSED, labels=LABELS, surfaces=SURFACES, now=late)
        assert "overtaken" == questions.get(unit, question.id).state
        assert emergencies.answer(unit, fresh.id, by="ben", approve=True, note="yes", now=late).emergency


def test_the_report_says_what_changed_what_was_caught_and_whom_it_hit_wrongly(
    database: Database, keyring: Keyring
) -> None:
    record = begun(database)

    def hit(name: str, otherwise: Outcome = Outcome.PASS) -> Any:
        effect = EmergencyEffect(record.id, False, otherwise, Outcome.BLOCK)
        decision = replace(a_decision(Outcome.BLOCK), emergencies=(effect,))
        return an_answer(a_comment(name, known_as=name, surface="news", thread_id="t-7"), decision)

    put(database, keyring, *(hit(f"c{n}") for n in range(4)), hit("c4", Outcome.REVIEW), now=NOW + MINUTE)
    beside = [a_comment("elsewhere", surface="forum"), a_comment("in scope", surface="news", thread_id="t-7")]
    stored_ = put(database, keyring, *(an_answer(each) for each in beside), now=NOW + MINUTE)
    assert 2 == len(stored_)
    with database.unit() as unit:
        ids = [each.id for each in decisions.page(unit, limit=10).items if each.decision.outcome is Outcome.BLOCK]
        decisions.set_final(unit, ids[0], outcome=Outcome.PASS, overturned=True)
        decisions.set_final(unit, ids[1], outcome=Outcome.BLOCK, overturned=False)
        unit.commit()
    with database.reading() as look:
        report = emergencies.report(look, record.id, now=NOW + 2 * MINUTE)
    assert (6, 5, 1) == (report.covered, report.changed, report.authors)
    assert (("pass", "block", 4), ("review", "block", 1)) == report.changes
    assert (2, 1, 3) == (report.judged, report.caught, report.unjudged)
    assert (0.5, 1, (ids[0],)) == (report.wrong.share, report.wrong_authors, report.wrong_ids)
    assert ((("news", 1),), (("zh", 1),)) == (report.wrong_by_surface, report.wrong_by_language)


@pytest.mark.parametrize("is_over", [True, False])
def test_the_report_stays_what_it_was_when_whom_it_hit_is_erased(
    database: Database, keyring: Keyring, *, is_over: bool
) -> None:
    record = begun(database)
    effect = EmergencyEffect(record.id, False, Outcome.PASS, Outcome.BLOCK)
    decision = replace(a_decision(Outcome.BLOCK), emergencies=(effect,))
    hit = [a_comment(name, known_as=name, surface="news", thread_id="t-7", author="bob-1") for name in ("b1", "b2")]
    put(database, keyring, *(an_answer(each, decision) for each in hit), now=NOW + MINUTE)
    if is_over:
        with database.unit() as unit:
            emergencies.end(unit, record.id, by="mia", why="over", now=NOW + 2 * MINUTE)
            unit.commit()
    with database.reading() as look:
        before = emergencies.report(look, record.id, now=NOW + 3 * MINUTE)
    assert (2, 2, 1, 0, is_over) == (before.covered, before.changed, before.authors, before.erased, before.is_counted)
    erasure.erase(database, keyring, Order("bob-1", "mia", "asked for"), now=NOW + 3 * MINUTE)
    with database.reading() as look:
        after = emergencies.report(look, record.id, now=NOW + 4 * MINUTE)
    assert (2, 2) == (after.changed, after.erased)
    assert ((2, 1) if is_over else (0, 0)) == (after.covered, after.authors)
    told = "as counted when it ended" if is_over else "They may be missing"
    assert [True] == [told in line for line in _lines(after) if "erased since" in line]


def test_a_block_that_an_emergency_alone_asks_for_says_nothing_of_the_comment() -> None:
    """Else a moderator who lets it stand would overturn the machine, and train it on what it never said."""
    closed = Reason("emergency_closed", Source.POLICY, Outcome.BLOCK, {}, "emergency:e1")
    assert suspects_harm(replace(a_decision(Outcome.BLOCK), reasons=(closed,))) is None
    harmful = a_decision(Outcome.BLOCK, gambling=0.95)
    assert suspects_harm(replace(harmful, reasons=(closed, *harmful.reasons))) is True
