"""Files of any size written whole or not at all, and a full disk told in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from moderation.errors import ChaffinchError
from registry import files


class DiskFullError(ChaffinchError):
    """There is no room for what has to be written."""


@contextmanager
def full_disk_told(what: str) -> Iterator[None]:
    """Turns the system's "no space left" into `DiskFullError` naming `what` was being written."""
    try:
        yield
    except OSError as error:
        if error.errno in files.DISK_FULL:
            raise DiskFullError(
                f"The disk is full: {what} was not written, and nothing half-written was left. Make room and go on."
            ) from error
        raise


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` once it is on disk, and goes where anything goes wrong.

    Raises `DiskFullError` where there is no room.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with full_disk_told(str(path)), files.replacing(path, mode=0o644) as file:
        yield file
    files.sync(path.parent)
