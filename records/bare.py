"""Answers, events and questions without the words of people in them: what was done stays, with codes and numbers."""

from __future__ import annotations

from typing import Any

from records import entry_words
from records.entry_words import ERASED

WORDS = frozenset(
    ("reason", "reason_zh", "reason_en", "ground", "note", "notice", "why", "ended_why", "source", "finding", "demand",
     "asked")
)  # fmt: skip
"""Members of an answer or an event that hold words of people."""


def bare(value: Any, under: str = "") -> Any:  # noqa: ANN401 - any JSON
    """The same without words; a code that names a rule stays."""
    if isinstance(value, dict):
        return {name: bare(each, name if name in WORDS else under) for name, each in value.items()}
    if isinstance(value, list):
        return [bare(each, under) for each in value]
    if not isinstance(value, str) or not under or not value:
        return value
    return value if under in entry_words.MAY_BE_CODES and not entry_words.is_words(value) else ERASED
