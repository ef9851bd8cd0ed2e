"""`chaffinch emergency|approvals|inspection|incident|rectification|assessment` as they are typed."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chaffinch.main import app
from chaffinch.promotion import _check_assessed
from chaffinch.settings import load_settings
from chaffinch.wiring import key_folder, open_database
from governance.listed import EntryState, state_of
from moderation.errors import ConflictError, ForbiddenError, GateRefusedError
from records import lists
from records.ledger_keys import open_signer
from records.personal import open_keyring
from records.sealing import seal
from registry.names import Resolved
from tests.governance.test_assessments import on_news
from tests.records.databases import NOW
from tests.records.factories import a_comment, an_answer, put

pytestmark = pytest.mark.usefixtures("home")


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def told(*words: str) -> Any:
    result = typed(*words, "--json")
    assert 0 == result.exit_code, result.output + str(result.exception)
    return json.loads(result.stdout)


def answer(monkeypatch: pytest.MonkeyPatch, approval: str, by: str = "ben") -> None:
    """From an account of their own."""
    with monkeypatch.context() as patched:
        patched.setattr("chaffinch.os_user.os_user", lambda: f"os:{by}")
        assert "approved" == told("approvals", "answer", approval, "--by", by, "--note", "seen")["state"]


def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each made from another account of the machine: what one account makes is one person's."""
    for name, role in (("ivy", "inspector"), ("ben", "senior"), ("mia", "lead")):
        words = ["users", "create", name, "--role", role, "--password-stdin"]
        with monkeypatch.context() as patched:
            patched.setattr("chaffinch.os_user.os_user", lambda name=name: f"os:{name}")
            assert 0 == CliRunner().invoke(app, words, input="a long password\n").exit_code


def waiting() -> str:
    [asked] = told("approvals", "list")
    return str(asked["id"])


def named_question(printed: str) -> str:
    """The id that a sentence tells to answer."""
    [found] = re.findall(r"chaffinch approvals answer (\S+) --by", " ".join(printed.split()))
    return str(found)


