"""A database that takes nothing: its file is locked as another program would lock it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from tests.serving.processes import Server


def file_of(server: Server) -> str:
    """From what the server printed at its start."""
    return next(
        word.removeprefix("sqlite:///") for line in server.printed for word in line.split() if "sqlite:" in word
    )


@contextmanager
def locked(server: Server) -> Iterator[None]:
    held = sqlite3.connect(file_of(server), isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        held.execute("ROLLBACK")
        held.close()
