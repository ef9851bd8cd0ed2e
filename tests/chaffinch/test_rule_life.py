"""`chaffinch rules add|promote|approve` and `chaffinch lists` as people type them."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chaffinch.os_user import os_user
from chaffinch.settings import CHECKOUT
from governance import rules as life
from governance.rules import Standards
from moderation.rules import RuleState
from moderation.taxonomy import load_taxonomy
from records import ledger
from records.database import Database
from records.ledger_keys import open_signer
from records.sealing import seal
from tests.chaffinch.conftest import Run
from tests.chaffinch.test_rules_command import packs

BY_MIA = ("--by", "mia", "--why", "seen today")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def pack(folder: Path, **fields: str) -> str:
    return str(packs(folder, **{"term": "紫色河马", **fields}) / "ads.toml")


def told(run: Run, *arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def as_ben(home: Path, approval_id: str) -> None:
    """Approves as the command would from another account of the machine."""
    now, standards = datetime.now(UTC), Standards(load_taxonomy(), datetime.now(UTC).date())
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database, database.unit(os_user="ben") as unit:
        life.answer(unit, approval_id, by="ben", approve=True, note="fine", standards=standards, now=now)
        unit.commit()


def over_http(home: Path, rule_id: str) -> None:
    """Asks as the HTTP API and the console do: no account of the machine is known."""
    now, standards = datetime.now(UTC), Standards(load_taxonomy(), datetime.now(UTC).date())
    wish = life.Wish(rule_id, RuleState.LIVE, "mia", "seen today", 1)
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database, database.unit() as unit:
        life.promote(unit, wish, standards=standards, packed=lambda _: None, now=now)
        unit.commit()


def typed(home: Path) -> set[tuple[str, str]]:
    """Who is named in the ledger, with whose account typed."""
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database, database.reading() as look:
        bodies = [json.loads(entry.body) for entry in ledger.page(look, limit=200).items]
    return {(body["actor"]["id"], body["facts"].get("by_os_user")) for body in bodies}


def scored(run: Run, text: str) -> Any:
    return json.loads(run("score", "-", "--model", "none", given=json.dumps({"text": text}).encode()).stdout)


def test_a_rule_is_added_tried_and_led_to_live_by_two_people(run: Run, home: Path, tmp_path: Path) -> None:
    file = pack(tmp_path / "packs", action="block", state="live")
    (added,) = told(run, "rules", "add", file, *BY_MIA)
    assert ("draft", 1) == (added["state"], added["version"])
    assert [] == told(run, "rules", "add", file, *BY_MIA)
    assert "pass" == scored(run, "紫色河马多")["decision"]
    assert 0 == run("rules", "lint").returncode
    assert ["ads.one"] == [hit["rule"] for hit in told(run, "rules", "test", "紫色河马多")["texts"][0]["hits"]]
    untried = run("rules", "promote", "ads.one", "--to", "live", *BY_MIA)
    assert (1, True) == (untried.returncode, "run `chaffinch rules trial ads.one --by NAME`" in untried.stderr)
    tried = told(run, "rules", "trial", "ads.one", "--by", "mia", "--rows", "1000")
    assert ("ads.one", 0, {}) == (tried["rule"], tried["decisions"], tried["changes"])
    asked = told(run, "rules", "promote", "ads.one", "--to", "live", *BY_MIA)
    assert [] == asked["refused"]
    assert (None, "waiting") == (asked["version"], asked["approval"]["state"])
    own = run("rules", "approve", "ads.one", "--by", "Mia", "--note", "fine")
    assert (1, True) == (own.returncode, "somebody else has to answer" in own.stderr)
    same = run("rules", "approve", "ads.one", "--by", "ben", "--note", "fine")
    assert (1, True) == (same.returncode, f"POST /v1/approvals/{asked['approval']['id']}" in same.stderr)
    as_ben(home, asked["approval"]["id"])
    assert "block" == scored(run, "紫色河马多")["decision"]
    (row,) = [row for row in told(run, "rules", "list") if row["rule"] == "ads.one"]
    assert ("live", "database/ads.one@2") == (row["state"], row["where"])
    assert [1, 2] == [row["version"] for row in told(run, "rules", "history", "ads.one")]


def test_where_people_log_in_a_senior_name_alone_answers_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    run("rules", "add", pack(tmp_path / "packs", action="block"), *BY_MIA)
    run("users", "create", "ben", "--role", "senior", "--password-stdin", given=b"a long password\n")
    over_http(home, "ads.one")
    answer = ("rules", "approve", "ads.one", "--by", "Ben", "--note", "fine")
    assert (1, True) == ((unasked := run(*answer)).returncode, "--password-stdin" in unasked.stderr)
    wrong = run(*answer, "--password-stdin", given=b"a wrong password\n")
    assert (1, True) == (wrong.returncode, "not the password of a user called Ben" in wrong.stderr)
    assert "pass" == scored(run, "紫色河马多")["decision"]
    assert 0 == run(*answer, "--password-stdin", given=b"a long password\n").returncode
    assert "block" == scored(run, "紫色河马多")["decision"]


def test_the_second_of_two_is_told_with_exit_code_1(run: Run, home: Path, tmp_path: Path) -> None:
    run("rules", "add", pack(tmp_path / "packs"), *BY_MIA)
    first, second = (
        run("rules", "promote", "ads.one", "--to", to, "--expect", "1", *BY_MIA) for to in ("shadow", "live")
    )
    assert (0, 1) == (first.returncode, second.returncode)
    assert "Somebody else changed the rule ads.one: it is now at version 2 (shadow, by mia)" in second.stderr


def test_a_shipped_rule_is_retired_and_named_in_the_history(run: Run, home: Path) -> None:
    text = "时时彩带单回血，加薇x8827"
    assert "review" == scored(run, text)["decision"]
    told(run, "rules", "promote", "gambling.recruit.zh", "--to", "retired", *BY_MIA)
    assert "gambling.recruit.zh" not in [reason["rule_id"] for reason in scored(run, text)["reasons"]]
    states = [row["state"] for row in told(run, "rules", "history", "gambling.recruit.zh")]
    assert ["live", "retired"] == states


def test_while_a_pack_is_broken_a_change_says_what_servers_do_and_why(run: Run, home: Path, tmp_path: Path) -> None:
    run("rules", "add", pack(tmp_path / "packs"), *BY_MIA)
    configs = {"CHAFFINCH_CONFIGS": str(tmp_path / "configs")}
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / "rules" / "aa.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    shadow = run("rules", "promote", "ads.one", "--to", "shadow", *BY_MIA, "--json", **configs)
    assert json.loads(shadow.stdout)["refused"][0].startswith("aa.toml:1:1: x:")
    live = run("rules", "promote", "ads.one", "--to", "live", "--urgent", "a wave", *BY_MIA, **configs)
    assert (0, True) == (
        live.returncode,
        "running servers keep the rules they had until aa.toml is mended" in live.stdout,
    )
    assert "faults: aa.toml:1:1: x:" in live.stdout
    assert "two seconds" not in live.stdout
    retired = run("rules", "promote", "ads.one", "--to", "retired", *BY_MIA, **configs)
    assert "servers take it out in two seconds, but else keep the rules they had until aa.toml" in retired.stdout
    unread = run("rules", "promote", "x", "--to", "retired", *BY_MIA, **configs)
    assert (1, True) == (unread.returncode, "x is in no pack that can be read; mend these" in unread.stderr)


def test_a_pack_with_mistakes_is_added_by_no_rule_of_it(run: Run, home: Path, tmp_path: Path) -> None:
    file = Path(pack(tmp_path / "packs", action="pass"))
    file.write_text(file.read_text("utf-8") + "[[rules]]\nid = 'x'\n", encoding="utf-8")
    done = run("rules", "add", str(file), *BY_MIA)
    assert (1, True) == (done.returncode, done.stderr.count("ads.toml:") > 5)
    assert "ads.one" not in [row["rule"] for row in told(run, "rules", "list")]


def test_what_is_listed_decides_in_a_file_too(run: Run, home: Path) -> None:
    entry = ("--reason", "phishing", "--source", "report", "--ground", "fraud", "--by", "mia")
    soon = str((datetime.now(UTC) + timedelta(days=20)).date())
    added = told(run, "lists", "add", "wechat", "zhang_san88", "--action", "block", "--until", soon, *entry)
    assert "zhang_san88" not in json.dumps(added)
    reason = scored(run, "微信：zhang_san88")["reasons"][0]
    assert ("list", f"list.{added['id']}") == (reason["source"], reason["rule_id"])
    told(run, "lists", "remove", added["id"], *BY_MIA)
    assert [] == told(run, "lists", "list")
    assert {("mia", os_user()), ("chaffinch", os_user())} == typed(home)  # the ledger's marks began before the first


def test_what_is_wider_than_what_was_typed_is_listed_only_by_who_agrees(run: Run, home: Path) -> None:
    entry = ("--action", "block", "--reason", "phishing", "--source", "report", "--ground", "fraud", "--by", "mia")
    asked = run("lists", "add", "domain", "docs.google.com", *entry)
    assert (1, True) == (
        asked.returncode,
        "The entry is google.com, which is wider than docs.google.com" in asked.stderr,
    )
    assert "say --yes" in asked.stderr
    assert "Nothing is listed" in run("lists", "list").stdout
    agreed = run("lists", "add", "domain", "docs.google.com", "--yes", *entry)
    assert (0, True) == (agreed.returncode, "google.com" in agreed.stdout and "second person" in agreed.stdout)
    assert 0 == run("lists", "add", "domain", "1.2.3.4", *entry).returncode
    table = run("lists", "list").stdout
    assert all(word in table for word in ("google.com", "1.2.3.4", "phishing", "report", "mia"))


def test_the_blacklist_has_accounts_alone_and_is_reviewed(run: Run, home: Path) -> None:
    entry = ("--reason", "spam", "--source", "moderators", "--ground", "advertising", "--by", "mia")
    run("lists", "add", "domain", "evil.com", "--action", "block", "--until", "2099-01-01", *entry)
    soon, later = (str((datetime.now(UTC) + timedelta(days=days)).date()) for days in (20, 25))
    added = told(run, "blacklist", "add", "author-7", "--until", soon, *entry)
    assert [added["id"]] == [row["id"] for row in told(run, "blacklist", "list")]
    assert [] == told(run, "blacklist", "review", "--within", "10")
    assert [added["id"]] == [row["id"] for row in told(run, "blacklist", "review", "--within", "36500")]
    kept = told(run, "blacklist", "review", added["id"], "--until", later, *BY_MIA)
    assert (f"{later}T00:00:00+00:00", "mia", None) == (kept["expires_at"], kept["reviewed_by"], kept["review_asked"])
    longer = run("blacklist", "review", added["id"], *BY_MIA)
    assert (0, True) == (longer.returncode, f"it stays until {later}" in " ".join(longer.stdout.split())), longer.stderr
    [asked] = [row for row in told(run, "rules", "approvals") if row["about"] == added["id"]]
    assert ("list.review", f"block account: entry {added['id']}; its end becomes none, and is {later} now") == (
        asked["kind"], asked["asks_for"].partition("; source")[0],
    )  # fmt: skip
    [domain] = [row["id"] for row in told(run, "lists", "list", "--kind", "domain")]
    assert "chaffinch lists remove" in run("blacklist", "remove", domain, *BY_MIA).stderr
    assert "chaffinch lists review" in run("blacklist", "review", domain, *BY_MIA).stderr
    assert added["id"] == told(run, "blacklist", "remove", added["id"], *BY_MIA)["id"]
    assert [] == told(run, "blacklist", "list")


def test_what_is_listed_by_a_clock_that_was_set_back_is_taken_and_warned_of(run: Run, home: Path) -> None:
    entry = (
        "--reason",
        "spam",
        "--source",
        "moderators",
        "--ground",
        "advertising",
        "--by",
        "mia",
        "--until",
        "2099-01-01",
    )
    told(run, "blacklist", "add", "author-7", *entry)
    ahead = datetime.now(UTC) + timedelta(days=3)
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database:
        signer = open_signer(database, home / "keys", now=ahead)
        with database.unit() as unit:
            seal(unit, signer, owner="one", now=ahead)
            unit.commit()
    done = run("blacklist", "add", "author-8", *entry)
    assert (0, 1) == (done.returncode, done.stderr.count("Set the clock (NTP)")), done.stderr


@pytest.mark.parametrize(
    "command", [("lists", "add", "domain", "evil.com", "--action", "block"), ("blacklist", "add", "author-7")]
)
def test_nothing_is_listed_on_a_ground_that_nobody_named(run: Run, home: Path, command: tuple[str, ...]) -> None:
    """A default would be told to the person as the rule they broke, and no page could say which one it is."""
    done = run(*command, "--reason", "spam", "--source", "moderators", "--by", "mia")
    assert (1, True) == (done.returncode, "ground: say on which ground, by --ground: a label" in done.stderr)
    assert [] == told(run, "lists", "list")


def test_what_is_allowed_needs_no_ground_for_nobody_is_told_of_it(run: Run, home: Path) -> None:
    entry = ("--reason", "ours", "--source", "house", "--by", "mia")
    done = run("lists", "add", "domain", "good.com", "--action", "allow", *entry)
    assert (0, "") == (done.returncode, done.stderr)
    [listed] = told(run, "lists", "list")
    assert ("allow", "house rules") == (listed["action"], listed["ground"])


def test_the_label_of_an_entry_is_its_ground_where_no_other_is_named(run: Run, home: Path) -> None:
    entry = ("--reason", "spam", "--source", "moderators", "--by", "mia", "--until", "2099-01-01")
    run("lists", "add", "domain", "evil.com", "--action", "review", "--label", "fraud", *entry)
    [listed] = told(run, "lists", "list")
    assert "fraud" == listed["ground"]


def test_a_mistaken_entry_is_told_in_full(run: Run, home: Path) -> None:
    done = run(
        "lists",
        "add",
        "account",
        "a",
        "--action",
        "allow",
        "--reason",
        " ",
        "--source",
        "s",
        "--ground",
        "fraud",
        "--by",
        "mia",
    )
    assert 1 == done.returncode
    assert all(word in done.stderr for word in ("reason: say it", "an account cannot be allowed"))
