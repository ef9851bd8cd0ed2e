"""What a view is: a reading of a text in which every character knows the code points it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from moderation.spans import Span


class ViewName(StrEnum):
    """The readings that a rule may ask for; `normaliser.py` says what each is for."""

    CANONICAL = "canonical"
    JOINED = "joined"
    PHONETIC = "phonetic"
    SHAPE = "shape"
    EMOJI = "emoji"


class View(NamedTuple):
    """One reading of a text. `starts[i]` and `ends[i]` bound the source code points of `text[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def to_source(self, start: int, end: int) -> Span:
        """The source span of the view's non-empty range `start <= i < end`."""
        return Span(self.starts[start], self.ends[end - 1])

    def reading(self, text: str) -> View:
        """The same places with other characters: `text` has one for each of this view's."""
        return View(text, self.starts, self.ends)

    def without(self, pattern: re.Pattern[str]) -> View:
        """This view without what a pattern finds; itself where it finds nothing."""
        if not pattern.search(self.text):
            return self
        return self.replaced((*found.span(), "") for found in pattern.finditer(self.text))

    def replaced(self, pieces: Iterable[tuple[int, int, str]]) -> View:
        """This view with each range `start <= i < end` of `pieces` (in order, apart) read as other characters.

        Every character of a replacement comes from the whole range; an empty one drops the range.
        """
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, read in pieces:
            text += (self.text[at:start], read)
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            starts += [self.starts[start]] * len(read)
            ends += [self.ends[end - 1]] * len(read)
            at = end
        if not at:
            return self
        text.append(self.text[at:])
        return View("".join(text), (*starts, *self.starts[at:]), (*ends, *self.ends[at:]))
