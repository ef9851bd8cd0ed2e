"""Words that are gone are explained by an entry that names them; a ground that is a code stays, being nobody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from governance import (
    account_measures,
    emergencies,
    erasure,
    flaggers,
    four_eyes,
    holds,
    house_words,
    incidents,
    inspections,
    lists,
    retention,
)
from governance.accounts import NewAccount, create
from governance.erasure import Order
from governance.four_eyes import Word
from governance.incidents import More
from governance.lists import Listing
from governance.retention import Retention
from moderation.decision import Outcome
from moderation.lists import ListAction
from records import approvals, erased, ledger
from records import emergencies as running
from records.database import Database
from records.personal import Keyring
from records.tables import ledger as entries
from records.underlying import differences
from records.unit_of_work import Reading, Unit
from tests.governance import test_words_about as people
from tests.governance import test_words_of_the_house as houses
from tests.governance.public import TAXONOMY
from tests.governance.standing import CN, take, wish
from tests.governance.test_emergencies import CLOSED, LABELS, SURFACES
from tests.governance.test_erasure import everything
from tests.governance.test_flaggers import marked
from tests.governance.test_holds import STANDARDS, said
from tests.governance.test_holds import WISH as HOLD
from tests.governance.test_incidents import DEMAND, FORMS, FOUND
from tests.governance.test_inspections import WISH as REQUEST
from tests.records.databases import NOW
from tests.records.factories import put

DAY = timedelta(days=1)
WROTE = "a dispute with person-qq77"
ARTICLE = "cn-2017:10"
LATER = NOW + DAY

End = Callable[[Unit, str], object]
ENDS: dict[str, End] = {
    "hold": lambda unit, each: holds.lift(unit, each, by="mia", why="settled", now=LATER),
    "inspection": lambda unit, each: inspections.close(unit, each, by="mia", why="answered", now=LATER),
    "emergency": lambda unit, each: emergencies.end(unit, each, by="mia", why="over", now=NOW + timedelta(minutes=9)),
    "incident": lambda unit, each: incidents.add_fields(
        unit, each, More({"people": "14"}, "mia", "counted again"), forms=FORMS, now=LATER
    ),
    "rectification": lambda unit, each: incidents.prove(unit, each, proof="two people now", by="mia", now=LATER),
}


def answer(unit: Unit, about: str, note: str = "yes") -> None:
    [asked] = approvals.waiting(unit, subject_id=about)
    four_eyes.answer(unit, asked.id, Word("ben", True, note), standards=STANDARDS, now=NOW)


def open_house(database: Database, keyring: Keyring) -> dict[str, str]:
    """One of each of the house's records that runs, on an article, with a name in its words; their ids."""
    said(database, keyring, "ann", "first words", "c-1")
    with database.unit() as unit:
        for name, role in (("ivy", "inspector"), ("ben", "senior")):
            create(unit, NewAccount(name, "x", role), by="ada", now=NOW)
        hold = holds.ask(unit, keyring, replace(HOLD, ground=ARTICLE, why=WROTE), now=NOW)
        request = replace(REQUEST, asked=f"all of {WROTE}", ground=ARTICLE, why=WROTE)
        inspection = inspections.ask(unit, request, surfaces=SURFACES, now=NOW)
        told = replace(FOUND, told={**FOUND.told, "what": WROTE}, why=WROTE)
        incident = incidents.record(unit, told, forms=FORMS, now=NOW)
        item = incidents.demand(unit, replace(DEMAND, finding=WROTE, demand=f"mend {WROTE}"), now=NOW)
        emergencies.ask(unit, replace(CLOSED, why=WROTE, ground=ARTICLE), labels=LABELS, surfaces=SURFACES, now=NOW)
        for about in (hold.id, inspection.id, "news/t-7/*:closed"):
            answer(unit, about, WROTE)
        unit.commit()
    with database.reading() as look:
        [begun] = running.running(look)
    ids = (hold.id, inspection.id, begun.id, incident.id, item.id)
    return dict(zip(ENDS, ids, strict=True))


def findings(look: Reading) -> list[str]:
    return [each.sentence for each in differences(look)]


def found(database: Database) -> list[str]:
    with database.reading() as look:
        return findings(look)


