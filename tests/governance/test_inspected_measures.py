"""Measures that lie in an authority's request: by what they were taken for, by account, thread and kind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance import inspection_reading, inspections
from moderation.errors import ForbiddenError, InvalidInputError
from records import approvals, authors, ledger, underlying
from records import inspections as stored_inspections
from records import measures as stored_measures
from records.database import Database
from records.inspections import InspectionRecord
from records.personal import Keyring
from records.proving import Wanted
from records.standing_values import TargetKind
from records.storing import Stored
from tests.governance.standing import take, wish
from tests.governance.test_inspections import DAY, SURFACES, WISH, entries, granted, stored
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

__all__ = ["stored"]


@pytest.fixture
def measured(database: Database, keyring: Keyring, stored: dict[str, Stored]) -> dict[str, str]:
    """A warning for what was said on news, a suspension for what was said on the forum, one for nothing, a thread."""
    with database.unit() as unit:
        for name in ("mallory", "frank"):
            authors.state(unit, keyring, name, authors.Statement(), actor=ledger.Actor("key", "k"), now=NOW)
        unit.commit()
    put(database, keyring, an_answer(a_comment("on news", known_as="n-1", surface="news", author="mallory")),
        an_answer(a_comment("on the forum", known_as="f-1", surface="forum", author="frank")))  # fmt: skip
    assert stored
    return {
        "nothing": take(database, keyring, wish("restrict", "mallory", days=1, per_hour=1)).id,
        "news": take(database, keyring, wish("warn", "mallory", cause="n-1")).id,
        "forum": take(database, keyring, wish("suspend", "frank", days=1, cause="f-1")).id,
        "thread": take(database, keyring, wish("suspend", "t-9", kind=TargetKind.THREAD, days=1)).id,
    }


def seen(database: Database, record: InspectionRecord) -> tuple[set[str], set[str]]:
    """Measures in scope, and those of which the entries in scope tell."""
    with database.unit() as unit:
        found = inspection_reading.read_measures(unit, record.id, inspector="ivy", now=NOW + DAY)
        leafed = inspection_reading.read_ledger(unit, record.id, Wanted(), inspector="ivy", actors=(), now=NOW + DAY)
        unit.commit()
    told = (json.loads(each.body) for each in leafed.items if each.kind.startswith("measure."))
    return {each.id for each in found}, {each["facts"]["measure_id"] for each in told}


def of(measured: dict[str, str], *names: str) -> set[str]:
    return {measured[name] for name in names}


def asks(database: Database, keyring: Keyring, **changed: Any) -> InspectionRecord:
    return granted(database, keyring=keyring, **changed)


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ({"surfaces": ("news",)}, ("news",)),
        ({"surfaces": ("forum",)}, ("forum",)),
        ({"surfaces": None, "accounts": ("mallory",)}, ("news", "nothing")),
        ({"surfaces": ("forum",), "measures": ("suspend",)}, ("forum",)),
        ({"surfaces": None, "measures": ("suspend",)}, ("forum", "thread")),
        ({"surfaces": None, "threads": ("t-9",)}, ("thread",)),
        ({"surfaces": None, "accounts": ("mallory",), "measures": ("restrict",)}, ("nothing",)),
        ({"surfaces": None, "measures": ("close",)}, ()),
    ],
)  # fmt: skip
def test_a_request_covers_measures_by_what_it_names(
    database: Database, keyring: Keyring, measured: dict[str, str], scope: dict[str, Any], names: tuple[str, ...]
) -> None:
    record = asks(database, keyring, **scope)
    assert (of(measured, *names), of(measured, *names)) == seen(database, record)
    [read] = [each for each in entries(database, inspection_reading.READ) if each["reason"] == "the measures"]
    assert sorted(of(measured, *names)) == sorted(read["facts"]["measures"])


def test_the_evidence_of_a_decision_has_the_measures_that_were_taken_for_it(
    database: Database, keyring: Keyring, measured: dict[str, str]
) -> None:
    record = asks(database, keyring, surfaces=("news",))
    with database.reading() as look:
        cause = str(stored_measures.get(look, measured["news"]).cause_id)
        [decision] = [
            each for each in stored_inspections.evidence(look, record.within).items if each.comment_id == cause
        ]
    with database.unit() as unit:
        found = inspection_reading.read_one(unit, record.id, decision.id, inspector="ivy", now=NOW + DAY)
        unit.commit()
    assert isinstance(found, inspection_reading.Evidence)
    told = [json.loads(each.body)["facts"] for each in found.entries if each.kind == "measure.taken"]
    assert [measured["news"]] == [each["measure_id"] for each in told]


def test_measures_of_a_time_are_those_taken_then_and_decisions_of_them_are_evidence(
    database: Database, keyring: Keyring, measured: dict[str, str]
) -> None:
    late = asks(database, keyring, surfaces=None, measures=("suspend",), since=NOW + timedelta(hours=1))
    assert (set(), set()) == seen(database, late)
    record = asks(database, keyring, surfaces=None, measures=("suspend",))
    with database.reading() as look:
        decided = stored_inspections.evidence(look, record.within).items
        assert [stored_measures.get(look, measured["forum"]).cause_id] == [each.comment_id for each in decided]


def test_threads_are_commitments_and_accounts_our_ids_in_the_ledger_and_a_changed_scope_gives_nothing(
    database: Database, keyring: Keyring, measured: dict[str, str]
) -> None:
    record = asks(database, keyring, surfaces=None, accounts=("mallory",), threads=("wall-of-CANARY",))
    told = json.dumps(entries(database, "inspection.recorded", "inspection.granted"))
    assert (False, False, True) == ("CANARY" in told, "mallory" in told, '"threads"' in told)
    assert measured
    with database.unit() as unit:
        stored_inspections.move(unit, record.id, stored_inspections.InspectionState.GRANTED, threads=["another"])
        unit.commit()
    with database.unit() as unit, pytest.raises(ForbiddenError, match="another threads than was granted"):
        inspection_reading.read_measures(unit, record.id, inspector="ivy", now=NOW + DAY)


def test_a_scope_that_somebody_widened_in_the_table_is_found_by_the_audit(
    database: Database, keyring: Keyring, measured: dict[str, str]
) -> None:
    record = asks(database, keyring, surfaces=None, accounts=("mallory",), measures=("warn",))
    assert measured
    with database.reading() as look:
        assert [] == [each for each in underlying.differences(look) if record.id in each.sentence]
    with database.unit() as unit:
        stored_inspections.move(unit, record.id, stored_inspections.InspectionState.GRANTED, measures=["close"])
        unit.commit()
    with database.reading() as look:
        assert [True] == [
            "measures" in each.sentence for each in underlying.differences(look) if record.id in each.sentence
        ]


def test_who_asks_about_nobody_known_or_no_such_measure_is_told(
    database: Database, keyring: Keyring, measured: dict[str, str]
) -> None:
    asked: dict[str, Any] = {"accounts": ("mallory", "nobody"), "measures": ("hug",), "threads": ()}
    with database.unit() as unit, pytest.raises(InvalidInputError) as told:
        inspections.ask(unit, replace(WISH, **asked), surfaces=SURFACES, now=NOW, keyring=keyring)
    assert {"accounts", "measures", "threads"} == {fault.where for fault in told.value.faults}
    assert measured
    with database.reading() as look:
        assert [] == [each for each in approvals.waiting(look) if each.kind == inspections.ASKED]


def test_measures_on_a_thread_lie_where_its_comments_were_decided_about(
    database: Database, keyring: Keyring, measured: dict[str, str]
) -> None:
    put(database, keyring, an_answer(a_comment("there", known_as="f-9", surface="forum", thread_id="t-8")))
    here = take(database, keyring, wish("suspend", "t-8", kind=TargetKind.THREAD, days=1)).id
    for scope, lies in (
        ({"surfaces": ("forum",)}, {here}),
        ({"surfaces": ("forum",), "measures": ("suspend", "close")}, {here}),
        ({"surfaces": ("forum",), "threads": ("t-9",)}, set()),
        ({"surfaces": ("news",)}, set()),
        ({"surfaces": None}, {here, measured["thread"]}),
        ({"surfaces": ("forum",), "accounts": ("frank",)}, set()),
    ):
        found, told = seen(database, asks(database, keyring, **scope))
        on_threads = {here, measured["thread"]}
        assert (lies, lies) == (found & on_threads, told & on_threads), scope
