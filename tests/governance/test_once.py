"""One offence is measured once, and the same stands once on the same, whoever asks and however often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from governance import account_measures, four_eyes, measure_wishes, once
from governance.four_eyes import Word
from governance.measure_context import context_of
from governance.measure_wishes import Wish
from governance.rules import Standards
from moderation.comment import Author
from moderation.errors import ConflictError, InvalidInputError
from moderation.standing import Function
from records import measures, underlying
from records.database import Database
from records.personal import Keyring
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.tables import measures as table
from tests.governance.public import TAXONOMY
from tests.governance.standing import ACCOUNT, CN, SHIPPED, held, kinds, lift, now_of, take, wish
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

DAY = timedelta(days=1)
STANDARDS = Standards(TAXONOMY, NOW.date())


def wrote(database: Database, keyring: Keyring, name: str, *, at: datetime = NOW) -> str:
    """A comment of the account, written then, by the platform's id."""
    put(database, keyring, an_answer(a_comment(known_as=name)), now=at)
    return name


def answer(database: Database, approval_id: str | None, *, approve: bool = True, now: datetime = NOW) -> None:
    with database.unit() as unit:
        four_eyes.answer(unit, str(approval_id), Word("ben", approve, "looked at it"), standards=STANDARDS, now=now)
        unit.commit()


def test_seven_times_about_one_comment_is_one_step_of_the_ladder(database: Database, keyring: Keyring) -> None:
    """A client that sends it again without an Idempotency-Key is told what stands, by its id."""
    cause = wrote(database, keyring, "L1")
    first = take(database, keyring, wish(None, cause=cause))
    for _ in range(6):
        with pytest.raises(ConflictError, match=f"measured for this comment already.*{first.id}"):
            take(database, keyring, wish(None, cause=cause))
    assert ["warn"] == taken(database, first)


def taken(database: Database, one: MeasureRecord) -> list[str]:
    with database.reading() as look:
        return [each.measure for each in reversed(measures.page(look, author_id=one.author_id).items)]


def test_what_was_written_before_the_last_measure_is_no_repetition(database: Database, keyring: Keyring) -> None:
    """Comments of one day that are measured one after the other are on one step; what is written after it climbs."""
    for name in ("a", "b", "c"):
        wrote(database, keyring, name)
    steps = [take(database, keyring, wish(None, cause=name), now=NOW + DAY).measure for name in ("a", "b", "c")]
    assert ["warn", "warn", "warn"] == steps
    again = wrote(database, keyring, "d", at=NOW + 2 * DAY)
    assert "restrict" == take(database, keyring, wish(None, cause=again), now=NOW + 2 * DAY).measure


def test_an_offence_is_measured_anew_once_its_measure_was_taken_back(database: Database, keyring: Keyring) -> None:
    cause = wrote(database, keyring, "L1")
    lift(database, take(database, keyring, wish(None, cause=cause)).id)
    assert "warn" == take(database, keyring, wish(None, cause=cause)).measure


def test_an_offence_that_was_measured_is_so_after_the_measures_end(database: Database, keyring: Keyring) -> None:
    cause = wrote(database, keyring, "L1")
    take(database, keyring, wish("suspend", days=1, cause=cause))
    with database.unit() as unit:
        account_measures.expire(unit, now=NOW + 2 * DAY)
        unit.commit()
    with pytest.raises(ConflictError, match="ended"):
        take(database, keyring, wish("suspend", days=1, cause=cause), now=NOW + 2 * DAY)


def test_without_a_cause_a_day_is_one_occasion(database: Database, keyring: Keyring) -> None:
    first = take(database, keyring, wish(None))
    with pytest.raises(ConflictError, match=f"one occasion.*{first.id}.*names the comment as 'cause'"):
        take(database, keyring, wish(None), now=NOW + timedelta(hours=23))
    other = wrote(database, keyring, "c-2", at=NOW + timedelta(hours=1))
    assert "restrict" == take(database, keyring, wish(None, cause=other), now=NOW + timedelta(hours=2)).measure


@pytest.mark.parametrize(
    ("once", "again"),
    [
        (wish("suspend", days=3), wish("suspend", days=9)),
        (wish("restrict", closes=(Function.LINKS,), days=3), wish("restrict", closes=(Function.LINKS,), days=30)),
        (wish("close", "t", kind=TargetKind.THREAD), wish("close", "t", kind=TargetKind.THREAD)),
        (wish("warn", "a", kind=TargetKind.COMMENT), wish("warn", "a", kind=TargetKind.COMMENT)),
    ],
)
def test_the_same_stands_once_on_the_same(database: Database, keyring: Keyring, once: Wish, again: Wish) -> None:
    wrote(database, keyring, "a")
    wrote(database, keyring, "b", at=NOW + DAY)
    made = take(database, keyring, once)
    later = replace(again, cause="b") if again.kind is TargetKind.AUTHOR else again
    with pytest.raises(ConflictError, match=made.id):
        take(database, keyring, later, now=NOW + 2 * DAY)


