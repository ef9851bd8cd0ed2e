"""Cues: the words that name a service, and where a text holds one. The words are data (`contacts_cues.tsv`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import ahocorasick_rs

from moderation.contacts.contact import ContactKind
from moderation.contacts.patterns import is_latin, pattern
from moderation.normaliser import normalise
from moderation.views.tables import rows


@dataclass(frozen=True, slots=True)
class Cue:
    """What a cue names. A `weak` one is an everyday word too."""

    kind: ContactKind
    weak: bool


class CueAt(NamedTuple):
    """A cue and where it stands in the view."""

    cue: Cue
    start: int
    end: int


_SEAM = pattern(r"(\p{Han})([a-z])|([a-z])(\p{Han})")
"""Between Chinese and Latin letters people put a space or none."""


@lru_cache(maxsize=1)
def _cues() -> dict[str, Cue]:
    cues: dict[str, Cue] = {}
    for kind, strength, spellings in rows("contacts_cues"):
        for spelling in spellings.split(" | "):
            plain = normalise(spelling).canonical.text
            for text in (plain, _SEAM.sub(r"\1\3 \2\4", plain)):
                cues.setdefault(text, Cue(ContactKind(kind), weak=strength == "weak"))
    return cues


@lru_cache(maxsize=1)
def _automaton() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(_cues()), matchkind=ahocorasick_rs.MatchKind.Standard)


def cues_in(text: str) -> Iterator[CueAt]:
    """The cues of a view in order of their ends, overlapping ones too; Latin ones only as whole words."""
    cues = list(_cues().values())
    for index, start, end in _automaton().find_matches_as_indexes(text, overlapping=True):
        if not _goes_on(text, start, end):
            yield CueAt(cues[index], start, end)


def _goes_on(text: str, start: int, end: int) -> bool:
    before = start > 0 and is_latin(text[start]) and (is_latin(text[start - 1]) or text[start - 1].isdecimal())
    after = end < len(text) and is_latin(text[end - 1]) and is_latin(text[end])
    return before or after
