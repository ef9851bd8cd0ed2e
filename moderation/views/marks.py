"""The combining marks of one character in canonical order (UAX #15), and no more of them than are read.

Marks of different classes are one text in any order, and so is a letter that carries some of them already. Whatever
looks at a character with its marks looks at them in this order, or texts that Unicode calls equal are read differently.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

MAX_MARKS = 8
"""No orthography stacks more than four on one base; what is beyond this is a disguise or an attack."""

VIRAMA = 9
"""The combining class of signs that kill a vowel and join consonants (Unicode Standard 4.3)."""


class Marked:
    """A base with what composes onto it, decomposed; only the first `MAX_MARKS` in canonical order are kept."""

    def __init__(self) -> None:
        self._base = ""
        self._marks: list[str] = []
        self._classes: list[int] = []
        self._fixed = 0

    @property
    def text(self) -> str:
        """The base and its marks."""
        return self._base + "".join(self._marks)

    def begin(self, base: str) -> None:
        """Another base, maybe with marks in it."""
        first, marks = (plain := unicodedata.normalize("NFD", base))[0], plain[1:]
        self._base, self._marks, self._classes, self._fixed = "", [], [], 0
        if unicodedata.combining(first):  # a mark on nothing
            marks = plain
        else:
            self._base = first
        for mark in marks:
            self._place(mark)

    def add(self, char: str) -> None:
        """One more mark, or several in one."""
        for mark in unicodedata.normalize("NFD", char):
            self._place(mark)

    def _place(self, mark: str) -> None:
        if self._fixed >= MAX_MARKS:
            return
        combining = unicodedata.combining(mark)
        at = bisect_right(self._classes, combining, lo=self._fixed) if combining else len(self._marks)
        self._marks.insert(at, mark)
        self._classes.insert(at, combining)
        if not combining:  # nothing moves across it
            self._fixed = at + 1
        del self._marks[MAX_MARKS:], self._classes[MAX_MARKS:]


def few_marks(unit: str) -> str:
    """A unit as it stands where all its marks are read; else decomposed, with the first of them."""
    if len(unit) <= 2:  # the longest canonical decomposition has four characters
        return unit
    marked = Marked()
    marked.begin(unit[0])
    for char in unit[1:]:
        marked.add(char)
    return marked.text


def ends_in_virama(unit: str) -> bool:
    """Whether one of the marks on the last base of a unit is a virama, wherever among them it stands."""
    for char in reversed(unit):
        combining = unicodedata.combining(char)
        if combining == VIRAMA:
            return True
        if not combining:
            return False
    return False
