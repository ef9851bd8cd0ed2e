"""Which bundle an alias or a version means: one small JSON file each, replaced by rename.

    <home>/registry/chaffinch/champion.json   {"path": "bundles/...", "version": "3", "hash": "..."}
    <home>/registry/chaffinch/3.json          the same for a version
    <home>/registry/chaffinch/history.jsonl   every move of `champion`

The champion's file is what serving follows; a reader sees the old pointer or the new one, never half of one.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from moderation.errors import BundleError, ConflictError, NotFoundError
from registry.files import json_bytes, write_atomically

ALIAS = re.compile(r"[a-z][a-z0-9_-]{0,39}")
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a bundle lies (below home where it can be, so that a home may move), its version and its hash."""

    path: Path
    version: str
    hash: str


def folder(registry_root: Path, name: str) -> Path:
    """Where a model's pointers are."""
    return registry_root / name


def read_pointer(registry_root: Path, name: str, alias: str) -> Pointer:
    """The pointer of an alias or version. Raises `NotFoundError` for none, `BundleError` where it is torn."""
    path = folder(registry_root, name) / f"{alias}.json"
    try:
        return from_stored(registry_root, json.loads(path.read_bytes()))
    except FileNotFoundError as error:
        known = ", ".join(aliases(registry_root, name)) or "none yet"
        raise NotFoundError(f"There is no {name}@{alias}. Known: {known}. Train and promote one first.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path} is not a pointer; promote or roll back to write it anew.") from error


def find_pointer(registry_root: Path, name: str, alias: str) -> Pointer | None:
    """The pointer, None where there is none."""
    try:
        return read_pointer(registry_root, name, alias)
    except NotFoundError:
        return None


def write_pointer(registry_root: Path, name: str, alias: str, pointer: Pointer) -> None:
    """Points `alias` at a bundle, whole or not at all."""
    write_atomically(folder(registry_root, name) / f"{alias}.json", json_bytes(stored(registry_root, pointer)))


def remove_pointer(registry_root: Path, name: str, alias: str) -> None:
    """Takes an alias away; its bundle stays. One that is not there is no mistake."""
    (folder(registry_root, name) / f"{alias}.json").unlink(missing_ok=True)


def stored(registry_root: Path, pointer: Pointer) -> dict[str, str]:
    """A pointer as it is written."""
    return {**asdict(pointer), "path": _relative(registry_root, pointer.path)}


def from_stored(registry_root: Path, entry: dict[str, str]) -> Pointer:
    """A pointer as it was written. Raises `KeyError` or `TypeError` where it is none."""
    path = registry_root.resolve().parent / entry["path"]
    return Pointer(path, str(entry["version"]), str(entry["hash"]))


def aliases(registry_root: Path, name: str) -> list[str]:
    """Every alias and version that has a pointer, aliases first."""
    found = [path.stem for path in folder(registry_root, name).glob("*.json")]
    return sorted(found, key=lambda alias: (alias.isdigit(), int(alias) if alias.isdigit() else 0, alias))


@contextmanager
def locked(registry_root: Path, name: str) -> Iterator[None]:
    """Only one may move the champion at a time. Raises `ConflictError` at once where somebody else does."""
    with _lock(registry_root, name, fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


@contextmanager
def locked_waiting(registry_root: Path, name: str) -> Iterator[None]:
    """The same lock for moves that nobody can mind (a new version, an alias): waits its turn."""
    with _lock(registry_root, name, fcntl.LOCK_EX):
        yield


@contextmanager
def _lock(registry_root: Path, name: str, how: int) -> Iterator[None]:
    """The kernel's lock: a process that dies lets go of it."""
    path = folder(registry_root, name) / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, how)
        yield
    except BlockingIOError as error:
        raise ConflictError("Somebody else is promoting right now; look at the result, then try again.") from error
    finally:
        os.close(descriptor)


def _relative(registry_root: Path, path: Path) -> str:
    home, absolute = registry_root.resolve().parent, path.resolve()
    return str(absolute.relative_to(home)) if absolute.is_relative_to(home) else str(absolute)
