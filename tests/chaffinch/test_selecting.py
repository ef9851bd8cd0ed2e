"""Choosing from stored decisions and from a file, and what the random slice then says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chaffinch.commands import choosing, data
from chaffinch.slices import Slice, chance_of
from moderation.comment import CORPUS
from moderation.decision import Outcome
from moderation.errors import InvalidInputError
from records import cases, comments
from records.database import Database
from records.personal import Keyring, open_keyring
from records.values import CaseRecord, Judgement, VerdictKind
from review.queue import claim
from review.verdicts import give_verdict
from tests.records.databases import new_sqlite_url
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, put

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
app = typer.Typer()
data.add_to(app)
choosing.add_to(app)


@pytest.fixture
def database(home: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("CHAFFINCH_MODEL", "none")
    return Database(new_sqlite_url(home))


@pytest.fixture
def keyring(database: Database, home: Path) -> Keyring:
    return open_keyring(database, home / "keys", now=NOW)


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["data", "select", *words], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def waiting(database: Database) -> list[CaseRecord]:
    with database.reading() as look:
        return list(cases.page(look, limit=200).items)


def stored(database: Database, keyring: Keyring, count: int) -> None:
    """Passed comments, the later the nearer to a threshold."""
    some = [
        an_answer(a_comment(f"第{at}条，说的是{at * 7919}"), a_decision(Outcome.PASS, gambling=0.39 * at / count))
        for at in range(count)
    ]
    put(database, keyring, *some)


def test_chosen_comments_become_cases_with_the_reason(database: Database, keyring: Keyring) -> None:
    stored(database, keyring, 40)

    told = json.loads(run("--count", "10", "--json", "--seed", "1"))

    assert ({"uncertain": 5, "diverse": 3, "random": 2}, 10, 40) == (told["chosen"], told["cases"], told["population"])
    whys = sorted(case.why for case in waiting(database))
    assert ["chosen_diverse"] * 3 + ["chosen_random"] * 2 + ["chosen_uncertain"] * 5 == whys


def test_a_comment_is_never_chosen_twice(database: Database, keyring: Keyring) -> None:
    stored(database, keyring, 30)
    for seed in range(6):
        run("--count", "10", "--seed", str(seed))

    asked = [case.comment_id for case in waiting(database)]
    assert 30 == len(asked) == len(set(asked))


def test_the_random_slice_says_how_often_harm_was_missed(database: Database, keyring: Keyring) -> None:
    stored(database, keyring, 20)
    assert "nothing is known yet" in run("--estimate")
    run("--count", "20", "--seed", "1")
    with database.unit() as unit:
        first, second = claim(unit, "mia", now=NOW, count=2)  # the random ones wait first
        for case, judgement in (
            (first, Judgement(VerdictKind.REJECT, ("fraud",))),
            (second, Judgement(VerdictKind.APPROVE)),
        ):
            give_verdict(unit, NAMES, case.id, judgement, moderator="mia", token=None, now=NOW)
        unit.commit()

    told = json.loads(run("--estimate", "--json"))

    assert (4, 2) == (told["drawn"], told["waiting"])
    assert (1, 2, 0.5) == tuple(told["missed_harm"][name] for name in ("hits", "rows", "share"))
    assert "50.00%" in run("--estimate")


def test_comments_of_a_file_are_stored_and_asked_about(database: Database, tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"x{at}", "text": f"评论{at * 7919}号", "surface": "live"}) for at in range(30)]
    file = tmp_path / "some.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")

    first = json.loads(run(str(file), "--count", "10", "--seed", "1", "--json"))
    again = json.loads(run(str(file), "--count", "30", "--seed", "2", "--json"))

    assert (10, 30) == (first["cases"], first["population"])
    found = waiting(database)
    assert {"live"} == {case.queue for case in found}
    with database.reading() as look:  # no platform sent them: no figure about one counts them
        assert {CORPUS} == {comments.get(look, case.comment_id).surface for case in found}
    assert 10 + again["cases"] == len(found) == len({case.comment_id for case in found})
    drawn = sum("probability" in line for line in Path(again["file"]).read_text(encoding="utf-8").splitlines())
    assert again["chosen"]["random"] == drawn  # those that had a case stay in the slice


def test_a_broken_file_is_told_line_by_line(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"text": "好"}\n{"words": 1}\nno\n{"text": "a\\u0000b"}\n', encoding="utf-8")

    with pytest.raises(InvalidInputError, match=r"3 broken lines") as told:
        run(str(file))
    assert ["some.jsonl:2", "some.jsonl:3", "some.jsonl:4"] == [fault.where for fault in told.value.faults]


def test_a_comment_that_two_slices_could_have_drawn_had_two_chances() -> None:
    early, late = Slice(frozenset({"b"}), 0.5, "a", "d"), Slice(frozenset({"c"}), 0.2, "a", "z")

    assert 0.6 == pytest.approx(chance_of("b", [early, late]))
    assert 0.2 == pytest.approx(chance_of("x", [early, late]))
    assert 0.1 == pytest.approx(chance_of("name", [Slice(frozenset({"name"}), 0.1), Slice(frozenset({"other"}), 0.9)]))
