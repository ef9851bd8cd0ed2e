"""Comments are found by queue and state of their cases and by the measure that was asked for, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.event import listen, remove

from records import cases, comments, leases, search, search_cases
from records.database import Database
from records.personal import Keyring
from records.search import Sought
from records.tables import cases as cases_table
from records.values import Judgement, Purpose, VerdictKind
from records.waiting import APPEAL, APPEALS
from review import queue
from review.verdicts import give_verdict
from tests.records.databases import NOW
from tests.records.factories import NAMES, a_comment, an_answer, for_review, put


def index(database: Database) -> None:
    while search.bring_in(database):
        pass


def found(database: Database, words: str = "", **more: Any) -> list[str | None]:
    with database.reading() as look:
        sought = Sought(words, **more)
        hits = search.find(look, sought).hits
        assert len(hits) == search.count(look, sought).comments
        return [hit.comment.external_id for hit in hits]


def case_of(database: Database, name: str) -> str:
    with database.reading() as look:
        case = cases.undecided_of(look, comments.known_ids(look, [name])[name])
        assert case is not None
        return case.id


def take(database: Database, name: str, who: str = "mia") -> tuple[str, str]:
    with database.unit() as unit:
        taken = leases.lease(unit, case_of(database, name), who, expires_at=NOW + timedelta(minutes=9))
        unit.commit()
    return taken.id, taken.lease_token or ""


def delete(database: Database, name: str) -> None:
    case_id, token = take(database, name)
    judgement = Judgement(VerdictKind.REJECT, ("gambling",), measure="delete")
    with database.unit() as unit:
        give_verdict(unit, NAMES, case_id, judgement, moderator="mia", token=token, now=NOW)
        unit.commit()


def change(database: Database, name: str, **values: Any) -> None:
    with database.unit() as unit:
        unit.execute(update(cases_table).where(cases_table.c.id == case_of(database, name)).values(**values))
        unit.commit()


@pytest.fixture
def _house(database: Database, keyring: Keyring) -> None:
    """`c0` waits, `c1` is in hand, `c2` with seniors, `c3` deleted by a person, `c4` appealed; of `c5` is no case."""
    put(database, keyring, *(for_review(f"下注 {at}", known_as=f"c{at}", surface="news") for at in range(5)))
    put(database, keyring, an_answer(a_comment("下注 5", known_as="c5", surface="news")))
    take(database, "c1")
    with_seniors, token = take(database, "c2")
    with database.unit() as unit:
        queue.escalate(unit, with_seniors, "mia", token, now=NOW)
        unit.commit()
    delete(database, "c3")
    change(database, "c4", queue=APPEALS, why=APPEAL)
    index(database)


@pytest.mark.usefixtures("_house")
@pytest.mark.parametrize("most", [search_cases.FEW, 0])
def test_a_state_and_a_queue_are_filters(database: Database, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Whether search begins with the cases or with what else was found."""
    monkeypatch.setattr(search_cases, "FEW", most)
    assert ["c4", "c0"] == found(database, state="waits")
    assert ["c1"] == found(database, state="in_hand")
    assert ["c2"] == found(database, state="escalated")
    assert ["c3"] == found(database, state="decided")
    assert ["c4"] == found(database, state="appealed")
    assert ["c3", "c1", "c0"] == found(database, queue="news")
    assert ["c4"] == found(database, queue=APPEALS)
    assert ["c3"] == found(database, queue="news", state="decided")
    assert ["c0"] == found(database, queue="news", state="waits")
    assert ["c1"] == found(database, "“下注 1”", state="in_hand")
    assert [] == found(database, "“下注 1”", state="waits")


@pytest.mark.usefixtures("_house")
def test_the_measure_asked_for_is_a_filter(database: Database) -> None:
    assert ["c3"] == found(database, asked="delete")
    assert [] == found(database, asked="warn")
    assert ["c3"] == found(database, "下注", asked="delete", queue="news")


@pytest.mark.usefixtures("_house")
@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.DECIDE])
def test_what_only_measures_somebody_is_no_case_of_a_filter(database: Database, purpose: Purpose) -> None:
    change(database, "c0", purpose=purpose)
    assert ["c4"] == found(database, state="waits")
    assert ["c3", "c1"] == found(database, queue="news")


def test_pages_go_on_whatever_search_begins_with(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database, keyring, *(for_review(f"下注 {at}", known_as=f"c{at}") for at in range(9)))
    for at in range(0, 9, 2):
        take(database, f"c{at}")
    index(database)
    for most in (search_cases.FEW, 0):
        monkeypatch.setattr(search_cases, "FEW", most)
        seen, cursor = [], None
        with database.reading() as look:
            while True:
                page = search.find(look, Sought("下注", state="in_hand"), limit=2, cursor=cursor)
                seen += [hit.comment.external_id for hit in page.hits]
                cursor = page.next_cursor
                if cursor is None:
                    break
        assert ["c8", "c6", "c4", "c2", "c0"] == seen


def test_languages_are_those_that_are_there(database: Database, keyring: Keyring) -> None:
    put(database, keyring, *(for_review(f"下注 {at}", known_as=f"c{at}") for at in range(3)))
    with database.reading() as look:
        assert ["zh"] == search_cases.languages(look)


def test_cases_are_found_over_their_indexes(database: Database, keyring: Keyring) -> None:
    """What is really sent is explained; where every case is in one state, its index would be no help."""
    put(database, keyring, *(for_review(f"下注 {at}", known_as=f"c{at}") for at in range(400)))
    for at in range(0, 400, 40):
        take(database, f"c{at}")
    for at in range(1, 400, 4):
        delete(database, f"c{at}")
    index(database)
    said: list[tuple[str, Any]] = []
    with database.unit() as unit:
        if unit.dialect == "postgresql":
            unit.connection.exec_driver_sql("ANALYZE cases, verdicts, search_entries, search_words")
        listener = lambda *told: said.append((told[2], told[3]))  # noqa: E731
        listen(unit.connection, "before_cursor_execute", listener)
        assert 10 == len(search.find(unit, Sought(state="in_hand")).hits)
        search.find(unit, Sought(asked="delete"))
        search_cases.so(unit, Sought(asked="delete"), ["one", "two"])
        search_cases.so(unit, Sought(queue="forum"), ["one", "two"])
        remove(unit.connection, "before_cursor_execute", listener)
        if unit.dialect == "postgresql":
            unit.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the tables are small
        how = "EXPLAIN" if unit.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        asked = [each for each in said if "FROM cases" in each[0] or "FROM verdicts" in each[0]]
        plans = [
            " ".join(str(row) for row in unit.connection.exec_driver_sql(f"{how} {one}", told)) for one, told in asked
        ]
    assert len(plans) >= 3
    for plan in plans:
        assert "ix_" in plan or "uq_" in plan, plan  # which index is cheapest is the planner's to say
        whole = ("SCAN cases", "Seq Scan on cases", "SCAN verdicts", "Seq Scan on verdicts")
        assert [] == [each for each in whole if each in plan], plan
