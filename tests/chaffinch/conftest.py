"""Commands run as a user runs them: in a process of their own, in a home of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chaffinch.settings import CHECKOUT
from tests import tiny_encoder
from tests.chaffinch.commands import SECONDS, environment, the_nursery
from tests.records.databases import postgres

__all__ = ["SECONDS", "environment", "postgres"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `chaffinch ...` and gives what it printed; `env` adds settings, `given` is its standard input."""

    def go(*arguments: str, given: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
        return the_nursery().run(arguments, given, environment(tmp_path / "home", **env))

    return go


@pytest.fixture
def run_alone(tmp_path: Path) -> Run:
    """The same in a process that nothing was prepared for: with this one's limits, and as `python -m chaffinch`."""

    def go(*arguments: str, given: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "chaffinch", *arguments],
            input=given,
            capture_output=True,
            cwd=CHECKOUT,
            env=environment(tmp_path / "home", **env),
            timeout=SECONDS,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        )

    return go


@pytest.fixture(scope="session")
def small_configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped configuration with a corpus, a training and an encoder small enough for a test."""
    folder = tmp_path_factory.mktemp("configs") / "configs"
    base = tiny_encoder.folder(folder.parent / "base")
    shutil.copytree(CHECKOUT / "configs", folder)
    change(folder / "data" / "starter.toml", "rows = 1600", "rows = 100")
    change(folder / "data" / "starter.toml", 'name = "starter"\n\n[[s', 'name = "starter"\nmax_rows = 2500\n\n[[s')
    change(folder / "training" / "starter.toml", "folds = 4", "folds = 2")
    change(folder / "training" / "starter.toml", "max_iterations = 50", "max_iterations = 20")
    tiny = f'enabled = true\nbase = "{base}"\nlength = 24\nthreads = 1'
    change(folder / "training" / "starter.toml", "enabled = true", tiny)
    change(folder / "training" / "starter.toml", "folds = 3", "folds = 2")
    change(folder / "training" / "starter.toml", "frozen_layers = 8", "frozen_layers = 1")
    return folder


def change(path: Path, before: str, after: str) -> None:
    """Replaces what has to be there."""
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{path.name} no longer says {before!r}"
    path.write_text(text.replace(before, after), encoding="utf-8")