FIELDS = [word for name in ("changes", "evaluation", "risks", "rollback") for word in (f"--{name}", f"the {name}")]
INSPECTION = (
    "inspection", "ask", "Office", "--reference", "17", "--asked", "news", "--ground", "cn-2017:10", "--inspector",
    "ivy", "--since", "2026-03-01", "--until", "2026-03-02", "--by", "mia", "--why", "their letter",
)  # fmt: skip
MEASURE = ("measures", "take", "a-7", "--measure", "close", "--ground", "rule 3", "--reason-en", "spam", "--by", "mia")
ASKING: dict[str, tuple[str, ...]] = {
    "inspection": INSPECTION,
    "assessment": ("assessment", "write", "function", "polls", *FIELDS, "--surface=news", "--by=mia", "--why=w"),
    "emergency": ("emergency", "start", "closed", "--minutes", "30", "--by", "mia", "--why", "a raid"),
    "measure": MEASURE,
    "list": (
        "blacklist", "add", "a-7", "--reason", "spam", "--source", "our own", "--ground", "cn-2017:9", "--by", "mia",
        "--two",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(ASKING))
def test_a_command_that_asks_prints_the_question_that_is_answered(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people(monkeypatch)
    done = typed(*ASKING[what])
    assert 0 == done.exit_code, done.output + str(done.exception)
    assert waiting() == named_question(done.stdout)
    answer(monkeypatch, named_question(done.stdout))


def test_a_list_that_is_brought_in_twice_says_that_the_first_waits(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("account\na-1\na-2\n", encoding="utf-8")
    words = ("blacklist", "import", str(file), "--source", "ministry", "--ground", "cn-2017:9", "--by", "mia")
    first = typed(*words)
    assert waiting() == named_question(first.stdout)
    assert "0 accounts wait for a second person, 2 are listed already, or wait." in typed(*words).stdout


def test_who_answers_on_a_command_line_reads_what_they_say_yes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    people(monkeypatch)
    until = str(datetime.now(UTC).date() + timedelta(days=90))
    entry = ("--reason", "a partner", "--source", "ours", "--ground", "platform-rules:advertising", "--by", "mia")
    asked = told("lists", "add", "domain", "partner-shop.com", "--action", "allow", "--until", until, *entry)
    expected = (f"allow domain: partner-shop.com; ends {until}", "of 0 comments of seven days it meets 0")
    for rows in (told("approvals", "list"), told("rules", "approvals")):
        [row] = rows
        assert [True, True] == [each in row["asks_for"] for each in expected], row
    for command in (("approvals", "list"), ("rules", "approvals")):
        assert all(word in typed(*command).stdout for word in ("allow", "partner"))
    with monkeypatch.context() as patched:
        patched.setattr("chaffinch.os_user.os_user", lambda: "os:ben")
        done = typed("approvals", "answer", asked["approval_id"], "--by", "ben", "--note", "seen")
    assert (0, True) == (done.exit_code, expected[0] in done.stderr)


def test_a_list_shows_which_entries_count_and_which_wait_for_a_second_person(tmp_path: Path) -> None:
    file, by = tmp_path / "list.csv", ("--source", "ministry", "--ground", "cn-2017:9", "--by", "mia")
    file.write_text("account\na-1\n", encoding="utf-8")
    typed("blacklist", "import", str(file), *by)
    until = datetime.now(UTC).date() + timedelta(days=2)
    typed("blacklist", "add", "a-2", "--reason", "spam", *by, "--until", str(until))
    assert {"waiting", "in_force"} == {each["state"] for each in told("blacklist", "list")}
    shown = typed("blacklist", "list").stdout
    assert "waiting" in shown
    assert "in_force" in shown
    with closing(open_database(load_settings())) as database, database.reading() as look:
        then = [state_of(each, now=datetime.now(UTC) + timedelta(days=3)) for each in lists.page(look).items]
    assert [EntryState.WAITING, EntryState.OVER] == then


def test_an_emergency_is_asked_for_answered_listed_reported_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("emergency", "start", "closed", "--surface", "news", "--minutes", "30", "--by", "mia", "--why", "a raid")
    asked = told(*words, "--drill")
    assert "news/*/*:closed drill" == asked["place"]
    assert [("waits", asked["approval"])] == [(each["state"], each["id"]) for each in told("emergency", "list")]
    early = typed("emergency", "report", asked["approval"])
    assert "there is a report once it runs" in str(early.exception)
    refused = typed("approvals", "answer", asked["approval"], "--by", "ben", "--note", "x")
    assert isinstance(refused.exception, ForbiddenError)  # two names from one account are no two people
    answer(monkeypatch, asked["approval"])
    [row] = told("emergency", "list")
    assert ("runs", "mia", "ben") == (row["state"], row["asked_by"], row["approved_by"])
    report = told("emergency", "report", row["id"])
    assert (True, 0, 0) == (report["drill"], report["covered"], report["unjudged"])
    assert "would have changed 0" in typed("emergency", "report", row["id"]).stdout
    assert 0 == typed("emergency", "end", row["id"], "--by", "mia", "--why", "over").exit_code
    assert "ended by mia: over" in typed("emergency", "report", row["id"]).stdout


def test_a_request_is_recorded_granted_handed_over_shown_and_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    settings.home.mkdir(exist_ok=True)
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=NOW)
        put(database, keyring, an_answer(a_comment("说的话", surface="news")))
        signer = open_signer(database, key_folder(settings), now=NOW)
        with database.unit() as unit:
            seal(unit, signer, owner="one", now=NOW)
            unit.commit()
    people(monkeypatch)
    record = told(
        "inspection", "ask", "Cyberspace office", "--reference", "17", "--asked", "news", "--ground", "cn-2017:10",
        "--inspector", "ivy", "--surface", "news", "--since", f"{NOW:%Y-%m-%d}", "--until", "2100-01-01", "--open",
        "--by", "mia", "--why", "their letter",
    )  # fmt: skip
    assert waiting() == record["approval_id"]
    out = tmp_path / "e.zip"
    early = typed("inspection", "export", record["id"], str(out), "--by", "mia")
    assert isinstance(early.exception, ForbiddenError)
    answer(monkeypatch, waiting())
    given = told("inspection", "export", record["id"], str(out), "--by", "mia")
    assert (1, 2) == (given["entries"], given["opened"])
    assert out.is_file()
    assert ["evidence.exported"] == [each["kind"] for each in told("inspection", "show", record["id"])["given"]]
    assert 0 == typed("inspection", "close", record["id"], "--by", "mia", "--why", "done").exit_code
    assert ["closed"] == [each["state"] for each in told("inspection", "list")]


def test_an_incident_and_what_follows_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = told("incident", "record", "leak", "--severity", "high", "--by", "mia", "--field", "people=3")
    told("incident", "add", made["id"], "--by", "mia", "--why", "known", "--field", "cause=a wrong permission")
    page = tmp_path / "r.html"
    assert "lacks what" in typed("incident", "report", made["id"], "--out", str(page)).stderr
    assert "a wrong permission" in page.read_text(encoding="utf-8")
    item = told(
        "rectification", "demand", "one person exports", "--demand", "two people", "--owner", "ben", "--due",
        "2100-01-01", "--incident", made["id"], "--by", "mia",
    )  # fmt: skip
    page.write_text("log", encoding="utf-8")
    assert (
        "proposed"
        == told("rectification", "prove", item["id"], "--proof", "done", "--file", str(page), "--by", "ben")["state"]
    )
    answer(monkeypatch, waiting(), "eve")
    assert [] == told("rectification", "list", "--undone")
    assert ["open"] == [each["state"] for each in told("incident", "list")]


def test_unlawful_content_is_reported_to_a_file(tmp_path: Path) -> None:
    settings = load_settings()
    settings.home.mkdir(exist_ok=True)
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=NOW)
        [stored] = put(database, keyring, an_answer(a_comment("说的话")))
    page = tmp_path / "r.html"
    words = ("--authority", "Office", "--ground", "cn-2017:5(5)", "--by", "mia", "--why", "asked", "--out", str(page))
    assert 0 == typed("incident", "content", stored.decision_id, *words).exit_code
    assert "说的话" in page.read_text(encoding="utf-8")


def test_a_promotion_is_refused_under_cn_until_the_bundle_is_assessed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings()
    settings.home.mkdir(exist_ok=True)
    target = Resolved(tmp_path, "5", "hash-5")
    _check_assessed(settings, target)  # nobody uses the policy
    with closing(open_database(settings)) as database:
        on_news(database, open_keyring(database, key_folder(settings), now=NOW))
    with pytest.raises(GateRefusedError, match="chaffinch assessment write model 5 --surface news"):
        _check_assessed(settings, target)
    monkeypatch.setattr("chaffinch.commands.assessment.resolved", lambda *_: target)
    words = [word for name in ("changes", "evaluation", "risks", "rollback") for word in (f"--{name}", f"the {name}")]
    made = told("assessment", "write", "model", "5", "--surface", "news", *words, "--by", "mia", "--why", "better")
    for name in ("ben", "eve"):
        with pytest.raises(GateRefusedError):
            _check_assessed(settings, target)
        answer(monkeypatch, waiting(), name)
    _check_assessed(settings, target)
    shown = told("assessment", "show", made["id"])
    assert ("signed", ["ben", "eve"]) == (shown["state"], shown["signed_by"])
    assert [("chaffinch@5", "signed")] == [(each["subject"], each["state"]) for each in told("assessment", "list")]


def test_whoever_asked_withdraws_and_what_stands_is_replaced_by_name() -> None:
    told(*MEASURE)
    gone = told("approvals", "withdraw", waiting(), "--by", "mia", "--why", "the wrong account")
    assert "withdrawn" == gone["state"]
    assert [] == told("approvals", "list")
    assert ["withdrawn"] == [each["state"] for each in told("measures", "list")]
    short, why = ("measures", "take", "a-7", "--measure", "suspend"), MEASURE[5:]
    [first] = told(*short, "--days", "1", *why)
    assert isinstance(typed(*short, "--days", "2", *why).exception, ConflictError)
    [more] = told(*short, "--days", "2", "--replaces", first["id"], *why)
    assert first["id"] == more["replaces"]
    assert ["in_force", "replaced", "withdrawn"] == [each["state"] for each in told("measures", "list")]
    assert "(``)" not in typed("measures", "recommend", "--help").stdout
