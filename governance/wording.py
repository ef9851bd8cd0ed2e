"""Words that people give as a reason: what no reader sees is no word, and no mark turns what stands beside it."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t\u200c\u200d"
"""Lines, and joiners: without a width, and part of how Persian, Indian scripts and emoji are written."""

_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters by their class, and blank to the eye."""

_GONE = ("Cf", "Cc")


def seen(words: str) -> str:
    """Without invisible characters: format marks (bidirectional ones too) and controls; nothing where none is left."""
    kept = "".join(each for each in words if each in _KEPT or unicodedata.category(each) not in _GONE)
    says = any(each not in _BLANK and unicodedata.category(each)[0] in "LNPS" for each in kept)
    return kept.strip() if says else ""
