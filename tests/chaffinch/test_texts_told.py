"""Texts that people wrote to this house: which commands have any, and that none is told before somebody answers."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from chaffinch import second_looks
from chaffinch.main import app
from chaffinch.settings import Settings, load_settings
from chaffinch.wiring import key_folder, open_database
from data.frozen import FrozenText
from data.rows import Rows
from eval import gate_examples
from eval.suspects import Suspect, Suspicion
from governance import accounts
from governance.accounts import NewAccount
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from records import cases, comments, copying, decisions, ledger
from records.personal import open_keyring
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.chaffinch.test_rules_command import packs
from tests.records.databases import NOW
from tests.records.factories import NAMES, for_review, put

CANARY = "优惠canarytext多"
MIA = ("--by", "mia", "--why", "yearly look")

GIVEN = {
    "audit export": "evidence.exported", "inspection export": "evidence.exported", "export-author": "author.exported",
    "incident content": "content.reported", "data export-labels": "labels.exported", "watch": "labels.exported",
    "erase": "labels.exported", "database copy": "records.copied", "rules backtest": "texts.exported",
    "rules diff": "texts.exported", "gate": "texts.exported", "data suspects": "texts.exported",
}  # fmt: skip
"""Commands that bring texts of this house's comments out of the records, a snapshot or a frozen set, and the entry that
stands before they do. `watch` does so with `--train`, `rules diff` with `--on`, `gate` with `--show`."""

BELOW_THE_HOME = {"data build", "cross-validate", "demo"}
"""What writes texts of label files into other files below the home, which their owner alone reads."""

NO_TEXTS = """
    agreement list, agreement publish, agreement show, approvals answer, approvals list, approvals withdraw, approve,
    assessment list, assessment show, assessment write, audit answer, audit checkpoint, audit neutrality, audit new-key,
    audit remove-words, audit verify, blacklist add, blacklist import, blacklist list, blacklist remove,
    blacklist review, campaigns answer, campaigns list, campaigns show, campaigns trial, case show, compare,
    credit show, credit simulate, data card, data realism, data select, data sources, data starter, database reopen,
    doctor, duties,
    emergency end, emergency list, emergency report, emergency start, eval, hold lift, hold list, hold set,
    incident add, incident list, incident record, incident report, incident reported, inspection ask, inspection close,
    inspection list, inspection show, keys create, keys limit, keys list, keys policy, keys revoke, keys skills,
    lists add, lists list, lists remove, lists review, measures lift, measures list, measures many, measures recommend,
    measures show, measures take, promote, pseudonyms rewrap, pseudonyms rotate, queue, rectification demand,
    rectification list, rectification prove, register, report decision, report statements, report transparency,
    retention, review agreement, review gold add, review gold list, review gold retire, robustness, rollback,
    rules add, rules approvals, rules approve, rules history, rules lint, rules list, rules looked, rules promote,
    rules take, rules test, rules trial, rules vouch, score, search rebuild, search status, serve, shadow report,
    shadow start,
    shadow stop, staffing, train, users create, users disable, users enable, users invite, users list, users logout,
    users password, users role, users skills, users train, users vouch, webhooks add, webhooks dead,
    webhooks disable, webhooks enable,
    webhooks list, webhooks remove, webhooks replay, webhooks rotate, webhooks test, worker
"""
"""What tells no text of a stored comment: figures, ids, what the house wrote itself, or what was typed or handed in."""


def commands(group: Any = None, before: str = "") -> Iterator[str]:
    for name, each in (group or typer.main.get_command(app)).commands.items():
        if isinstance(each, click.Group) or hasattr(each, "commands"):
            yield from commands(each, f"{before}{name} ")
        else:
            yield before + name


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "300"})


def entries(kind: str) -> list[dict[str, Any]]:
    with closing(open_database(load_settings(), moved_too=True)) as database, database.reading() as look:
        return [json.loads(each.body) for each in ledger.page(look, limit=200).items if each.kind == kind]


@pytest.fixture
def house(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with people, a comment that was decided about, and one that waits."""
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("CHAFFINCH_MODEL", "none")
    settings = load_settings()
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=NOW)
        put(database, keyring, for_review(CANARY, known_as="c-1"), for_review(f"{CANARY}2", known_as="c-2"))
        for name, role in (("ivy", "inspector"), ("dan", "data_scientist"), ("mia", "lead"), ("mod", "moderator")):
            with database.unit(os_user=f"os:{name}") as unit:
                accounts.create(unit, NewAccount(name, "a hash", role), by="root", now=NOW)
                unit.commit()
        with database.unit() as unit:
            [case] = queue.claim(unit, "mod", now=NOW)
            judged = Judgement(VerdictKind.REJECT, ("advertising",))
            give_verdict(unit, NAMES, case.id, judged, moderator="mod", token=None, now=NOW)
            unit.commit()
    return home


