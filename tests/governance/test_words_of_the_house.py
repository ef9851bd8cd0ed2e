"""Words in the house's own records stand beside the ledger, and go with whom they name, or when two people say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from governance import (
    accounts,
    emergencies,
    erasure,
    evidence,
    four_eyes,
    holds,
    house_words,
    incidents,
    inspection_reading,
    inspections,
)
from governance.accounts import NewAccount
from governance.erasure import Order
from governance.four_eyes import Word
from governance.incidents import More
from moderation.errors import ConflictError, NotFoundError
from records import approvals, entry_words, idempotency, ledger, ledger_pages, openings
from records import emergencies as running
from records import holds as stored
from records.auditing import audit
from records.database import Database
from records.holds import HoldRecord
from records.house_values import LedgerEntry
from records.idempotency import Request, Started
from records.ledger_keys import open_signer
from records.openings import Opening
from records.personal import Keyring
from records.proving import Wanted
from records.sealing import seal
from records.underlying import differences
from tests.governance.test_emergencies import CLOSED, LABELS, SURFACES
from tests.governance.test_erasure import everything
from tests.governance.test_holds import OF_ANN, STANDARDS, said
from tests.governance.test_holds import WISH as HELD
from tests.governance.test_incidents import DEMAND, FORMS, FOUND
from tests.governance.test_inspections import WISH as REQUEST
from tests.records.databases import NOW

WROTE = "bjl7712 again"
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def agree(database: Database, about: str, *, note: str = f"yes, {WROTE}") -> None:
    with database.unit() as unit:
        [asked] = approvals.waiting(unit, subject_id=about)
        four_eyes.answer(unit, asked.id, Word("ben", True, note), standards=STANDARDS, now=NOW)
        unit.commit()


def held(database: Database, keyring: Keyring) -> HoldRecord:
    with database.unit() as unit:
        asked = replace(OF_ANN, ground=f"an order about {WROTE}", why=WROTE)
        made = holds.ask(unit, keyring, asked, now=NOW)
        unit.commit()
    agree(database, made.id)
    with database.unit() as unit:
        lifted = holds.lift(unit, made.id, by="mia", why=f"over: {WROTE}", now=NOW + SECOND)
        unit.commit()
    return lifted


def house(database: Database, keyring: Keyring) -> dict[str, str]:
    """One of each of the house's records with the words in every field that takes some; their ids."""
    with database.unit() as unit:
        for name, role in (("ivy", "inspector"), ("ben", "senior")):
            accounts.create(unit, NewAccount(name, "x", role), by="ada", now=NOW)
        request = replace(REQUEST, asked=f"all of {WROTE}", ground=f"a law on {WROTE}", why=WROTE)
        inspection = inspections.ask(unit, request, surfaces=SURFACES, now=NOW)
        incident = incidents.record(unit, replace(FOUND, why=WROTE), forms=FORMS, now=NOW)
        incidents.add_fields(unit, incident.id, More({}, "mia", f"more {WROTE}"), forms=FORMS, now=NOW)
        item = incidents.demand(unit, replace(DEMAND, finding=f"found {WROTE}", demand=f"mend {WROTE}"), now=NOW)
        incidents.prove(unit, item.id, proof=f"done {WROTE}", by="mia", now=NOW)
        raid = replace(CLOSED, why=WROTE, ground=f"the plan for {WROTE}")
        emergencies.ask(unit, raid, labels=LABELS, surfaces=SURFACES, now=NOW)
        unit.commit()
    for about in (inspection.id, item.id, "news/t-7/*:closed"):
        agree(database, about)
    with database.unit() as unit:
        inspection_reading.read_page(unit, inspection.id, inspector="ivy", now=NOW)
        inspections.close(unit, inspection.id, by="mia", why=f"over {WROTE}", now=NOW)
        [begun] = running.running(unit)
        emergencies.end(unit, begun.id, by="mia", why=f"over {WROTE}", now=NOW + SECOND)
        unit.commit()
    return {
        "hold": held(database, keyring).id,
        "inspection": inspection.id,
        "incident": incident.id,
        "rectification": item.id,
        "emergency": begun.id,
    }


@pytest.fixture
def filled(database: Database, keyring: Keyring) -> dict[str, str]:
    said(database, keyring, "ann", "first words", "c-1")
    return house(database, keyring)


def bodies(database: Database) -> Iterator[str]:
    with database.reading() as look:
        yield from (bytes(each).decode() for each in look.execute(text("SELECT body FROM ledger")).scalars())


def findings(database: Database) -> list[str]:
    with database.reading() as look:
        return [each.sentence for each in differences(look)]


def about(database: Database, subject: str, kind: str) -> LedgerEntry:
    with database.reading() as look:
        found = ledger.last(look, kind, subject)
    assert found
    return found


def test_the_ledger_holds_no_word_that_people_wrote_in_the_houses_records(
    database: Database, filled: dict[str, str]
) -> None:
    assert [] == [body for body in bodies(database) if "bjl7712" in body]
    assert [] == findings(database)


