"""A part of a long text, for pages with many: around what is held against it, and with how long the whole is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.marks import Piece, pieces
from moderation.spans import Span

LONGEST = 280
"""Code points of a text that stands among others."""

ROOM, LEAST = 7000, 30
"""Code points of all the texts on a page that are long, and of each at the least."""

GHOSTS = 40
"""One hidden run of so many code points that are shown is named; many parts full of names would make a heavy page."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part, and how many code points the whole has; 0 where the part is the whole."""

    text: tuple[Piece, ...]
    of: int = 0


def longest_of(many: int, *, taken: int = 0) -> int:
    """How much of each text a page of so many has room for, where one of `taken` code points is shown whole."""
    return min(LONGEST, max(LEAST, (ROOM - taken) // max(1, many)))


def excerpt(text: str, spans: Sequence[Span] = (), *, longest: int = LONGEST) -> Excerpt:
    """The first `longest` code points, or so many around the first marked place; short texts as they are."""
    named = max(1, longest // GHOSTS)
    if len(text) <= longest:
        return Excerpt(pieces(text, spans, named=named))
    first = min((span for span in spans if span.start < len(text)), default=Span(0, 0))
    start = 0 if first.end <= longest else min(max(0, first.start - longest // 3), len(text) - longest)
    end = start + longest
    found = [span for span in spans if _is_in(span, start, end)]
    inside = [Span(max(span.start, start) - start, min(span.end, end) - start) for span in found]
    part = pieces(text[start:end], inside, named=named)
    before, after = ((Piece("…"),) if cut else () for cut in (start > 0, end < len(text)))
    return Excerpt((*before, *part, *after), len(text))


def _is_in(span: Span, start: int, end: int) -> bool:
    return span.start < end and span.end > start
