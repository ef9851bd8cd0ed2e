"""How often keys ask, counted together by the processes of one server: a small file that each of them maps.

A table of fixed size: a bucket lies in one of a few slots that its key's hash names. Where all of them are taken the
one that was used longest ago is given up, whose key then has a full bucket: with thousands of keys somebody may send a
second's worth more. Turns are taken by a lock of the file, which a process that dies gives back. Moments are of
the machine's monotonic clock, which all its processes share.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

NAME = "rates"
SLOTS = 8192
TRIED = 8
"""Slots in which one key may lie."""

_SLOT = struct.Struct("=8sdd")
_NOBODY = bytes(8)


class SharedBuckets:
    """Buckets in a file that is there, of `SLOTS` slots."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._table = mmap.mmap(file, SLOTS * _SLOT.size)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """No other process looks or puts meanwhile: microseconds."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def get(self, key: str) -> tuple[float, float] | None:
        """As some process put it."""
        name = _name(key)
        for place in _places(name):
            found, held, since = _SLOT.unpack_from(self._table, place)
            if found == name:
                return held, since
        return None

    def put(self, key: str, held: float, since: float) -> None:
        """In its own slot, else in a free one, else in the oldest's."""
        name = _name(key)
        slots = [(place, *_SLOT.unpack_from(self._table, place)) for place in _places(name)]
        own = next((place for place, found, _, _ in slots if found == name), None)
        free = next((place for place, found, _, _ in slots if found == _NOBODY), None)
        oldest = min(slots, key=lambda slot: slot[3])[0]
        place = own if own is not None else free if free is not None else oldest
        _SLOT.pack_into(self._table, place, name, held, since)


def buckets_in(folder: Path) -> SharedBuckets | None:
    """Those of the processes that share the folder; None where it cannot be written: each then counts by itself."""
    try:
        file = os.open(folder / NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        os.ftruncate(file, SLOTS * _SLOT.size)  # keeps what is there, and else fills with zeros
        return SharedBuckets(file)
    except OSError:
        return None


def _name(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=8).digest()


def _places(name: bytes) -> Iterator[int]:
    first = int.from_bytes(name)
    return (((first + step) % SLOTS) * _SLOT.size for step in range(TRIED))
