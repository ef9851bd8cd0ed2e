"""Whether a word of a rule's `not` speaks for a comment: near what was found, or in a sentence that warns.

One word anywhere would excuse whatever is added to it. So

* one that holds a find, or begins or ends within it, makes another word of that find alone (`百家乐高` of a toy);
* any other counts for what was found within `NEAR` characters of it, or for all in a sentence of warning, report or
  complaint of its own, unless it is denied or the trade's own (`denials.py`), or stands there bare: `进群 法院` tells
  of no court.
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


class Excuses:
    """What the words that are said speak for; spans are of the text as sent."""

    def __init__(self, text: Normalised, said: Sequence[Found]) -> None:
        self._text, shown = text, text.canonical.text
        places = sorted({_placed(text, word.span) for word in said})
        honest = [at for at in places if not is_denied(shown, *at) and not _names_alone(shown, *at)]
        self._ahead: list[tuple[int, int]] = []
        self._near: list[tuple[int, int]] = []
        for at in honest:
            (self._ahead if _warns_alone(shown, *at) else self._near).append(at)
        self._everything = any(_warns_itself(shown, *at) for at in self._near)

    @property
    def say_anything(self) -> bool:
        """Whether one of them counts at all."""
        return bool(self._near or self._ahead)

    def left(self, marks: Sequence[Thing]) -> list[Thing]:
        """The finds for which none of them speaks."""
        if self._everything:
            return []
        return [mark for mark in marks if not self._speak_for(*_placed(self._text, mark.span))]

    def _speak_for(self, start: int, end: int) -> bool:
        before = self._ahead[: bisect_left(self._ahead, (start, start))]
        return min(_distance(start, end, self._near), _distance(start, end, before)) <= NEAR


def _placed(text: Normalised, span: Span) -> tuple[int, int]:
    starts = text.canonical.starts
    return bisect_left(starts, span.start), bisect_left(starts, span.end)


def _distance(start: int, end: int, words_at: Sequence[tuple[int, int]]) -> int:
    """Characters between a find and the nearest word; nothing where they share some, more than counts for none."""
    at = bisect_left(words_at, (start, end))
    beside = words_at[max(at - 1, 0) : at + 1]
    return min((max(first - end, start - last, 0) for first, last in beside), default=NEAR + 1)


def _names_alone(shown: str, start: int, end: int) -> bool:
    """Whether a word names an authority at a clause's end, and says nothing of it: `进群 法院`."""
    word = shown[start:end]
    ends = _is_apart(_apart(word), shown[end : end + 1])
    return word in words("authority") and ends and not shown[:start].rstrip().endswith(words("before_authority"))


def _warns_alone(shown: str, start: int, end: int) -> bool:
    """Whether a word that warns stands alone: only what comes behind it is warned of (`警惕！`)."""
    word = shown[start:end]
    apart = _apart(word)
    ends, begins = _is_apart(apart, shown[end : end + 1]), _is_apart(apart, shown[max(start - 1, 0) : start].strip("#"))
    return ends and begins and word not in words("authority") and holding("warns").fullmatch(word) is not None


def _apart(word: str) -> re.Pattern[str]:
    return _LATIN_CLAUSE if word.isascii() else _CLAUSE


def _is_apart(apart: re.Pattern[str], char: str) -> bool:
    return not char or apart.match(char) is not None


def _warns_itself(shown: str, start: int, end: int) -> bool:
    """Whether the sentence around a word warns, reports or complains by another word than this one."""
    before, behind = shown[max(0, start - _WINDOW) : start], shown[end : end + _WINDOW]
    first = max((match.end() for match in _SENTENCE.finditer(before)), default=0)
    last = _SENTENCE.search(behind)
    rest = before[first:] + "\n" + (behind[: last.start()] if last else behind)
    return holding("warns").search(rest) is not None
