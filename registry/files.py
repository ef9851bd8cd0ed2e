"""Writing so that no reader ever sees half a file, and knowing what was written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system calls having no room: on the disk, in the quota, in the largest file it allows."""


def sha256(raw: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(raw).hexdigest()


def json_bytes(value: object) -> bytes:
    """`value` as people can read it: indented, keys in the order given, UTF-8, a final newline."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


@contextmanager
def naming(place: Path | str) -> Iterator[None]:
    """The system tells of a full disk without saying where: an `OSError` that leaves here without a name gets this."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(place)
        raise


@contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` once it is whole and on disk, and goes where that fails.

    A link stays, and what it leads to is replaced. What is no regular file (a device, a pipe) cannot be replaced: it is
    written straight to. `mode` is the new file's; the process's own (umask) if not given. Raises `OSError` with a name.
    """
    with naming(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as straight:
                yield straight
            return
        place = _behind_links(path)
        draft = place.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, mode or 0o666)) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                draft.chmod(mode)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)


def write_atomically(path: Path, raw: bytes) -> None:
    """Replaces `path` by rename, after the new bytes are on disk; a reader sees the old file or the new one."""
    folder = _behind_links(path).parent
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(path, mode=0o644) as file:
        file.write(raw)
    sync(folder)


def append_line(path: Path, line: str) -> None:
    """Adds one line and waits until it is on disk; the caller holds a lock. A torn last line is closed first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path), path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            file.write(b"" if file.read(1) == b"\n" else b"\n")
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _behind_links(path: Path) -> Path:
    """Where the links of `path` lead, whether anything is there or not."""
    return Path(os.path.realpath(path))  # Path.resolve answers a circle of links with a RuntimeError


def sync(path: Path) -> None:
    """Waits until a file or a folder is on disk: a rename is only durable once its folder is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
