"""`chaffinch rules` as an author of rules uses it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chaffinch.backtesting import opened_rows
from chaffinch.settings import CHECKOUT, Settings
from moderation.comment import CORPUS
from moderation.decision import Outcome
from moderation.replay import UNKNOWN_SENT
from records.database import Database
from records.personal import open_keyring
from records.unit_of_work import Unit
from records.values import Judgement, VerdictKind
from review import queue
from review.verdicts import give_verdict
from tests.chaffinch.conftest import SECONDS, Run, environment
from tests.records.factories import NAMES, a_comment, a_decision, an_answer, put

PACK = """
[[rules]]
id = "ads.{name}"
title = {{ zh = "广告", en = "Advert" }}
label = "advertising"
action = "{action}"
ground = "g"
owner = "o"
why = "w"
state = "{state}"
views = ["canonical", "phonetic"]
terms = ["{term}"]
[rules.examples]
match = ["{term}多"]
no_match = ["你好"]
"""

ROWS = (
    {"id": "a", "text": "优惠多", "labels": {"advertising": True}},
    {"id": "b", "text": "优惠？", "labels": {"advertising": False}},
    {"text": "<b>优惠</b>"},
    {"text": 7},
)


def packs(folder: Path, **fields: str) -> Path:
    folder.mkdir(exist_ok=True)
    text = PACK.format(**{"name": "one", "action": "review", "state": "draft", "term": "优惠", **fields})
    (folder / "ads.toml").write_text(text, encoding="utf-8")
    return folder


def rows(folder: Path) -> str:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    return str(path)


def test_lint_tells_file_line_and_column_and_fails(run: Run, tmp_path: Path) -> None:
    folder = packs(tmp_path / "packs", action="pass")
    done = run("rules", "lint", str(folder), "--json")
    (mistake,) = json.loads(done.stdout)["mistakes"]
    assert (3, "ads.toml", 6, 1) == (done.returncode, mistake["file"], mistake["line"], mistake["column"])
    assert "ads.toml:6:1: ads.one: a rule cannot pass" in run("rules", "lint", str(folder)).stderr


def test_lint_takes_advice_alone_for_a_yes_unless_it_is_strict(run: Run, tmp_path: Path) -> None:
    folder = packs(tmp_path / "packs", term='紫河马", "大紫河马')
    pack = folder / "ads.toml"
    pack.write_text(pack.read_text("utf-8").replace('["紫河马", "大紫河马多"]', '["紫河马多"]'), "utf-8")
    done, refused = run("rules", "lint", str(folder)), run("rules", "lint", str(folder), "--strict", "--json")
    assert (0, True) == (done.returncode, "0 to mend, 1 of advice; the rules can be used" in done.stderr)
    (advice,) = json.loads(refused.stdout)["mistakes"]
    assert (3, True, True) == (refused.returncode, advice["advice"], "is never needed" in advice["detail"])
    told = json.loads(run("rules", "lint", str(folder), "--json").stdout)
    assert ([advice], []) == (told["mistakes"], told["rules"])  # a draft


def test_lint_is_strict_about_nothing_where_nothing_is_told(run: Run, tmp_path: Path) -> None:
    assert 0 == run("rules", "lint", str(packs(tmp_path / "packs", term="紫河马")), "--strict").returncode


def test_lint_looks_at_one_file_and_tells_a_ground_that_nobody_can_look_up(run: Run, tmp_path: Path) -> None:
    pack = packs(tmp_path / "packs", action="pass") / "ads.toml"
    pack.write_text(pack.read_text("utf-8").replace('ground = "g"', 'ground = "cn-2017:99"'), "utf-8")
    (tmp_path / "packs" / "other.toml").write_text("no rule", "utf-8")
    found = json.loads(run("rules", "lint", str(pack), "--json").stdout)["mistakes"]
    assert {6, 7} == {each["line"] for each in found}
    assert any("has no article 99" in each["detail"] for each in found)


def test_lint_tries_rules_on_harmless_comments_that_are_at_hand(run: Run, tmp_path: Path) -> None:
    folder = packs(tmp_path / "packs", term="哈哈")
    done = run("rules", "lint", str(folder), "--strict", "--json")
    (advice,) = json.loads(done.stdout)["mistakes"]
    assert (3, True) == (done.returncode, "harmless comments" in advice["detail"])
    own = tmp_path / "own.jsonl"
    own.write_text('{"text": "今天天气不错"}\nnot a row\n{"text": "哈哈多", "labels": ["abuse"]}\n', "utf-8")
    assert 0 == run("rules", "lint", str(folder), "--strict", "--harmless", str(own)).returncode


def test_lint_of_the_shipped_packs_finds_nothing(run: Run) -> None:
    assert 0 == run("rules", "lint").returncode


def test_test_shows_what_was_found_where_and_in_which_view(run: Run, tmp_path: Path) -> None:
    folder = packs(tmp_path / "packs", term="加微信")
    done = run("rules", "test", "快加薇芯", "-", "--folder", str(folder), "--json", given="你好\n加微信\n".encode())
    first, second, third = json.loads(done.stdout)["texts"]
    (hit,) = first["hits"]
    assert ([{"start": 1, "end": 4}], ["加薇芯"], ["phonetic"]) == (hit["spans"], hit["found"], hit["views"])
    assert ([], ["ads.one"]) == (second["hits"], [each["rule"] for each in third["hits"]])


def test_test_tells_a_failing_example(run: Run, tmp_path: Path) -> None:
    folder = packs(tmp_path / "packs")
    pack = folder / "ads.toml"
    pack.write_text(pack.read_text("utf-8").replace('"你好"', '"优惠"'), "utf-8")
    done = run("rules", "test", "--folder", str(folder))
    assert (1, True) == (done.returncode, "must not match but does: 优惠" in done.stderr)


def test_a_draft_is_tried_beside_the_rules_of_today(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    folder = packs(tmp_path / "packs")
    done = run("rules", "backtest", rows(tmp_path), "--draft", str(folder), "--alone", "--html", str(page), "--json")
    result = json.loads(done.stdout)
    (figures,) = result["draft"]["rules"]
    assert (3, 3, {"hits": 1, "rows": 2}) == (result["rows"], figures["hits"], figures["precision"])
    assert [{"today": "pass", "draft": "review", "rows": 3}] == result["changes"]
    assert "1 rows cannot be read" in done.stderr
    html = page.read_text("utf-8")
    assert "&lt;b&gt;<mark>优惠</mark>&lt;/b&gt;" in html
    assert "<b>" not in html


def test_a_draft_folder_stands_beside_the_other_rules_and_in_the_place_of_its_own_ids(run: Run, tmp_path: Path) -> None:
    before = packs(tmp_path / "before", name="two", term="紫色河马", state="live")
    (packs(tmp_path / "more", state="live") / "ads.toml").rename(before / "one.toml")
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs", ignore=shutil.ignore_patterns("rules"))
    before.rename(tmp_path / "configs" / "rules")
    draft = packs(tmp_path / "packs", term="特价")
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in ("优惠", "特价", "紫色河马")), "utf-8")
    asked = ("rules", "backtest", str(file), "--draft", str(draft), "--json")
    configs = {"CHAFFINCH_CONFIGS": str(tmp_path / "configs")}
    result = json.loads(run(*asked, **configs).stdout)
    assert {"ads.one": 1, "ads.two": 1} == hits(result["draft"])
    assert {("pass", "review"): 1, ("review", "pass"): 1} == {
        (each["today"], each["draft"]): each["rows"] for each in result["changes"]
    }
    assert {"ads.one": 1} == hits(json.loads(run(*asked, "--alone", **configs).stdout)["draft"])


def test_alone_asks_for_a_folder(run: Run, tmp_path: Path) -> None:
    done = run("rules", "backtest", rows(tmp_path), "--alone")
    assert (2, True) == (done.returncode, "name a folder with --draft" in done.stderr)


def hits(figures: dict[str, Any]) -> dict[str, int | None]:
    return {rule["id"]: rule["hits"] for rule in figures["rules"]}


def test_a_byte_that_is_no_utf_8_costs_its_line_alone(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"text": "a"}\n{"text": "b\xff"}\n\n  \r\n{"text": "c"}\r\n')
    with opened_rows(str(file), Settings(home=tmp_path)) as opened:
        assert [("1", "a"), ("5", "c")] == [(row.id, row.text) for row in opened.rows]
    assert (1, "line 2: top level") == (opened.broken, opened.faults[0].where)


def test_a_backtest_says_what_it_could_not_judge_or_read(run: Run, tmp_path: Path) -> None:
    draft = packs(tmp_path / "packs")
    pack = draft / "ads.toml"
    pack.write_text(pack.read_text("utf-8").replace("[rules.examples]", "when = {verified = true}\n[rules.examples]"))
    file = tmp_path / "long.jsonl"
    file.write_bytes(b'{"text": "\xff"}\n' + json.dumps({"text": "x" * 10_001}).encode() + b'\n{"text": "x"}\n')
    asked = ("rules", "backtest", str(file), "--draft", str(draft), "--alone", "--html", str(tmp_path / "page.html"))
    result = json.loads(run(*asked, "--json").stdout)
    assert (1, 1, 1) == (result["rows"], result["too_long"], result["unreadable"])
    assert {"ads.one": None} == hits(result["draft"])
    assert {"verified": 1} == result["draft"]["rules"][0]["lacking"]
    done = run(*asked)
    told = "ads.one: not judged here: it asks for verified (1 rows do not say it)"
    assert told in done.stdout
    assert told in (tmp_path / "page.html").read_text("utf-8")
    assert "1 rows are longer than the 10000 code points" in done.stderr


BURST = """
[[rules]]
id = "burst.copies"
title = { zh = "重复", en = "Copies" }
label = "advertising"
action = "review"
ground = "g"
owner = "o"
why = "w"
[rules.when.features]
duplicates_1h = { at_least = 3 }
"""


def burst(folder: Path) -> Path:
    folder.mkdir()
    (folder / "burst.toml").write_text(BURST, encoding="utf-8")
    return folder


def sent(number: int, **fields: Any) -> dict[str, Any]:
    """A copy of an advert, a second after the one before."""
    at = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=number)
    row = {"text": "高价回收各种礼品卡，当天结算，长期有效", "author_id": number, "thread_id": f"t{number}"}
    return {**row, "created_at": at.isoformat(), **fields}


def as_lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_burst_in_a_file_is_found_by_replay_and_what_could_not_be_counted_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    late, nobody = sent(0, thread_id=None), sent(6, author_id=None)
    file.write_text(as_lines([sent(1), sent(2), late, sent(3, created_at=None), sent(4), sent(5), nobody]))
    page = tmp_path / "page.html"
    asked = ("rules", "backtest", str(file), "--draft", str(burst(tmp_path / "packs")), "--alone", "--html", str(page))
    result = json.loads(run(*asked, "--json").stdout)
    (rule,) = result["draft"]["rules"]
    assert (7, 3, 5, {"features.duplicates_1h": 2}) == (result["rows"], rule["hits"], rule["judged"], rule["lacking"])
    assert {"counted": 6, "without_time": 1, "late": 1, "without_author": 1, "without_thread": 0} == result["replayed"]
    done = run(*asked)
    told = (
        "Counts over many comments were replayed: 6 rows were counted; 1 have no created_at; 1 stand behind a later one"
        " and are not judged by them (sort the rows by created_at); 1 have no author_id."
    )
    assert (0, True) == (done.returncode, told in done.stdout)
    assert told in page.read_text("utf-8")
    assert (
        "burst.copies: judged on 5 of 7 rows: it asks for features.duplicates_1h (2 rows do not say it)" in done.stdout
    )


def test_a_time_that_cannot_be_meant_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    times = (
        "2026-03-01",
        "yesterday",
        0,
        "2200-01-01T00:00:00Z",
        1_772_366_400,
        "2026-03-01 12:00:00",
        "2026-03-01T20:00+08:00",
    )
    file.write_text(as_lines(sent(1, created_at=time) for time in times))
    with opened_rows(str(file), Settings(home=tmp_path)) as opened:
        assert {1_772_366_400.0} == {row.sent.at for row in opened.rows}
    assert (4, [1, 2, 3, 4]) == (opened.broken, [int(str(fault).split()[1].rstrip(":")) for fault in opened.faults])
    assert "has no time of day" in opened.faults[0].detail


def test_comments_that_data_sets_asked_about_were_never_sent(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with closing(Database(f"sqlite:///{tmp_path / 'chaffinch.db'}")) as database:
        database.migrate()
        keyring = open_keyring(database, tmp_path / "keys", now=now)
        put(database, keyring, an_answer(a_comment("一", surface=CORPUS)), an_answer(a_comment("二", thread_id="t")))
    with opened_rows("decisions", Settings(home=tmp_path)) as opened:
        asked, written = (row.sent for row in opened.rows)
    assert (UNKNOWN_SENT, "t", True) == (asked, written.thread, bool(written.author and written.at))


def test_ctrl_c_in_a_replay_tells_what_was_found_so_far(tmp_path: Path) -> None:
    asked = ("rules", "backtest", "-", "--draft", str(burst(tmp_path / "packs")), "--alone", "--json")
    result, errors, code = stopped_after(500, asked, as_lines(map(sent, range(500))), tmp_path / "home")
    assert (130, True, 500) == (code, result["partial"], result["rows"])
    assert ({"burst.copies": 498}, 500) == (hits(result["draft"]), result["replayed"]["counted"])
    assert "Stopped after 500 rows" in errors


def stopped_after(rows: int, asked: tuple[str, ...], lines: str, home: Path) -> tuple[dict[str, Any], str, int]:
    """What a backtest tells that is stopped once it has said that so many rows are done, its errors and exit."""
    with subprocess.Popen(
        [sys.executable, "-m", "chaffinch", *asked],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=CHECKOUT, env=environment(home),
    ) as running:  # fmt: skip
        assert running.stdin
        assert running.stderr
        running.stdin.write(lines.encode())
        running.stdin.flush()
        assert f"{rows} rows".encode() in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        told, errors = running.communicate(timeout=SECONDS)
    return json.loads(told), errors.decode(), running.returncode


def test_ctrl_c_tells_what_was_judged_so_far(tmp_path: Path) -> None:
    draft = packs(tmp_path / "packs")
    asked = ("rules", "backtest", "-", "--draft", str(draft), "--alone", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "chaffinch", *asked],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=CHECKOUT, env=environment(tmp_path / "home"),
    ) as running:  # fmt: skip
        assert running.stdin
        assert running.stderr
        running.stdin.write((json.dumps({"text": "优惠"}) + "\n").encode() * 500)
        running.stdin.flush()
        assert b"500 rows" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        told, errors = running.communicate(timeout=SECONDS)
    result = json.loads(told)
    assert (130, True, 500) == (running.returncode, result["partial"], result["rows"])
    assert {"ads.one": 500} == hits(result["draft"])
    assert "Stopped after 500 rows" in errors.decode()


def test_a_backtest_of_the_stored_decisions_judges_their_texts(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    now = datetime.now(UTC)
    with closing(Database(f"sqlite:///{home / 'chaffinch.db'}")) as database:
        database.migrate()
        keyring = open_keyring(database, home / "keys", now=now)
        held = an_answer(a_comment("优惠？", surface="live"), a_decision(Outcome.REVIEW, gambling=0.6))
        put(database, keyring, an_answer(a_comment("优惠多", surface="live")), an_answer(a_comment("早上好")), held)
        with database.unit() as unit:
            reject(unit, now)
            unit.commit()
    draft = packs(tmp_path / "packs")
    pack = draft / "ads.toml"
    pack.write_text(
        pack.read_text("utf-8").replace("[rules.examples]", 'when = {surfaces = ["live"]}\n[rules.examples]')
    )
    done = run("rules", "backtest", "decisions", "--draft", str(draft), "--json", *("--by", "mia", "--why", "a look"))
    result = json.loads(done.stdout)
    (rule,) = [each for each in result["draft"]["rules"] if each["id"] == "ads.one"]
    assert (0, 3, 2, 1, 0) == (done.returncode, result["rows"], rule["hits"], rule["right"], rule["wrong"])
    assert [{"today": "pass", "draft": "review", "rows": 1}] == result["changes"]
    assert {"优惠？"} == {sample["text"] for sample in result["samples"]["right"]}
    everything = json.loads(run("rules", "backtest", "decisions", "--json").stdout)
    assert "stored decisions keep surface and language" in everything["beside"]
    assert (0, 3) == (hits(everything["draft"])["behaviour.flood"], everything["replayed"]["counted"])


def reject(unit: Unit, now: datetime) -> None:
    """A moderator says that the comment that waits is advertising."""
    [case] = queue.claim(unit, "mia", now=now)
    give_verdict(
        unit, NAMES, case.id, Judgement(VerdictKind.REJECT, ("advertising",)), moderator="mia", token=None, now=now
    )


def test_a_backtest_of_the_stored_decisions_needs_no_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    done = run("rules", "backtest", "decisions", "--json")
    assert (0, 0) == (done.returncode, json.loads(done.stdout)["rows"])


def test_a_backtest_of_nothing_known_says_what_there_is(run: Run) -> None:
    done = run("rules", "backtest", "nowhere")
    assert (1, True) == (done.returncode, "There is no snapshot 'nowhere'" in done.stderr)


def test_diff_names_what_changed_and_what_follows_on_rows(run: Run, tmp_path: Path) -> None:
    before = packs(tmp_path / "before")
    after = packs(tmp_path / "after", action="block")
    done = run("rules", "diff", str(before), str(after), "--on", rows(tmp_path), "--json")
    result = json.loads(done.stdout)
    assert [{"rule": "ads.one", "field": "action", "before": "review", "after": "block"}] == result["changed"]
    assert [{"today": "review", "draft": "block", "rows": 3}] == result["on_rows"]["changes"]
    assert "Both say the same" in run("rules", "diff", str(before), str(before)).stdout
