"""A rule as its author would write it in a pack (TOML): what is shown, and what whoever changes it begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

NEW = """[[rules]]
id = "ads.example.zh"
title = { zh = "", en = "" }
label = "advertising"
action = "review"
ground = "platform-rules:advertising"
owner = ""
why = ""
views = ["canonical", "joined"]
terms = [""]

[rules.examples]
match = [""]
no_match = [""]"""
"""What whoever writes a new rule begins with: what every rule has to say."""

_TABLES = ("when", "examples")
_WIDE = 100
"""Characters of a list beyond which each of its parts has a line of its own."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def text_of(document: Mapping[str, Any]) -> str:
    """The rule's table. What is read from it is `document` again, but for a state, which it never names."""
    plain = {name: value for name, value in document.items() if name not in _TABLES}
    parts = ["[[rules]]", *(f"{name} = {_field(name, value)}" for name, value in plain.items())]
    for name in _TABLES:
        if table := document.get(name):
            parts += ["", f"[rules.{name}]", *(f"{_key(key)} = {_listed(value)}" for key, value in table.items())]
    return "\n".join(parts)


def _field(name: str, value: object) -> str:
    """Days are kept as words, since JSON knows none; what is no day is shown as it is kept."""
    is_day = name == "expires" and isinstance(value, date | str) and _DAY.fullmatch(str(value)) is not None
    return str(value) if is_day else _listed(value)


def _listed(value: object) -> str:
    written = _toml(value)
    if isinstance(value, list | tuple) and len(written) > _WIDE:
        return "[\n" + "".join(f"    {_toml(each)},\n" for each in value) + "]"
    return written


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)
