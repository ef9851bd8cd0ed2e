"""A policy file with other thresholds: its other lines and comments stay, its version rises."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from moderation.errors import InvalidInputError, NotFoundError
from moderation.policy import load_policy
from moderation.ports import Thresholds
from moderation.taxonomy import Taxonomy

_HEADING: Final = re.compile(r"\s*\[+\s*([A-Za-z0-9_-]+)")
_VERSION: Final = re.compile(r'^version\s*=\s*(["\'])(.*?)\1', re.MULTILINE)


def policy_text(name: str, folder: Path, taxonomy: Taxonomy) -> str:
    """The file of the policy `name`. Raises `NotFoundError` naming what there is, `ConfigError` where it is broken."""
    path = folder / f"{name}.toml"
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in folder.glob("*.toml"))) or "none"
        raise NotFoundError(f"There is no policy '{name}' in {folder}. Here are: {there}.")
    load_policy(path, taxonomy)
    return path.read_text(encoding="utf-8")


def with_thresholds(text: str, thresholds: Mapping[str, Thresholds]) -> str:
    """The policy's text with these thresholds in place of its own.

    Raises `InvalidInputError` where the file is written in a way that cannot be changed line by line.
    """
    before = tomllib.loads(text)
    version = _next(str(before["version"]))
    table = {name: {"review": each.review, "block": each.block} for name, each in thresholds.items()}
    kept = _VERSION.sub(f'version = "{version}"', "\n".join(_without(text)), count=1).rstrip()
    after = f"{kept}\n\n{_told(table)}"
    if _parsed(after) != {**before, "version": version, "thresholds": table}:
        raise InvalidInputError(
            "The policy's thresholds cannot be replaced; write them under a line [thresholds] of their own, "
            'and the version as version = "1", and try again.', [])  # fmt: skip
    return after


def _without(text: str) -> Iterator[str]:
    """The lines that are not of `[thresholds]`, nor of a table within it."""
    inside = False
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            inside = heading[1] == "thresholds"
        if not inside:
            yield line


def _told(table: Mapping[str, Mapping[str, float]]) -> str:
    lines = [f"{name} = {{ review = {each['review']!r}, block = {each['block']!r} }}" for name, each in table.items()]
    return "\n".join(["[thresholds]", *lines, ""])


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _next(version: str) -> str:
    return str(int(version) + 1) if version.isdecimal() else f"{version}.1"
