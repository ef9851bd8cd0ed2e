"""What matches: terms and patterns over the canonical view, in time linear in the text whatever a rule's author wrote.

Terms of all rules go through one Aho-Corasick automaton, patterns through RE2 with a stated memory; no rule can
backtrack. What is *done* about a hit is the policy's business (`policy.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

import ahocorasick_rs
import re2

from moderation.decision import Outcome
from moderation.normaliser import Normalised, View, normalise
from moderation.spans import Span, merged

PATTERN_MEMORY = 1 << 20
"""Bytes that one pattern's automaton may take; RE2 refuses or slows down beyond, it never grows."""

SET_MEMORY = 64 << 20
"""Bytes that the automaton of all patterns together may take."""

MAX_SPANS = 16
"""Spans kept for one rule and text: enough to show, bounded for a text that repeats one term."""


class RuleState(StrEnum):
    """A rule's life. Only `live` rules decide; `shadow` ones are counted without effect."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its author wrote it (`rule_packs.py` reads and checks the file).

    It hits where any of `terms` or `patterns` is found (or none is given), at least one term of each group in
    `all_of` is found, and nothing in `none_of` is. Terms are compared in the canonical view.
    """

    id: str
    label: str
    title: dict[str, str]
    action: Outcome
    ground: str
    state: RuleState = RuleState.LIVE
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    all_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    expires: date | None = None

    @property
    def term_groups(self) -> tuple[tuple[str, ...], ...]:
        """Every list of terms, in a fixed order: `terms`, `none_of`, then the groups of `all_of`."""
        return (self.terms, self.none_of, *self.all_of)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, and where in the text as sent."""

    rule: Rule
    spans: tuple[Span, ...]


class RuleSet:
    """Compiled rules; immutable, so that a reload swaps one reference and no answer mixes two sets."""

    def __init__(self, rules: Iterable[Rule], version: str) -> None:
        self.version = version
        self.rules = tuple(rules)
        self._owners: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, rule in enumerate(self.rules):
            for group, terms in enumerate(rule.term_groups):
                for term in {canonical_term(term) for term in terms}:
                    self._owners[term].append((at, group))
        self._terms = tuple(self._owners)
        self._patterns = [(at, compile_pattern(text)) for at, rule in enumerate(self.rules) for text in rule.patterns]

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick(self._terms, matchkind=ahocorasick_rs.MatchKind.Standard)

    @cached_property
    def _pattern_set(self) -> re2.Set:
        """All patterns as one automaton that says in one pass which of them occur."""
        patterns = re2.Set.SearchSet(_options(SET_MEMORY))
        for rule in self.rules:
            for text in rule.patterns:
                patterns.Add(text)
        patterns.Compile()
        return patterns

    def find(self, text: Normalised) -> list[Hit]:
        """Every rule that matches `text`, in the order of the set."""
        view = text.canonical
        found = self._find_terms(view)
        for number in self._patterns_in(view.text):
            at, pattern = self._patterns[number]
            found[at].setdefault(0, []).extend(_pattern_spans(pattern, view))
        return [
            Hit(self.rules[at], merged(span for spans in groups.values() for span in spans)[:MAX_SPANS])
            for at, groups in sorted(found.items())
            if _holds(self.rules[at], groups.keys())
        ]

    def _patterns_in(self, text: str) -> Sequence[int]:
        """Which of the patterns occur, by their number."""
        return (self._pattern_set.Match(text) or ()) if self._patterns else ()

    def _find_terms(self, view: View) -> dict[int, dict[int, list[Span]]]:
        """Source spans by rule and by group of its terms."""
        found: dict[int, dict[int, list[Span]]] = defaultdict(dict)
        if not self._terms:
            return found
        for index, start, end in self._automaton.find_matches_as_indexes(view.text, overlapping=True):
            if not has_word_edges(view.text, start, end):
                continue
            for at, group in self._owners[self._terms[index]]:
                spans = found[at].setdefault(group, [])
                if len(spans) < MAX_SPANS:
                    spans.append(view.to_source(start, end))
        return found


def canonical_term(term: str) -> str:
    """A term as the canonical view would show it, whatever spelling its author chose."""
    return normalise(term).canonical.text


def compile_pattern(pattern: str) -> re2._Regexp:
    """An RE2 pattern with bounded memory. Raises `re2.error` where RE2 refuses it."""
    return re2.compile(pattern, _options(PATTERN_MEMORY))


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


def has_word_edges(text: str, start: int, end: int) -> bool:
    """Whether a hit that begins or ends with a Latin letter stands alone there (`vx` in `vx123`, not in `svx`)."""
    before = start > 0 and _latin(text[start]) and _latin(text[start - 1])
    after = end < len(text) and _latin(text[end - 1]) and _latin(text[end])
    return not (before or after)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _pattern_spans(pattern: re2._Regexp, view: View) -> list[Span]:
    spans: list[Span] = []
    for match in pattern.finditer(view.text):
        start, end = match.span()
        if start < end:
            spans.append(view.to_source(start, end))
        if len(spans) == MAX_SPANS:
            break
    return spans


def _holds(rule: Rule, groups: Iterable[int]) -> bool:
    """Whether the groups of terms that were found make the rule hit (numbers as in `Rule.term_groups`)."""
    found = set(groups)
    if 1 in found:
        return False
    if (rule.terms or rule.patterns) and 0 not in found:
        return False
    needed: Sequence[int] = range(2, 2 + len(rule.all_of))
    return found.issuperset(needed)
