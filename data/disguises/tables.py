"""The tables beside this file, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from moderation.toml import StrictModel, parse, read_toml


class Tables(StrictModel):
    """`tables.toml`. Letters stand in strings of single characters, emoji as they are sent."""

    borrowed: dict[str, str]
    foreign: dict[str, str]
    leet: dict[str, str]
    emoji: dict[str, str]
    channels: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables. Raises `ConfigError` where the file is broken."""
    path = Path(__file__).with_name("tables.toml")
    return parse(Tables, read_toml(path), where=path.name)
