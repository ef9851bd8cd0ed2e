"""Commands run as a user runs them: in a process of their own, in a home of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TextIO

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


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The program, read once for all commands of this session."""
    with Nursery.opened() as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, nursery: Nursery) -> Run:
    """Runs `chaffinch ...` and gives what it printed; `env` adds settings, `given` is its standard input."""

    def go(*arguments: str, given: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
        return nursery.run(arguments, given, environment(tmp_path / "home", **env))

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


class Nursery:
    """Asks `tests.chaffinch.nursery` for commands; several threads may."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Nursery]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs, TemporaryDirectory(prefix="chaffinch-") as nowhere:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaffinch.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=CHECKOUT,
                env=environment(Path(nowhere)),
            )
            theirs.close()
            yield cls(ours)
            ours.close()
            process.wait(SECONDS)

    def run(
        self, arguments: tuple[str, ...], given: bytes, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run`, after at most `SECONDS`."""
        told = json.dumps({"arguments": arguments, "environment": environment, "folder": str(CHECKOUT)})
        with TemporaryFile() as into, TemporaryFile() as out, TemporaryFile() as errors:
            into.write(given)
            into.seek(0)
            heard, says = os.pipe()
            with os.fdopen(heard, encoding="ascii") as answers:
                try:
                    socket.send_fds(self._line, [told.encode()], [into.fileno(), out.fileno(), errors.fileno(), says])
                finally:
                    os.close(says)
                code = _ended(answers)
            said = [each.read().decode("utf-8") for each in (out, errors) if not each.seek(0)]
        return subprocess.CompletedProcess(arguments, code, *said)


def _ended(answers: TextIO) -> int:
    """The exit code; a command that takes too long is killed."""
    pid = int(answers.readline())
    if not select([answers], [], [], SECONDS)[0]:
        os.kill(pid, signal.SIGKILL)
        raise subprocess.TimeoutExpired("chaffinch", SECONDS)
    return int(answers.readline())


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