def wiped(database: Database, *statements: str) -> list[str]:
    """What is found where somebody runs these with the database's own tools; it is taken back."""
    with database.unit() as unit:
        for each in statements:
            assert unit.execute(text(each)).rowcount, each
        return findings(unit)


def grounds(database: Database) -> set[str]:
    with database.reading() as look:
        tables = ("holds", "inspections", "emergencies")
        return {str(look.execute(text(f"SELECT ground FROM {each}")).scalar_one()) for each in tables}


def by_an_erasure(database: Database, keyring: Keyring, _ids: dict[str, str]) -> None:
    said(database, keyring, "person-qq77", "their words", "c-9")
    erasure.erase(database, keyring, Order("person-qq77", "mia", "they asked"), now=NOW)


def by_two_people(database: Database, _keyring: Keyring, ids: dict[str, str]) -> None:
    with database.unit() as unit:
        for each in ids.values():
            entry_id = ledger.page(unit, subject_id=each, limit=1).items[0].id
            house_words.ask(unit, entry_id, by="mia", why="it names somebody", now=NOW)
            answer(unit, entry_id)
        unit.commit()


@pytest.mark.parametrize("how", [by_an_erasure, by_two_people])
def test_records_of_the_house_go_on_after_their_words_are_gone_and_keep_their_article(
    database: Database, keyring: Keyring, how: Callable[[Database, Keyring, dict[str, str]], None]
) -> None:
    ids = open_house(database, keyring)
    how(database, keyring, ids)
    assert "person-qq77" not in everything(database)
    assert [] == found(database)
    for kind, end in ENDS.items():
        with database.unit() as unit:
            end(unit, ids[kind])
            unit.commit()
        assert [] == found(database), kind
    assert {ARTICLE} == grounds(database)
    for kind, subject in (
        ("hold.lifted", "hold"),
        ("inspection.closed", "inspection"),
        ("emergency.ended", "emergency"),
    ):
        with database.reading() as look:
            entry = ledger.last(look, kind, ids[subject])
        assert entry is not None
        assert ARTICLE == json.loads(entry.body)["ground"]


def test_a_ground_that_is_a_code_is_never_explained(database: Database, keyring: Keyring) -> None:
    ids = open_house(database, keyring)
    by_an_erasure(database, keyring, ids)
    for table, called in (("holds", "hold"), ("inspections", "request"), ("emergencies", "emergency")):
        told = wiped(database, f"UPDATE {table} SET ground = 'erased'")
        assert [True] == [f"The {called}" in each and each.endswith("say: ground.") for each in told]


def test_words_of_after_the_erasure_that_named_a_record_are_not_explained_by_it(
    database: Database, keyring: Keyring
) -> None:
    ids = open_house(database, keyring)
    by_an_erasure(database, keyring, ids)
    with database.unit() as unit:
        for kind in ("hold", "inspection", "rectification"):
            ENDS[kind](unit, ids[kind])
        unit.commit()
    assert ["say: ended_why."] == [each[-15:] for each in wiped(database, "UPDATE holds SET ended_why = 'erased'")]
    assert ["say: proof."] == [each[-11:] for each in wiped(database, "UPDATE rectifications SET proof = 'erased'")]
    told = wiped(database, f"DELETE FROM entry_words WHERE subject_id = '{ids['inspection']}'")
    assert [True] == [f"(inspection.closed, inspection {ids['inspection']}) are gone" in each for each in told]


def test_records_about_people_go_on_after_their_words_are_gone(database: Database, keyring: Keyring) -> None:
    said(database, keyring, "gone", "their words", "c-7")
    held = take(database, keyring, wish("suspend", "gone", days=2, ground="what they did to person-qq77", cause="c-7"))
    flagger = marked(database, keyring)
    with database.unit() as unit:
        listed = Listing("account", "gone", ListAction.BLOCK, "spam", "for spam", "mia")
        entry = lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    for name in ("gone", "jugendschutz"):
        erasure.erase(database, keyring, Order(name, "mia", "they asked"), now=NOW + timedelta(hours=1))
    assert [] == found(database)
    with database.unit() as unit:
        account_measures.lift(unit, held.id, why="a mistake", by="ben", now=NOW + timedelta(hours=2))
        lists.take_off(unit, entry.id, by="ben", why="no more", now=NOW + timedelta(hours=2))
        flaggers.withdraw(unit, flagger.id, by="mia", why="revoked", now=NOW + timedelta(hours=2))
        unit.commit()
    assert [] == found(database)
    assert 1 == len(wiped(database, "UPDATE list_entries SET removed_why = 'erased'"))
    assert 1 == len(wiped(database, "UPDATE trusted_flaggers SET ended_why = 'erased'"))
    assert 1 == len(wiped(database, f"UPDATE measures SET ended_why = 'erased' WHERE id = '{held.id}'"))


