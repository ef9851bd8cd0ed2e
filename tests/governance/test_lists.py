"""Entries of lists on both databases: what may be listed, by whom, until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from governance import list_reviews
from governance import lists as governing
from governance.lists import Listing
from moderation.comment import Author, Comment
from moderation.contacts import find_contacts
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.lists import ListAction, Listed, Lists
from moderation.normaliser import normalise
from moderation.policy import Policy, load_policies
from moderation.taxonomy import load_taxonomy
from records import approvals, epoch, ledger, lists
from records.database import Database
from records.house_values import ListEntryRecord
from records.personal import Keyring
from records.underlying import differences
from records.unit_of_work import Unit
from tests.records.databases import NOW

DAY = timedelta(days=1)
TAXONOMY = load_taxonomy()


def add(unit: Unit, keyring: Keyring, kind: str = "domain", value: str = "evil.com", **fields: Any) -> ListEntryRecord:
    told = {"action": ListAction.BLOCK, "reason": "phishing", "source": "police report", "by": "Mia"} | fields
    return governing.add(unit, Listing(kind, value, **told), taxonomy=TAXONOMY, keyring=keyring, now=NOW)


def met(
    unit: Unit, keyring: Keyring, said: str, *, author: str | None = None, after: timedelta = timedelta(0)
) -> list[str]:
    held = Lists(lists.holding(unit, now=NOW + after), hashed=keyring.indexes)
    listed = Listed(held, Comment(said, author=Author(id=author)), normalise(said), find_contacts)
    return [hit.entry.kind for hit in listed.hits]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("domain", "https://www.evil.com/a", "看 evil.com"),
        ("wechat", "Zhang_San88", "微信：zhang_san88"),
        ("account", "a-7", "好"),
    ],
)
def test_what_is_listed_is_met_until_it_is_removed(
    database: Database, keyring: Keyring, kind: str, value: str, said: str
) -> None:
    with database.unit() as unit:
        entry = add(unit, keyring, kind, value)
        assert [kind] == met(unit, keyring, said, author="a-7")
        governing.remove(unit, entry.id, by="Ben", why="a mistake", now=NOW)
        assert [] == met(unit, keyring, said, author="a-7")
        assert ["list.added", "list.removed"] == [e.kind for e in ledger.page(unit, subject_id=entry.id).items]
        assert 2 == epoch.read(unit).rules


def test_accounts_and_contacts_are_stored_as_keyed_hashes_alone(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        add(unit, keyring, "account", "author-7f3a")
        add(unit, keyring, "wechat", "zhang_san88")
        tables = ("list_entries", "ledger")
        stored = [repr(tuple(row)) for name in tables for row in unit.execute(text(f"SELECT * FROM {name}"))]
    assert [] == [row for row in stored if "author-7f3a" in row or "zhang_san88" in row]


def test_an_entry_counts_until_its_day_and_may_be_kept(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        entry = add(unit, keyring, expires_at=NOW + DAY)
        assert ["domain"] == met(unit, keyring, "evil.com/a")
        assert [] == met(unit, keyring, "evil.com/a", after=DAY)
        assert (entry,) == lists.page(unit, due_before=NOW + 2 * DAY).items
        kept = list_reviews.keep(unit, entry.id, until=NOW + 9 * DAY, by="Ben", why="still there", now=NOW)
        assert ["domain"] == met(unit, keyring, "evil.com/a", after=DAY)
        assert () == lists.page(unit, due_before=NOW + 2 * DAY).items
    assert ("Ben", NOW) == (kept.reviewed_by, kept.reviewed_at)


@pytest.mark.parametrize(("kind", "value"), [("domain", "WWW.evil.com"), ("wechat", "zhang_san88")])
def test_a_thing_is_listed_once(database: Database, keyring: Keyring, kind: str, value: str) -> None:
    with database.unit() as unit:
        first = add(unit, keyring, kind, value)
        with pytest.raises(ConflictError, match=rf"listed already as {first.id} \(block, by Mia\)"):
            add(unit, keyring, kind, value, action=ListAction.ALLOW)
        governing.remove(unit, first.id, by="Mia", why="again", now=NOW)
        add(unit, keyring, kind, value, action=ListAction.ALLOW)


def test_every_fault_of_an_entry_is_told_at_once(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError) as error:
        add(
            unit, keyring_of_sqlite, "account", "a-7", action=ListAction.ALLOW, label="gamling", reason=" ", source="",
            expires_at=NOW,
        )  # fmt: skip
    told = [fault.where for fault in error.value.faults]
    assert ["reason", "source", "label", "expiry", "action", "label"] == told
    assert "did you mean 'gambling'" in str(error.value)


def test_what_is_not_there_or_gone_is_a_sentence(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with sqlite.unit() as unit:
        with pytest.raises(NotFoundError, match="chaffinch lists list"):
            governing.remove(unit, "x", by="Mia", why="w", now=NOW)
        entry = add(unit, keyring_of_sqlite)
        governing.remove(unit, entry.id, by="Ben", why="w", now=NOW)
        with pytest.raises(ConflictError, match="removed by Ben"):
            list_reviews.keep(unit, entry.id, until=None, by="Mia", why="w", now=NOW)


def test_nothing_is_kept_until_a_day_that_has_come(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with sqlite.unit() as unit:
        entry = add(unit, keyring_of_sqlite)
        with pytest.raises(InvalidInputError, match="name a later"):
            list_reviews.keep(unit, entry.id, until=NOW, by="Mia", why="w", now=NOW)


BOUND = (load_policies(TAXONOMY)["cn"],)


def put_on(unit: Unit, keyring: Keyring, kind: str, value: str, *, at: datetime, by: str = "Mia", days: int = 30,
           policies: tuple[Policy, ...] = BOUND) -> ListEntryRecord:  # fmt: skip
    """For a while, by one person."""
    told = Listing(kind, value, ListAction.BLOCK, "phishing", "seen", by, expires_at=at + days * DAY)
    return governing.add(unit, told, taxonomy=TAXONOMY, keyring=keyring, now=at, policies=policies)


def off(unit: Unit, entry: ListEntryRecord, *, at: datetime, by: str = "Mia") -> None:
    governing.remove(unit, entry.id, by=by, why="its time is over", now=at)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("domain", "evil.com", "https://www.evil.com/a"),
        ("wechat", "zhang_san88", "Zhang_San88"),
        ("account", "a-7", "a-7"),
    ],
)
def test_the_same_value_put_on_again_by_the_same_person_takes_two(
    database: Database, keyring: Keyring, kind: str, value: str, written: str
) -> None:
    with database.unit() as unit:
        first = put_on(unit, keyring, kind, value, at=NOW)
        assert first.waits_since is None
        off(unit, first, at=NOW + 30 * DAY)
        second = put_on(unit, keyring, kind, written, at=NOW + 31 * DAY, by="mia")
        assert second.waits_since == NOW + 31 * DAY
        [asked] = approvals.waiting(unit, subject_id=second.id)
        assert asked.facts["again"] is True
        assert [] == [each for each in lists.holding(unit, now=NOW + 31 * DAY) if each.kind == kind]
        governing.answer(unit, asked.id, by="Ben", approve=True, note="still so", now=NOW + 31 * DAY)
        assert lists.get(unit, second.id).waits_since is None
        assert [] == [each.sentence for each in differences(unit)]


def test_another_person_another_value_or_a_later_day_takes_one(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        off(unit, put_on(unit, keyring, "domain", "evil.com", at=NOW), at=NOW + 10 * DAY)
        assert put_on(unit, keyring, "domain", "other.com", at=NOW + 11 * DAY).waits_since is None
        theirs = put_on(unit, keyring, "domain", "evil.com", at=NOW + 11 * DAY, by="Ben")
        assert theirs.waits_since is None
        off(unit, theirs, at=NOW + 12 * DAY)
        assert put_on(unit, keyring, "domain", "evil.com", at=NOW + 101 * DAY).waits_since is None


def test_what_two_agreed_to_counts_for_nobody(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        agreed = put_on(unit, keyring, "domain", "evil.com", at=NOW, days=400)
        [asked] = approvals.waiting(unit, subject_id=agreed.id)
        governing.answer(unit, asked.id, by="Ben", approve=True, note="yes", now=NOW)
        off(unit, agreed, at=NOW + DAY)
        [asked] = approvals.waiting(unit, subject_id=agreed.id)
        governing.answer_removal(unit, asked.id, by="Ben", approve=True, note="yes", now=NOW + DAY)
        assert put_on(unit, keyring, "domain", "evil.com", at=NOW + 2 * DAY).waits_since is None


@pytest.mark.parametrize("changed", [{"again_days": 0}, {"longest_days": None}])
def test_a_policy_that_asks_for_nobody_is_heeded(database: Database, keyring: Keyring, changed: dict[str, Any]) -> None:
    [policy] = BOUND
    mine = (policy.model_copy(update={"two_people": policy.two_people.model_copy(update=changed)}),)
    with database.unit() as unit:
        off(unit, put_on(unit, keyring, "domain", "evil.com", at=NOW, policies=mine), at=NOW + DAY)
        assert put_on(unit, keyring, "domain", "evil.com", at=NOW + 2 * DAY, policies=mine).waits_since is None
