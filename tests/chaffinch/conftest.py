"""Commands run as a user runs them: in a process of their own, in a home of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chaffinch.settings import CHECKOUT
from tests import tiny_encoder
from tests.records.databases import postgres

__all__ = ["postgres"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SECONDS = 240


def environment(home: Path, **more: str) -> dict[str, str]:
    """This machine's environment without its Chaffinch settings, with this home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHAFFINCH_")}
    return {**kept, "CHAFFINCH_HOME": str(home), "COLUMNS": "200", **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `chaffinch ...` and gives what it printed; `env` adds settings, `given` is its standard input."""

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
