"""The queue: leases, order, and that no case is lost."""

from __future__ import annotations

import itertools
import random
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from moderation.comment import Context
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import cases, labels, leases, ledger, verdicts
from records.database import Database
from records.personal import Keyring
from records.storing import Stored
from records.tables import cases as cases_table
from records.values import CaseRecord, CaseState, Judgement, Purpose, VerdictKind
from records.waiting import ANYTHING, Wanted
from review import queue
from review.chosen import Why
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, an_answer, for_review, put

LATER = NOW + queue.LEASE


def claimed(database: Database, moderator: str = "mia", *, now: datetime = NOW, **how: object) -> list[CaseRecord]:
    with database.unit() as unit:
        found = queue.claim(unit, moderator, now=now, **how)  # type: ignore[arg-type]
        unit.commit()
    return found


def test_the_worst_comes_first_then_the_oldest(database: Database, keyring: Keyring) -> None:
    mild, worst = put(database, keyring, for_review(score=0.5), for_review(score=0.85))
    [younger] = put(database, keyring, for_review(score=0.5), now=NOW + timedelta(minutes=1))
    assert [worst.case_id, mild.case_id, younger.case_id] == [case.id for case in claimed(database, count=3)]


def test_a_claim_is_by_queue_and_label(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(), for_review(surface="news"))
    assert [] == claimed(database, queue="live")
    assert [] == claimed(database, label="fraud")
    [case] = claimed(database, queue="news", label="gambling")
    assert ("news", "mia", LATER, CaseState.CLAIMED) == (
        case.queue,
        case.lease_owner,
        case.lease_expires_at,
        case.state,
    )


@pytest.mark.parametrize("count", [0, 11, -1])
def test_a_claim_is_of_one_to_ten(sqlite: Database, count: int) -> None:
    with sqlite.unit() as unit, pytest.raises(InvalidInputError, match="1 to 10"):
        queue.claim(unit, "mia", now=NOW, count=count)


