"""`chaffinch users|search|staffing` as they are typed, within this process."""

from __future__ import annotations

import csv
import json
import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from chaffinch import beside
from chaffinch.commands import doctor
from chaffinch.health import records as health
from chaffinch.main import app
from chaffinch.model_desk import BUSY, KEPT, Examples, model_desk
from chaffinch.settings import Settings, load_settings
from chaffinch.wiring import key_folder, open_database
from console.model_desk import Mistake, Moved
from console.passwords import verify
from moderation.comment import Author
from moderation.decision import Outcome
from records import ledger, users
from records.personal import open_keyring
from registry.gate_file import GateFile
from review.groups import gather
from tests.records.databases import NOW
from tests.records.factories import a_comment, a_decision, an_answer, for_review, put


def typed(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, words, input=given)


@pytest.mark.usefixtures("home")
def test_an_account_is_given_a_role_a_password_and_its_leave() -> None:
    made = typed("users", "create", "mei", "--password-stdin", given="a long password\n")
    assert (0, "mei may log in as moderator: /console/ of the running server.\n") == (made.exit_code, made.stdout)
    for said in ("one person where two are asked", "chaffinch users vouch", "no administrator yet"):
        assert said in made.stderr.replace("\n", " ")
    second = typed("users", "create", "ada", "--role", "admin", "--password-stdin", given="a long password\n")
    assert "no administrator yet" not in second.stderr
    assert "mei is senior now" in typed("users", "role", "mei", "senior").stdout
    assert "was set" in typed("users", "password", "mei", "--password-stdin", given="quite another one\n").stdout
    assert "was ended" in typed("users", "logout", "mei").stdout
    assert "may no longer log in" in typed("users", "disable", "mei").stdout
    assert "may log in again" in typed("users", "enable", "mei").stdout
    assert 0 != typed("users", "password", "nobody", "--password-stdin", given="quite another one\n").exit_code
    with closing(open_database(load_settings())) as database, database.reading() as look:
        found = users.by_name(look, "mei")
        assert found is not None
        kinds = [entry.kind for entry in ledger.page(look, subject_id=found.id).items]
        bodies = [json.loads(entry.body) for entry in ledger.page(look, subject_id=found.id).items]
    assert ("senior", True) == (found.role, verify("quite another one", found.password_hash))
    whole = ["created", "role", "password", "sessions_ended", "disabled", "enabled"]
    assert [f"account.{kind}" for kind in whole] == kinds
    assert {True} == {body["actor"]["id"].startswith("os:") for body in bodies}


@pytest.mark.usefixtures("home")
def test_the_queue_and_a_case_say_what_waits_together_and_no_text() -> None:
    settings = load_settings()
    settings.home.mkdir(exist_ok=True)
    assert "Nothing waits." in typed("queue").stdout
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=NOW)
        texts = [*((f"下注{n}", "seller") for n in range(5)), ("下注", "other")]
        unclear = a_decision(Outcome.REVIEW, gambling=0.6)
        put(
            database,
            keyring,
            *(an_answer(replace(a_comment(text), author=Author(who)), unclear) for text, who in texts),
        )
        gather(database, NOW)
    rows = json.loads(typed("queue", "--json").stdout)
    leads = [row for row in rows if row["together"]]
    assert (6, [("account_day", 5)]) == (len(rows), [(row["group"], row["together"]) for row in leads])
    assert {leads[0]["case"], ""} == {row["stands_for_it"] for row in rows}
    assert 2 == sum(not row["stands_for_it"] for row in rows)
    told = typed("case", "show", rows[-1]["case"]).stdout
    assert {"account_day", None} >= {(json.loads(told)["group"] or {}).get("kind")}
    whole = json.loads(typed("case", "show", leads[0]["case"]).stdout)["group"]
    assert ["open"] * 5 == [one["state"] for one in whole["members"]]
    assert all(one["decision_id"] for one in whole["members"])
    assert "下注" not in told + str(whole) + typed("queue").stdout
    assert 1 == typed("case", "show", "none").exit_code


@pytest.mark.usefixtures("home")
def test_the_search_is_looked_at_and_made_anew() -> None:
    settings = load_settings()
    settings.home.mkdir(exist_ok=True)
    with closing(open_database(settings)) as database:
        put(database, open_keyring(database, key_folder(settings), now=NOW), for_review("下注", known_as="a"))
    assert {"entries": 0, "waiting": 1, "fault": None} == json.loads(typed("search", "status", "--json").stdout)
    assert "1 comments wait for the worker" in typed("search", "rebuild", "--no-wait").stdout
    assert "1 comments are found" in typed("search", "rebuild").stdout
    assert {"entries": 1, "waiting": 0, "fault": None} == json.loads(typed("search", "status", "--json").stdout)
    assert ("ok", "all 1 comments of the index are found by their words, and none waits") == seen_of_search(settings)


@pytest.mark.usefixtures("home")
def test_a_damaged_index_is_told_until_it_is_made_anew() -> None:
    settings = load_settings()
    settings.home.mkdir(exist_ok=True)
    with closing(open_database(settings)) as database:
        put(database, open_keyring(database, key_folder(settings), now=NOW), for_review("下注", known_as="a"))
        typed("search", "rebuild")
        with database.unit() as unit:
            unit.execute(text("UPDATE search_words_content SET c0 = 'other'"))
            unit.commit()
    said = typed("search", "status")
    assert 3 == said.exit_code
    assert "The index is damaged, and some comments are not found" in said.stdout
    assert "chaffinch search rebuild" in said.stdout
    assert "broken" == seen_of_search(settings)[0]
    typed("search", "rebuild")
    assert "ok" == seen_of_search(settings)[0]


