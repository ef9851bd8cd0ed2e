"""Every entry says who, why, on which ground and by which versions, or its kind is named with why it does not."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.words import words_in
from governance import in_force
from governance.in_force import InForce
from records import entry_words, ledger, ledger_kinds
from records.database import Database
from records.ledger import Actor, Entry
from records.personal import Keyring
from review import queue
from tests.governance import test_house_in_the_ledger as of_house
from tests.governance import test_words_about as about_people
from tests.governance import test_words_of_the_house as own_words
from tests.records.databases import NOW
from tests.records.factories import for_review, put

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("governance", "records", "review", "serving", "console", "chaffinch", "registry")
PARTS = InForce({"cn": ("cn@1", "ab"), "default": ("default@2", "cd")}, "r-1", "none", "0", "t-1", "n-1")
NAMED = sorted(
    name.removeprefix("ledger_kind.") for name in words_in("en").sentences if name.startswith("ledger_kind.")
)


def family(kind: str) -> str:
    return kind.partition(".")[0]


def written() -> Iterator[str]:
    """Kinds that stand in the code as words, wherever an entry is made."""
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        makers = {
            "Entry",
            *(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and _makes(each)),
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in makers):
            told = [*call.args[:3], *(each.value for each in call.keywords if each.arg == "kind")]
            words = (node.value for each in told for node in ast.walk(each) if isinstance(node, ast.Constant))
            yield from (each for each in words if isinstance(each, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", each))


def _makes(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Call) and _called(node) == "Entry" for node in ast.walk(function))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def test_every_kind_that_the_code_writes_has_a_name() -> None:
    assert [] == sorted({*written()} - {*NAMED})


@pytest.mark.parametrize("kind", NAMED)
def test_every_kind_has_a_ground_and_versions_or_says_why_not(kind: str) -> None:
    grounds = (
        bool(ledger_kinds.ground_of(kind)),
        kind in ledger_kinds.NO_GROUND or family(kind) in ledger_kinds.NO_GROUND,
        family(kind) in ledger_kinds.OWN_GROUND,
    )
    versions = (
        kind in ledger_kinds.OWN_VERSIONS,
        ledger_kinds.tells_what_decides(kind),
        bool(ledger_kinds.without_versions(kind)),
    )
    assert (1, 1) == (sum(grounds), sum(versions))


def test_what_stands_in_the_lists_is_a_kind() -> None:
    lists = (
        ledger_kinds.GROUNDS, ledger_kinds.NO_GROUND, ledger_kinds.OWN_GROUND, ledger_kinds.OWN_VERSIONS,
        ledger_kinds.IN_FORCE, ledger_kinds.NO_VERSIONS, ledger_kinds.REASONS,
    )  # fmt: skip
    known = {*NAMED, *map(family, NAMED)}
    assert [] == sorted({name for each in lists for name in each} - known)


@pytest.fixture
def house(sqlite: Database, keyring_of_sqlite: Keyring) -> Database:
    """A house with a server, in which some of everything was done."""
    with sqlite.unit() as unit:
        in_force.note(unit, PARTS, now=NOW)
        unit.commit()
    of_house.filled(sqlite, keyring_of_sqlite)
    about_people.told(sqlite, keyring_of_sqlite)
    put(sqlite, keyring_of_sqlite, *(about_people.said(name) for name in ("c-1", "c-2")))
    put(sqlite, keyring_of_sqlite, about_people.said("c-3", outcome=about_people.Outcome.REVIEW), for_review())
    about_people.measured(sqlite, keyring_of_sqlite)
    about_people.passed_on(sqlite, keyring_of_sqlite)
    about_people.ended(sqlite)
    own_words.held(sqlite, keyring_of_sqlite)
    with sqlite.unit() as unit:
        queue.take(unit, "mia", queue.Wanted(None), now=NOW)
        unit.commit()
    return sqlite


def test_what_a_house_writes_says_who_why_on_which_ground_and_by_which_versions(house: Database) -> None:
    lacks, seen = [], set()
    with house.reading() as look:
        entries, cursor = [], None
        while True:
            found = ledger.page(look, limit=200, cursor=cursor)
            entries += found.items
            cursor = found.next_cursor
            if cursor is None:
                break
        bodies = entry_words.restored(look, {each.id: json.loads(each.body) for each in entries})
    for body in bodies.values():
        kind = body["kind"]
        seen.add(kind)
        has = {
            "actor": body["actor"]["kind"] and body["actor"]["id"],
            "reason": body["reason"],
            "ground": body["ground"] or kind in ledger_kinds.NO_GROUND,
            "versions": body["versions"] or ledger_kinds.without_versions(kind),
        }
        lacks += [f"{kind}: {name}" for name, told in has.items() if not told]
    assert [] == sorted(set(lacks))
    assert len(seen) > 50, "a house of this size writes most of what there is"


def test_a_rule_that_goes_live_says_what_decides_at_the_time(house: Database) -> None:
    with house.reading() as look:
        bodies = [json.loads(each.body) for each in ledger.page(look, limit=200).items]
    for kind in ("rule.live", "emergency.started", "list.added", "measure.taken"):
        told = [body["versions"] for body in bodies if body["kind"] == kind]
        assert [] != told
        assert {"none"} == {each["model"] for each in told} or kind == "measure.taken"
    assert "cn@1, default@2" in {body["versions"]["policy"] for body in bodies if body["kind"] == "emergency.started"}


def test_before_any_server_started_nothing_decides_and_nothing_is_invented(sqlite: Database) -> None:
    with sqlite.unit() as unit:
        told = Entry("rule.retired", Actor("user", "mia"), "rule", "ads.one", "over", "")
        body = json.loads(ledger.get(unit, ledger.append(unit, told, now=NOW)).body)
    assert ("rules", None) == (body["ground"], body["versions"])


def test_a_ground_and_versions_that_are_given_stay(sqlite: Database, keyring_of_sqlite: Keyring) -> None:
    with sqlite.unit() as unit:
        in_force.note(unit, PARTS, now=NOW)
        told = Entry("rule.live", Actor("user", "mia"), "rule", "ads.one", "a wave", "2017 art. 9")
        body = json.loads(ledger.get(unit, ledger.append(unit, told, now=NOW)).body)
    assert ("2017 art. 9", "r-1") == (body["ground"], body["versions"]["ruleset"])
