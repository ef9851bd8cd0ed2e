"""What the pages count, on both databases."""

from __future__ import annotations

from datetime import timedelta

from moderation.taxonomy import load_taxonomy
from records import overview
from records.database import Database
from records.personal import Keyring
from records.storing import Stored, store_decisions
from records.unit_of_work import Unit
from records.values import CaseState, Judgement, VerdictKind
from review import queue, verdicts
from tests.records.databases import NOW, database, keyring, postgres, sqlite
from tests.records.factories import for_review

__all__ = ["database", "keyring", "postgres", "sqlite"]

NAMES = load_taxonomy().names


def _stored(unit: Unit, keyring: Keyring, surface: str = "forum") -> Stored:
    return store_decisions(unit, [for_review(surface=surface)], keyring=keyring, now=NOW)[0]


def _decide(unit: Unit, keyring: Keyring, judgement: Judgement) -> Stored:
    stored = _stored(unit, keyring)
    queue.claim(unit, "mei", now=NOW)
    verdicts.give_verdict(unit, NAMES, str(stored.case_id), judgement, moderator="mei", token=None, now=NOW)
    return stored


def test_what_waits_is_counted_by_queue_label_and_state(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        for surface in ("forum", "forum", "live"):
            _stored(unit, keyring, surface)
        queue.claim(unit, "mei", now=NOW, queue="live")
        found = overview.waiting(unit)
    assert [("forum", "gambling", CaseState.OPEN, 2), ("live", "gambling", CaseState.CLAIMED, 1)] == [
        (group.queue, group.label, group.state, group.count) for group in found
    ]
    assert {NOW} == {group.oldest for group in found}


def test_what_is_decided_no_longer_waits_and_is_counted(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        _decide(unit, keyring, Judgement(VerdictKind.REJECT, ("gambling",)))
        _decide(unit, keyring, Judgement(VerdictKind.APPROVE))
        counted = overview.decided_since(unit, NOW - timedelta(hours=1))
        assert [] == overview.waiting(unit)
    assert (2, 1) == (counted.count, counted.overturned)


def test_doubt_and_what_was_taken_back_decide_nothing(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        undone = _decide(unit, keyring, Judgement(VerdictKind.APPROVE))
        verdicts.undo(unit, str(undone.case_id), moderator="mei", now=NOW)
        _decide(unit, keyring, Judgement(VerdictKind.UNSURE))
        assert 0 == overview.decided_since(unit, NOW).count


def test_the_count_is_of_a_time_and_of_a_person_where_asked(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        _decide(unit, keyring, Judgement(VerdictKind.APPROVE))
        assert 0 == overview.decided_since(unit, NOW + timedelta(seconds=1)).count
        assert (1, 0) == (
            overview.decided_since(unit, NOW, moderator="mei").count,
            overview.decided_since(unit, NOW, moderator="wei").count,
        )


def test_the_last_verdict_of_a_person_is_the_one_that_was_not_taken_back(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        first = _decide(unit, keyring, Judgement(VerdictKind.APPROVE))
        second = _decide(unit, keyring, Judgement(VerdictKind.APPROVE))
        last = overview.last_verdict_by(unit, "mei")
        assert last is not None
        assert second.case_id == last.case_id
        verdicts.undo(unit, str(second.case_id), moderator="mei", now=NOW)
        last = overview.last_verdict_by(unit, "mei")
        assert last is not None
        assert first.case_id == last.case_id
        assert None is overview.last_verdict_by(unit, "wei")
        assert 1 == len(overview.verdicts_about(unit, first.decision_id))