def test_every_command_is_one_that_tells_texts_or_one_that_tells_none() -> None:
    told = {" ".join(each.split()) for each in NO_TEXTS.split(",")}
    assert sorted(commands()) == sorted([*GIVEN, *BELOW_THE_HOME, *told])


QUIET = (
    ("queue",), ("queue", "--json"), ("data", "select", "--json"), ("review", "agreement", "--json"),
    ("review", "gold", "list", "--json"), ("campaigns", "list", "--json"), ("emergency", "list", "--json"),
    ("hold", "list", "--json"), ("incident", "list", "--json"), ("measures", "list", "--json"), ("watch", "--json"),
    ("report", "transparency", "--from", "2026-01-01", "--to", "2100-01-01", "--json"),
    ("report", "statements", "--from", "2026-01-01", "--to", "2100-01-01"), ("staffing", "--json"),
    ("rules", "list", "--json"), ("rules", "backtest", "decisions", "--json"), ("rules", "backtest", "decisions"),
    ("approvals", "list", "--json"), ("doctor",), ("retention", "--dry-run"), ("search", "status"),
    ("audit", "verify", "--json"), ("webhooks", "dead"),
)  # fmt: skip


@pytest.mark.usefixtures("house")
def test_no_command_tells_a_text_unasked() -> None:
    with closing(open_database(load_settings())) as database, database.reading() as look:
        waiting = [cases.undecided_of(look, each) for each in comments.known_ids(look, ["c-1", "c-2"]).values()]
        [case] = filter(None, waiting)
        decision = decisions.latest_of(look, case.comment_id)
    for words in (*QUIET, ("report", "decision", decision.id), ("case", "show", case.id)):
        done = typed(*words)
        assert "canarytext" not in done.output, words
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)


def assert_nobody_else_may(*words: str, kind: str, who: str = "dan") -> None:
    """Neither who is unknown, nor who may not, nor without a name or a reason."""
    for by, why, error in (
        ("mio", "a look", ForbiddenError), ("mod", "a look", ForbiddenError), ("ivy", "a look", ForbiddenError),
        (" ", "a look", InvalidInputError), (who, " ", InvalidInputError),
        (who, "for mail@example.org", InvalidInputError),
    ):  # fmt: skip
        done = typed(*words, "--by", by, "--why", why)
        assert error is type(done.exception), (by, why, done.output)
        assert "canarytext" not in done.output
    assert [] == entries(kind)


def test_samples_of_stored_decisions_are_told_where_somebody_answers_for_them(house: Path, tmp_path: Path) -> None:
    draft, page = packs(tmp_path / "packs"), tmp_path / "out" / "page.html"
    words = ("rules", "backtest", "decisions", "--draft", str(draft), "--html", str(page))
    done = typed(*words, "--json")
    assert ("canarytext" in done.stdout + page.read_text("utf-8"), "--by and --why" in done.stderr) == (False, True)
    assert 2 == json.loads(done.stdout)["rows"]
    page.unlink()
    assert_nobody_else_may(*words, kind="texts.exported")
    assert not page.exists()
    done = typed(*words, "--json", "--by", "dan", "--why", "yearly look")
    assert ("canarytext" in done.stdout, "canarytext" in page.read_text("utf-8")) == (True, True), done.output
    assert 0o600 == stat.S_IMODE(page.stat().st_mode)
    [entry] = entries("texts.exported")
    assert ("dan", "yearly look", "rules", "rules backtest") == (
        entry["actor"]["id"], entry["reason"], entry["ground"], entry["subject"]["id"],
    )  # fmt: skip
    assert entry["facts"]["texts"] >= 2
    told = typed("rules", "diff", str(draft), "--on", "decisions")
    assert "canarytext" not in told.output
    assert "canarytext" in typed("rules", "diff", str(draft), "--on", "decisions", *MIA).stdout
    assert 2 == len(entries("texts.exported"))


