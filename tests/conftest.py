"""Shared by all rooms: a home of its own for every test, and no setting of the machine that runs them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog

from serving.tuning import hold_little
from tests import cpu, proofs


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: half of the time a test waits for a disk, or for a process that it started."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


LONG = (
    "tests/chaffinch/test_loop.py",
    "tests/browser/test_pages.py",
    "tests/notebooks",
    "tests/training/with_encoder",
    "tests/chaffinch/test_rule_life.py",
    "tests/records/test_migrations.py",
    "tests/serving/test_killed.py",
    "tests/browser/test_work.py",
    "tests/chaffinch/test_rules_command.py",
    "tests/serving/dropins/test_faults.py",
    "tests/browser/test_keys.py",
    "tests/records/test_backup.py",
    "tests/governance/test_house_in_the_ledger.py",
    "tests/chaffinch/test_commands.py",
    "tests/serving/streams/test_process.py",
    "tests/records/test_underlying_places.py",
    "tests/browser",
)
"""Files, and folders of files, that take longest, the longest first."""


def _place(item: pytest.Item) -> int:
    return next((place for place, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of minutes begin first: at the end one process would work on them while the others have nothing to do."""
    items.sort(key=_place)


def pytest_collection_finish() -> None:
    """What reading the tests took is no test's."""
    cpu.meter.since_last()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says on each report what it took."""
    report = yield
    cpu.stamp(report)
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What became of a proof is kept for `chaffinch duties`, the last time of each; what each test took, to be told."""
    _costs.add(report)
    if "proof" not in report.keywords or (report.when != "call" and report.passed):
        return
    proofs.keep_outcome(report.nodeid, report.outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which tests took longest, where some took long."""
    if lines := _costs.lines():
        terminalreporter.section(f"processor seconds of tests over {cpu.LONG_SECONDS:.0f}")
        terminalreporter.write("".join(f"{line}\n" for line in lines))


class _Memory:
    """What a process of tests holds; a server that a test made is of no use to the next one."""

    ALLOWED = 150 << 20
    """Bytes that may come on top before what is of no use is looked for."""

    def __init__(self) -> None:
        self.held = self.now()

    @staticmethod
    def now() -> int:
        """Bytes that are resident; 0 where nobody tells."""
        try:
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
        except OSError:
            return 0

    def give_back(self) -> None:
        """FastAPI remembers the functions of some thirty servers, each with its tables; the collector waits long."""
        if self.now() < self.held + self.ALLOWED:
            return
        module = sys.modules.get("fastapi.dependencies.models")
        for each in vars(module).values() if module else ():
            if callable(clear := getattr(each, "cache_clear", None)):
                clear()
        gc.collect()
        self.held = self.now()


hold_little()  # as a server does: else each one's tables, though never touched, are written to where others had theirs
_memory = _Memory()
_costs = cpu.Costs()


@pytest.fixture(autouse=True)
def _no_dead_servers() -> Iterator[None]:
    yield
    _memory.give_back()


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command run in this process had logs written to a stream that is closed by now, and loggers keep it."""
    yield
    if structlog.is_configured() and (logs := sys.modules.get("serving.logs")):
        structlog.reset_defaults()
        vars(logs.log).pop("bind", None)


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
