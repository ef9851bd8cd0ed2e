"""What is decided together: which cases, behind which one, and that none is lost or handed out by itself meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from moderation.comment import Author, Context
from moderation.decision import Outcome
from records import cases, comments, groups, leases, ledger
from records.cases import Wanted
from records.database import Database
from records.groups import Waiting
from records.house_queues import GroupLimits, HouseQueues
from records.personal import Keyring
from records.storing import Answered, Stored
from records.values import CaseState
from review import queue
from review.groups import Kind, Plan, gather, together
from review.queue import Skip
from tests.records.databases import NOW
from tests.records.factories import a_decision, for_review, put

LIMITS = GroupLimits(account_cases=3, thread_cases=4, most=6)


def a_case(
    number: int, *, account: str | None = None, thread: str | None = None, at: float = 0, **more: str
) -> Waiting:
    moment = NOW + timedelta(minutes=at)
    return Waiting(f"{number}", f"c{number}", thread, account, moment, moment, **more)


def test_an_accounts_day_comes_before_its_threads_burst() -> None:
    mine = [a_case(n, account="a", thread="t") for n in range(3)]
    theirs = [a_case(n, account=f"b{n}", thread="t") for n in range(3, 7)]
    expected = [Plan(Kind.ACCOUNT, ("0", "1", "2")), Plan(Kind.THREAD, ("3", "4", "5", "6"))]
    assert expected == together([*mine, *theirs], LIMITS)


def test_too_few_too_far_apart_or_of_nobody_known_wait_by_themselves() -> None:
    few = [a_case(n, account="a") for n in range(2)]
    slow = [a_case(n, thread="t", at=31 * n) for n in range(2, 8)]
    days = [a_case(n, account="b", at=13 * 60 * n) for n in range(8, 12)]
    unknown = [a_case(n) for n in range(12, 20)]
    assert [] == together([*few, *slow, *days, *unknown], LIMITS)


def test_a_burst_is_what_was_written_at_once_and_no_more_than_fits() -> None:
    early = [a_case(0, thread="t", at=-60)]
    burst = [a_case(n, thread="t", at=n) for n in range(1, 9)]
    assert [Plan(Kind.THREAD, tuple("123456"))] == together([*early, *burst], LIMITS)


def test_what_comes_later_joins_the_group_that_stands() -> None:
    standing = [a_case(n, account="a", group_id="g", group_kind=Kind.ACCOUNT) for n in range(2)]
    late = [a_case(2, account="a", at=60), a_case(3, account="a", at=25 * 60)]
    assert [Plan(Kind.ACCOUNT, ("2",), "g")] == together([*standing, *late], LIMITS)
    elsewhere = [a_case(n, account="a", group_id="g", group_kind=Kind.THREAD) for n in range(2)]
    assert [] == together([*elsewhere, *late], LIMITS)


def by(author: str, text: str, thread: str = "t") -> Answered:
    item = for_review(text)
    context = Context(thread_id=thread, surface=item.comment.context.surface)
    return replace(item, comment=replace(item.comment, author=Author(author), context=context))


def a_day(database: Database, keyring: Keyring, size: int = 5, author: str = "a") -> list[Stored]:
    return put(database, keyring, *[by(author, f"广告{n}", f"t{n}") for n in range(size)])


def taken(database: Database, who: str, now: datetime = NOW, *, wanted: str | None = None) -> list[str]:
    with database.unit() as unit:
        found = queue.take(unit, who, Wanted(wanted), now=now, count=10)
        unit.commit()
    return [case.id for case in found]


def test_one_case_stands_for_the_others_and_is_as_urgent_as_they(database: Database, keyring: Keyring) -> None:
    stored = a_day(database, keyring)
    [alone] = put(database, keyring, by("b", "别人的"))
    assert 5 == gather(database, NOW)
    assert 0 == gather(database, NOW)
    assert [stored[0].case_id, alone.case_id] == taken(database, "mei")
    assert [] == taken(database, "ann")
    with database.reading() as look:
        first = cases.get(look, stored[0].case_id or "")
        group = groups.led_by(look, first)
        assert group is not None
        assert [one.case_id for one in stored[1:]] == [one.id for one in groups.others(look, group)]
        [told] = [entry for entry in ledger.page(look).items if entry.kind == "group.opened"]
        assert first.due_at == min(cases.get(look, one.case_id or "").due_at for one in stored)
    assert group.id == told.subject_id


def test_a_group_of_several_queues_is_found_in_the_one_whose_promise_ends_first(
    database: Database, keyring: Keyring
) -> None:
    """A grave case of the news has its turn before a mild one of a live stream, whose promise ends first."""

    def on(surface: str, number: int, score: float) -> Answered:
        item = by("a", f"话题{number}", f"t{number}")
        item = replace(item, decision=a_decision(Outcome.REVIEW, advertising=score))
        context = replace(item.comment.context, surface=surface)
        return replace(item, comment=replace(item.comment, context=context))

    stored = put(database, keyring, *[on("news", n, 0.99) for n in range(4)], on("live", 4, 0.41))
    assert 5 == gather(database, NOW)
    with database.unit() as unit:
        [case] = queue.take(unit, "mei", Wanted(queue="live"), now=NOW)
        assert stored[4].case_id == case.id
        assert groups.led_by(unit, case) is not None


def test_however_the_first_ends_the_others_are_free(database: Database, keyring: Keyring) -> None:
    stored = a_day(database, keyring)
    gather(database, NOW)
    with database.unit() as unit:
        comments.erase(unit, stored[0].comment_id, now=NOW)
        unit.commit()
    assert [one.case_id for one in stored[1:]] == taken(database, "mei")


def test_a_lease_that_ran_out_takes_the_group_back_with_it(database: Database, keyring: Keyring) -> None:
    stored = a_day(database, keyring)
    gather(database, NOW)
    assert [stored[0].case_id] == taken(database, "mei")
    assert [stored[0].case_id] == taken(database, "ann", NOW + timedelta(hours=1))


def test_what_was_edited_or_passed_over_for_good_or_is_in_hand_is_not_gathered(
    database: Database, keyring: Keyring
) -> None:  # fmt: skip
    stored = a_day(database, keyring, 7)
    with database.unit() as unit:
        held, passed = queue.take(unit, "ann", Wanted(), now=NOW, count=2)
        queue.skip(unit, passed.id, "ann", passed.lease_token, why=Skip.CONFLICT, now=NOW)
        unit.commit()
    assert 5 == gather(database, NOW)
    with database.reading() as look:
        grouped = {one.case_id for one in stored if cases.get(look, one.case_id or "").group_id is not None}
    assert {one.case_id for one in stored} - {held.id, passed.id} == grouped


def test_what_joined_a_group_while_it_was_looked_for_is_not_handed_out(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PostgreSQL does where the group is committed between a claim's look at the tables and its lock on the case."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite's writers wait for one another: what a claim found is so until it commits")
    stored = a_day(database, keyring)
    gather(database, NOW)
    with database.reading() as look:
        kept = [cases.get(look, one.case_id or "") for one in stored]
        group = groups.get(look, kept[0].group_id or "")
    assert group is not None
    late = [[next(one.id for one in kept if one.id != group.case_id)]]
    truly = leases._next
    monkeypatch.setattr(leases, "_next", lambda *given: late.pop() if late else truly(*given))
    assert [group.case_id] == taken(database, "m")


def test_of_ten_who_ask_at_once_one_has_the_group_while_it_forms(database: Database, keyring: Keyring) -> None:
    database._queues = lambda: HouseQueues(groups=GroupLimits(account_cases=2))
    stored = a_day(database, keyring, 20)
    found: list[list[str]] = []
    together_now = threading.Barrier(11)

    def ask(who: str) -> None:
        together_now.wait(20)
        with database.unit() as unit:
            claimed = queue.take(unit, who, Wanted(), now=NOW)
            unit.commit()
        found.append([case.id for case in claimed])

    def form() -> None:
        together_now.wait(20)
        gather(database, NOW)

    threads = [threading.Thread(target=ask, args=(f"m{n}",)) for n in range(10)] + [threading.Thread(target=form)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    claimed = [case_id for each in found for case_id in each]
    assert len(claimed) == len(set(claimed))
    with database.reading() as look:
        kept = [cases.get(look, one.case_id or "") for one in stored]
        stood = {groups.get(look, one.group_id).case_id for one in kept if one.group_id}  # type: ignore[union-attr]
    for one in kept:
        assert (one.state is CaseState.CLAIMED) is (one.id in claimed)
        assert one.state is CaseState.OPEN or one.group_id is None or one.id in stood