@pytest.mark.usefixtures("house")
def test_a_file_of_ones_own_is_told_as_it_is(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"text": CANARY}), encoding="utf-8")
    assert "canarytext" in typed("rules", "backtest", str(rows), "--draft", str(packs(tmp_path / "packs"))).stdout
    assert [] == entries("texts.exported")


def test_labels_are_written_for_their_owner_once_the_entry_says_who_and_why(house: Path) -> None:
    assert_nobody_else_may("data", "export-labels", kind="labels.exported")
    assert not list((house / "labels").glob("*.jsonl")) if (house / "labels").exists() else True
    assert 2 == typed("data", "export-labels").exit_code
    done = typed("data", "export-labels", "--by", "dan", "--why", "the next model")
    assert 0 == done.exit_code, done.output + str(done.exception)
    [file] = (house / "labels").glob("*.jsonl")
    assert ("canarytext" in file.read_text("utf-8"), 0o600) == (True, stat.S_IMODE(file.stat().st_mode))
    [entry] = entries("labels.exported")
    assert ({"kind": "user", "id": "dan"}, "the next model") == (entry["actor"], entry["reason"])
    file.chmod(0o644)
    assert 0 == typed("data", "export-labels", *MIA).exit_code
    assert 0o600 == stat.S_IMODE(file.stat().st_mode), "what earlier exports left open is closed"
    assert 1 == len(entries("labels.exported"))


def test_who_trains_each_night_says_so_before_anything_is_read(house: Path) -> None:
    assert InvalidInputError is type(typed("watch", "--train").exception)
    assert_nobody_else_may("watch", "--train", kind="labels.exported")
    assert not (house / "labels").exists()
    assert typed("watch", "--train", "--by", "dan", "--why", "each night", "--json").exit_code in {0, 3}


@pytest.mark.usefixtures("house")
def test_who_is_erased_leaves_the_label_files_by_the_word_of_who_erased_them() -> None:
    assert 0 == typed("data", "export-labels", "--by", "dan", "--why", "the next model").exit_code
    assert 0 == typed("erase", "author-7f3a", *MIA, "--yes").exit_code
    assert ["dan", "mia"] == [each["actor"]["id"] for each in entries("labels.exported")]


def test_a_copy_of_the_records_is_an_entry_of_the_house_it_is_taken_from(house: Path, tmp_path: Path) -> None:
    to = tmp_path / "copy" / "copy.db"
    words = ("database", "copy", f"sqlite:///{to}")
    assert 2 == typed(*words, "--by", "mia").exit_code
    assert_nobody_else_may(*words, kind=copying.COPIED, who="mia")
    done = typed(*words, *MIA)
    assert 0 == done.exit_code, done.output + str(done.exception)
    [entry] = entries(copying.COPIED)
    assert ("mia", "yearly look") == (entry["actor"]["id"], entry["reason"])
    assert 0o600 == stat.S_IMODE(to.stat().st_mode)
    assert ConflictError is type(typed(*words, *MIA).exception)
    assert 1 == len(entries(copying.COPIED)), "nothing was given out"


def test_examples_of_a_gate_keep_back_what_people_wrote_here(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"one": FrozenText("public", "davidson"), "two": FrozenText(CANARY, "moderators")}
    monkeypatch.setattr(gate_examples, "_rows", lambda *_: (rows, []))

    class Said:
        examples = ("one", "two")

    found = gate_examples.examples(Said(), Path())  # type: ignore[arg-type]
    assert [False, True] == [each.is_own for each in found]
    kept = gate_examples.without_own(found)
    assert ["public", None] == [each.text for each in kept]
    assert "--by and --why" in kept[1].note


def test_a_list_of_suspects_keeps_back_what_people_wrote_here(tmp_path: Path) -> None:
    rows = Rows(
        ids=["a", "b"], texts=["public", CANARY], langs=["zh", "zh"], sources=["davidson", "moderators"],
        groups=["", ""], kinds=["", ""], labels=np.zeros((2, 1), np.int8), union=np.zeros((2, 1), np.int8),
        everyday=np.zeros(2, np.bool_), weights=np.ones(2, np.float32), surfaces=["", ""],
    )  # fmt: skip
    found = Suspicion(tuple(Suspect(at, "abuse", given=False, probability=0.9, quality=0.1) for at in range(2)), ())
    assert 1 == second_looks.own_texts(rows, found)
    for with_own, told in ((False, ["public", None]), (True, ["public", CANARY])):
        path = second_looks.write(rows, found, "mine", Settings(home=tmp_path), with_own=with_own)
        assert told == [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
