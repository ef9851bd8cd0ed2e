"""A process that has read the program once: every command of a test is a child of it, in a process of its own.

Reading the program takes more than a second of processor time, and a test of ten commands would do it ten times; a
server takes six, with the tables that judging a text needs. A child has the environment, the folder and the standard
streams that it was given, and ends as the program ends it. What reads the environment while it is imported would see
the nursery's: nothing of the program's does.

    python -m tests.chaffinch.nursery FD    serves over this end of a pair of sockets until the other end closes

A message is `{"arguments", "environment", "folder"}` in JSON with four open files: standard input, output, errors, and
where two lines are written, the command's process and then its exit code with the processor seconds that it took.
"""

from __future__ import annotations

import functools
import gc
import io
import json
import os
import signal
import socket
import sys
import time
from datetime import UTC, datetime

PRELOADED = (
    "chaffinch.main", "chaffinch.wiring", "alembic.command", "moderation.effective_rules", "records.database",
    "registry.bundle", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql", "psycopg", "uvicorn",
    "uvicorn.loops.auto", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "uvicorn.lifespan.on",
    "chaffinch.leaving", "chaffinch.service", "serving.app", "serving.worker",
)  # fmt: skip
"""What most commands and servers need and what starts no thread: a child of a process with threads may hang."""

MESSAGE, FILES = 1 << 18, 4


def main() -> None:
    """Serves; a child returns from here as the command, and ends with it."""
    for name in PRELOADED:
        __import__(name)
    _read_tables()
    _read_commands()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who keeps a command is not waited for
    with socket.socket(fileno=int(sys.argv[1])) as line:
        told, files, _, _ = socket.recv_fds(line, MESSAGE, FILES)
        while told:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                line.close()
                _keep(told, files)
                return
            for file in files:
                os.close(file)
            told, files, _, _ = socket.recv_fds(line, MESSAGE, FILES)
    os._exit(0)


def _read_tables() -> None:
    """Dictionary, readings and languages: whoever judges the examples of the shipped rules has used them all."""
    from moderation.rule_packs import load_rules
    from moderation.taxonomy import load_taxonomy

    load_rules(load_taxonomy(), today=datetime(2026, 1, 1, tzinfo=UTC).date())


def _read_commands() -> None:
    """What the program's 140 commands may be told: a third of what a short one costs."""
    import typer.main

    from chaffinch.main import app

    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(app)


def _keep(told: bytes, files: list[int]) -> None:
    """Becomes the command; its keeper, between the two, says how it ended."""
    *streams, answers = files
    pid = os.fork()
    if pid == 0:
        os.close(answers)
        _become(json.loads(told), streams)
        return
    os.write(answers, f"{pid}\n".encode())
    _, status, used = os.wait4(pid, 0)
    os.write(answers, f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime}\n".encode())
    os._exit(0)


def _become(told: dict[str, object], streams: list[int]) -> None:
    environment, arguments = told["environment"], told["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    for target, given in enumerate(streams):
        os.dup2(given, target)
        os.close(given)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(str(told["folder"]))
    sys.argv = ["chaffinch", *arguments]
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)), encoding="utf-8", line_buffering=True
    )


if __name__ == "__main__":
    main()
    from chaffinch.main import main as command

    command()
