"""What all rules seek in one view, found in one scan.

The terms and the literals that announce patterns share one Aho-Corasick automaton (Aho and Corasick 1975): its memory
is linear in the characters of all of them, a scan is linear in the text and the finds. `benchmarks/rules.py` measures
both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import ahocorasick_rs

from moderation.rules.literals import required_literals
from moderation.rules.patterns import PatternSet
from moderation.rules.spelling import Spelling
from moderation.views.view import ViewName


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose term was found: the rule by number, its part, the term as the canonical view shows it, how it is sought."""

    rule: int
    part: int
    term: str
    whole_word: bool
    view: ViewName
    spelling: Spelling = Spelling.PLAIN


@dataclass(frozen=True, slots=True)
class TermFind:
    """A term at `start <= i < end` of a view, and everybody who seeks it."""

    start: int
    end: int
    owners: tuple[Owner, ...]


NOTHING: tuple[Sequence[TermFind], Collection[int]] = ((), ())
"""What most texts hold of what is sought."""


class ViewIndex:
    """Terms and patterns sought in one view. Fill it, then ask; it must not be filled after the first question."""

    def __init__(self) -> None:
        self._owners: dict[str, list[Owner]] = defaultdict(list)
        self._announced: dict[str, list[int]] = defaultdict(list)
        self._unannounced: list[tuple[int, str]] = []

    def add_term(self, shown: str, owner: Owner) -> None:
        """Seeks `shown`, the term as this view shows it."""
        self._owners[shown].append(owner)

    def add_pattern(self, number: int, pattern: str) -> None:
        """Seeks `pattern` under the caller's number."""
        literals = required_literals(pattern)
        for literal in literals:
            self._announced[literal].append(number)
        if not literals:
            self._unannounced.append((number, pattern))

    def prepare(self) -> None:
        """Builds what the first question would. Raises `re2.error` where patterns outgrow their memory."""
        self.find("")

    @cached_property
    def _sought(self) -> list[tuple[tuple[Owner, ...], tuple[int, ...]]]:
        """Owners and announced patterns of each string, in the automaton's order."""
        return [
            (tuple(self._owners.get(text, ())), tuple(self._announced.get(text, ())))
            for text in (self._owners | self._announced)
        ]

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick:
        strings = list(self._owners | self._announced)
        return ahocorasick_rs.AhoCorasick(strings, matchkind=ahocorasick_rs.MatchKind.Standard)

    @cached_property
    def _pattern_set(self) -> PatternSet:
        return PatternSet(self._unannounced)

    def find(self, text: str) -> tuple[Sequence[TermFind], Collection[int]]:
        """The terms in `text`, within longer words too, and the numbers of the patterns that may match."""
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not (matches or self._unannounced):
            return NOTHING
        finds: list[TermFind] = []
        patterns = set(self._pattern_set.occurring(text))
        for at, start, end in matches:
            owners, announced = self._sought[at]
            patterns.update(announced)
            if owners:
                finds.append(TermFind(start, end, owners))
        return finds, patterns


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a find that begins or ends with a letter of a spaced script stands free there (`vx123`, not `svx`)."""
    before = start > 0 and _spaced(text[start]) and _spaced(text[start - 1])
    after = end < len(text) and _spaced(text[end - 1]) and _spaced(text[end])
    return not (before or after)


def _spaced(char: str) -> bool:
    """Whether `char` is a Latin, Greek or Cyrillic letter, of whose words spaces tell the edges."""
    return char < "\u0530" and char.isalpha()
