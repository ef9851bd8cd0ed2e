"""uvicorn's supervisor hears at once of a process that died, also of one that had been asked for a sign of life."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from structlog.testing import capture_logs

from chaffinch import several_processes
from chaffinch.settings import CHECKOUT
from chaffinch.several_processes import MOST_ENDED, Process, Supervisor
from tests.chaffinch.commands import SECONDS, environment

TOO_LONG = 600.0
"""How long the supervisor would wait for a sign of life; the test's own limit is far below."""


class NeverAnswers(Process):
    """As one that is still starting: it lives, and does not answer yet."""

    def target(self, sockets: object = None) -> None:
        time.sleep(TOO_LONG)


@pytest.mark.timeout(120)
def test_one_that_dies_while_it_is_waited_for_is_known_to_be_dead_at_once() -> None:
    process = NeverAnswers(uvicorn.Config("nowhere:app"), [])
    process.start()
    assert process.pid is not None
    killing = threading.Timer(0.5, os.kill, (process.pid, signal.SIGKILL))
    killing.start()  # by then it has been asked
    assert not process.is_alive(timeout=TOO_LONG)
    process.join()
    process.kill()  # what the supervisor does next


def told(home: Path, configs: Path, workers: int) -> tuple[int, str]:
    """The exit code of a server that cannot start, and the last that it says."""
    given = {"CHAFFINCH_CONFIGS": str(configs), "CHAFFINCH_MODEL": "none"}
    done = subprocess.run(
        [sys.executable, "-m", "chaffinch", "serve", "--port", "0", "--workers", str(workers), "--no-worker"],
        cwd=CHECKOUT, env=environment(home, **given), capture_output=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    lines = done.stderr.decode("utf-8").splitlines()
    return done.returncode, "\n".join(line for line in lines if not re.match(r"\d{4}-|\{|INFO|ERROR", line))


@pytest.mark.timeout(2 * SECONDS)
def test_several_that_cannot_start_end_with_the_sentence_of_one(tmp_path: Path) -> None:
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / "policies" / "own.toml").write_text("name = 7\n", encoding="utf-8")
    code, said = told(tmp_path / "one", tmp_path / "configs", 1)
    assert 1 == code
    assert "own.toml" in said
    assert (code, said) == told(tmp_path / "two", tmp_path / "configs", 2)


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_of_the_house_that_cannot_be_read_is_told_before_anything_is_made(tmp_path: Path, workers: int) -> None:
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    (tmp_path / "configs" / "complaints.toml").write_text("broken = [", encoding="utf-8")
    code, said = told(tmp_path / "home", tmp_path / "configs", workers)
    assert 1 == code
    assert "complaints.toml" in said
    assert not list((tmp_path / "home").rglob("*.db"))


class Dead:
    """A process that ended before it served, or after."""

    pid = 1

    def __init__(self, code: int, why: str, *, has_served: bool) -> None:
        self.exitcode, self.why, self.has_served = code, why, has_served

    def is_alive(self, timeout: float) -> bool:
        return timeout < 0

    def kill(self) -> None: ...

    def join(self) -> None: ...

    def start(self) -> None: ...

    def refusal(self) -> str:
        return self.why


def kept(monkeypatch: pytest.MonkeyPatch, dead: Dead, times: int = 1) -> Supervisor:
    """A supervisor that looked so many times, whose processes all end like this one."""
    monkeypatch.setattr("uvicorn.supervisors.multiprocess.SIGNALS", {})
    monkeypatch.setattr(several_processes, "Process", lambda *_: dead)
    supervisor = Supervisor(uvicorn.Config("nowhere:app", workers=1), [])
    supervisor.processes = [dead]  # type: ignore[list-item]
    with capture_logs():  # whatever another test has logs written to is gone by now
        for _ in range(times):
            supervisor.keep_subprocess_alive()
    return supervisor


@pytest.mark.parametrize(
    ("dead", "times", "refused"),
    [
        (Dead(1, "The policies cannot be used.", has_served=False), 1, "The policies cannot be used."),
        (Dead(3, "", has_served=False), 1, "The server did not start; the log above says why."),
        (Dead(-9, "", has_served=False), MOST_ENDED - 1, ""),
        (Dead(-9, "", has_served=False), MOST_ENDED, "The server did not start; the log above says why."),
        (Dead(1, "The policies cannot be used.", has_served=True), MOST_ENDED, ""),
    ],
)
def test_what_cannot_start_ends_the_server_only_before_one_served(
    monkeypatch: pytest.MonkeyPatch, dead: Dead, times: int, refused: str
) -> None:
    supervisor = kept(monkeypatch, dead, times)
    assert (refused, bool(refused)) == (supervisor.refused, supervisor.should_exit.is_set())


class Serves(Process):
    """One that is ready, and leaves slowly."""

    def target(self, sockets: object = None) -> None:
        signal.signal(signal.SIGTERM, lambda *_: time.sleep(TOO_LONG))
        self.server.started = True
        self.always_pong()


def told_soon(supervisor: Supervisor, number: int, *, leaving: bool) -> threading.Thread:
    """As uvicorn's handler has it while the supervisor is at something else: a new one starts, or an old one leaves."""

    def tell() -> None:
        time.sleep(0.5)
        while leaving and not supervisor._leaving:
            time.sleep(0.05)
        supervisor.signal_queue.append(number)

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    return telling


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("new", [NeverAnswers, Serves])
def test_being_told_to_stop_ends_a_replacement_at_once(
    monkeypatch: pytest.MonkeyPatch, new: type[Process], number: int
) -> None:
    """SIGHUP gives each new process a minute; systemd gives SIGTERM thirty seconds for everything."""
    monkeypatch.setattr("uvicorn.supervisors.multiprocess.SIGNALS", {})
    supervisor = Supervisor(uvicorn.Config("x:y", workers=2, timeout_worker_healthcheck=60), [])
    supervisor.processes = [Serves(supervisor.config, []) for _ in range(2)]
    monkeypatch.setattr(several_processes, "Process", new)
    try:
        for process in supervisor.processes:
            process.start()
            assert process.wait_until_ready(30)
        telling, begun = told_soon(supervisor, number, leaving=new is Serves), time.monotonic()
        supervisor.restart_all()
        assert time.monotonic() - begun < 55, "neither a minute for a new one, nor until the old one has left"
        telling.join()
        assert len(supervisor._leaving) == (new is Serves), "what never was ready takes nobody's place"
    finally:
        for process in (*supervisor.processes, *supervisor._leaving):
            process.process.kill()
            process.join()
