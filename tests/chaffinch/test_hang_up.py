"""A terminal that closes, or `kill -HUP`, ends no request that is under way."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from chaffinch import hang_up
from chaffinch.hang_up import Terminal, stop_by
from tests.serving.asking import CLEAN, question
from tests.serving.processes import ROOT, START_SECONDS, command, environment, running

TELLS = """
import contextlib, signal, sys, time
from chaffinch.hang_up import Terminal
terminal, told = Terminal(), []
signal.signal(signal.SIGHUP, lambda *_: told.append(terminal.has_closed()))
with contextlib.suppress(OSError):
    print("made", flush=True)
while not told:
    time.sleep(0.05)
open(sys.argv[1], "w").write(str(told[0]))
"""


@contextmanager
def in_a_terminal(words: list[str], given: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A program that is the first of its terminal, and our end of it: whoever closes that closes the terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words, cwd=ROOT, env=given, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one call of the system
        pass_fds=[theirs],
    )  # fmt: skip
    os.close(theirs)
    try:
        yield process, ours
    finally:
        with suppress(OSError):
            os.close(ours)
        process.kill()
        process.wait(20)


def read_until(ours: int, word: bytes) -> str:
    said, until = b"", time.monotonic() + START_SECONDS
    while word not in said:
        assert time.monotonic() < until
        said += os.read(ours, 4096)
    return said.decode("utf-8", "replace")


def beginning(address: str) -> tuple[socket.socket, bytes]:
    """A request of which the last part, given here, was not sent yet."""
    host, port = address.removeprefix("http://").split(":")
    body = json.dumps(question(CLEAN, deadline_ms=20_000)).encode()
    head = f"POST /v1/score HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    link = socket.create_connection((host, int(port)), timeout=60)
    link.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
    time.sleep(0.5)  # it is read by then
    return link, body[5:]


def status(link: socket.socket) -> int:
    with link, link.makefile("rb") as answer:
        return int(answer.readline().split()[1])


@pytest.mark.timeout(400)
def test_one_process_answers_what_is_under_way_when_its_terminal_closes(tmp_path: Path) -> None:
    with in_a_terminal(command("serve", "--port", "0"), environment(tmp_path)) as (process, ours):
        address = re.search(r"http://[\d.]+:\d+", read_until(ours, b"ready  "))
        assert address
        link, rest = beginning(address[0])
        os.close(ours)
        time.sleep(0.5)
        link.sendall(rest)
        assert 200 == status(link)
        assert 0 == process.wait(60)


@pytest.mark.timeout(400)
def test_one_process_answers_what_is_under_way_when_it_is_told_to_hang_up(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        link, rest = beginning(server.address)
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        link.sendall(rest)
        assert 200 == status(link)
        assert 0 == server.process.wait(60)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("closes", [True, False])
def test_a_terminal_that_closed_is_told_from_a_signal_by_hand(tmp_path: Path, closes: bool) -> None:
    told = tmp_path / "told"
    words = [sys.executable, "-c", TELLS, str(told)]
    with in_a_terminal(words, dict(os.environ) | {"PYTHONPATH": str(ROOT)}) as (process, ours):
        read_until(ours, b"made")
        if closes:
            os.close(ours)
        else:
            process.send_signal(signal.SIGHUP)
        process.wait(60)
        assert str(closes) == told.read_text()


def test_after_nohup_a_terminal_that_closes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    heeded = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(hang_up, "_is_there", lambda: True)
        terminal = Terminal()
        monkeypatch.setattr(hang_up, "_is_there", lambda: False)
        assert not terminal.has_closed()
        stop_by(lambda: None)
        assert signal.SIG_IGN is signal.getsignal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, heeded)
