"""Packs as texts: what of a folder came into force, kept wherever every worker looks."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from moderation.errors import ConfigError, Fault
from moderation.toml import read_text

PATTERN = "*.toml"


@dataclass(frozen=True)
class PackFiles:
    """The text of each file by name. Rules of `reviewing` only hold comments for a person, whatever their files say."""

    files: Mapping[str, str]
    reviewing: frozenset[str] = field(default=frozenset())

    @cached_property
    def hashes(self) -> dict[str, str]:
        """By name the SHA-256 of each file, whichever line ends its lines have."""
        return {name: hash_of(text.encode("utf-8")) for name, text in sorted(self.files.items())}

    @property
    def digest(self) -> str:
        """One SHA-256 of all names and files."""
        return digest_of(self.hashes)


Packs = Path | PackFiles
"""A folder of packs, or what of one came into force."""


def hash_of(raw: bytes) -> str:
    """SHA-256 of a file, whichever line ends its lines have."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()


def digest_of(hashes: Mapping[str, str]) -> str:
    """One SHA-256 of the names and hashes of files."""
    return hashlib.sha256(json.dumps(dict(hashes), sort_keys=True).encode()).hexdigest()


def hashes_in(folder: Path) -> dict[str, str]:
    """By name the SHA-256 of each pack of a folder, whatever stands in it; none where there is no such folder."""
    return {path.name: hash_of(path.read_bytes()) for path in sorted(folder.glob(PATTERN))}


def read_files(folder: Path) -> PackFiles:
    """The packs of a folder. Raises `ConfigError` with every file that cannot be read as text."""
    check_there(folder)
    files: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob(PATTERN)):
        try:
            files[path.name] = read_text(path)
        except ConfigError as error:
            faults.extend(error.faults)
    if faults:
        raise ConfigError("The packs cannot be read.", faults)
    return PackFiles(files)


def packs_at(path: Path) -> Packs:
    """One pack where a file is named, else the folder. Raises `ConfigError` where the file is no text."""
    return PackFiles({path.name: read_text(path)}) if path.is_file() else path


def check_there(folder: Path) -> None:
    """Raises `ConfigError` where there is no such folder: rules looked for in the wrong place must not be none."""
    if not folder.is_dir():
        told = Fault(str(folder), "there is no such folder; check the path")
        raise ConfigError("The rules cannot be used; mend these and load again.", [told])


def mark_of(folder: Path) -> str:
    """Differs when a file of the folder was written, came or went; one look at each, without reading it."""
    try:
        return " ".join(_seen(path) for path in sorted(folder.glob(PATTERN))) or f"nothing in {folder.is_dir()}"
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"


def place_of(configs: Path) -> str:
    """By which name a disk is known where several share a database: the host and the folder."""
    return f"{socket.gethostname()}:{configs.resolve()}"


def _seen(path: Path) -> str:
    """As `stat` tells it; a change of the inode is told too, since whoever writes may set the other times."""
    found = path.stat()
    return f"{path.name}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
