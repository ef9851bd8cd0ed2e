"""Where the sentences of a text are, in code points: Perspective's `spanAnnotations` are told for each."""

from __future__ import annotations

import re
from itertools import pairwise

from moderation.spans import Span

MOST = 32
"""Sentences that are told apart; the last one has the rest."""

_ENDS = re.compile(r"[。！？…]+[”’」』）)\"']*|[.!?]+[”’)\"']*(?=\s|$)|\n+")


def sentences(text: str) -> list[Span]:
    """The sentences without the space around them; one span at least."""
    ends = [found.end() for found in _ENDS.finditer(text)][: MOST - 1]
    edges = [0, *ends, len(text)]
    found = [span for start, end in pairwise(edges) if (span := _trimmed(text, start, end))]
    return found or [Span(0, len(text))]


def _trimmed(text: str, start: int, end: int) -> Span | None:
    part = text[start:end]
    kept = part.strip()
    if not kept:
        return None
    first = start + len(part) - len(part.lstrip())
    return Span(first, first + len(kept))
