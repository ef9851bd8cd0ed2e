"""The pages' words in both languages: `console/words/*.toml`, the same keys in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from moderation.toml import read_toml

FOLDER = Path(__file__).resolve().parent / "words"


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `words("work.title")` is a sentence, with `{names}` filled in."""

    locale: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence; of one thing (`n`) the one that ends with `_1`, where a language has it.

        Raises `KeyError` for a key that nobody wrote: a mistake of the program.
        """
        one = self.sentences.get(f"{key}_1") if values.get("n") == 1 else None
        return (one or self.sentences[key]).format(**values)

    def name_of(self, group: str, name: str) -> str:
        """The word for a member of an open vocabulary (queue, role, reason); the name itself where there is none."""
        return self.sentences.get(f"{group}.{name.replace(' ', '_')}", name)

    def span_of(self, time: timedelta) -> str:
        """A length of time in its largest whole unit: `3 min`, `2 天`."""
        seconds = max(0, int(time.total_seconds()))
        for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= length:
                return self(f"time.{unit}", n=seconds // length)
        return self("time.seconds", n=seconds)


@lru_cache(maxsize=8)
def words_in(locale: str, folder: Path = FOLDER) -> Words:
    """The words of `zh` or `en`. Raises `ConfigError` where the file cannot be read."""
    return Words(locale, dict(_flat(read_toml(folder / f"{locale}.toml"))))


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """`{"work": {"title": "..."}}` as `("work.title", "...")`."""
    out: list[tuple[str, str]] = []
    for key, value in table.items():
        out.extend(_flat(value, f"{before}{key}.") if isinstance(value, Mapping) else [(f"{before}{key}", value)])
    return out


def percent(share: float) -> str:
    """A probability in whole percent; what is not nothing and not everything does not look so."""
    if 0 < share < 0.01:
        return "< 1\u202f%"
    if 0.99 < share < 1:
        return "> 99\u202f%"
    return f"{share:.0%}".replace("%", "\u202f%")