@pytest.mark.parametrize(
    ("record", "kind", "name", "words"),
    [
        ("hold", "hold.asked", "reason", WROTE),
        ("hold", "hold.lifted", "ground", f"an order about {WROTE}"),
        ("inspection", "evidence.read", "ground", f"a law on {WROTE}"),
        ("incident", "incident.changed", "reason", f"more {WROTE}"),
        ("rectification", "rectification.demanded", "reason", f"mend {WROTE}"),
        ("emergency", "emergency.ended", "reason", f"over {WROTE}"),
    ],
)
def test_people_read_the_words_and_evidence_opens_them(
    database: Database, filled: dict[str, str], record: str, kind: str, name: str, words: str
) -> None:
    entry = about(database, filled[record], kind)
    with database.reading() as look:
        assert words == ledger_pages.words_of(look, entry)[name]
        opened = {each.kind: each.value for each in openings.of_entry(look, entry, None) if isinstance(each, Opening)}
    assert words == opened[name]


def test_the_reading_under_a_request_is_told_with_its_sentences(database: Database, filled: dict[str, str]) -> None:
    with database.reading() as look:
        assert ["a page of decisions"] == [each.what for each in inspection_reading.given(look, filled["inspection"])]


def test_a_hold_on_an_account_loses_its_words_with_the_account(
    database: Database, keyring: Keyring, filled: dict[str, str], tmp_path: Path
) -> None:
    erasure.erase(database, keyring, Order("ann", "mia", "they asked"), now=NOW + DAY)
    with database.reading() as look:
        hold = stored.get(look, filled["hold"])
        [asked] = [each for each in approvals.page(look).items if each.subject_id == hold.id]
    assert ("erased", "erased", None) == (hold.ground, hold.ended_why, hold.salt)
    assert ("erased", "erased", "erased") == (asked.why, asked.note, asked.facts["ground"])
    assert [] == findings(database)


def test_a_hold_on_a_comment_loses_its_words_with_the_comment(database: Database, keyring: Keyring) -> None:
    said(database, keyring, "ann", "first words", "c-1")
    with database.unit() as unit:
        made = holds.ask(unit, keyring, replace(HELD, ground=f"of {WROTE}"), now=NOW)
        unit.commit()
    agree(database, made.id)
    with database.unit() as unit:
        holds.lift(unit, made.id, by="mia", why=WROTE, now=NOW + SECOND)
        unit.commit()
    erasure.erase(database, keyring, Order("ann", "mia", "they asked"), now=NOW + DAY)
    assert "bjl7712" not in everything(database)
    assert [] == findings(database)


def test_what_names_an_account_goes_with_it_and_what_names_another_stays(
    database: Database, keyring: Keyring, filled: dict[str, str]
) -> None:
    said(database, keyring, "bjl7712", "other words", "c-2")
    said(database, keyring, "bjl771", "words of a shorter name", "c-3")
    erasure.erase(database, keyring, Order("bjl771", "mia", "they asked"), now=NOW + DAY)
    assert WROTE == words(database, about(database, filled["emergency"], "emergency.started"))["reason"]
    erasure.erase(database, keyring, Order("bjl7712", "mia", "they asked"), now=NOW + 2 * DAY)
    assert "bjl7712" not in everything(database)
    assert "erased" == words(database, about(database, filled["emergency"], "emergency.started"))["reason"]
    assert [] == findings(database)


def words(database: Database, entry: LedgerEntry) -> dict[str, object]:
    with database.reading() as look:
        return ledger_pages.words_of(look, entry)


@pytest.mark.parametrize(
    ("record", "by"),
    [
        *((each, "record") for each in ("hold", "inspection", "incident", "rectification", "emergency")),
        *((each, "question") for each in ("hold", "inspection", "rectification", "emergency")),
    ],
)
def test_two_people_take_the_words_out_of_one_record(
    database: Database, filled: dict[str, str], tmp_path: Path, record: str, by: str
) -> None:
    entry_id = {"record": first_entry, "question": question_entry}[by](database, filled[record])
    assert entry_id
    with database.unit() as unit:
        house_words.ask(unit, entry_id, by="mia", why="it names somebody", now=NOW)
        unit.commit()
    agree(database, entry_id, note="it does")
    with database.reading() as look:
        mine = ledger.page(look, subject_id=filled[record], limit=50).items
        kept = entry_words.kept_beside(look, [each.id for each in mine if each.kind != "words.removed"])
    assert {} == kept
    assert "it does" == words(database, about(database, filled[record], "words.removed"))["reason"]
    assert [] == findings(database)
    signer = open_signer(database, tmp_path, now=NOW)
    with database.unit() as unit:
        seal(unit, signer, owner="one", now=NOW + DAY)
        unit.commit()
    with database.reading() as look:
        assert () == audit(look).findings


def first_entry(database: Database, record_id: str) -> str | None:
    with database.reading() as look:
        return ledger.page(look, subject_id=record_id, limit=1).items[0].id


