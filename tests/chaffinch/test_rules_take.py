"""`chaffinch rules take` brings what lies on a disk into force, where servers do not by themselves; doctor names it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chaffinch.commands.doctor import examine
from chaffinch.settings import CHECKOUT, Settings
from chaffinch.wiring import stored_parts
from moderation.pack_files import place_of, read_files
from tests.chaffinch.conftest import Run
from tests.governance.test_rule_packs import OTHER
from tests.governance.test_rule_packs import packs as packs_of

WHY = ("--by", "mia", "--why", "these rules end")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    return Settings(home=tmp_path / "home", configs=tmp_path / "configs")


def packs(settings: Settings) -> tuple[str, str, str]:
    found = next(each for each in examine(settings) if each.part == "packs")
    return found.state, found.seen, found.todo


def test_a_disk_that_lost_rules_is_taken_by_command_and_doctor_says_so(run: Run, settings: Settings) -> None:
    configs = {"CHAFFINCH_CONFIGS": str(settings.configs)}
    begun = run("rules", "take", *WHY, "--json", **configs)
    assert (0, 1) == (begun.returncode, json.loads(begun.stdout)["number"]), begun.stderr
    (settings.configs / "rules" / "gambling.toml").unlink()
    state, seen, todo = packs(settings)
    assert "open" == state
    assert "no server takes up what lies here" in seen
    assert "chaffinch rules take --by NAME --why REASON" in todo
    done = run("rules", "take", *WHY, **configs)
    assert 0 == done.returncode, done.stderr
    assert "Set 2 of packs is in force" in done.stdout
    assert "ok" == packs(settings)[0]
    with stored_parts(settings) as stored:
        assert stored is not None
        found = read_files(settings.configs / "rules")
        assert not stored.are_news(found, place_of(settings.configs))
    assert 1 == run("rules", "take", *WHY, **configs).returncode, "these are in force"
    (settings.configs / "rules" / "own.toml").write_text("[[rules]]\nid = 'x'\n", encoding="utf-8")
    refused = run("rules", "take", *WHY, **configs)
    assert (1, True) == (refused.returncode, "own.toml" in refused.stderr)


def test_a_draft_is_laid_over_the_packs_in_force_whatever_lies_on_the_disk(
    run: Run, settings: Settings, tmp_path: Path
) -> None:
    configs = {"CHAFFINCH_CONFIGS": str(settings.configs)}
    mine, broken = settings.configs / "rules" / "mine.toml", settings.configs / "rules" / "broken.toml"
    mine.write_text(packs_of("review", "紫色河马").files["own.toml"], encoding="utf-8")
    assert 0 == run("rules", "take", *WHY, **configs).returncode
    mine.unlink()
    draft = tmp_path / "draft.toml"
    draft.write_text(OTHER.files["else.toml"].replace("紫色河马", "绿色河马"), encoding="utf-8")
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"text": "紫色河马", "labels": []}, ensure_ascii=False), encoding="utf-8")
    asked = ("rules", "backtest", str(rows), "--draft", str(draft), "--json")
    for text in ("", "[[rules]\n"):
        broken.write_text(text, encoding="utf-8")
        done = run(*asked, **configs)
        assert 0 == done.returncode, done.stderr
        told = json.loads(done.stdout)
        assert [] == told["changes"], "the draft says nothing of it"
        assert told["draft"]["outcomes"] == told["today"]["outcomes"]


def test_what_a_set_takes_is_told_by_doctor_and_by_whoever_brings_it(run: Run, settings: Settings) -> None:
    configs = {"CHAFFINCH_CONFIGS": str(settings.configs)}
    mine = settings.configs / "rules" / "mine.toml"
    text = packs_of("review", "紫色河马").files["own.toml"]
    mine.write_text(text, encoding="utf-8")
    run("rules", "take", *WHY, **configs)
    mine.write_text(text.replace("examples =", 'not = ["bjl7712"]\nexamples ='), encoding="utf-8")
    _, seen, todo = packs(settings)
    assert "ads.hippo (not)" in seen
    assert "ads.hippo: not: + bjl7712" in seen
    assert "chaffinch rules take" in todo
    done = run("rules", "take", *WHY, **configs)
    assert "ads.hippo: not: + bjl7712" in done.stdout, done.stderr
