"""Counts of rules: in the transaction of the decisions, by day, the same whoever counts beside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Executable, text

from moderation.decision import RuleEffect, Source
from records import rule_hits
from records.database import Database
from records.personal import Keyring
from records.rule_hits import Counted, DayCount
from records.storing import Answered, store_decisions
from records.underlying import differences
from records.unit_of_work import Parameters, Unit
from tests.records.databases import NOW
from tests.records.factories import a_decision, an_answer, put

TODAY = NOW.date()
LIVE, SHADOW = RuleEffect("a.b", "live", True, False), RuleEffect("a.b", "shadow", True, True)
UNMET = RuleEffect("a.c", "shadow", False, True)


def met(*effects: RuleEffect) -> Answered:
    return an_answer(decision=replace(a_decision(), effects=effects))


def totals(database: Database, since: datetime = NOW) -> dict[tuple[str, str], Counted]:
    with database.reading() as look:
        return rule_hits.totals(look, since=since.date())


def test_what_each_rule_did_is_counted_by_state(database: Database, keyring: Keyring) -> None:
    put(database, keyring, met(LIVE, SHADOW), met(SHADOW, UNMET), met())
    put(database, keyring, met(LIVE))
    expected = {("a.b", "live"): Counted(2, 0), ("a.b", "shadow"): Counted(2, 2), ("a.c", "shadow"): Counted(0, 1)}
    assert expected == totals(database)


def test_days_are_counted_apart_and_by_utc(database: Database, keyring: Keyring) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    for moment in (late.astimezone(timezone(timedelta(hours=8))), late + timedelta(hours=1), late):
        put(database, keyring, met(LIVE), now=moment)
    with database.reading() as look:
        days = rule_hits.by_day(look, since=TODAY)
        of_another = rule_hits.by_day(look, since=TODAY, rule_id="a.c")
    assert [(TODAY, 2), (TODAY + timedelta(days=1), 1)] == [(each.day, each.counted.hits) for each in days]
    assert DayCount(TODAY, "a.b", "live", Counted(2, 0)) == days[0]
    assert {("a.b", "live"): Counted(1, 0)} == totals(database, NOW + timedelta(days=1))
    assert [] == of_another


def test_what_was_committed_outlives_the_process_and_what_was_not_leaves_nothing(
    database: Database, keyring: Keyring
) -> None:
    put(database, keyring, met(LIVE))
    with database.unit() as unit:
        store_decisions(unit, [met(LIVE)], keyring=keyring, now=NOW)
    with database.unit() as unit:
        store_decisions(unit, [met(LIVE)], keyring=keyring, now=NOW)
        unit.last(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            unit.commit()
    database.close()  # every connection: what comes next opens the database anew
    put(database, keyring, met(LIVE))
    assert {("a.b", "live"): Counted(2, 0)} == totals(database)


def test_a_batch_counts_in_one_statement_after_all_others(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    execute = Unit.execute

    def noted(unit: Unit, statement: Executable, parameters: Parameters | None = None) -> object:
        said.append(str(statement))
        return execute(unit, statement, parameters)

    monkeypatch.setattr(Unit, "execute", noted)
    put(database, keyring, *(met(LIVE, SHADOW) for _ in range(20)))
    assert [len(said) - 1] == [at for at, statement in enumerate(said) if "INTO rule_hits" in statement]
    said.clear()
    put(database, keyring, met())
    assert [] == [statement for statement in said if "rule_hits" in statement]


def test_several_who_count_the_same_rules_at_once_lose_nothing(database: Database, keyring: Keyring) -> None:
    def work(number: int) -> None:
        effects = (LIVE, SHADOW, UNMET)
        for _ in range(5):
            put(database, keyring, met(*(effects if number % 2 else reversed(effects))))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert [20, 20, 0] == [counted.hits for _, counted in sorted(totals(database).items())]


def test_a_row_that_was_removed_or_altered_is_found_by_the_decisions(database: Database, keyring: Keyring) -> None:
    named = a_decision(gambling=0.9)
    named = replace(named, reasons=(replace(named.reasons[0], source=Source.RULE, rule_id="a.b"),), effects=(LIVE,))
    put(database, keyring, an_answer(decision=named), an_answer(decision=named))
    assert [] == said(database)
    with database.unit() as unit:
        unit.execute(text("UPDATE rule_hits SET hits = 1"))
        unit.commit()
    assert ["counts 1 hits on 2026-03-01, and 2 decisions"] == said(database)
    with database.unit() as unit:
        unit.execute(text("DELETE FROM rule_hits"))
        unit.commit()
    assert ["counts 0 hits on 2026-03-01, and 2 decisions"] == said(database)


def said(database: Database) -> list[str]:
    with database.reading() as look:
        found = [each.sentence for each in differences(look)]
    assert all("rule_hits" in each for each in found), found
    return [each.partition("rule_hits ")[2].partition(" of that day")[0] for each in found]