def seen_of_search(settings: Settings) -> tuple[str, str]:
    finding = doctor.guarded("search", health.search, settings)
    return finding.state, finding.seen


@pytest.mark.usefixtures("home")
def test_staffing_counts_from_what_is_taken_for_granted(tmp_path: Path) -> None:
    assert "--a-day" in typed("staffing").stdout
    file = tmp_path / "hours.csv"
    done = typed("staffing", "--a-day", "2400", "--handling", "60", "--csv", str(file), "--json")
    plan = json.loads(done.stdout)
    assert (24, 2400.0) == (len(plan["hours"]), sum(hour["arrivals"] for hour in plan["hours"]))
    with file.open(encoding="utf-8-sig") as lines:
        people = sum(int(row["people"]) for row in csv.DictReader(lines))
    assert math.ceil(people / 0.75) == plan["person_hours"]
    assert plan["person_hours"] == math.ceil(sum(hour["paid"] for hour in plan["hours"]) - 1e-9)
    said = typed("staffing", "--a-day", "2400", "--handling", "60").stdout
    assert "as if they came evenly over the day" in " ".join(said.split())
    assert "paid hours a day: " in said
    assert "60 s a case taken for granted; 0 handling times measured" in said
    assert f"{plan['heads']} people to employ" in said
    shifts = tmp_path / "shifts.csv"
    typed("staffing", "--a-day", "2400", "--handling", "60", "--shift", "12", "--shifts-csv", str(shifts))
    with shifts.open(encoding="utf-8-sig") as lines:
        assert all((int(row["begins"]) + 12) % 24 == int(row["ends"]) for row in csv.DictReader(lines))
    refused = typed("staffing", "--a-day", "2400", "--label", "gambling")
    assert 2 == refused.exit_code


@pytest.mark.usefixtures("home")
def test_the_models_page_asks_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run(command: list[str], **_: object) -> CompletedProcess[bytes]:
        asked.append(command[3:])
        if "rollback" in command:
            return CompletedProcess(command, 1, b"", b"There is no\nearlier champion.\n")
        return CompletedProcess(command, 0, b'{"sentence": "Version 2 is champion."}', b"")

    monkeypatch.setattr(beside.subprocess, "run", run)
    desk = model_desk(load_settings())
    assert (True, "Version 2 is champion.") == _told(desk.promote("2", "li", "--reason=better"))
    assert (False, "There is no earlier champion.") == _told(desk.rollback("li", "it blocks the weather", "a storm"))
    assert [["promote", "2", "--by=li", "--reason=--reason=better", "--json"]] == asked[:1]
    assert "--without-assessment=a storm" in asked[1]

    gate = GateFile(
        sentence="Yes.",
        bundle_hash="x",
        champion=None,
        gate="default",
        created_at="",
        examples=("r1",),
    )
    shown = {"examples": [{"id": "r1", "text": "云真好看", "note": ""}]}
    monkeypatch.setattr(
        beside.subprocess, "run", lambda command, **_: CompletedProcess(command, 0, json.dumps(shown).encode(), b"")
    )
    assert [Mistake("r1", "云真好看", "")] == desk.examples("2", gate)

    def late(command: list[str], **_: object) -> CompletedProcess[bytes]:
        raise TimeoutExpired(command, 1)

    monkeypatch.setattr(beside.subprocess, "run", late)
    assert "takes longer" in desk.promote("2", "li", "x").sentence
    assert [Mistake("r1", "云真好看", "")] == desk.examples("2", gate), "told again for a while"
    later = gate.model_copy(update={"created_at": "later"})
    assert [("r1", None)] == [(each.id, each.text) for each in desk.examples("2", later)]
    assert () == desk.examples("2", gate.model_copy(update={"examples": ()})), "nothing is asked for nothing"


def test_texts_are_forgotten_after_a_minute_and_looked_up_one_process_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"verdict": "no", "sentence": "", "bundle_hash": "x", "champion": None, "gate": "g", "created_at": "1"}
    gate = GateFile.model_validate(told | {"examples": ("r1",)})
    clock, meanwhile = [0.0], list[str | None]()
    examples = Examples(lambda: clock[0])
    asked = []

    def run(command: list[str], **_: object) -> CompletedProcess[bytes]:
        asked.append(command)
        other = examples("3", gate.model_copy(update={"created_at": "2"}))
        meanwhile.extend(each.note for each in other)
        shown = {"examples": [{"id": "r1", "text": "云真好看", "note": ""}]}
        return CompletedProcess(command, 0, json.dumps(shown).encode(), b"")

    monkeypatch.setattr(beside.subprocess, "run", run)
    for clock[0], processes in ((0.0, 1), (KEPT - 1, 1), (KEPT + 1, 2)):
        assert ["云真好看"] == [each.text for each in examples("2", gate)]
        assert processes == len(asked)
    assert [BUSY, BUSY] == meanwhile


def _told(moved: Moved) -> tuple[bool, str]:
    return moved.done, moved.sentence
