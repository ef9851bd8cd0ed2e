"""One verdict over some of a group: each its own record, the rest behind the next, nothing decided twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from governance import bulk, groups, verdicts
from governance.bulk import Wish
from governance.groups import Decided
from governance.queue_rules import shipped
from moderation.errors import InvalidInputError
from records import bulk as stored_bulk
from records import cases, comments, decisions, labels, leases
from records import groups as stored_groups
from records import verdicts as given
from records.bulk import BulkState, MemberState
from records.database import Database
from records.house_queues import AS_USUAL
from records.house_values import UserRecord
from records.personal import Keyring
from records.storing import Stored
from records.values import CaseRecord, CaseState, Judgement, VerdictKind
from review import queue
from review.groups import gather
from tests.governance.public import report
from tests.governance.test_bulk import LATER, RULES, person, step
from tests.records.databases import NOW
from tests.records.factories import put
from tests.review.test_groups import a_day, by, taken

REJECT = Judgement(VerdictKind.REJECT, ("gambling",), confidence=0.95)
APPROVE = Judgement(VerdictKind.APPROVE)


def in_hand(database: Database, keyring: Keyring, size: int = 5) -> tuple[UserRecord, list[Stored]]:
    who, stored = person(database), a_day(database, keyring, size)
    gather(database, NOW)
    assert [stored[0].case_id] == taken(database, who.id)
    return who, stored


def decide(
    database: Database,
    who: UserRecord,
    case_id: str | None,
    *picked: Stored,
    judgement: Judgement = REJECT,
    alone: int = 20,
) -> Decided:
    with database.unit() as unit:
        case = queue.held(unit, case_id or "", who.id, None, now=NOW)
        wish = Wish(judgement, {one.comment_id: one.revision for one in picked}, "one account, one day")
        done = groups.decide(unit, RULES, case, wish, by=who, alone=alone, now=NOW)
        unit.commit()
    return done


def case_of(database: Database, stored: Stored) -> CaseRecord:
    with database.reading() as look:
        return cases.get(look, stored.case_id or "")


def test_all_at_once_and_each_has_its_own_verdict_and_label(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    done = decide(database, who, stored[0].case_id, *stored)
    assert done.next_case is None
    assert [] == taken(database, "ann")
    assert 4 == step(database)
    with database.reading() as look:
        for one in stored:
            record = labels.in_force(look, one.comment_id)
            assert record is not None
            assert 1 == record.labels["gambling"]
            assert 1 == len(given.of_case(look, one.case_id or ""))
    assert {CaseState.CLOSED} == {case_of(database, one).state for one in stored}


def test_some_now_and_the_rest_otherwise(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    first = decide(database, who, stored[0].case_id, *stored[:3])
    assert first.next_case is not None
    assert stored[3].case_id == first.next_case.id
    assert [stored[3].case_id] == taken(database, who.id)
    second = decide(database, who, stored[3].case_id, stored[4], judgement=APPROVE)
    assert second.next_case is not None
    assert stored[3].case_id == second.next_case.id
    assert 3 == step(database)
    with database.reading() as look:
        held = [given.holding_for(look, one.decision_id) for one in stored]
    told = [None if verdict is None else verdict.verdict for verdict in held]
    assert [VerdictKind.REJECT] * 3 + [None, VerdictKind.APPROVE] == told


def test_a_verdict_in_the_case_alone_hands_the_rest_on(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    with database.unit() as unit:
        verdicts.give(unit, RULES, stored[0].case_id or "", REJECT, moderator=who.id, token=None, now=NOW)
        unit.commit()
    assert [stored[1].case_id] == taken(database, "ann")
    assert [] == taken(database, "ben")


def test_who_is_unsure_of_the_first_goes_on_with_the_rest(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    unsure = Judgement(VerdictKind.UNSURE)
    with database.unit() as unit:
        verdicts.give(unit, RULES, stored[0].case_id or "", unsure, moderator=who.id, token=None, now=NOW)
        unit.commit()
    assert [stored[1].case_id] == taken(database, who.id)
    assert [stored[0].case_id] == taken(database, "ann")


def test_what_was_edited_erased_or_decided_elsewhere_is_left_as_it_is(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    with database.unit() as unit:
        comments.erase(unit, stored[1].comment_id, now=NOW)
        waits = leases.lease(unit, cases.lock(unit, stored[2].case_id or "").id, "ann", expires_at=LATER)
        verdicts.give(unit, RULES, waits.id, APPROVE, moderator="ann", token=None, now=NOW)
        unit.commit()
    edited = replace(stored[3], revision=7)
    done = decide(database, who, stored[0].case_id, stored[0], stored[1], stored[2], edited, stored[4])
    assert 1 == step(database)
    assert done.next_case is not None
    assert stored[3].case_id == done.next_case.id
    with database.reading() as look:
        last = given.holding_for(look, decisions.latest_of(look, stored[2].comment_id).id)
    assert last is not None
    assert ("ann", VerdictKind.APPROVE) == (last.moderator, last.verdict)


def test_nothing_picked_decides_nothing(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    with pytest.raises(InvalidInputError):
        decide(database, who, stored[0].case_id)
    assert CaseState.CLAIMED is case_of(database, stored[0]).state


def test_over_a_stated_size_a_second_person_is_asked_and_nobody_is_given_them_meanwhile(
    database: Database, keyring: Keyring
) -> None:
    who, stored = in_hand(database, keyring)
    done = decide(database, who, stored[0].case_id, *stored, alone=2)
    assert done.bulk is not None
    assert BulkState.WAITING is done.bulk.state
    assert [] == taken(database, "ann")
    assert 0 == step(database)


def test_taken_back_within_seconds_the_group_is_as_it_was(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    done = decide(database, who, stored[0].case_id, *stored)
    assert done.bulk is not None
    with database.unit() as unit:
        bulk.take_back_with(unit, stored[0].case_id or "", by=who.id, now=NOW + timedelta(seconds=5))
        verdicts.take_back(unit, stored[0].case_id or "", moderator=who.id, now=NOW + timedelta(seconds=5))
        unit.commit()
    with database.reading() as look:
        group = groups.find(look, cases.get(look, stored[0].case_id or ""), who)
        assert {MemberState.PENDING: 4, MemberState.OPENED_AGAIN: 1} == dict(stored_bulk.counts(look, done.bulk.id))
    assert 0 == step(database)
    assert group is not None
    assert [one.case_id for one in stored[1:]] == [one.id for one in group.others]


def test_a_part_that_was_given_before_is_not_taken_back_with_the_case(database: Database, keyring: Keyring) -> None:
    who, stored = in_hand(database, keyring)
    part = decide(database, who, stored[0].case_id, *stored[1:3])
    later = NOW + timedelta(seconds=3)
    with database.unit() as unit:
        verdicts.give(unit, RULES, stored[0].case_id or "", REJECT, moderator=who.id, token=None, now=later)
        bulk.take_back_with(unit, stored[0].case_id or "", by=who.id, now=later)
        verdicts.take_back(unit, stored[0].case_id or "", moderator=who.id, now=later)
        unit.commit()
    assert part.bulk is not None
    assert 2 == step(database)


def test_thresholds_of_the_shipped_file_are_those_that_hold_without_one() -> None:
    assert AS_USUAL.groups == shipped()._groups()


def burst(database: Database, keyring: Keyring) -> list[Stored]:
    """A thread's nine unclear comments, by nine accounts."""
    items = [by(f"a{n}", f"广告{n}") for n in range(9)]
    return put(database, keyring, *[replace(i, comment=replace(i.comment, id=f"c-{n}")) for n, i in enumerate(items)])