def test_an_account_that_is_closed_is_neither_closed_nor_suspended_again(database: Database, keyring: Keyring) -> None:
    wrote(database, keyring, "b", at=NOW + DAY)
    closed = take(database, keyring, wish("close"))
    answer(database, closed.approval_id)
    for measure in ("close", "suspend"):
        with pytest.raises(ConflictError, match=f"closed already.*{closed.id}"):
            take(database, keyring, wish(measure, cause="b"), now=NOW + 2 * DAY)


def test_who_means_more_names_what_it_replaces_which_ends_when_the_new_one_begins(
    database: Database, keyring: Keyring
) -> None:
    cause = wrote(database, keyring, "L1")
    short = take(database, keyring, wish("suspend", days=3, cause=cause))
    more = take(database, keyring, wish("suspend", days=20, cause=cause, replaces=short.id))
    assert (MeasureState.REPLACED, f"measure {more.id} took its place") == told(database, short)
    assert (["suspend"], short.id) == (held(database, keyring), more.replaces)
    with database.reading() as look:
        assert 1 == once.rungs(look, str(more.author_id), NOW - DAY), "one offence carries the ladder one step"
    assert ["measure.taken", "measure.replaced", "measure.taken"] == [
        each for each in kinds(database) if each.startswith("measure")
    ]


def told(database: Database, one: MeasureRecord) -> tuple[MeasureState, str | None]:
    now = now_of(database, one.id)
    return now.state, now.ended_why


def test_what_is_to_be_replaced_holds_until_the_second_person_has_said_yes(
    database: Database, keyring: Keyring
) -> None:
    short = take(database, keyring, wish("suspend", days=3))
    longer = take(database, keyring, wish("suspend", days=90, replaces=short.id))
    assert (MeasureState.WAITING, MeasureState.IN_FORCE) == (longer.state, now_of(database, short.id).state)
    answer(database, longer.approval_id, now=NOW + DAY)
    assert [MeasureState.IN_FORCE, MeasureState.REPLACED] == [now_of(database, one.id).state for one in (longer, short)]


@pytest.mark.parametrize(
    ("how", "refused"),
    [
        ({"replaces": "nothing"}, InvalidInputError),
        ({"measure": None}, InvalidInputError),
        ({"target": "somebody-else"}, InvalidInputError),
    ],
)
def test_what_replaces_nothing_is_refused(
    database: Database, keyring: Keyring, how: dict[str, str], refused: type[Exception]
) -> None:
    short = take(database, keyring, wish("suspend", days=3))
    with pytest.raises(refused):
        take(database, keyring, wish(**({"measure": "suspend", "days": 20, "replaces": short.id} | how)))


def test_what_is_over_or_waits_is_not_replaced(database: Database, keyring: Keyring) -> None:
    short, closing = take(database, keyring, wish("suspend", days=3)), take(database, keyring, wish("close", "b"))
    lift(database, short.id)
    with pytest.raises(ConflictError, match="lifted"):
        take(database, keyring, wish("suspend", days=20, replaces=short.id))
    with pytest.raises(ConflictError, match=f"/v1/approvals/{closing.approval_id}"):
        take(database, keyring, wish("suspend", "b", days=20, replaces=closing.id))


def test_many_at_once_say_whom_it_stands_on_already(database: Database, keyring: Keyring) -> None:
    take(database, keyring, wish("suspend", "a-1", days=9))
    wishes = [wish("suspend", name, days=1) for name in ("a-0", "a-1")]
    with pytest.raises(ConflictError, match="Of target 2"), database.unit() as unit:
        account_measures.take_many(unit, keyring, wishes, CN, by="mia", now=NOW)


@pytest.mark.parametrize(
    ("named", "places"),
    [
        ([("b", None), ("c", None), ("b", None)], ["/targets/2"]),
        ([("b", None), ("b", None), ("c", None), ("c", None)], ["/targets/1", "/targets/3"]),
        ([("b", "1"), ("b", "2")], ["/targets/1"]),
    ],
)
def test_who_is_named_twice_among_many_is_told_by_place(
    database: Database, keyring: Keyring, named: list[tuple[str, str | None]], places: list[str]
) -> None:
    """What stands is a conflict; what the request itself says twice is its own fault."""
    for author, comment in named:
        if comment is not None:
            put(database, keyring, an_answer(replace(a_comment(known_as=comment), author=Author(id=author))))
    wishes = [replace(wish("suspend", author, days=1), cause=comment) for author, comment in named]
    with pytest.raises(InvalidInputError, match="is named twice") as refused, database.unit() as unit:
        account_measures.take_many(unit, keyring, wishes, CN, by="mia", now=NOW)
    assert places == [fault.where for fault in refused.value.faults]
    with database.reading() as look:
        assert [] == list(measures.page(look, limit=9).items)


