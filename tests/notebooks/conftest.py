"""A small home with a real snapshot and a real model, made by the commands that the notebooks name."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chaffinch.settings import CHECKOUT
from tests.chaffinch.conftest import environment, small_configs  # noqa: F401 (a fixture)
from tests.notebooks.executing import Executed, execute

SECONDS = 240


@dataclass(frozen=True)
class SmallHome:
    """A home and the configuration it was made with."""

    path: Path
    configs: Path

    @property
    def env(self) -> dict[str, str]:
        """No setting and no start-up file of whoever runs the tests."""
        return environment(self.path, CHAFFINCH_CONFIGS=str(self.configs), IPYTHONDIR=str(self.path / "ipython"))

    def run(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "chaffinch", *arguments]
        subprocess.run(command, cwd=CHECKOUT, env=self.env, timeout=SECONDS, check=True, capture_output=True)


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory, small_configs: Path) -> SmallHome:  # noqa: F811 (the same)
    home = SmallHome(tmp_path_factory.mktemp("notebooks") / "home", small_configs)
    home.run("data", "build", "starter")
    home.run("train", "starter")
    return home


@pytest.fixture(scope="session")
def looked_at(small_home: SmallHome) -> Executed:
    return execute("01_look_at_the_data", small_home.env)