def question_entry(database: Database, record_id: str) -> str | None:
    with database.reading() as look:
        for entry in ledger.page(look, limit=200).items:
            facts = json.loads(entry.body)["facts"]
            is_of_emergency = facts.get("kind") == "emergency.start" and _began(look, record_id) == entry.subject_id
            if entry.kind == "approval.asked" and (facts["about"] == record_id or is_of_emergency):
                return entry.id
    return None


def _began(look: object, record_id: str) -> str | None:
    found = look.execute(text("SELECT approval_id FROM emergencies WHERE id = :id"), {"id": record_id})  # type: ignore[attr-defined]
    return found.scalar_one_or_none()  # type: ignore[no-any-return]


def test_words_about_a_person_are_not_taken_out_so(database: Database, filled: dict[str, str]) -> None:
    entry = about(database, filled["hold"], "hold.asked")
    with database.unit() as unit:
        house_words.ask(unit, entry.id, by="mia", why="it names somebody", now=NOW)
        unit.commit()
    agree(database, entry.id)
    with database.unit() as unit, pytest.raises(ConflictError, match="gone already"):
        house_words.ask(unit, entry.id, by="mia", why="it names somebody", now=NOW)
    with database.unit() as unit, pytest.raises(NotFoundError):
        house_words.ask(unit, "no-entry", by="mia", why="it names somebody", now=NOW)


def test_an_export_out_of_the_ledger_commits_to_why_it_was_made(database: Database) -> None:
    with database.unit() as unit:
        order = evidence.Order(Wanted(), "mia", WROTE, f"letter about {WROTE}")
        evidence.note(unit, order, evidence.Exported(0, 0, 0, "", ()), now=NOW)
        unit.commit()
    assert [] == [body for body in bodies(database) if "bjl7712" in body]
    assert WROTE == words(database, about(database, "evidence", "evidence.exported"))["reason"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("UPDATE entry_words SET words = replace(words, 'bjl7712', 'nobody')", "not those that it commits to"),
        ("DELETE FROM entry_words", "are gone, and no erasure names them"),
        ("UPDATE emergencies SET why = 'erased'", "why"),
        ("UPDATE holds SET ground = 'another'", "ground"),
        ("UPDATE inspections SET asked = 'another'", "asked"),
    ],
)
def test_words_of_the_house_that_somebody_altered_are_told(
    sqlite: Database, keyring_of_sqlite: Keyring, how: str, told: str
) -> None:
    said(sqlite, keyring_of_sqlite, "ann", "first words", "c-1")
    house(sqlite, keyring_of_sqlite)
    with sqlite.unit() as unit:
        unit.execute(text(how))
        unit.commit()
    assert [] != [each for each in findings(sqlite) if told in each]


def test_words_taken_out_of_one_record_explain_no_other(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    said(sqlite, keyring_of_sqlite, "ann", "first words", "c-1")
    ids = house(sqlite, keyring_of_sqlite)
    entry = about(sqlite, ids["hold"], "hold.asked")
    with sqlite.unit() as unit:
        house_words.ask(unit, entry.id, by="mia", why="it names somebody", now=NOW)
        unit.commit()
    agree(sqlite, entry.id)
    with sqlite.unit() as unit:
        unit.execute(text("DELETE FROM entry_words WHERE subject_id = :id"), {"id": ids["emergency"]})
        unit.execute(text("UPDATE emergencies SET why = 'erased'"))
        unit.commit()
    assert [] != [each for each in findings(sqlite) if "are gone, and no erasure names them" in each]


def test_entries_of_before_have_the_houses_words_within_and_stay_verifiable(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(sqlite, keyring_of_sqlite, "ann", "first words", "c-1")
    with monkeypatch.context() as before:
        before.setattr(entry_words, "are_committed", lambda *_: False)
        ids = house(sqlite, keyring_of_sqlite)
    assert [] == findings(sqlite)
    erasure.erase(sqlite, keyring_of_sqlite, Order("ann", "mia", "they asked"), now=NOW + DAY)
    with sqlite.reading() as look:
        assert "erased" == stored.get(look, ids["hold"]).ground
    assert [] == findings(sqlite)


def test_answers_kept_for_repeated_requests_lose_the_words_too(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    said(sqlite, keyring_of_sqlite, "ann", "first words", "c-1")
    hold = held(sqlite, keyring_of_sqlite)
    answer = {"kind": "hold.set", "about": hold.id, "facts": {"ground": hold.ground}, "why": WROTE}
    with sqlite.unit() as unit:
        asked = Request("key", "once", "POST", "/v1/holds", b"h")
        started = idempotency.begin(unit, idempotency.to_start(asked), now=NOW)
        assert isinstance(started, Started)
        idempotency.finish(unit, started, status=200, response=answer)
        unit.commit()
    erasure.erase(sqlite, keyring_of_sqlite, Order("ann", "mia", "they asked"), now=NOW + DAY)
    with sqlite.reading() as look:
        kept = look.execute(text("SELECT response FROM idempotency")).scalar_one()
    assert hold.id in str(kept)
    assert "bjl7712" not in str(kept)
