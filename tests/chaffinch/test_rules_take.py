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
