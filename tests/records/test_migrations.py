"""The tables: up, down, several at once, and as `tables/` draws them."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from moderation.decision import Outcome, Reason, Source
from moderation.errors import PartUnavailableError
from moderation.rules import RuleState
from moderation.standing import CreditKind
from records import authors, credit, leases, ledger, rules, schema
from records.database import Database
from records.ledger import Actor, Entry
from records.personal import open_keyring
from records.rules import RuleChange
from records.search_index import OWN_TABLES
from records.tables import metadata
from records.underlying import differences
from records.values import Purpose
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put
from tests.records.versions import CONTRACTS, this_version, version_after

ROOT = Path(__file__).resolve().parents[2]
MIGRATE = "import sys; from records.database import Database; Database(sys.argv[1]).migrate()"


def test_up_down_and_up_again(empty_url: str) -> None:
    database = Database(empty_url)
    for _ in range(2):
        database.migrate()
        database.check()
        database.downgrade("base")
    with pytest.raises(PartUnavailableError, match="no tables yet"):
        database.check()
    database.close()


def test_down_leaves_nothing_behind(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    database.downgrade("base")
    database.close()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert ["alembic_version"] == inspect(connection).get_table_names()
        if connection.dialect.name == "postgresql":
            assert 0 == connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname ~ 'ledger'")).scalar()
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(0, "")] * 3 == [(process.wait(60), process.communicate()[1]) for process in started]
    database = Database(empty_url)
    database.check()
    database.close()


def test_a_newer_database_is_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.unit() as unit:
        unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        unit.commit()
    for ask in (database.check, database.migrate):
        with pytest.raises(PartUnavailableError, match=r"9999.*newer Chaffinch"):
            ask()
    database.close()


def test_migrated_tables_are_those_of_the_code(empty_url: str) -> None:
    with closing(Database(empty_url)) as database:
        database.migrate()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
        drawn = {"compare_type": True, "include_name": lambda name, *_: name not in OWN_TABLES}
        context = MigrationContext.configure(connection, opts=drawn)
        assert [] == compare_metadata(context, metadata)


TAKES_AWAY = {"drop_table", "drop_column", "alter_column", "rename_table", "drop_constraint", "execute"}


def taken_away(script: Path) -> set[str]:
    """What of that a migration calls on its way up; functions of its own count, wherever they are called from."""
    functions = [
        each for each in ast.parse(script.read_text(encoding="utf-8")).body if isinstance(each, ast.FunctionDef)
    ]
    calls = [
        node.func
        for each in functions
        if each.name != "downgrade"
        for node in ast.walk(each)
        if isinstance(node, ast.Call)
    ]
    called = {func.attr for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)}
    return called & TAKES_AWAY


def test_a_migration_that_takes_something_away_says_that_it_contracts(tmp_path: Path) -> None:
    """From 0014 on, which brought the rule; `op.execute` may do anything, so whoever calls it has to say which."""
    silent = []
    for script in schema._scripts().walk_revisions(base="0014"):
        says = getattr(script.module, "contracts", None)
        if script.revision != "0014" and says is None and (found := taken_away(Path(script.path))):
            silent.append((script.revision, found))
    assert [] == silent
    renames = version_after(this_version(tmp_path), "0014", "9990", CONTRACTS, contracts=True)
    assert {"alter_column"} == taken_away(renames / "versions" / "9990.py")
    assert "0014" <= schema.serves_from()


def test_files_are_named_for_their_revisions_in_the_order_in_which_they_follow() -> None:
    walked = [script.revision for script in schema._scripts().walk_revisions()]
    assert (walked[::-1], schema._scripts().get_current_head()) == (schema._known(), schema.head())


def test_a_database_that_is_the_newest_is_opened_without_alembic(empty_url: str) -> None:
    looks = "import sys; from contextlib import closing; from records.database import Database\n"
    looks += "with closing(Database(sys.argv[1])) as database: database.migrate(); database.check()\n"
    looks += "print('alembic' in sys.modules)"
    told = [
        subprocess.run(
            [sys.executable, "-c", looks, empty_url], cwd=ROOT, capture_output=True, text=True, check=True, timeout=280
        ).stdout.strip()
        for _ in range(2)
    ]
    assert ["True", "False"] == told


def test_every_column_says_what_it_holds() -> None:
    silent = [str(column) for table in metadata.tables.values() for column in table.c if not column.comment]
    assert [] == silent


def test_cases_that_wait_keep_their_order_and_get_a_language(empty_url: str, tmp_path: Path) -> None:
    """Down to before turns were stored, and up again."""
    with closing(Database(empty_url)) as database:
        database.migrate()
        mild, worst = put(
            database, open_keyring(database, tmp_path, now=NOW), for_review(score=0.5), for_review(score=0.85)
        )
        database.downgrade("0007")
        database.migrate()
        with database.unit() as unit:
            found = leases.claim(unit, "mia", count=2, expires_at=NOW + timedelta(minutes=10))
    assert [worst.case_id, mild.case_id] == [case.id for case in found]
    assert [("zh", Purpose.DECIDE, NOW + timedelta(hours=1))] * 2 == [(c.lang, c.purpose, c.due_at) for c in found]


def test_rules_that_could_not_wait_are_told_apart_by_their_entries_of_before(empty_url: str) -> None:
    """Entries before 0048 say `urgent` for either fact, with the backtest where there was one."""
    before = {
        "tried.alone": {"backtest": "b-1", "urgent": True, "alone": True},
        "untried.alone": {"backtest": None, "urgent": True, "alone": True},
        "untried.by-two": {"backtest": None, "urgent": True},
        "tried": {"backtest": "b-2"},
    }
    with closing(Database(empty_url)) as database:
        database.migrate()
        with database.unit() as unit:
            for name, facts in before.items():
                change = RuleChange(name, RuleState.LIVE, {"id": name}, 0, (), "mia", "a wave")
                rules.add_version(unit, change, now=NOW)
                told = Entry(
                    "rule.live", Actor("user", "mia"), "rule", name, "a wave", "", facts={**facts, "version": 1}
                )
                ledger.append(unit, told, now=NOW)
            unit.commit()
        database.downgrade("0047")
        database.migrate()
        with database.reading() as look:
            found = {name: rules.history(look, name)[0] for name in before}
    assert {"untried.alone", "untried.by-two"} == {name for name, each in found.items() if each.untried}
    assert {"tried.alone", "untried.alone"} == {name for name, each in found.items() if each.alone}


def test_a_column_that_nobody_filled_goes_and_every_decision_stays(empty_url: str, tmp_path: Path) -> None:
    """Down to 0054 and up again, with rows; what was in the column is nobody's any more."""
    with closing(Database(empty_url)) as database:
        database.migrate()
        put(database, open_keyring(database, tmp_path, now=NOW), for_review(score=0.5), for_review(score=0.85))
        before = rows_of(database, "decisions")
        database.downgrade("0054")
        with database._connected("BEGIN IMMEDIATE") as connection, connection.begin():
            connection.execute(text("UPDATE decisions SET answer = '{}'"))
        database.migrate()
        assert before == rows_of(database, "decisions")
        assert "answer" not in before[0]
        with database.reading() as look:
            assert [] == [each.sentence for each in differences(look)]
            indexes = {each["name"] for each in inspect(look.connection).get_indexes("decisions")}
    assert {each.name for each in metadata.tables["decisions"].indexes} <= indexes


