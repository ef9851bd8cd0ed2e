"""Letters that everybody writes for something ordinary, so that they are hardly the initials of a term."""

from __future__ import annotations

import unicodedata
from functools import cache

from moderation.views.tables import rows


def is_ordinary(letters: str) -> bool:
    """Whether comments write `letters`, folded, for something ordinary: Chinese ones `vip`, Korean ones ㄱㅅ."""
    return letters in _ordinary()


@cache
def _ordinary() -> frozenset[str]:
    lines = (unicodedata.normalize("NFKC", line) for (line,) in rows("abbreviations"))
    return frozenset(word for line in lines for word in line.split())