def test_warnings_for_several_comments_of_one_account_are_several_targets(database: Database, keyring: Keyring) -> None:
    for comment in ("1", "2"):
        put(database, keyring, an_answer(replace(a_comment(known_as=comment), author=Author(id="b"))))
    wishes = [replace(wish("warn", "b"), cause=comment) for comment in ("1", "2")]
    with database.unit() as unit:
        assert 2 == len(account_measures.take_many(unit, keyring, wishes, CN, by="mia", now=NOW))


def test_an_answer_about_what_holds_already_says_so_and_does_nothing(database: Database, keyring: Keyring) -> None:
    """As it may stand in a database of before: two questions about one closing."""
    first, second = take(database, keyring, wish("close")), take(database, keyring, wish("close", "other"))
    with database.unit() as unit:
        this = update(table).where(table.c.id == second.id)
        unit.execute(this.values(author_id=first.author_id))
        unit.commit()
    answer(database, first.approval_id)
    with pytest.raises(ConflictError, match=f"closed already.*{first.id}.*nothing was done"):
        answer(database, second.approval_id)
    assert MeasureState.WAITING is now_of(database, second.id).state
    answer(database, second.approval_id, approve=False)
    assert [] != held(database, keyring, ACCOUNT)


def test_of_many_at_the_same_moment_one_is_taken(database: Database, keyring: Keyring) -> None:
    cause = wrote(database, keyring, "L1")
    said = at_once(6, lambda: take(database, keyring, wish(None, cause=cause)))
    assert [1, 5] == [said.count("done"), said.count("MeasuredAlreadyError")]


def test_of_many_threads_closings_at_the_same_moment_one_is_taken(database: Database, keyring: Keyring) -> None:
    closing = wish("close", "t", kind=TargetKind.THREAD)
    said = at_once(6, lambda: take(database, keyring, closing))
    assert [1, 5] == [said.count("done"), said.count("MeasuredAlreadyError")]


def at_once(number: int, do: Callable[[], object]) -> list[str]:
    """What became of each, all begun together."""
    ready, said = threading.Barrier(number), []

    def one() -> None:
        ready.wait()
        try:
            do()
            said.append("done")
        except Exception as error:
            said.append(type(error).__name__)

    threads = [threading.Thread(target=one) for _ in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return said


def test_the_ledger_tells_the_same_as_the_records(database: Database, keyring: Keyring) -> None:
    short = take(database, keyring, wish("suspend", days=3))
    take(database, keyring, wish("suspend", days=20, replaces=short.id))
    with database.reading() as look:
        assert [] == list(underlying.differences(look, keyring=keyring))


def next_on(database: Database, one: MeasureRecord, *, now: datetime, cause: str | None = None) -> tuple[str, float]:
    with database.reading() as look:
        about = None if cause is None else measure_wishes.comment_id_of(look, cause, "/cause")
        step = measure_wishes.next_step(look, one.author_id, CN, now=now, cause_id=about)
    assert step is not None
    return step.measure, step.days or 0


def test_the_ladder_counts_what_holds_and_a_milder_step_is_never_next(database: Database, keyring: Keyring) -> None:
    wrote(database, keyring, "before")
    short = take(database, keyring, wish("suspend", days=7), now=NOW + DAY)
    wrote(database, keyring, "after", at=NOW + 2 * DAY)
    assert ("suspend", 30) == next_on(database, short, now=NOW + 2 * DAY)
    assert ("suspend", 30) == next_on(database, short, now=NOW + 2 * DAY, cause="after")
    assert ("restrict", 3) == next_on(database, short, now=NOW + 9 * DAY), "its time is over, it was one measure"


def test_after_the_suspension_of_the_ladder_closing_is_next_and_for_what_was_before_it_the_same(
    database: Database, keyring: Keyring
) -> None:
    wrote(database, keyring, "before")
    made = take(database, keyring, wish("suspend", days=30), now=NOW + DAY)
    assert ("close", 0) == next_on(database, made, now=NOW + 2 * DAY)
    assert ("suspend", 30) == next_on(database, made, now=NOW + 2 * DAY, cause="before")


def test_a_second_person_reads_what_holds_and_what_else_waits_with_the_step_that_counts_both(
    database: Database, keyring: Keyring
) -> None:
    wrote(database, keyring, "before")
    held_now = take(database, keyring, wish("suspend", days=7), now=NOW + DAY)
    closing = take(database, keyring, wish("close", cause="before"), now=NOW + DAY)
    wrote(database, keyring, "after", at=NOW + 2 * DAY)
    longer = take(database, keyring, wish("suspend", cause="after", days=60, replaces=held_now.id),
                  now=NOW + 2 * DAY, policies=SHIPPED)  # fmt: skip
    assert (MeasureState.WAITING, MeasureState.WAITING) == (closing.state, longer.state)
    with database.reading() as look:
        told = context_of(look, closing, SHIPPED, now=NOW + 2 * DAY)
    assert ([held_now.id], [longer.id]) == ([each.id for each in told.held], [each.id for each in told.waiting])
    assert told.rung is not None
    assert (4, 5, "suspend") == (told.rung.number, told.rung.of, told.rung.step.measure)
