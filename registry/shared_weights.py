"""Weights that the processes of one server hold once: files that each of them maps.

A process alone maps them too: clean pages of a file are the first that a system short of memory can do without.
Who starts the others makes a folder of its own under the home, which nobody else may enter (`folder_for_processes`).
The first process that needs a model's weights leaves them there as they lie in memory, the others wait for it and map
the same pages. Nothing of it outlives the server: what one leaves that was killed is removed by the next.

What is read from a bundle is checked against its hashes as ever; these files come from what was checked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = "shared"
"""Under the home: one folder for each server that is running."""

KEPT = 8
"""Of so many keys files stay, the ones made last; who has mapped the others keeps them in memory."""

_LOCK, _ARRAY, _HALF = ".lock", "array.npy", "half-"
_OWNED = ".owned"
"""Locked for as long as the process lives that made the folder."""


class SharedWeights:
    """What several processes map. Safe to use from any of them at once, and from threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def made(self, key: str, write: Callable[[Path], None]) -> Path | None:
        """The folder that `write` filled for `key`, by this process or one before it.

        None where it cannot be written (a full disk, a folder that is gone): whoever asks then holds its own copy.
        """
        target = self._folder / key
        try:
            with _alone(self._folder):
                if not target.is_dir():
                    self._make(target, write)
        except OSError:
            return None
        return target

    def array(self, key: str, make: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """What `make` gives, mapped and read-only; its own where it cannot be shared."""
        folder = self.made(key, lambda half: np.save(half / _ARRAY, make(), allow_pickle=False))
        if folder is not None:
            with suppress(OSError, ValueError):
                mapped = np.load(folder / _ARRAY, mmap_mode="r", allow_pickle=False)
                return mapped.view(np.ndarray)  # type: ignore[no-any-return]  # memmap costs at each look-up
        return make()

    def _make(self, target: Path, write: Callable[[Path], None]) -> None:
        half = Path(mkdtemp(dir=self._folder, prefix=_HALF))
        try:
            write(half)
            half.rename(target)
        finally:
            shutil.rmtree(half, ignore_errors=True)
        there = sorted(
            (each for each in self._folder.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime
        )
        for old in there[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def folder_for_processes(home: Path) -> Iterator[Path | None]:
    """A new folder for the processes of one server, gone when the block ends; None where none can be made.

    Folders of servers that are no more are removed first.
    """
    root = home / FOLDER
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(root)
        folder = Path(mkdtemp(dir=root))
        lock = _open(folder / _OWNED)
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        yield None
        return
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(root: Path) -> None:
    for folder in root.iterdir():
        with suppress(OSError):
            lock = _open(folder / _OWNED)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = _open(folder / _LOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _open(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
