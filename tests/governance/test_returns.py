"""Who comes back is found by what they share with whom was closed, weighed by how common it is; a person decides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from governance import lists, returns
from governance.lists import Listing
from governance.return_weights import ENOUGH, weight
from moderation.errors import ConfigError, ConflictError, InvalidInputError
from moderation.lists import ListAction
from records import authors, ledger, personal
from records import returns as stored
from records.authors import Link, Statement
from records.database import Database
from records.ledger import Actor
from records.personal import Keyring
from records.standing_values import ReturnRecord, ReturnState
from tests.governance.public import TAXONOMY
from tests.governance.standing import held, take, wish
from tests.governance.test_account_measures import answer
from tests.records.databases import NOW

PHONE = Link("phone", "+86 138 0000 0000")
DEVICE, NETWORK = Link("device", "device-91"), Link("network", "campus")
BLACKLIST = Listing("account", "bad", ListAction.BLOCK, "spam", "our own", "mia")


def states(
    database: Database, keyring: Keyring, author: str, *links: Link, now: datetime = NOW
) -> list[ReturnRecord]:  # fmt: skip
    with database.unit() as unit:
        stated = authors.state(unit, keyring, author, Statement(links=links), actor=Actor("key", "k"), now=now)
        found = returns.look(unit, keyring, stated.id, links, now=now)
        unit.commit()
    return found


def authors_name(database: Database, keyring: Keyring, author_id: str) -> str:
    with database.reading() as look:
        return authors.pseudonym_of(look, keyring, author_id)


def closed(database: Database, keyring: Keyring, author: str = "bad") -> None:
    answer(database, take(database, keyring, wish("close", author)).approval_id)


def test_a_new_account_with_the_telephone_of_a_closed_one_is_found_and_not_closed(
    database: Database, keyring: Keyring
) -> None:
    states(database, keyring, "bad", PHONE)
    closed(database, keyring)
    (found,) = states(database, keyring, "new", Link("phone", "+8613800000000"))
    assert (ReturnState.WAITING, 14.0) == (found.state, found.score)
    assert ({"kind": "phone", "accounts": 2, "held": 1, "others": 0, "weight": 14.0},) == found.evidence
    assert [] == held(database, keyring, "new")


def test_who_comes_while_an_account_is_suspended_is_found_and_who_was_there_before_or_comes_later_is_not(
    database: Database, keyring: Keyring
) -> None:
    states(database, keyring, "family", PHONE, now=NOW - timedelta(days=2))
    states(database, keyring, "bad", PHONE, now=NOW - timedelta(days=1))
    take(database, keyring, wish("suspend", "bad", days=3))
    (found,) = states(database, keyring, "new", PHONE, now=NOW + timedelta(days=1))
    assert "bad" == authors_name(database, keyring, found.against)
    assert [] == held(database, keyring, "new")
    assert [] == states(database, keyring, "family", PHONE, NETWORK, now=NOW + timedelta(days=1))
    assert [] == states(database, keyring, "later", PHONE, now=NOW + timedelta(days=4))


def test_a_suspended_account_whose_telephone_is_stated_later_finds_who_came_meanwhile(
    database: Database, keyring: Keyring
) -> None:
    states(database, keyring, "family", PHONE, now=NOW - timedelta(days=2))
    take(database, keyring, wish("suspend", "bad", days=3))
    states(database, keyring, "new", PHONE, now=NOW + timedelta(hours=1))
    (found,) = states(database, keyring, "bad", PHONE, now=NOW + timedelta(hours=2))
    assert "new" == authors_name(database, keyring, found.author_id)


def test_who_came_before_the_other_was_closed_is_found_then_and_who_was_there_first_is_not(
    database: Database, keyring: Keyring
) -> None:
    states(database, keyring, "first", PHONE, now=NOW - timedelta(days=2))
    states(database, keyring, "bad", PHONE, DEVICE, now=NOW - timedelta(days=1))
    states(database, keyring, "prepared", PHONE, DEVICE, NETWORK)
    closed(database, keyring)
    with database.reading() as look:
        (found,) = stored.page(look).items
        assert "prepared" == authors.pseudonym_of(look, keyring, found.author_id)
    assert 26.0 == found.score
    with database.unit() as unit:
        lists.add(unit, replace(BLACKLIST, value="first"), taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert 3 == len(stored.page(look).items)


def found_of(database: Database, keyring: Keyring) -> set[str]:
    with database.reading() as look:
        found = stored.page(look).items
    return {authors_name(database, keyring, each.author_id) for each in found}


def test_links_that_are_stated_after_the_closing_find_who_came_after_it(database: Database, keyring: Keyring) -> None:
    """A platform that bans first and imports links later is not blind."""
    states(database, keyring, "first", PHONE, now=NOW - timedelta(days=2))
    states(database, keyring, "bad", now=NOW - timedelta(days=1))
    closed(database, keyring)
    assert [] == states(database, keyring, "ret-1", PHONE, DEVICE, now=NOW + timedelta(hours=1))
    (found,) = states(database, keyring, "bad", PHONE, DEVICE, now=NOW + timedelta(hours=2))
    assert ({"ret-1"}, 26.0) == (found_of(database, keyring), found.score)
    (again,) = states(database, keyring, "bad", PHONE, DEVICE, now=NOW + timedelta(hours=3))
    assert found.id == again.id


def test_an_account_that_is_known_by_a_list_alone_is_looked_around_when_it_is_imported(
    database: Database, keyring: Keyring
) -> None:
    with database.unit() as unit:
        lists.add(unit, BLACKLIST, taxonomy=TAXONOMY, keyring=keyring, now=NOW)
        unit.commit()
    states(database, keyring, "ret-1", PHONE, now=NOW + timedelta(hours=1))
    assert 1 == len(states(database, keyring, "bad", PHONE, now=NOW + timedelta(hours=2)))
    assert {"ret-1"} == found_of(database, keyring)


def test_a_value_of_a_crowd_hides_none_of_few_when_links_come_late(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.link_crowds.MOST_SHARED", 3)
    states(database, keyring, "bad", now=NOW - timedelta(days=1))
    closed(database, keyring)
    for number in range(5):
        states(database, keyring, f"student-{number}", NETWORK, now=NOW + timedelta(hours=1))
    states(database, keyring, "ret-1", PHONE, now=NOW + timedelta(hours=1))
    states(database, keyring, "bad", NETWORK, PHONE, now=NOW + timedelta(hours=2))
    assert {"ret-1"} == found_of(database, keyring)


def test_nobody_is_found_who_shares_with_accounts_that_are_not_held(database: Database, keyring: Keyring) -> None:
    states(database, keyring, "bad", PHONE)
    assert [] == states(database, keyring, "new", PHONE)
    take(database, keyring, wish("suspend", "bad"))
    take(database, keyring, wish("close", "bad"))
    assert [] == states(database, keyring, "newer", PHONE)


def test_a_campus_network_is_no_evidence(database: Database, keyring: Keyring) -> None:
    states(database, keyring, "bad", NETWORK)
    closed(database, keyring)
    for number in range(4):
        assert [] == states(database, keyring, f"student-{number}", NETWORK)


def test_a_value_that_many_have_says_less_than_one_of_few() -> None:
    assert [14.0, 12.0, 4.0, 0.0] == [
        weight("phone", 0),
        weight("device", 0),
        weight("network", 0),
        weight("network", 99),
    ]
    assert weight("device", 3) >= ENOUGH > weight("device", 4)
    assert weight("phone", 10_000_000) == 0


def test_the_more_accounts_of_a_value_are_held_the_more_it_says() -> None:
    assert weight("device", 12, held=4) == weight("device", 3) > weight("device", 12, held=3)
    assert weight("network", 0, held=500) == 4.0 < ENOUGH


def test_a_device_that_is_shared_with_a_network_says_more(database: Database, keyring: Keyring) -> None:
    states(database, keyring, "bad", DEVICE, NETWORK)
    closed(database, keyring)
    (found,) = states(database, keyring, "new-0", DEVICE, NETWORK)
    assert 16.0 == found.score


def test_the_blacklist_counts_from_the_second_person_s_word(database: Database, keyring: Keyring) -> None:
    states(database, keyring, "bad", PHONE)
    with database.unit() as unit:
        entry = lists.add(unit, BLACKLIST, taxonomy=TAXONOMY, keyring=keyring, now=NOW, asks=True)
        unit.commit()
    assert [] == states(database, keyring, "new", PHONE)
    with database.reading() as look:
        from records import lists as entries

        asked = entries.get(look, entry.id).approval_id
    answer(database, asked)
    assert 1 == len(states(database, keyring, "newer", PHONE))


def test_a_person_decides_once_and_is_not_asked_again(database: Database, keyring: Keyring) -> None:
    states(database, keyring, "bad", PHONE)
    closed(database, keyring)
    (found,) = states(database, keyring, "new", PHONE)
    (again,) = states(database, keyring, "new", PHONE)
    assert found.id == again.id
    with database.unit() as unit:
        with pytest.raises(InvalidInputError):
            returns.decide(unit, found.id, is_same=False, by="mia", note=" ", now=NOW)
        returns.decide(unit, found.id, is_same=False, by="mia", note="brothers", now=NOW)
        with pytest.raises(ConflictError):
            returns.decide(unit, found.id, is_same=True, by="ben", note="no", now=NOW)
        unit.commit()
    assert [ReturnState.DISMISSED] == [each.state for each in states(database, keyring, "new", PHONE)]
    with database.reading() as look:
        assert [] == list(stored.page(look, state=ReturnState.WAITING).items)


def test_no_value_and_no_hash_stands_in_finding_or_ledger(database: Database, keyring: Keyring) -> None:
    states(database, keyring, "bad", PHONE, DEVICE)
    closed(database, keyring)
    (found,) = states(database, keyring, "new", PHONE, DEVICE)
    with database.reading() as look:
        entry = ledger.last(look, "return.found", found.author_id)
    assert entry is not None
    told = entry.body.decode() + json.dumps([dict(each) for each in found.evidence])
    hashes = [each.partition(":")[2] for link in (PHONE, DEVICE) for each in link.indexes(keyring)]
    values = ("13800000000", "138 0000 0000", "device-91")  # whole: three digits stand in many a random id
    assert [] == [each for each in (*values, *hashes) if each in told]


def test_a_rotated_key_hides_nobody_and_a_lost_one_is_said(sqlite: Database, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = personal.open_keyring(sqlite, folder, now=NOW)
    states(sqlite, first, "bad", PHONE)
    closed(sqlite, first)
    second = personal.rotate(sqlite, folder, now=NOW)
    assert 1 == len(states(sqlite, second, "new", replace(PHONE), now=NOW + timedelta(minutes=1)))
    late = states(sqlite, second, "bad", replace(PHONE), now=NOW + timedelta(hours=1))
    assert ["new"] == [authors_name(sqlite, second, each.author_id) for each in late]
    (folder / "1.key").unlink()
    with pytest.raises(ConfigError) as lost:
        personal.open_keyring(sqlite, folder, now=NOW)
    assert "is missing: restore it" in str(lost.value.faults[0].detail)