@pytest.fixture
def full(database: Database, keyring: Keyring) -> Database:
    """Every kind of record in whose words people say something, and then the erasure of somebody else."""
    flagger = marked(database, keyring)
    people.told(database, keyring)
    put(database, keyring, people.said("c-1"), people.said("c-2"), people.said("c-3", outcome=Outcome.REVIEW))
    people.measured(database, keyring)
    people.passed_on(database, keyring)
    people.ended(database)
    said(database, keyring, "ann", "first words", "h-1")
    houses.house(database, keyring)
    with database.unit() as unit:
        flaggers.withdraw(unit, flagger.id, by="mia", why="revoked", now=LATER)
        listed = Listing("domain", "bad-shop.com", ListAction.BLOCK, "spam", "seen", "mia", ground="the law on adverts")
        lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    said(database, keyring, "leaver-55", "words of another", "c-55")
    erasure.erase(database, keyring, Order("leaver-55", "mia", "they asked"), now=NOW + 4 * DAY)
    assert [] == found(database)
    return database


WIPED = {
    "UPDATE measures SET reason_zh = 'erased', reason_en = 'erased', ground = 'erased'": "The measure",
    "UPDATE measures SET ended_why = 'erased' WHERE ended_by IS NOT NULL": "The measure",
    "UPDATE approvals SET why = 'erased', note = 'erased' WHERE state = 'approved'": "The question",
    "UPDATE list_entries SET reason = 'erased', source = 'erased'": "The entry of a list",
    "UPDATE list_entries SET ground = 'erased' WHERE kind = 'domain'": "The entry of a list",
    "UPDATE list_entries SET removed_why = 'erased' WHERE removed_why IS NOT NULL": "The entry of a list",
    "UPDATE holds SET ground = 'erased', ended_why = 'erased'": "The hold",
    "UPDATE inspections SET asked = 'erased', ground = 'erased'": "The request of an authority",
    "UPDATE rectifications SET finding = 'erased', demand = 'erased', proof = 'erased'": "The item",
    "UPDATE emergencies SET why = 'erased', ground = 'erased', ended_why = 'erased'": "The emergency",
    "UPDATE incidents SET salt = NULL": "The incident",
    "UPDATE trusted_flaggers SET reason = 'erased', ended_why = 'erased'": "The trusted flagger",
}


def test_an_erasure_of_somebody_else_explains_no_word_of_any_record(full: Database) -> None:
    for statement, called in WIPED.items():
        with full.reading() as look:
            table = statement.split()[1]
            where = statement.partition(" WHERE ")[2]
            rows = look.execute(text(f"SELECT count(*) FROM {table} WHERE {where or '1 = 1'}")).scalar_one()
        told = wiped(full, statement)
        assert rows == sum(each.startswith(called) for each in told), (statement, told)


def test_an_erasure_of_somebody_else_explains_no_word_of_any_entry(full: Database) -> None:
    query = "SELECT l.id, l.kind, l.subject_id FROM ledger l JOIN entry_words w ON w.id = l.id"
    with full.reading() as look:
        entries = look.execute(text(query)).all()
    told = wiped(full, "DELETE FROM entry_words")
    assert len({row.kind for row in entries}) > 25
    for row in entries:
        assert [True] == [
            row.subject_id in each for each in told if f"({row.kind}, " in each and row.subject_id in each
        ][:1]


def test_the_entry_of_an_erasure_names_exactly_whose_words_went(full: Database, keyring: Keyring) -> None:
    query = "SELECT id FROM measures WHERE reason_en = 'erased'"
    beside = "SELECT id FROM entry_words"
    with full.reading() as look:
        before = set(look.execute(text(beside)).scalars())
    erasure.erase(full, keyring, Order(people.AUTHOR, "mia", "they asked"), now=NOW + 5 * DAY)
    named: dict[str, set[str]] = {}
    with full.reading() as look:
        for body in look.execute(select(entries.c.body).where(entries.c.kind == erased.WORDS)).scalars():
            for table, ids in json.loads(body)["facts"]["of"].items():
                named.setdefault(table, set()).update(ids)
        gone = before - set(look.execute(text(beside)).scalars())
        assert set(look.execute(text(query)).scalars()) == named["measures"]
    assert gone == named["entry_words"]
    assert {"approvals", "gold", "list_entries"} <= named.keys()
    assert [] == found(full)


