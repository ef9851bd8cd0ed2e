from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from moderation.comment import Author
from moderation.contacts import phones
from moderation.errors import NotFoundError
from records import authors, ledger
from records.authors import Link, Statement
from records.database import Database
from records.ledger import Actor
from records.personal import Keyring, rotate
from records.tables import author_links
from records.underlying_authors import author_differences
from records.values import AuthorRecord
from tests.records.databases import NOW

BY = Actor("key", "1f3a")


def state(database: Database, keyring: Keyring, statement: Statement, author: str = "a-7") -> AuthorRecord:
    with database.unit() as unit:
        record = authors.state(unit, keyring, author, statement, actor=BY, now=NOW)
        unit.commit()
    return record


def entries(database: Database) -> list[dict[str, object]]:
    with database.reading() as look:
        return [json.loads(entry.body) for entry in ledger.page(look).items]


def test_a_statement_is_found_again_and_replaced(database: Database, keyring: Keyring) -> None:
    state(database, keyring, Statement(True, NOW, "2026-01", NOW, [Link("phone", "1")]))
    state(database, keyring, Statement(verified=False))
    with database.reading() as look:
        record = authors.get(look, keyring, "a-7")
        assert Author("a-7", False, None) == authors.known(look, keyring, "a-7")
        assert Author("a-8") == authors.known(look, keyring, "a-8")
        with pytest.raises(NotFoundError):
            authors.get(look, keyring, "a-8")
    assert (False, None, None, None, ()) == (
        record.verified,
        record.registered_at,
        record.agreement_version,
        record.consented_at,
        record.links,
    )


def test_consent_that_is_stated_no_more_was_withdrawn_until_it_is_given_again(
    database: Database, keyring: Keyring
) -> None:
    assert state(database, keyring, Statement(verified=True)).consent_withdrawn_at is None
    assert state(database, keyring, Statement(True, None, "2026-01", NOW)).consent_withdrawn_at is None
    for _ in range(2):  # stated once more it is the same moment
        assert NOW == state(database, keyring, Statement(verified=True)).consent_withdrawn_at
    assert 3 == len(entries(database))
    with database.reading() as look:
        assert [] == [each.sentence for each in author_differences(look)]
    assert state(database, keyring, Statement(True, None, "2026-01", NOW)).consent_withdrawn_at is None


def test_the_ledger_hears_that_something_was_stated_and_not_what(database: Database, keyring: Keyring) -> None:
    record = state(database, keyring, Statement(True, None, "2026-01", None, [Link("phone", "1"), Link("phone", "2")]))
    (entry,) = entries(database)
    facts = entry["facts"]
    assert isinstance(facts, dict)
    assert (["agreement_version", "verified"], {"phone": 2}) == (facts["stated"], facts["links"])
    assert {"kind": "author", "id": record.id} == entry["subject"]
    assert not {"a-7", "2026-01", True} & set(map(str, facts.values()))


def test_what_changes_nothing_leaves_no_trace(database: Database, keyring: Keyring) -> None:
    said = Statement(True, NOW, None, NOW, [Link("device", "d"), Link("phone", "+86 138-0000 0000")])
    again = Statement(True, NOW, None, NOW, [Link("phone", "＋8613800000000"), Link("device", "d")])
    state(database, keyring, said)
    state(database, keyring, again)
    assert 1 == len(entries(database))
    state(database, keyring, Statement(True, NOW, None, NOW, [Link("device", "d")]))
    assert 2 == len(entries(database))


def test_a_device_is_known_by_what_comments_know_it_by_and_a_telephone_by_nothing_else(keyring: Keyring) -> None:
    assert keyring.indexes("device", "d-1") == Link("device", "d-1").indexes(keyring)
    assert not set(keyring.indexes("phone", "1")) & set(Link("phone", "1").indexes(keyring))
    assert Link("phone", "1").indexes(keyring) != Link("identity", "1").indexes(keyring)


def test_after_rotation_an_author_is_the_same_one(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    before = state(database, keyring, Statement(True, links=[Link("phone", "1")]))
    rotated = rotate(database, tmp_path / "keys", now=NOW)
    after = state(database, rotated, Statement(True, links=[Link("phone", "1"), Link("phone", "2")]))
    assert before.id == after.id
    with database.reading() as look:
        kept = {row.link_index.partition(":")[0] for row in look.execute(select(author_links))}
    assert {"1", "2"} == kept


def test_two_who_state_something_at_once_make_one_author(database: Database, keyring: Keyring) -> None:
    start, made = threading.Barrier(4), []

    def one(number: int) -> None:
        start.wait(10)
        made.append(state(database, keyring, Statement(agreement_version=str(number))).id)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (4, 1) == (len(made), len(set(made)))


@pytest.mark.parametrize(
    "written", ["+86 138-0013-8000", "13800138000", "0086 13800138000", "＋8613800138000", "8613800138000"]
)
def test_a_telephone_is_one_however_it_is_written(keyring: Keyring, written: str) -> None:
    """As people type it; else a blank less would be a way round article 9."""
    one, other = Link("phone", "+8613800138000").indexes(keyring), Link("phone", written).indexes(keyring)
    assert one[0] == other[0], "what is written"
    assert set(Link("phone", "13800138000").indexes(keyring)) & set(other), "what was written before is found"


def test_what_is_no_telephone_is_known_by_its_own_spelling(keyring: Keyring) -> None:
    assert 1 == len(Link("phone", "ext. 12").indexes(keyring))
    assert not set(Link("phone", "+447400123456").indexes(keyring)) & set(Link("phone", "7400123456").indexes(keyring))


@pytest.mark.parametrize(
    "told",
    ["+86 100-0000-0001", "0086 10000000001", "8610000000001", "010000000001", "10000000001", "＋８６10000000001"],
)
def test_a_telephone_that_no_plan_knows_is_one_however_it_is_dialled(keyring: Keyring, told: str) -> None:
    assert phones.spellings_of(told) == ()
    written = Link("phone", "+8610000000001").indexes(keyring)[0]
    assert written == Link("phone", told).indexes(keyring)[0]
    assert written != Link("phone", "+4410000000001").indexes(keyring)[0]
