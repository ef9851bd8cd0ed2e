"""Shared by all rooms: a home of its own for every test, and no setting of the machine that runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: half of the time a test waits for a disk, or for a process that it started."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CHAFFINCH_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh `CHAFFINCH_HOME`."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CHAFFINCH_HOME", str(folder))
    return folder
