"""A decision stays where it was made: scopes, figures and gates go by it, wherever the platform moves the comment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from governance import verdicts
from moderation.decision import EmergencyEffect, Outcome
from moderation.emergency import Effect, Kind, Scope
from records import (
    accountability,
    acted,
    approvals,
    assessments,
    candidates,
    cases,
    decisions,
    emergencies,
    erasing,
    flow,
    inspections,
    judged,
    leaning,
    live,
    opinions,
    places,
    transparency,
)
from records.database import Database
from records.emergencies import EmergencyRecord, NewEmergency
from records.inspections import Within
from records.personal import Keyring, open_keyring
from records.storing import Stored
from records.tables import comments
from records.tables import decisions as table
from records.unit_of_work import Reading
from records.values import Purpose
from review import queue
from tests.governance.public import APPROVE, HOUSE, decide
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put

HOUR, SOON = timedelta(hours=1), timedelta(seconds=9)
NEWS = Within(("news",), NOW - HOUR, NOW + HOUR)
EMERGENCY = EmergencyRecord(
    "e", "news/t-1/*:closed", Scope("news", "t-1"), Effect(Kind.CLOSED), is_drill=False, asked_by="mia",
    approved_by="ben", why="", ground="", approval_id="a", starts_at=NOW - HOUR, ends_at=NOW + HOUR, ended_at=None,
    ended_by=None, ended_why=None,
)  # fmt: skip


def moved(database: Database, keyring: Keyring) -> tuple[Stored, Stored]:
    """A comment that was blocked on news in thread t-1, and then scored again on the forum, where it passed."""
    blocked = a_decision(Outcome.BLOCK, ("model",), gambling=0.99)
    news = a_comment("text", known_as="c-4", surface="news", thread_id="t-1")
    [first] = put(database, keyring, an_answer(news, blocked))
    forum = a_comment("text", known_as="c-4", surface="forum", thread_id="t-9")
    [second] = put(database, keyring, an_answer(forum), now=NOW + timedelta(minutes=5))
    return first, second


def forgotten(database: Database) -> None:
    """As programs before revision 0031 leave them."""
    with database.unit() as unit:
        unit.execute(text("UPDATE decisions SET surface = NULL, thread_id = NULL"))
        unit.commit()


def caught_up(database: Database) -> int:
    with database.unit() as unit:
        done = places.catch_up(unit)
        unit.commit()
    return done


def where(database: Database) -> list[tuple[str | None, str | None]]:
    with database.reading() as look:
        return [(row.surface, row.thread_id) for row in look.execute(select(table).order_by(table.c.id))]


FIGURES: dict[str, tuple[Callable[[Reading], Any], Any]] = {
    "scope": (lambda look: inspections.count(look, NEWS), 1),
    "page": (lambda look: [one.decision.outcome.value for one in inspections.evidence(look, NEWS).items], ["block"]),
    "transparency": (
        lambda look: sorted((e.surface, e.machine) for e in transparency.decided(look, NOW - HOUR, NOW + HOUR)),
        [("forum", "pass"), ("news", "block")],
    ),
    "live": (
        lambda look: [(e.surface, e.passed, e.blocked) for e in live.minutes(look, since=NOW - HOUR)],
        [("forum", 1, 0), ("news", 0, 1)],
    ),
    "emergency": (lambda look: emergencies.covered(look, EMERGENCY, now=NOW + HOUR), 1),
    "neutrality": (lambda look: [e.surface for e in leaning.decided(look, NOW - HOUR, NOW + SOON)], ["news"]),
    "duty 5(3)": (lambda look: accountability.passed_undecided(look, "default", ["news"]), (1, 0)),
    "assessment": (
        lambda look: [assessments.is_in_use(look, "default", name) for name in ("news", "forum", "live")],
        [True, True, False],
    ),
    "statements": (lambda look: [e.surface for e in acted.removed(look, NOW - HOUR, NOW + HOUR)], ["news"]),
    "drawing": (lambda look: [e.surface for e in candidates.candidates(look)], ["forum"]),
    "drawing but there": (lambda look: list(candidates.candidates(look, but_of=["forum"])), []),
    "looking back": (
        lambda look: [(e.surface, e.thread_id) for e in judged.judged_texts(look)],
        [("news", "t-1"), ("forum", "t-9")],
    ),
}  # fmt: skip


def test_every_figure_scope_and_gate_goes_by_where_the_decision_was_made(database: Database, keyring: Keyring) -> None:
    first, second = moved(database, keyring)
    with database.reading() as look:
        assert {name: said for name, (_, said) in FIGURES.items()} == {
            name: ask(look) for name, (ask, _) in FIGURES.items()
        }
        lie = [inspections.lies_within(look, NEWS, each.decision_id) for each in (first, second)]
        assert [True, False] == lie
        assert "news" == decisions.get(look, first.decision_id).surface


def test_what_an_emergency_changed_is_told_by_the_surface_where_it_did(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        asked = approvals.ask(unit, "emergency.start", "e", facts={}, asked_by="mia", why="why", now=NOW)
        new = NewEmergency(
            Scope("news"), Effect(Kind.CLOSED), is_drill=False, asked_by="mia", approved_by="ben", why="why",
            ground="g", approval_id=asked.id, ends_at=NOW + HOUR,
        )  # fmt: skip
        begun = emergencies.start(unit, new, now=NOW)
        unit.commit()
    assert begun is not None
    held = EmergencyEffect(begun.id, is_drill=False, otherwise=Outcome.PASS, outcome=Outcome.REVIEW)
    decision = replace(a_decision(Outcome.REVIEW, abuse=0.6), emergencies=(held,))
    put(database, keyring, an_answer(a_comment("text", known_as="c-4", surface="news"), decision))
    put(database, keyring, an_answer(a_comment("text", known_as="c-4", surface="forum")))
    with database.reading() as look:
        assert ["news"] == [each.surface for each in emergencies.changed(look, begun.id)]


def test_second_opinions_and_arrivals_are_told_by_where_it_was_decided(database: Database, keyring: Keyring) -> None:
    put(database, keyring, for_review("text", known_as="c-4", surface="news"))
    decide(database, APPROVE, by="mia", wanted="news")
    with database.unit() as unit:
        [decided] = unit.execute(text("SELECT id FROM cases")).scalars()
        unit.execute(text("UPDATE cases SET queue = 'escalated'"))
        case = cases.get(unit, decided)
        cases.ask_again(unit, case, queue="news", why=case.why, purpose=Purpose.OPINION, now=NOW)
        [second] = queue.take(unit, "ben", cases.Wanted("news", blind=True), now=NOW)
        verdicts.give(unit, HOUSE, second.id, APPROVE, moderator="ben", token=second.lease_token, now=NOW)
        unit.commit()
    put(database, keyring, an_answer(a_comment("text", known_as="c-4", surface="forum")), now=NOW + HOUR)
    with database.reading() as look:
        assert {"news"} == {each.surface for each in opinions.on_checked(look, since=NOW - HOUR)}
        assert {"news"} == {each.queue for each in flow.arrivals(look, NOW - HOUR)}


def test_decisions_of_earlier_programs_get_their_place_from_their_entries(database: Database, keyring: Keyring) -> None:
    moved(database, keyring)
    put(database, keyring, an_answer(a_comment("two", known_as="c-5", surface="live", thread_id="t-2")))
    forgotten(database)
    with database.reading() as look:
        assert places.is_behind(look)
        assert 0 == inspections.count(look, NEWS)
    assert (3, 0) == (caught_up(database), caught_up(database))
    assert [("news", None), ("forum", "t-9"), ("live", "t-2")] == where(database)
    with database.reading() as look:
        assert not places.is_behind(look)
        assert 1 == inspections.count(look, NEWS)


def test_a_decision_without_an_entry_gets_the_place_of_its_comment(
    sqlite: Database, keyring_of_sqlite: Keyring
) -> None:
    moved(sqlite, keyring_of_sqlite)
    forgotten(sqlite)
    with sqlite.unit() as unit:
        for trigger in unit.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            unit.execute(text(f"DROP TRIGGER {trigger}"))
        unit.execute(text("UPDATE ledger SET body = x'00' WHERE kind = 'decision'"))
        unit.commit()
    assert 2 == caught_up(sqlite)
    assert [("forum", "t-9")] * 2 == where(sqlite)


def test_until_then_it_stands_where_its_comment_stands(database: Database, keyring: Keyring) -> None:
    news = a_comment("text", surface="news", thread_id="t-1")
    [stored] = put(database, keyring, an_answer(news, a_decision(Outcome.BLOCK, abuse=0.99)))
    forgotten(database)
    with database.reading() as look:
        assert inspections.lies_within(look, NEWS, stored.decision_id)
        assert 1 == emergencies.covered(look, EMERGENCY, now=NOW + HOUR)
        assert [("news", "t-1")] == [(each.surface, each.thread_id) for each in judged.judged_texts(look)]


def test_the_thread_of_an_erased_comment_is_gone_from_its_decisions(database: Database, keyring: Keyring) -> None:
    first, _ = moved(database, keyring)
    put(database, keyring, an_answer(a_comment("two", known_as="c-5", surface="live", thread_id="t-2")))
    with database.unit() as unit:
        erasing.erase_one(unit, first.comment_id, now=NOW)
        unit.commit()
    assert [("news", None), ("forum", None), ("live", "t-2")] == where(database)


def test_a_comment_that_is_being_written_is_not_waited_for(postgres: Database, keyring_of_postgres: Keyring) -> None:
    moved(postgres, keyring_of_postgres)
    forgotten(postgres)
    with postgres.unit() as writer:
        writer.execute(select(comments.c.id).with_for_update())
        assert 0 == caught_up(postgres)
    assert 2 == caught_up(postgres)


def test_decisions_without_a_place_are_found_by_an_index(database: Database) -> None:
    query = "SELECT id FROM decisions WHERE surface IS NULL ORDER BY id LIMIT 500"
    with database.unit() as unit:
        if unit.dialect == "postgresql":
            unit.execute(text("SET LOCAL enable_seqscan = off"))
        how = "EXPLAIN" if unit.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        assert "ix_decisions_placeless" in repr(unit.execute(text(f"{how} {query}")).all())


def test_what_was_decided_before_the_migration_is_there_after_it(empty_url: str, tmp_path: Path) -> None:
    with closing(Database(empty_url)) as database:
        database.migrate()
        keyring = open_keyring(database, tmp_path / "keys", now=NOW)
        moved(database, keyring)
        database.downgrade("0030")
        database.migrate()
        assert [(None, None)] * 2 == where(database)
        assert 2 == caught_up(database)
        assert [("news", None), ("forum", "t-9")] == where(database)
