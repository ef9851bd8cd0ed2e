"""Files of any size written whole or not at all, and a full disk told in a sentence."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moderation.errors import ChaffinchError
from registry.files import DISK_FULL, sync


class DiskFullError(ChaffinchError):
    """There is no room for what has to be written."""


@contextmanager
def full_disk_told(what: str) -> Iterator[None]:
    """Turns the system's "no space left" into `DiskFullError` naming `what` was being written."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(
                f"The disk is full: {what} was not written, and nothing half-written was left. Make room and go on."
            ) from error
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, renamed to `path` once it is on disk; removed where anything goes wrong.

    Raises `DiskFullError` where there is no room.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        with full_disk_told(str(path)):
            yield draft
            sync(draft)
            draft.chmod(0o644)
            draft.replace(path)
            sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)