def rows_of(database: Database, table: str) -> list[dict[str, object]]:
    with database.reading() as look:
        return [dict(row) for row in look.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]


def test_credit_that_was_counted_for_a_list_is_marked_to_be_counted_anew(empty_url: str, tmp_path: Path) -> None:
    """Comments that a list refused and that count as stopped by the machine, and no others."""
    words = {"zh": "x", "en": "x"}
    named = ((Source.LIST, "list.1"), (Source.RULE, "ads.one"))
    decided = [
        replace(a_decision(Outcome.BLOCK), reasons=(Reason("a", source, Outcome.BLOCK, words, "g", rule),))
        for source, rule in named
    ]
    with closing(Database(empty_url)) as database:
        database.migrate()
        answers = [an_answer(a_comment(f"said {n}"), each) for n, each in enumerate(decided)]
        keyring = open_keyring(database, tmp_path, now=NOW)
        stored = put(database, keyring, *answers)
        with database.unit() as unit:
            author_id = authors.id_for(unit, keyring, "author-7f3a", now=NOW)
            for each in stored:
                credit.set_event(unit, f"comment:{each.comment_id}:1", author_id, CreditKind.BLOCKED, NOW)
            unit.commit()
        database.downgrade("0054")
        database.migrate()
        with database.unit() as unit:
            assert [stored[0].comment_id] == credit.take_marked(unit, limit=9)
