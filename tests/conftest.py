"""Shared by all rooms: a home of its own for every test, and no setting of the machine that runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import proofs


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: half of the time a test waits for a disk, or for a process that it started."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


LONG = ("tests/chaffinch/test_loop.py", "tests/training/with_encoder", "tests/notebooks", "tests/browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of minutes begin first: at the end one process would work on them while the others have nothing to do."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What became of a proof is kept for `chaffinch duties`, the last time of each."""
    if "proof" not in report.keywords or (report.when != "call" and report.passed):
        return
    proofs.keep_outcome(report.nodeid, report.outcome)


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
