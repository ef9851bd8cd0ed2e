"""A small home with a real snapshot and a real model, made by the commands that the notebooks name."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from filelock import FileLock

from chaffinch.settings import CHECKOUT
from data.rows import Rows
from data.snapshot import Snapshot, find
from moderation.ports import Scorer
from moderation.taxonomy import load_taxonomy
from registry.scorers import load_model
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
    """One for all workers of a run: the first that comes makes it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    home = SmallHome(root / "notebooks" / "home", small_configs)
    home.path.parent.mkdir(exist_ok=True)
    with FileLock(home.path.with_suffix(".lock")):
        if not (home.path / "registry" / "chaffinch" / "starter.json").exists():
            home.run("data", "build", "starter")
            home.run("train", "starter")
    return home


@pytest.fixture
def empty_home(small_configs: Path, tmp_path: Path) -> SmallHome:  # noqa: F811 (the same)
    """Nothing was built here."""
    return SmallHome(tmp_path / "empty", small_configs)


@pytest.fixture
def home_without_model(small_home: SmallHome, tmp_path: Path) -> SmallHome:
    """The data set alone."""
    (tmp_path / "snapshots").symlink_to(small_home.path / "snapshots")
    return replace(small_home, path=tmp_path)


@pytest.fixture(scope="session")
def snapshot(small_home: SmallHome) -> Snapshot:
    return find("starter", small_home.path / "snapshots")


@pytest.fixture(scope="session")
def judged(snapshot: Snapshot) -> Rows:
    return snapshot.split("test")


@pytest.fixture(scope="session")
def model(small_home: SmallHome) -> Scorer:
    return load_model("chaffinch@starter", load_taxonomy(), home=small_home.path)


@pytest.fixture(scope="session")
def looked_at(small_home: SmallHome) -> Executed:
    return execute("01_look_at_the_data", small_home.env)


@pytest.fixture(scope="session")
def trained_and_compared(small_home: SmallHome) -> Executed:
    return execute("02_train_and_compare", small_home.env)


@pytest.fixture(scope="session")
def failing(small_home: SmallHome) -> Executed:
    return execute("03_where_it_fails", small_home.env)


@pytest.fixture(scope="session")
def thresholds_chosen(small_home: SmallHome) -> Executed:
    return execute("04_choose_thresholds", small_home.env)
