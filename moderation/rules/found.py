"""Where a find lies: what the canonical view shows of it, and the Han characters on both sides."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from moderation.normaliser import Normalised
from moderation.spans import Span
from moderation.views.view import View, ViewName

HAN = "\u3400-\u9fff"
ALL_HAN = re.compile(f"[{HAN}]+")

AROUND = 6
"""Han characters looked at on each side: words are seldom longer."""

_LAST_HAN = re.compile(f"[{HAN}]{{0,{AROUND}}}\\Z")
_FIRST_HAN = re.compile(f"[{HAN}]{{0,{AROUND}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """Where in the canonical view a find lies, with the Han characters on both sides of it."""

    before: str
    text: str
    after: str


def found_at(source: Normalised, span: Span) -> Found:
    """The find at `span` of the text as sent."""
    start, end = canonical_range(source, span)
    text = source.canonical.text
    before = _LAST_HAN.search(text, max(0, start - AROUND), start)
    after = _FIRST_HAN.match(text, end)
    return Found(before[0] if before else "", _spaced(source, start, end), after[0] if after else "")


def _spaced(source: Normalised, start: int, end: int) -> str:
    """The range of the canonical view with the spaces that the view drops between Han characters."""
    view = source.canonical
    shown = view.text[start:end]
    if (
        end - start < 2
        or shown.isascii()
        or not any(map(str.isspace, source.source[view.starts[start] : view.ends[end - 1]]))
    ):
        return shown
    gaps = (source.source[view.ends[at] : view.starts[at + 1]] for at in range(start, end - 1))
    spaced = "".join(char + " " * any(map(str.isspace, gap)) for char, gap in zip(shown, (*gaps, ""), strict=True))
    return spaced if " " not in shown else shown


def drawn_together(source: Normalised, span: Span, term: str) -> Found:
    """`term` where the text has it at `span`, among the characters that stand there once fillers are gone."""
    view = source.view(ViewName.JOINED)
    start, end = range_in(view, span)
    before = _LAST_HAN.search(view.text, max(0, start - AROUND), start)
    after = _FIRST_HAN.match(view.text, end)
    return Found(before[0] if before else "", term, after[0] if after else "")


def without_fillers(source: Normalised, span: Span, found: Found) -> Found:
    """A find of Han characters as it is read without the signs among them; the find itself where there are none."""
    text = "".join(filter(str.isalnum, found.text))
    return drawn_together(source, span, text) if text != found.text and ALL_HAN.fullmatch(text) else found


def canonical_range(source: Normalised, span: Span) -> tuple[int, int]:
    """The half-open range of the canonical view that shows `span`; empty where it shows nothing of it."""
    return range_in(source.canonical, span)


def range_in(view: View, span: Span) -> tuple[int, int]:
    """The same of any view."""
    return bisect_left(view.ends, span.start + 1), bisect_left(view.starts, span.end)