def test_what_somebody_reported_is_gathered_into_no_group(database: Database, keyring: Keyring) -> None:
    stored = burst(database, keyring)
    report(database, keyring, about="c-2", kind="threat")
    gather(database, NOW)
    assert case_of(database, stored[2]).group_id is None
    assert [stored[2].case_id] == taken(database, "mei", wanted="complaints")


def test_a_report_takes_a_case_out_of_its_group_with_a_promise_of_its_own(database: Database, keyring: Keyring) -> None:
    stored = burst(database, keyring)
    gather(database, NOW)
    report(database, keyring, about="c-2", kind="threat")
    mine = case_of(database, stored[2])
    assert ("complaints", None) == (mine.queue, mine.group_id)
    assert mine.due_at <= NOW + timedelta(hours=2)
    gather(database, NOW)
    assert [stored[2].case_id] == taken(database, "mei", wanted="complaints")
    assert [stored[0].case_id] == taken(database, "ann")


def test_where_the_reported_one_stood_for_the_others_the_next_does(database: Database, keyring: Keyring) -> None:
    stored = burst(database, keyring)
    gather(database, NOW)
    report(database, keyring, about="c-0", kind="threat")
    assert [stored[0].case_id] == taken(database, "mei", wanted="complaints")
    assert [stored[1].case_id] == taken(database, "ann")
    with database.reading() as look:
        group = stored_groups.led_by(look, case_of(database, stored[1]))
        assert group is not None
        assert [one.case_id for one in stored[2:]] == [one.id for one in stored_groups.others(look, group)]


def test_one_that_is_reported_in_somebodys_hands_stays_there_and_leaves_the_group(
    database: Database, keyring: Keyring
) -> None:  # fmt: skip
    stored = burst(database, keyring)
    gather(database, NOW)
    assert [stored[0].case_id] == taken(database, "mei")
    report(database, keyring, about="c-0", kind="threat")
    mine = case_of(database, stored[0])
    assert (CaseState.CLAIMED, None) == (mine.state, mine.group_id)
    assert [stored[1].case_id] == taken(database, "ann")


def test_a_member_that_was_found_and_escalated_is_given_to_seniors(database: Database, keyring: Keyring) -> None:
    stored = burst(database, keyring)
    gather(database, NOW)
    with database.unit() as unit:
        found = leases.lease(unit, stored[3].case_id or "", "mei", expires_at=NOW + timedelta(minutes=5))
        queue.escalate(unit, found.id, "mei", found.lease_token, now=NOW)
        unit.commit()
    assert [stored[3].case_id] == taken(database, "sen", wanted="escalated")
