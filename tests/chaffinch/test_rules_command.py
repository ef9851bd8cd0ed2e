"""`chaffinch rules` as an author of rules uses it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.chaffinch.conftest import Run

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
    folder = packs(tmp_path / "packs", term='优惠", "大优惠')
    pack = folder / "ads.toml"
    pack.write_text(pack.read_text("utf-8").replace('["优惠", "大优惠多"]', '["优惠多"]'), "utf-8")
    done, refused = run("rules", "lint", str(folder)), run("rules", "lint", str(folder), "--strict", "--json")
    assert (0, True) == (done.returncode, "0 to mend, 1 of advice; the rules can be used" in done.stderr)
    (advice,) = json.loads(refused.stdout)["mistakes"]
    assert (3, True, True) == (refused.returncode, advice["advice"], "is never needed" in advice["detail"])
    told = json.loads(run("rules", "lint", str(folder), "--json").stdout)
    assert ([advice], []) == (told["mistakes"], told["rules"])  # a draft


def test_lint_is_strict_about_nothing_where_nothing_is_told(run: Run, tmp_path: Path) -> None:
    assert 0 == run("rules", "lint", str(packs(tmp_path / "packs")), "--strict").returncode


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
    done = run("rules", "backtest", rows(tmp_path), "--draft", str(folder), "--html", str(page), "--json")
    result = json.loads(done.stdout)
    (figures,) = result["draft"]["rules"]
    assert (3, 3, {"hits": 1, "rows": 2}) == (result["rows"], figures["hits"], figures["precision"])
    assert [{"today": "pass", "draft": "review", "rows": 3}] == result["changes"]
    assert "1 rows cannot be read" in done.stderr
    html = page.read_text("utf-8")
    assert "&lt;b&gt;<mark>优惠</mark>&lt;/b&gt;" in html
    assert "<b>" not in html


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
