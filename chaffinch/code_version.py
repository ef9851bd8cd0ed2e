"""Which code runs here: a hash over the source of every room, so that a proof is believed of the code that it is of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from chaffinch.settings import CHECKOUT

ROOMS = (
    "chaffinch", "console", "serving", "governance", "review", "records", "registry", "moderation", "training", "eval",
    "data",
)  # fmt: skip


@lru_cache(maxsize=1)
def code_version() -> str:
    """SHA-256 over the names and contents of all modules of the rooms, in their order."""
    return version_of(CHECKOUT)


def version_of(root: Path) -> str:
    """The same of a checkout."""
    told = hashlib.sha256()
    for path in _modules(root):
        told.update(path.relative_to(root).as_posix().encode() + b"\0")
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()


def _modules(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))
