"""Patterns: RE2 with a stated memory, so that no pattern can be slow or grow.

A pattern of which every match holds one of a few literals is read only where one of them was found; the scan for terms
finds these too. The others go through one automaton together that says in one pass which of them occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice

import re2

from moderation.spans import Span
from moderation.views.view import View

PATTERN_MEMORY = 1 << 20
"""Bytes that one pattern's automaton may take; RE2 refuses or slows down beyond, it never grows."""

SET_MEMORY = 64 << 20
"""Bytes that the automaton of all patterns without a literal may take; RE2 refuses to compile what needs more."""

MAX_PROGRAM = 6000
"""Instructions of one pattern. Where its automaton outgrows its memory, RE2 steps through so many a character."""

PATTERN_SPANS = 64
"""Matches looked at for one pattern and view: each may read the text to its end."""

_CONTINUATION = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that begin no character."""


def compile_pattern(pattern: str) -> re2._Regexp:
    """An RE2 pattern over UTF-8 with bounded memory. Raises `re2.error` where RE2 refuses it."""
    return re2.compile(pattern.encode("utf-8"), _options(PATTERN_MEMORY))


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


class PatternSet:
    """Patterns that nothing announces, by the caller's numbers."""

    def __init__(self, patterns: Sequence[tuple[int, str]]) -> None:
        self._numbers = [number for number, _ in patterns]
        self._texts = [text for _, text in patterns]

    @cached_property
    def _automaton(self) -> re2.Set:
        made = re2.Set.SearchSet(_options(SET_MEMORY))
        for text in self._texts:
            made.Add(text)
        made.Compile()
        return made

    def occurring(self, text: str) -> list[int]:
        """The numbers of those that match somewhere in `text`."""
        if not self._numbers:
            return []
        return [self._numbers[at] for at in self._automaton.Match(text) or ()]


def spans_of(pattern: re2._Regexp, view: View, most: int = PATTERN_SPANS) -> list[Span]:
    """Where `pattern` matches in the text as sent, at most `most` places; of a character cut in two the whole."""
    text = view.text.encode("utf-8")
    spans: list[Span] = []
    at = begun = 0
    for match in islice(pattern.finditer(text), most):
        first, end = match.span()
        if first == end:
            continue
        start = begun + _characters(text[at : first + 1]) - 1
        at, begun = end, start + 1 + _characters(text[first + 1 : end])
        spans.append(view.to_source(start, begun))
    return spans


def _characters(raw: bytes) -> int:
    """How many characters begin in a piece of UTF-8, which may be cut anywhere."""
    return len(raw.translate(None, _CONTINUATION))
