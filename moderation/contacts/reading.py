"""One view of a text as the finders read it: with its digits, and with the letters as they were written."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile

from moderation.contacts.numbers import NumberRun, number_runs, plain_digits
from moderation.contacts.patterns import pattern
from moderation.contacts.phones import regions_of
from moderation.views.view import View


@dataclass(frozen=True)
class Reading:
    """One view of a text, and the digits found in it."""

    source: str
    view: View
    canonical: View

    @property
    def text(self) -> str:
        """The view's text."""
        return self.view.text

    @cached_property
    def runs(self) -> tuple[NumberRun, ...]:
        """Runs of five digits and more, in order."""
        return number_runs(self.source, self.view, self.plain)

    @cached_property
    def plain(self) -> str:
        """The text with every digit as an ASCII one; as long as it is."""
        return plain_digits(self.text)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The countries of the text (`regions_of`)."""
        return regions_of(self.text)

    def runs_between(self, start: int, end: int) -> Iterator[NumberRun]:
        """The runs that begin at `start <= i <= end`, in order."""
        at = bisect_left(self.runs, start, key=lambda run: run.start)
        return takewhile(lambda run: run.start <= end, islice(self.runs, at, None))

    def as_canonical(self, start: int, end: int) -> str:
        """What the canonical view shows where this view has `start <= i < end`: with its fillers, where it had some."""
        if self.view is self.canonical:
            return self.text[start:end]
        span = self.view.to_source(start, end)
        first, last = bisect_left(self.canonical.starts, span.start), bisect_left(self.canonical.starts, span.end)
        return self.canonical.text[first:last]

    def as_written(self, start: int, end: int) -> str:
        """The view's range `start <= i < end` in the case and script of the source (NFKC), one for one."""
        return "".join(self._written(at) for at in range(start, end))

    def _written(self, at: int) -> str:
        view = self.view
        unit = unicodedata.normalize("NFKC", self.source[view.starts[at] : view.ends[at]])
        written = next((char for char in unit if char.casefold() == view.text[at]), unit[:1])
        return written if written.isprintable() and written else view.text[at]


_FILLERS = " *|/^~-_,，、。…·"
_MIN_FILLERS = 5
_SPACED = {
    filler: pattern(
        rf"(?:[0-9a-z@:/._-][{filler}]){{5,}}[0-9a-z@:/._-]".replace(f"[{filler}]", rf"\x{{{ord(filler):x}}}")
    )
    for filler in _FILLERS
}


def unspaced(view: View) -> View:
    """A view without the marks of Latin text written one letter at a time, `a b c . c o m`; itself where none is."""
    for filler in _FILLERS:
        if view.text.count(filler) >= _MIN_FILLERS:
            view = _without(view, filler)
    return view


def _without(view: View, filler: str) -> View:
    letters = (range(match.start() + 1, match.end() - 1) for match in _SPACED[filler].finditer(view.text))
    return view.replaced((at, at + 1, "") for within in letters for at in within if view.text[at] == filler)
