"""Observations: told to others, forgotten in time, gone with the comment."""

from __future__ import annotations

from datetime import timedelta

from moderation.behaviour import Burst, BurstKind, Observation, Seen
from records import behaviour, comments
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from tests.records.databases import NOW
from tests.records.factories import an_answer, put

LARGE = 2**64 - 3


def seen(*, after: float = 0, mark: int | None = LARGE, contacts: tuple[int, ...] = ()) -> Seen:
    kept = Observation(NOW.timestamp() + after, b"s" * 72 if mark else None, LARGE - 1, LARGE - 2, contacts)
    return Seen(kept, mark=mark)


def observed(database: Database, keyring: Keyring, *what: Seen, worker: str = "one") -> list[Stored]:
    stored = put(database, keyring, *(an_answer() for _ in what))
    with database.unit() as unit:
        behaviour.keep(unit, [(s.decision_id, w) for s, w in zip(stored, what, strict=True)], worker=worker)
        unit.commit()
    return stored


def test_what_was_kept_comes_back_whole_and_in_order(database: Database, keyring: Keyring) -> None:
    kept = [seen(after=2.25, contacts=(LARGE, 7)), seen(after=1.5, mark=None)]
    observed(database, keyring, *kept)
    with database.reading() as look:
        told = behaviour.since(look, NOW, limit=10)
    assert [kept[1].observation, kept[0].observation] == [each.observation for each in told]


def test_a_worker_is_not_told_its_own(database: Database, keyring: Keyring) -> None:
    observed(database, keyring, seen(), worker="one")
    [other] = observed(database, keyring, seen(after=1), worker="two")
    with database.reading() as look:
        assert [other.decision_id] == [t.decision_id for t in behaviour.since(look, NOW, but_of="one", limit=9)]


def test_of_too_many_the_newest_are_told(database: Database, keyring: Keyring) -> None:
    stored = observed(database, keyring, *(seen(after=n) for n in range(5)))
    with database.reading() as look:
        told = behaviour.since(look, NOW, limit=2)
    assert [s.decision_id for s in stored[-2:]] == [t.decision_id for t in told]


def test_a_burst_finds_the_comments_that_came_before(database: Database, keyring: Keyring) -> None:
    text, contact, _ = observed(database, keyring, seen(contacts=(5,)), seen(mark=9, contacts=(LARGE,)), seen(mark=1))
    with database.reading() as look:
        of_text = behaviour.comments_of(look, Burst(BurstKind.TEXT, LARGE, b""), NOW)
        of_contact = behaviour.comments_of(look, Burst(BurstKind.CONTACT, LARGE), NOW)
        later = behaviour.comments_of(look, Burst(BurstKind.TEXT, LARGE, b""), NOW + timedelta(seconds=1))
    assert ([text.comment_id], [contact.comment_id], []) == (of_text, of_contact, later)


def test_what_is_old_is_forgotten(database: Database, keyring: Keyring) -> None:
    observed(database, keyring, seen(), seen(after=60))
    with database.unit() as unit:
        assert 1 == behaviour.forget(unit, NOW + timedelta(seconds=30))
        unit.commit()
    with database.reading() as look:
        assert 1 == len(behaviour.since(look, NOW, limit=9))


def test_an_erased_comment_leaves_no_observation(database: Database, keyring: Keyring) -> None:
    [stored, _] = observed(database, keyring, seen(), seen())
    with database.unit() as unit:
        comments.erase(unit, stored.comment_id, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert stored.decision_id not in [told.decision_id for told in behaviour.since(look, NOW, limit=9)]
