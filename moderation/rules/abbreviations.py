"""Latin letters that everybody writes for something ordinary, so that they are hardly the initials of a term."""

from __future__ import annotations

from functools import cache

from moderation.views.tables import rows


def is_ordinary(letters: str) -> bool:
    """Whether Chinese comments write `letters`, folded, for something ordinary: `vip`, `ceo`, `dna`."""
    return letters in _ordinary()


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(word for (line,) in rows("abbreviations") for word in line.split())
