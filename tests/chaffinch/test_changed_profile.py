"""A legal profile that somebody changed is named by the command, its entry and the doctor, and loosens no duty."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chaffinch.commands.doctor import examine
from chaffinch.main import app
from chaffinch.settings import Settings, load_settings
from chaffinch.wiring import open_database
from governance import changed_parts, four_eyes, shipped_profiles
from governance.four_eyes import Word
from moderation.shipped import differing
from moderation.taxonomy import CONFIGS
from records import ledger
from tests.chaffinch.conftest import change
from tests.governance.test_rules import STANDARDS

NAME = "cn-2022"
LOOSE = ('checks = ["before_publication"]', 'checks = ["civility"]')


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHAFFINCH_CONFIGS", str(tmp_path / "configs"))
    change(tmp_path / "configs" / "profiles" / f"{NAME}.toml", *LOOSE)
    return load_settings()


def ran(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["duties", "--profile", NAME, *words])
    return done.exit_code, done.stdout


def the_duty(told: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in told["duties"] if each["check"] == "civility" and "news" in each["duty"]["en"])


def test_a_changed_profile_is_named_wherever_duties_are_and_two_may_stand_for_it(settings: Settings) -> None:
    code, out = ran("--json")
    told = json.loads(out)
    duty = the_duty(told)
    article = duty["article"]
    lacks = f"article {article} lacks the checks before_publication"
    assert (3, False, None, "off") == (code, told["as_shipped"], told["stands"], duty["status"])
    assert [[article], lacks] == [told["differs"][0]["articles"], told["differs"][0]["what"]["en"]]
    assert duty["evidence"].startswith(f"Not as shipped, and nobody stands for it ({lacks}")
    seen = next(each.seen for each in examine(settings) if each.part == "changed here")
    assert f"not as shipped: profiles/{NAME}.toml" in seen
    with closing(open_database(settings)) as database:
        with database.reading() as look:
            facts = json.loads(ledger.last(look, "duties.checked", NAME).body)["facts"]  # type: ignore[union-attr]
        assert shipped_profiles.hash_of(settings.configs, NAME) == facts["file"] == told["file"]
        assert (lacks in facts["differs"], None) == (True, facts["stands"])
        with database.unit() as unit:
            now, differs = datetime.now(UTC), differing(settings.configs)
            asked = changed_parts.ask(unit, differs, by="mia", why="ours", now=now)
            four_eyes.answer(unit, asked.id, Word("ben", True, "read it"), standards=STANDARDS, now=now)
            unit.commit()
    code, out = ran("--json")
    told = json.loads(out)
    assert ("mia, ben", False, "met") == (told["stands"], told["as_shipped"], the_duty(told)["status"])


def test_the_command_tells_people_what_was_changed_in_both_languages(settings: Settings) -> None:
    _, out = ran()
    assert "not as shipped, and nobody stands for it (chaffinch rules vouch)" in out
    assert "lacks the checks before_publication" in out
    assert "缺少检查 before_publication" in out
    change(settings.configs / "profiles" / f"{NAME}.toml", *reversed(LOOSE))
    assert "not as shipped, and nobody" not in ran()[1]
