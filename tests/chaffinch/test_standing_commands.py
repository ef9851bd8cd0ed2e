"""`chaffinch measures`, `credit` and `blacklist import` as they are typed."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chaffinch.main import app
from chaffinch.os_user import os_user
from chaffinch.settings import load_settings
from chaffinch.wiring import open_database
from moderation.errors import ChaffinchError, ConfigError, InvalidInputError, NotFoundError
from records import looks

WHY = ("--reason-zh", "多次发布广告", "--ground", "advertising", "--by", "mia")


def run(*typed: str) -> Any:
    done = CliRunner().invoke(app, [*typed, "--json"], catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return json.loads(done.stdout)


def test_a_measure_is_taken_shown_and_lifted(home: Path) -> None:
    (made,) = run("measures", "take", "a-7", "--measure", "restrict", "--closes", "links", "--days", "3", *WHY)
    assert ("in_force", ["links"]) == (made["state"], made["closes"])
    assert [made["id"]] == [row["id"] for row in run("measures", "list", "--state", "in_force")]
    told = run("measures", "show", made["id"])
    assert ("a-7", "多次发布广告") == (told["target"], told["reason"]["en"])
    (lifted,) = run("measures", "lift", made["id"], "--by", "ben", "--why", "a mistake")
    assert "lifted" == lifted["state"]


def test_a_ground_that_no_catalogue_has_is_said_with_the_nearest_names(home: Path) -> None:
    taken = ("measures", "take", "a-7", "--measure", "warn", "--reason-zh", "多次发布广告", "--by", "mia", "--ground")
    slip, known = (
        CliRunner().invoke(app, [*taken, ground, "--json"]) for ground in ("platform-rules:gambilng", "fraud")
    )
    assert "No rule here is called 'platform-rules:gambilng'" in slip.stderr
    assert "Did you mean gambling?" in slip.stderr
    assert "No rule" not in known.stderr


def test_an_article_that_is_not_there_is_refused_by_every_command_that_takes_a_ground(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("account\nstud6\n", encoding="utf-8")
    no_article, by = ("--ground", "cn-2017:99"), ("--by", "mia")
    typed = (
        ("measures", "take", "stud6", "--measure", "warn", "--reason-zh", "多次发布广告"),
        ("measures", "many", str(names), "--measure", "warn", "--reason-zh", "多次发布广告"),
        ("blacklist", "add", "stud6", "--reason", "spam", "--source", "the house"),
        ("blacklist", "import", str(names), "--source", "authority, no. 7"),
        ("lists", "add", "domain", "spam-shop.com", "--action", "block", "--reason", "spam", "--source", "the house"),
    )
    for command in typed:
        with pytest.raises(InvalidInputError, match="has no article 99: it has 13, and this can stand on 5-9"):
            run(*command, *no_article, *by)
    assert [] == run("measures", "list")
    monkeypatch.setenv("CHAFFINCH_POLICY", "cn")
    for command in typed:
        with pytest.raises(InvalidInputError, match="takes no words of one's own"):
            run(*command, "--ground", "house rule 9", *by)


def test_the_ladder_proposes_and_without_a_reason_nothing_is_taken(home: Path) -> None:
    (made,) = run("measures", "take", "a-7", "--policy", "cn", *WHY)
    assert "warn" == made["measure"]
    with pytest.raises(InvalidInputError):
        run("measures", "take", "a-7", "--measure", "warn", "--ground", "rule 3", "--by", "mia")


def test_many_wait_for_a_second_person(home: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("a-1\na-2\n\na-1\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="line 4: is named twice: line 1 says the same"):
        run("measures", "many", str(names), "--measure", "suspend", "--days", "1", *WHY)
    names.write_text("a-1\ta-comment\na-1\ta-comment \n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="line 2: is named twice"):
        run("measures", "many", str(names), "--measure", "suspend", "--days", "1", *WHY)
    names.write_text("a-1\na-2\n\n", encoding="utf-8")
    made = run("measures", "many", str(names), "--measure", "suspend", "--days", "1", *WHY)
    assert ["waiting", "waiting"] == [each["state"] for each in made]
    assert 1 == len({each["approval_id"] for each in made})


def test_a_line_of_the_file_may_name_the_comment(home: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("a-1\ta-comment-nobody-sent\n", encoding="utf-8")
    with pytest.raises(NotFoundError, match="/targets/0/cause"):
        run("measures", "many", str(names), "--measure", "suspend", "--days", "1", *WHY)


def test_credit_is_told_and_tried(home: Path) -> None:
    told = run("credit", "show", "nobody-knows")
    assert (0.6, "ordinary", []) == (told["score"], told["level"], told["counted"])
    with pytest.raises(ChaffinchError, match="keeps no credit"):
        run("credit", "show", "a-7", "--policy", "default")
    tried = run("credit", "simulate", "--accounts", "10", "--days", "30")
    assert {10} == {each["accounts"] for each in tried}


def test_a_list_is_imported_from_a_file_and_its_faults_are_told_by_row(home: Path, tmp_path: Path) -> None:
    file, by = tmp_path / "list.csv", ("--source", "ministry, no. 7", "--ground", "cn-2017:9", "--by", "mia")
    file.write_text("\ufeffaccount,reason\na-1,spam\n,spam\n", encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        run("blacklist", "import", str(file), *by)
    assert ["line 3"] == [fault.where for fault in refused.value.faults]
    assert "account: is empty: give the platform's pseudonym" in refused.value.faults[0].detail
    file.write_text("kind,account,reason\nspam,a-1,spam\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"line 2: kind: 'spam': there is no such kind\. It says what"):
        run("blacklist", "import", str(file), *by)
    file.write_text("\ufeffaccount,reason\na-1,spam\na-2,\n", encoding="utf-8")
    told = run("blacklist", "import", str(file), *by, "--review-by", "2099-01-01")
    assert (2, 0) == (told["added"], told["listed_before"])
    assert {"spam", "on the list of ministry, no. 7"} == {row["reason"] for row in run("blacklist", "list")}
    assert all(row["waits_since"] and row["review_at"] for row in run("blacklist", "list"))
    file.write_text("name\na-1\n", encoding="utf-8")
    with pytest.raises(ChaffinchError, match="no column 'account'"):
        run("blacklist", "import", str(file), *by)


def test_a_lost_key_is_said_and_nothing_is_taken(home: Path) -> None:
    run("measures", "take", "a-7", "--measure", "warn", *WHY)
    (key,) = home.rglob("1.key")
    key.unlink()
    with pytest.raises(ConfigError) as lost:
        run("measures", "take", "a-8", "--measure", "warn", *WHY)
    assert "is missing: restore it" in lost.value.faults[0].detail
    assert 1 == len(run("measures", "list"))


def test_who_types_what_shows_an_account_or_a_measure_leaves_a_trace(home: Path) -> None:
    (made,) = run("measures", "take", "a-7", "--measure", "restrict", "--closes", "links", "--days", "3", *WHY)
    for _ in range(2):
        run("measures", "show", made["id"])
        run("credit", "show", "a-7")
        run("credit", "show", "nobody-knows")
    with closing(open_database(load_settings())) as database, database.reading() as look:
        found = {(each.who, each.thing_kind, each.page) for each in looks.newest(look, limit=10)}
    assert {(f"os:{os_user()}", kind, "command") for kind in ("measure", "account")} == found
