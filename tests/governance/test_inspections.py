"""An authority's requests are records, an inspector reads within one alone, and everything read is in the ledger."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from governance import erasure, four_eyes, inspection_reading, inspections, retention
from governance.erasure import Order
from governance.four_eyes import Word
from governance.inspection_reading import EXPORTED, READ, REFUSED, Evidence
from governance.inspections import Wish
from governance.retention import Keep, Retention
from governance.rules import Standards
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from moderation.taxonomy import load_taxonomy
from records import approvals, entry_words, ledger, users
from records.database import Database
from records.gone import Gone
from records.inspections import InspectionRecord
from records.ledger_keys import open_signer
from records.personal import Keyring
from records.proving import Wanted
from records.storing import Stored
from serving.oversight_views import evidence_document
from tests.governance.public import decide
from tests.governance.test_evidence import sealed, verified
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, for_review, put

DAY = timedelta(days=1)
SURFACES = ("forum", "news", "live")
WISH = Wish(
    authority="Cyberspace office",
    reference="2026-17",
    asked="decisions on news of that day",
    ground="cn-2017:10",
    inspector="ivy",
    since=NOW,
    until=NOW + DAY,
    days=14,
    by="mia",
    why="their letter of 1 March",
    surfaces=("news",),
    opened=True,
)
TEXT = "在新闻下面说的话"


@pytest.fixture
def stored(database: Database, keyring: Keyring) -> dict[str, Stored]:
    """One comment in scope, one on another surface, one a day later."""
    with database.unit() as unit:
        for name, role in (("ivy", "inspector"), ("ida", "inspector"), ("ben", "senior")):
            users.create(unit, name, password_hash="x", role=role, now=NOW)
        unit.commit()
    [within] = put(database, keyring, an_answer(a_comment(TEXT, surface="news")))
    [beside] = put(database, keyring, an_answer(a_comment("elsewhere", surface="forum")))
    [later] = put(database, keyring, an_answer(a_comment("later", surface="news")), now=NOW + DAY)
    return {"within": within, "beside": beside, "later": later}


def granted(database: Database, keyring: Keyring | None = None, **changed: Any) -> InspectionRecord:
    with database.unit() as unit:
        record = inspections.ask(unit, replace(WISH, **changed), surfaces=SURFACES, now=NOW, keyring=keyring)
        [asked] = approvals.waiting(unit, subject_id=record.id)
        word = Word("ben", True, "their letter is genuine")
        four_eyes.answer(unit, asked.id, word, standards=Standards(load_taxonomy(), NOW.date()), now=NOW)
        unit.commit()
    return record


def entries(database: Database, *kinds: str) -> list[dict[str, Any]]:
    with database.reading() as look:
        found = [each for each in ledger.page(look, limit=200).items if each.kind in kinds]
        return [entry_words.for_people(look, each.id, json.loads(each.body)) for each in found]


def test_a_request_is_a_record_with_who_what_and_on_which_ground(database: Database, stored: dict[str, Stored]) -> None:
    record = granted(database)
    [recorded, grant] = entries(database, "inspection.recorded", "inspection.granted")
    assert ("mia", "cn-2017:10", "decisions on news of that day") == (
        recorded["actor"]["id"], recorded["ground"], recorded["facts"]["asked"],
    )  # fmt: skip
    assert ("ben", record.id, ["news"]) == (grant["actor"]["id"], grant["subject"]["id"], grant["facts"]["surfaces"])
    assert stored


def test_what_lies_in_scope_is_read_and_each_reading_is_an_entry_before_it_is_given(
    database: Database, stored: dict[str, Stored]
) -> None:
    record, within = granted(database), stored["within"].decision_id
    with database.unit() as unit:
        page = inspection_reading.read_page(unit, record.id, inspector="ivy", now=NOW + DAY)
        found = inspection_reading.read_one(unit, record.id, within, inspector="ivy", now=NOW + DAY)
        unit.commit()
    assert [within] == [each.id for each in page.items]
    assert isinstance(found, Evidence)
    assert (TEXT, "news", "decision") == (found.text, found.surface, found.entries[0].kind)
    read = entries(database, READ)
    assert [("ivy", [within]), ("ivy", [within])] == [(e["actor"]["id"], e["facts"]["decisions"]) for e in read]
    assert TEXT not in str(read)
    with database.reading() as look:
        assert [(READ, "ivy", 1)] * 2 == [
            (each.kind, each.by, each.number) for each in inspection_reading.given(look, record.id)
        ]


def test_of_a_comments_cases_only_those_about_what_was_decided_in_scope_are_seen(
    database: Database, keyring: Keyring, stored: dict[str, Stored]
) -> None:
    """One about the decision on news, which a person decided; one about the same comment, on the forum a day later."""
    record = granted(database)
    [on_news] = put(database, keyring, for_review("words", known_as="c-7", surface="news"))
    about_it = decide(database, by="mia").id
    [on_forum] = put(database, keyring, for_review("words", known_as="c-7", surface="forum"), now=NOW + DAY)
    assert (on_news.comment_id, True) == (on_forum.comment_id, on_forum.case_id not in (None, about_it))
    decide(database, by="mia", now=NOW + DAY)
    with database.unit() as unit:
        found = inspection_reading.read_one(unit, record.id, on_news.decision_id, inspector="ivy", now=NOW + DAY)
        leafed = inspection_reading.read_ledger(unit, record.id, Wanted(), inspector="ivy", actors=(), now=NOW + DAY)
        unit.commit()
    assert isinstance(found, Evidence)
    for seen in (found.entries, leafed.items):
        subjects = {each.subject_id for each in seen}
        assert (True, False) == (about_it in subjects, on_forum.case_id in subjects)
    assert stored


def test_of_a_case_that_went_on_to_another_decision_what_is_said_of_that_one_is_left_out(
    database: Database, keyring: Keyring, stored: dict[str, Stored]
) -> None:
    record = granted(database, surfaces=("news", "forum"), until=NOW + 2 * DAY)
    [first] = put(database, keyring, for_review("words", known_as="c-7", surface="news"))
    [second] = put(database, keyring, for_review("other words", known_as="c-7", surface="forum"), now=NOW + DAY)
    assert first.case_id == second.case_id == decide(database, by="mia", now=NOW + DAY).id
    with database.unit() as unit:
        seen = [
            inspection_reading.read_one(unit, record.id, each.decision_id, inspector="ivy", now=NOW + DAY)
            for each in (first, second)
        ]
        unit.commit()
    kinds = [[entry.kind for entry in each.entries] for each in seen if isinstance(each, Evidence)]
    assert (False, True) == ("verdict" in kinds[0], "verdict" in kinds[1])
    assert stored


def test_an_erasure_names_open_requests_that_it_touches_and_evidence_says_when_and_why_a_text_is_gone(
    database: Database, keyring: Keyring, stored: dict[str, Stored]
) -> None:
    record, within, at = granted(database), stored["within"].decision_id, NOW + timedelta(hours=1)
    untouched = granted(database, since=NOW + 9 * DAY, until=NOW + 10 * DAY)
    over = granted(database, surfaces=None)
    with database.unit() as unit:
        inspections.close(unit, over.id, by="mia", why="done", now=NOW)
        unit.commit()
    report = erasure.erase(database, keyring, Order("author-7f3a", "mia", "asked to be forgotten"), now=at)
    assert [(record.id, 1)] == [(each.id, many) for each, many in report.touched]
    [entry] = entries(database, "author.erased")
    assert {record.id: 1} == entry["facts"]["inspections"]
    assert untouched.id not in str(entry)
    with database.unit() as unit:
        found = inspection_reading.read_one(unit, record.id, within, inspector="ivy", now=at)
        unit.commit()
    assert isinstance(found, Evidence)
    assert (None, Gone(at, "asked to be forgotten", report.entry_id)) == (found.text, found.gone)
    told = evidence_document(found)
    assert {"at": "2026-03-01T13:00:00.000Z", "why": "asked to be forgotten", "entry": report.entry_id} == told[
        "text_gone"
    ]


def test_evidence_says_that_retention_took_a_text_and_nothing_of_one_that_was_not_granted(
    database: Database, stored: dict[str, Stored]
) -> None:
    record, closed = granted(database), granted(database, opened=False)
    then = NOW + timedelta(days=5)
    retention.run(database, Retention(keep=(Keep(surface="news", kind="comment", days=2),)), now=then)
    with database.unit() as unit:
        found, other = (
            inspection_reading.read_one(unit, each.id, stored["within"].decision_id, inspector="ivy", now=then)
            for each in (record, closed)
        )
        unit.commit()
    assert isinstance(found, Evidence)
    assert isinstance(other, Evidence)
    assert found.gone is not None
    assert (then, "kept for 2 days") == (found.gone.at, found.gone.why)
    assert (None, None) == (other.text, other.gone)


@pytest.mark.parametrize("name", ["beside", "later", "unknown"])
def test_who_asks_beyond_the_scope_is_told_the_scope_and_the_asking_is_an_entry(
    database: Database, stored: dict[str, Stored], name: str
) -> None:
    record = granted(database)
    decision_id = stored[name].decision_id if name in stored else "0190b5c2-0000-7000-8000-000000000000"
    with database.unit() as unit:
        said = inspection_reading.read_one(unit, record.id, decision_id, inspector="ivy", now=NOW + DAY)
        unit.commit()
    assert isinstance(said, str)
    assert "beyond the request 2026-17 of Cyberspace office: it covers news" in said
    assert "The authority asks for more in a request of its own" in said
    [entry] = entries(database, REFUSED)
    assert ("ivy", decision_id) == (entry["actor"]["id"], entry["facts"]["decision"])


def test_texts_are_read_only_where_they_were_granted(database: Database, stored: dict[str, Stored]) -> None:
    record = granted(database, opened=False)
    with database.unit() as unit:
        found = inspection_reading.read_one(unit, record.id, stored["within"].decision_id, inspector="ivy", now=NOW)
    assert isinstance(found, Evidence)
    assert found.text is None


@pytest.mark.parametrize(
    ("inspector", "after", "said"),
    [
        ("ida", timedelta(0), "read by ivy alone"),
        ("ivy", timedelta(days=14), "could be read until"),
        ("ivy", timedelta(minutes=-5), "it was set back"),
    ],
)
def test_nobody_else_reads_nor_after_its_time_nor_by_a_clock_that_went_backwards(
    database: Database, stored: dict[str, Stored], inspector: str, after: timedelta, said: str
) -> None:
    record = granted(database)
    with database.unit() as unit, pytest.raises(ForbiddenError, match=said):
        inspection_reading.read_page(unit, record.id, inspector=inspector, now=NOW + after)
    assert stored


def test_what_waits_was_refused_or_closed_is_not_read(database: Database, stored: dict[str, Stored]) -> None:
    with database.unit() as unit:
        waiting = inspections.ask(unit, WISH, surfaces=SURFACES, now=NOW)
        with pytest.raises(ForbiddenError, match="is waiting"):
            inspection_reading.read_page(unit, waiting.id, inspector="ivy", now=NOW)
        [asked] = approvals.waiting(unit, subject_id=waiting.id)
        inspections.answer(unit, asked.id, by="ben", approve=False, note="a forgery", now=NOW)
        with pytest.raises(ForbiddenError, match="is refused"):
            inspection_reading.read_page(unit, waiting.id, inspector="ivy", now=NOW)
        unit.commit()
    record = granted(database)
    with database.unit() as unit:
        inspections.close(unit, record.id, by="mia", why="they are done", now=NOW)
        with pytest.raises(ForbiddenError, match="is closed"):
            inspection_reading.read_page(unit, record.id, inspector="ivy", now=NOW)
        with pytest.raises(ConflictError, match="nothing to close"):
            inspections.close(unit, record.id, by="mia", why="again", now=NOW)
    assert stored


def test_every_mistake_in_a_request_is_told_at_once(database: Database, stored: dict[str, Stored]) -> None:
    odd = replace(WISH, authority="", inspector="ben", until=NOW, days=0, surfaces=("sea",))
    with database.unit() as unit, pytest.raises(InvalidInputError) as told:
        inspections.ask(unit, odd, surfaces=SURFACES, now=NOW)
    assert ["authority", "inspector", "until", "days", "surfaces"] == [fault.where for fault in told.value.faults]
    assert stored


def test_the_bundle_holds_what_lies_in_scope_with_proofs_that_python_alone_checks(
    database: Database, keyring: Keyring, stored: dict[str, Stored], tmp_path: Path
) -> None:
    record = granted(database)
    sealed(database, open_signer(database, tmp_path / "keys", now=NOW), tmp_path / "keys")
    with database.reading() as look:
        done = inspection_reading.export(look, tmp_path / "e.zip", record, "ivy", keyring)
    with database.unit() as unit:
        inspection_reading.note_export(unit, record, done, by="ivy", now=NOW)
        unit.commit()
    assert (1, 2) == (done.entries, done.opened)
    with zipfile.ZipFile(tmp_path / "e.zip") as archive:
        archive.extractall(tmp_path / "out")
    told = [json.loads(line) for line in (tmp_path / "out" / "entries.jsonl").read_text().splitlines()]
    assert [stored["within"].decision_id] == [json.loads(each["body"])["subject"]["id"] for each in told]
    assert 0 == verified(tmp_path / "out")[0]
    [entry] = entries(database, EXPORTED)
    assert ("ivy", record.id, 1) == (entry["actor"]["id"], entry["subject"]["id"], entry["facts"]["entries"])


def test_a_comment_that_is_scored_again_elsewhere_takes_no_decision_out_of_the_scope_and_brings_none_in(
    database: Database, keyring: Keyring, stored: dict[str, Stored]
) -> None:
    record = granted(database)
    news, forum = (a_comment(TEXT, known_as="c-4", surface=name) for name in ("news", "forum"))
    [before] = put(database, keyring, an_answer(news))
    [after] = put(database, keyring, an_answer(forum), now=NOW + timedelta(hours=1))
    with database.unit() as unit:
        page = inspection_reading.read_page(unit, record.id, inspector="ivy", now=NOW + DAY)
        found = inspection_reading.read_one(unit, record.id, before.decision_id, inspector="ivy", now=NOW + DAY)
        refused = inspection_reading.read_one(unit, record.id, after.decision_id, inspector="ivy", now=NOW + DAY)
        unit.commit()
    assert [stored["within"].decision_id, before.decision_id] == [each.id for each in page.items]
    assert isinstance(found, Evidence)
    assert ("news", TEXT) == (found.surface, found.text)
    assert isinstance(refused, str)
    [entry] = entries(database, REFUSED)
    assert after.decision_id == entry["facts"]["decision"]
