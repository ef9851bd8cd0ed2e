"""Whether a word of a rule's `not` speaks for a comment: near what was found, or in a sentence that warns.

One word anywhere would excuse whatever is added to it. So

* one that holds a find, or begins or ends within it, makes another word of that find alone (`百家乐高` of a toy);
* any other counts within `NEAR` characters of what was found, or in a sentence of warning, report or complaint of its
  own, unless it is denied or the trade's own (`denials.py`), or stands there bare: `进群 法院` tells of no court.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol, TypeVar

from moderation.normaliser import Normalised
from moderation.rules.denials import holding, is_denied, words
from moderation.spans import Span, merged

NEAR = 40
"""Visible characters between a word that excuses and what it excuses."""

_SENTENCE = re.compile(r"[。!?;\n…]|\.{2,}|\.\s")
_CLAUSE = re.compile(r"[^\w\s'-]|\s")
_LATIN_CLAUSE = re.compile(r"[^\w\s'-]|\n")
_WINDOW = 80


class Found(Protocol):
    """As much of a find as is read here; a pattern's names no term."""

    @property
    def span(self) -> Span: ...  # noqa: D102
    @property
    def term(self) -> str: ...  # noqa: D102


Thing = TypeVar("Thing", bound=Found)


def apart_from(marks: Sequence[Thing], said: Sequence[Found]) -> list[Thing]:
    """The finds of which no excusing word makes another: none that is wider, and none that reaches into a term."""
    wider = merged(word.span for word in said)
    return [mark for mark in marks if not _is_another(mark, wider)]


def _is_another(mark: Found, wider: Sequence[Span]) -> bool:
    for span in wider[max(bisect_right(wider, mark.span) - 1, 0) :]:
        if span.start >= mark.span.end:
            return False
        if span.start <= mark.span.start and mark.span.end <= span.end:
            return True
        reaches_in = span.end > mark.span.start and (span.start < mark.span.start or span.end > mark.span.end)
        if mark.term and reaches_in:
            return True
    return False


def is_excused(text: Normalised, said: Sequence[Found], found: Sequence[Found]) -> bool:
    """Whether one of the words that are said speaks for what was found; spans are of the text as sent."""
    if not said:
        return False
    places = sorted(_placed(text, mark.span) for mark in found)
    return any(_speaks(text.canonical.text, *_placed(text, word.span), places) for word in said)


def _placed(text: Normalised, span: Span) -> tuple[int, int]:
    starts = text.canonical.starts
    return bisect_left(starts, span.start), bisect_left(starts, span.end)


def _speaks(shown: str, start: int, end: int, found: Sequence[tuple[int, int]]) -> bool:
    if is_denied(shown, start, end) or _is_bare(shown, start, end, before=not found or start < found[0][0]):
        return False
    return _distance(start, end, found) <= NEAR or _warns_itself(shown, start, end)


def _distance(start: int, end: int, found: Sequence[tuple[int, int]]) -> int:
    """Characters between a word and the nearest find; nothing where they share some, or where nothing was found."""
    at = bisect_left(found, (start, end))
    beside = found[max(at - 1, 0) : at + 1]
    return min((max(first - end, start - last, 0) for first, last in beside), default=0)


def _is_bare(shown: str, start: int, end: int, *, before: bool) -> bool:
    """Whether a word that says something only in a sentence stands alone, or names an authority at a clause's end.

    Who warns may begin with a word alone (`警惕！`).
    """
    word = shown[start:end]
    apart = _LATIN_CLAUSE if word.isascii() else _CLAUSE
    ends, begins = _is_apart(apart, shown[end : end + 1]), _is_apart(apart, shown[max(start - 1, 0) : start].strip("#"))
    if word in words("authority"):
        return ends and not shown[:start].rstrip().endswith(words("before_authority"))
    return ends and begins and not before and holding("warns").fullmatch(word) is not None


def _is_apart(apart: re.Pattern[str], char: str) -> bool:
    return not char or apart.match(char) is not None


def _warns_itself(shown: str, start: int, end: int) -> bool:
    """Whether the sentence around a word warns, reports or complains by another word than this one."""
    before, behind = shown[max(0, start - _WINDOW) : start], shown[end : end + _WINDOW]
    first = max((match.end() for match in _SENTENCE.finditer(before)), default=0)
    last = _SENTENCE.search(behind)
    rest = before[first:] + "\n" + (behind[: last.start()] if last else behind)
    return holding("warns").search(rest) is not None
