"""What checks saw, in Chinese and English: sentences by key (`duty_checks/words/*.toml`), with figures filled in.

A figure may be a sentence itself, which then is told in the language of the one around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from governance.duties import Found
from moderation.taxonomy import Words
from moderation.toml import read_toml

FOLDER = Path(__file__).resolve().parent / "duty_checks" / "words"
LANGUAGES = ("zh", "en")


def say(key: str, /, **figures: object) -> Words:
    """The sentence in both languages. Raises `KeyError` for a key that nobody wrote: a mistake of the program."""
    zh, en = (_filled(sentences(language)[key], figures, language) for language in LANGUAGES)
    return Words.model_construct(zh=zh, en=en)  # what is left out may be empty


def see(holds: bool, at: datetime | None, key: str | Words, /, **figures: object) -> Found:
    """What a check saw; `key` may be the words themselves."""
    words = say(key, **figures) if isinstance(key, str) else key
    return Found(holds, words.en, at, words.zh)


@lru_cache(maxsize=2)
def sentences(language: str) -> Mapping[str, str]:
    """By key, in one language."""
    groups = read_toml(FOLDER / f"{language}.toml")
    return {f"{group}.{name}": words for group, table in groups.items() for name, words in table.items()}


def _filled(sentence: str, figures: Mapping[str, object], language: str) -> str:
    plain = {name: getattr(each, language) if isinstance(each, Words) else each for name, each in figures.items()}
    return sentence.format(**plain)
