"""`chaffinch doctor` names files that decide and are not as shipped, and a policy that lets one person be two."""

from __future__ import annotations

import shutil
from pathlib import Path

from chaffinch.commands.doctor import examine
from chaffinch.settings import CHECKOUT, Settings
from tests.chaffinch.conftest import change


def told(settings: Settings) -> tuple[str, str]:
    [found] = [each for each in examine(settings) if each.part == "changed here"]
    return found.state, found.seen


def test_what_differs_and_who_may_be_two_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", configs=tmp_path / "configs")
    shutil.copytree(CHECKOUT / "configs", settings.configs)
    assert "ok" == told(settings)[0]
    change(settings.configs / "policies" / "default.toml", "an_hour = 20", "one_hand = true\nan_hour = 20")
    state, seen = told(settings)
    assert "open" == state
    assert "not as shipped: policies/default.toml" in seen
    assert "default lets one person be two" in seen
