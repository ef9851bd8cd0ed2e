"""The words around a contact, by the name of their list (`tables/contacts_words.tsv`, `contacts_hosts.tsv`)."""

from __future__ import annotations

from functools import lru_cache

import re2

from moderation.views.tables import rows


@lru_cache(maxsize=1)
def _lists() -> dict[str, tuple[str, ...]]:
    words = {name: tuple(spelt.split(" | ")) for name, spelt in rows("contacts_words")}
    return words | {name: tuple(endings.split()) for name, endings in rows("contacts_hosts")}


@lru_cache(maxsize=32)
def words(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(_lists()[name])


def any_of(name: str) -> str:
    """The words of a list as alternatives of a pattern, longer ones first."""
    return "|".join(re2.escape(word) for word in sorted(_lists()[name], key=len, reverse=True))
