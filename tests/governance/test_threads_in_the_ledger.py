"""A thread's id may name somebody: no entry of the ledger holds one, and people read it beside them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from governance import account_measures, emergencies, four_eyes, house_words
from governance.emergencies import Wish
from governance.four_eyes import Word
from moderation.emergency import Effect, Kind, Scope
from records import entry_words, ledger, ledger_pages
from records.database import Database
from records.personal import Keyring
from records.proving import Wanted, query_of
from records.standing_values import MeasureState, TargetKind
from records.tables import ledger as entries
from records.underlying import differences
from tests.governance.standing import lift, take, wish
from tests.governance.test_emergencies import LABELS, STANDARDS, SURFACES
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

THREAD = "wall-of-CANARY/7"
RAID = Wish(Scope("news", THREAD), Effect(Kind.CLOSED), 30, "mia", "a raid")
MINUTE = timedelta(minutes=1)
WITH_A_THREAD = frozenset(
    {
        "decision", "measure.waits", "measure.taken", "measure.lifted", "measure.refused", "measure.ended",
        "approval.asked", "approval.approved", "approval.refused", "emergency.started", "emergency.ended",
    }
)  # fmt: skip


def answered(database: Database, question: str, *, approve: bool = True) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, question, Word("ben", approve, "seen it"), standards=STANDARDS, now=NOW)
        unit.commit()


def asked(database: Database, raid: Wish) -> str:
    with database.unit() as unit:
        found = emergencies.ask(unit, raid, labels=LABELS, surfaces=SURFACES, now=NOW)
        unit.commit()
    return found.id


@pytest.fixture
def filled(database: Database, keyring: Keyring) -> Database:
    """Every kind of entry that has to do with a thread."""
    put(database, keyring, an_answer(a_comment(surface="news", thread_id=THREAD)))
    held = wish("restrict", THREAD, kind=TargetKind.THREAD, closes=("links",), days=1.0)
    lift(database, take(database, keyring, held).id)
    take(database, keyring, held)
    with database.unit() as unit:
        account_measures.expire(unit, now=NOW + timedelta(days=2))
        unit.commit()
    for approve in (True, False):
        waits = take(database, keyring, wish("close", THREAD, kind=TargetKind.THREAD))
        assert MeasureState.WAITING is waits.state
        answered(database, str(waits.approval_id), approve=approve)
        if approve:
            lifted = lift(database, waits.id)
            with database.reading() as look:
                question = account_measures.lifting_asked(look, lifted)
            answered(database, str(question))
    answered(database, asked(database, RAID), approve=False)
    answered(database, asked(database, RAID))
    with database.unit() as unit:
        emergencies.settle(unit, NOW + 31 * MINUTE)
        unit.commit()
    return database


def test_no_entry_holds_a_threads_id_and_the_tables_are_what_they_commit_to(filled: Database, keyring: Keyring) -> None:
    with filled.reading() as look:
        found = look.execute(select(entries.c.kind, entries.c.subject_id, entries.c.body)).all()
        assert WITH_A_THREAD <= {row.kind for row in found}
        assert [] == [row.kind for row in found if b"CANARY" in bytes(row.body) or "CANARY" in row.subject_id]
        assert [] == [each.sentence for each in differences(look, keyring=keyring)]


def test_people_read_it_and_find_by_it(filled: Database) -> None:
    with filled.reading() as look:
        every = ledger.page(look, limit=200).items
        told = [ledger_pages.words_of(look, each) for each in every]
        taken = [body["subject"] for body in told if body["kind"] == "measure.taken"]
        started = [body["facts"]["place"] for body in told if body["kind"] == "emergency.started"]
        about = [
            (body["facts"]["about"], body["facts"]["thread_id"])
            for body in told
            if body["kind"].startswith("approval.") and body["facts"]["kind"] == "emergency.start"
        ]
        kinds = {row.kind for row in look.execute(query_of(Wanted(subject_ids=[THREAD])))}
    assert [{"kind": "thread", "id": THREAD}] * 3 == taken
    assert [f"news/{THREAD}/*:closed"] == started
    assert {(f"news/{THREAD}/*:closed", THREAD)} == set(about)
    assert {"measure.waits", "measure.taken", "measure.lifted", "measure.refused", "measure.ended"} == kinds


def test_another_thread_under_a_measure_or_an_emergency_is_found(filled: Database) -> None:
    with filled.unit() as unit:
        unit.execute(text("UPDATE measures SET thread_id = 'another' WHERE id = (SELECT min(id) FROM measures)"))
        unit.execute(text("UPDATE emergencies SET thread_id = 'another'"))
        said = [each.sentence for each in differences(unit)]
    assert (1, 1) == (
        sum(each.endswith("thread_id.") for each in said),
        sum(each.endswith("thread_id or label.") for each in said),
    )


def test_what_is_everywhere_on_a_surface_stands_in_the_entry(database: Database) -> None:
    answered(database, asked(database, Wish(Scope("news"), Effect(Kind.CLOSED), 30, "mia", "a raid")))
    with database.reading() as look:
        bodies = [json.loads(each.body) for each in ledger.page(look).items]
    assert "news/*/*:closed" == next(one for one in bodies if one["kind"] == "emergency.started")["facts"]["place"]


def test_an_entry_of_before_has_the_thread_within_and_stays_what_it_is(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(
            entry_words, "_is_place", lambda _body, name, _said: name not in (entry_words.THREAD, "facts.place")
        )
        made = take(database, keyring, wish("restrict", THREAD, kind=TargetKind.THREAD, closes=("links",), days=1.0))
    lift(database, made.id)
    with database.reading() as look:
        first, second = (json.loads(each.body) for each in ledger.page(look).items)
        assert (THREAD, made.id) == (first["subject"]["id"], second["subject"]["id"])
        assert [] == [each.sentence for each in differences(look)]


def test_two_people_take_the_thread_of_an_emergency_that_is_over_out_of_every_table(
    filled: Database, keyring: Keyring
) -> None:
    with filled.unit() as unit:
        [entry] = [each for each in ledger.page(unit, limit=200).items if each.kind == "emergency.started"]
        asks = house_words.ask(unit, entry.id, by="mia", why="it names somebody", now=NOW)
        unit.commit()
    answered(filled, asks.id)
    with filled.reading() as look:
        [emergency] = look.execute(text("SELECT place, thread_id FROM emergencies")).all()
        assert ("news/erased/*:closed", "erased") == tuple(emergency)
        query = "SELECT subject_id FROM approvals WHERE kind = 'emergency.start' AND state = 'approved'"
        assert ["news/erased/*:closed"] == list(look.execute(text(query)).scalars())
        assert "erased" == ledger_pages.words_of(look, entry)["facts"]["place"]
        assert [] == [each.sentence for each in differences(look, keyring=keyring)]