def test_retention_names_whose_words_went(full: Database) -> None:
    with full.unit() as unit:
        unit.execute(text("UPDATE cases SET state = 'closed'"))
        unit.commit()
    before = found(full)
    retention.run(full, Retention.model_validate({"otherwise": {"days": 1}}), now=NOW + 30 * DAY)
    assert [] == [each for each in found(full) if each not in before and "case" not in each]


def test_an_erasure_of_before_explains_older_words_alone_and_how_many_is_told(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take(database, keyring, wish("warn", "somebody"))
    said(database, keyring, "leaver-55", "words of another", "c-55")
    with monkeypatch.context() as before:
        before.setattr(erased, "NAMES", {})
        before.setattr(erasure, "NAMES", {})
        before.setattr(erased, "note_words", lambda *_told, **_more: None)
        erasure.erase(database, keyring, Order("leaver-55", "mia", "they asked"), now=LATER)
    after = take(database, keyring, wish("warn", "another"))
    statement = "UPDATE measures SET reason_zh = 'erased', reason_en = 'erased' WHERE id = '{}'"
    assert 1 == len(wiped(database, statement.format(after.id)))
    assert 1 == len(wiped(database, f"UPDATE measures SET ground = 'erased' WHERE id = '{after.id}'"))
    with database.unit() as unit:
        unit.execute(text(statement.format(made.id)))
        remarks: list[str] = []
        assert [] == list(differences(unit, remarks=remarks))
    assert ["2 words of entries and records are gone that no entry names"] == [
        each[:59] for each in remarks if "no entry names" in each
    ]


def test_a_list_of_domains_never_lost_words_by_any_erasure(
    sqlite: Database, keyring_of_sqlite: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite.unit() as unit:
        listed = Listing("domain", "bad-shop.com", ListAction.BLOCK, "spam", "seen", "mia")
        lists.add(unit, listed, taxonomy=TAXONOMY, keyring=keyring_of_sqlite, now=NOW)
        unit.commit()
    said(sqlite, keyring_of_sqlite, "leaver-55", "words of another", "c-55")
    monkeypatch.setattr(erased, "NAMES", {})
    monkeypatch.setattr(erasure, "NAMES", {})
    erasure.erase(sqlite, keyring_of_sqlite, Order("leaver-55", "mia", "they asked"), now=LATER)
    assert 1 == len(wiped(sqlite, "UPDATE list_entries SET reason = 'erased', source = 'erased'"))


def test_a_held_account_that_is_let_go_after_its_measures_ended_is_no_finding(
    database: Database, keyring: Keyring
) -> None:
    said(database, keyring, "gone", "their words", "c-7")
    take(database, keyring, wish("suspend", "gone", days=2, cause="c-7"), policy=CN)
    erasure.erase(database, keyring, Order("gone", "mia", "they asked"), now=NOW + timedelta(hours=1))
    again = take(database, keyring, wish("warn", "gone"), now=NOW + timedelta(hours=30))
    with database.unit() as unit:
        account_measures.lift(unit, again.id, why="a mistake", by="mia", now=NOW + timedelta(hours=31))
        account_measures.expire(unit, now=NOW + 3 * DAY)
        unit.commit()
    assert [] == found(database)
    retention.run(database, Retention(), now=NOW + 2000 * DAY)
    with database.reading() as look:
        assert {None} == set(look.execute(text("SELECT author_id FROM measures")).scalars())
        assert [] == findings(look)


def test_a_measure_is_nobodys_where_its_account_was_erased_alone(database: Database, keyring: Keyring) -> None:
    take(database, keyring, wish("suspend", "kept", days=2), policy=CN)
    assert [] != wiped(
        database,
        "UPDATE measures SET author_id = NULL, reason_zh = 'erased', reason_en = 'erased', state = 'lifted', "
        "ended_at = created_at, ended_why = 'the account was erased'",
    )