def test_a_claimed_case_is_nobody_elses_until_its_lease_runs_out(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    [mine] = claimed(database)
    assert [] == claimed(database, "noah")
    [theirs] = claimed(database, "noah", now=LATER)
    assert mine.id == theirs.id
    assert mine.lease_token != theirs.lease_token


def test_two_who_claim_at_once_get_different_cases(postgres: Database, keyring_of_postgres: Keyring) -> None:
    put(postgres, keyring_of_postgres, for_review(), for_review())
    with postgres.unit() as one, postgres.unit() as two:
        [first], [second] = queue.claim(one, "mia", now=NOW), queue.claim(two, "noah", now=NOW)
        assert first.id != second.id


def test_the_next_case_is_the_one_in_hand(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(), for_review())
    with database.unit() as unit:
        first = queue.next_case(unit, "mia", now=NOW)
        assert first is not None
        assert first == queue.next_case(unit, "mia", now=NOW)
        other = queue.next_case(unit, "noah", now=NOW)
        assert other is not None
        assert other.id != first.id
        assert queue.next_case(unit, "olga", now=NOW) is None


def test_a_renewed_lease_lasts_longer(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    [case] = claimed(database)
    half = NOW + queue.LEASE / 2
    with database.unit() as unit:
        assert half + queue.LEASE == queue.renew(unit, case.id, "mia", case.lease_token, now=half).lease_expires_at
        unit.commit()
    assert [] == claimed(database, "noah", now=LATER)


def test_a_released_case_waits_again(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    [case] = claimed(database)
    with database.unit() as unit:
        released = queue.release(unit, case.id, "mia", case.lease_token, now=NOW, reason="lunch")
        unit.commit()
    assert (CaseState.OPEN, None) == (released.state, released.lease_owner)
    assert [case.id] == [again.id for again in claimed(database, "noah")]


def test_an_escalated_case_is_for_those_who_ask_for_it_even_after_a_lease_ran_out(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, for_review())
    [case] = claimed(database)
    with database.unit() as unit:
        escalated = queue.escalate(unit, case.id, "mia", case.lease_token, now=NOW, reason="threat to life")
        unit.commit()
    assert CaseState.ESCALATED == escalated.state
    assert [] == claimed(database, "noah")
    assert [case.id] == [c.id for c in claimed(database, "lead", queue=cases.ESCALATED)]
    assert [] == claimed(database, "noah", now=LATER)
    assert [case.id] == [c.id for c in claimed(database, "lead", now=LATER, queue=cases.ESCALATED)]


@pytest.mark.parametrize("reason", ["x" * 501, "a\0", "\ud800"])
def test_an_odd_reason_is_refused(sqlite: Database, keyring_of_sqlite: Keyring, reason: str) -> None:
    put(sqlite, keyring_of_sqlite, for_review())
    [case] = claimed(sqlite)
    with sqlite.unit() as unit:
        for act in (queue.release, queue.escalate):
            with pytest.raises(InvalidInputError, match="/reason"):
                act(unit, case.id, "mia", None, now=NOW, reason=reason)


def test_expiry_puts_back_what_ran_out_and_nothing_else(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review(), for_review())
    claimed(database)
    claimed(database, "noah", now=NOW + timedelta(minutes=1))
    with database.unit() as unit:
        assert 1 == queue.expire(unit, now=LATER)
        assert 0 == queue.expire(unit, now=LATER)
        assert {CaseState.OPEN, CaseState.CLAIMED} == {case.state for case in cases.page(unit).items}


def test_only_the_holder_with_the_right_token_in_time_may_act(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    [case] = claimed(database)
    with database.unit() as unit:
        for moderator, token, now, sentence in (
            ("noah", case.lease_token, NOW, "Another moderator"),
            ("mia", "stale", NOW, "claimed anew"),
            ("mia", case.lease_token, LATER, "Your claim ran out"),
        ):
            with pytest.raises(ConflictError, match=sentence):
                queue.held(unit, case.id, moderator, token, now=now)
        with pytest.raises(NotFoundError):
            queue.held(unit, "none", "mia", None, now=NOW)
        assert case == queue.held(unit, case.id, "mia", None, now=NOW)


def test_a_case_is_opened_about_a_passed_comment_and_joined_the_second_time(
    database: Database, keyring: Keyring
) -> None:
    [stored] = put(database, keyring, an_answer())
    with database.unit() as unit:
        opened = queue.open_case(unit, stored.comment_id, stored.decision_id, opened_by="appeal", now=NOW)
        again = queue.open_case(unit, stored.comment_id, stored.decision_id, opened_by="complaint", now=NOW)
    assert ("appeal", "unjudged", None, 0.0) == (opened.opened_by, opened.why, opened.label, opened.priority)
    assert opened.id == again.id


def test_what_is_done_with_a_case_is_in_the_ledger(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review())
    [case] = claimed(database)
    with database.unit() as unit:
        queue.release(unit, case.id, "mia", None, now=NOW, reason="lunch")
        unit.commit()
    with database.reading() as look:
        kinds = [entry.kind for entry in ledger.page(look, subject_id=case.id).items]
    assert ["case.claimed", "case.released"] == kinds


CASES, MODERATORS = 30, 10


def test_ten_moderators_with_expiring_leases_decide_each_case_exactly_once(
    database: Database, keyring: Keyring
) -> None:
    """A third of all claims is left to run out, and a third of those is decided too late."""
    put(database, keyring, *[for_review() for _ in range(CASES)])
    ticks = itertools.count()
    applied: list[str] = []
    refused: list[str] = []

    def clock() -> datetime:
        return NOW + timedelta(seconds=next(ticks))

    def decide(case: CaseRecord, moderator: str) -> None:
        judgement = Judgement(VerdictKind.REJECT, ("gambling",))
        try:
            with database.unit() as unit:
                give_verdict(unit, NAMES, case.id, judgement, moderator=moderator, token=case.lease_token, now=clock())
                unit.commit()
            applied.append(case.id)
        except ConflictError:
            refused.append(case.id)

    def work(moderator: str, chance: random.Random) -> None:
        late: CaseRecord | None = None
        while len(applied) < CASES and next(ticks) < 20_000:
            with database.unit() as unit:
                found = queue.claim(unit, moderator, now=clock(), count=2, lease=timedelta(seconds=25))
                unit.commit()
            for case in found:
                if chance.random() < 2 / 3:
                    decide(case, moderator)
                else:
                    late = case
            if late is not None and chance.random() < 1 / 3:
                decide(late, moderator)

    threads = [threading.Thread(target=work, args=(f"m{n}", random.Random(n))) for n in range(MODERATORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=200)
    with database.reading() as look:
        found = cases.page(look, limit=200).items
        given = [v.moderator for case in found for v in verdicts.of_case(look, case.id)]
        kinds = [e.kind for case in found for e in ledger.page(look, subject_id=case.id, limit=200).items]
        labelled = [case.id for case in found if labels.in_force(look, case.comment_id) is not None]
    assert (CASES, CASES) == (len(applied), len(set(applied)))
    assert refused, "no verdict came too late: the test has lost its point"
    assert {CaseState.CLOSED} == {case.state for case in found}
    assert (CASES, CASES, CASES) == (len(given), kinds.count("verdict"), len(labelled))


def _measuring(database: Database, stored: Stored, kind: str) -> None:
    with database.unit() as unit:
        values = {"purpose": Purpose.OPINION} if kind == "opinion" else {"why": Why.RANDOM}
        unit.execute(update(cases_table).where(cases_table.c.id == stored.case_id).values(**values))
        unit.commit()


@pytest.mark.parametrize("kind", ["opinion", "random"])
@pytest.mark.parametrize(
    ("surface", "priority", "waited"),
    [("live", 0.1, timedelta(0)), ("forum", 0.1, timedelta(minutes=55)), ("forum", 1.2, timedelta(0))],
    ids=["promised soon", "nearly late", "grave"],
)
def test_what_measures_overtakes_nothing_urgent(
    database: Database, keyring: Keyring, kind: str, surface: str, priority: float, waited: timedelta
) -> None:
    [measuring] = put(database, keyring, for_review("加群吧"))
    _measuring(database, measuring, kind)
    [later] = put(database, keyring, for_review("别处看看", surface=surface), now=NOW + timedelta(hours=15))
    at = NOW + timedelta(hours=15) + waited
    with database.unit() as unit:
        unit.execute(update(cases_table).where(cases_table.c.id == later.case_id).values(priority=priority))
        taken = queue.take(unit, "mia", Wanted(blind=True), now=at, count=2)
        assert [later.case_id, measuring.case_id] == [case.id for case in taken]


@pytest.mark.parametrize("kind", ["opinion", "random"])
def test_what_measures_has_its_turn_among_what_can_wait(database: Database, keyring: Keyring, kind: str) -> None:
    [measuring] = put(database, keyring, for_review("加群吧"))
    _measuring(database, measuring, kind)
    [later] = put(database, keyring, for_review("别处看看", score=0.5), now=NOW + timedelta(hours=15))
    with database.unit() as unit:
        taken = queue.take(unit, "mia", Wanted(blind=True), now=NOW + timedelta(hours=15), count=2)
        assert [measuring.case_id, later.case_id] == [case.id for case in taken]


def live(database: Database, keyring: Keyring, count: int = 1) -> None:
    items = [for_review(f"直播{n}", known_as=f"l-{n}") for n in range(count)]
    put(
        database,
        keyring,
        *[replace(one, comment=replace(one.comment, context=Context(surface="live"))) for one in items],
    )


def test_a_lease_is_no_longer_than_its_queues_promise(database: Database, keyring: Keyring) -> None:
    live(database, keyring)
    with database.unit() as unit:
        [case] = queue.take(unit, "mia", ANYTHING, now=NOW)
        assert NOW + timedelta(minutes=5) == case.lease_expires_at
        later = NOW + timedelta(minutes=1)
        again = queue.renew(unit, case.id, "mia", case.lease_token, now=later)
        assert later + timedelta(minutes=5) == again.lease_expires_at


def test_what_is_ahead_of_a_longer_case_is_never_the_first_to_run_out(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("论坛"))
    with database.unit() as unit:
        [case] = queue.take(unit, "mia", ANYTHING, now=NOW)
        unit.commit()
    live(database, keyring, 8)
    with database.unit() as unit:
        ahead = queue.ahead_of(unit, "mia", case, ANYTHING, now=NOW)
        assert ahead is not None
        assert NOW + timedelta(minutes=5) == ahead.lease_expires_at
        assert [case.id, ahead.id] == [one.id for one in leases.leased_by(unit, "mia", now=NOW)]


def test_a_page_that_is_left_gives_its_cases_back_in_a_moment(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *[for_review(f"论坛{n}", known_as=f"c-{n}") for n in range(8)])
    with database.unit() as unit:
        [case] = queue.take(unit, "mia", ANYTHING, now=NOW)
        assert queue.ahead_of(unit, "mia", case, ANYTHING, now=NOW) is not None
        queue.left(unit, case.id, "mia", case.lease_token, now=NOW)
        assert [case.id] == [one.id for one in leases.leased_by(unit, "mia", now=NOW)][:1]
        unit.commit()
    soon = NOW + timedelta(seconds=30)
    with database.unit() as unit:
        assert case.id in {one.id for one in queue.take(unit, "ben", ANYTHING, now=soon, count=10)}
        assert [] == leases.leased_by(unit, "mia", now=soon)


def test_who_comes_back_at_once_has_the_full_time_again(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *[for_review(f"论坛{n}", known_as=f"c-{n}") for n in range(8)])
    with database.unit() as unit:
        [case] = queue.take(unit, "mia", ANYTHING, now=NOW)
        assert queue.ahead_of(unit, "mia", case, ANYTHING, now=NOW) is not None
        queue.left(unit, case.id, "mia", case.lease_token, now=NOW)
        soon = NOW + timedelta(seconds=2)
        again = queue.returned(unit, leases.leased_by(unit, "mia", now=soon)[0], now=soon)
        assert (case.id, soon + queue.LEASE) == (again.id, again.lease_expires_at)
        assert [case.id] == [one.id for one in leases.leased_by(unit, "mia", now=soon)][:1]
        unit.commit()
    with database.unit() as unit:
        assert 2 == len(leases.leased_by(unit, "mia", now=NOW + timedelta(minutes=9)))


def test_a_page_of_an_earlier_claim_gives_nothing_back(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("论坛"))
    with database.unit() as unit:
        [case] = queue.take(unit, "mia", ANYTHING, now=NOW)
        with pytest.raises(ConflictError):
            queue.left(unit, case.id, "mia", "another", now=NOW)
        assert NOW + queue.LEASE == cases.get(unit, case.id).lease_expires_at
