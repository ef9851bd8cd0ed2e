"""Cues: the words that name a service, and where a text holds one. The words are data (`contacts_cues.tsv`)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import ahocorasick_rs

from moderation.contacts.contact import ContactKind
from moderation.contacts.patterns import is_latin, pattern
from moderation.normaliser import ViewName, normalise, term_in
from moderation.views.tables import rows
from moderation.views.view import View


@dataclass(frozen=True, slots=True)
class Cue:
    """What a cue names. A `weak` one is an everyday word too; a `drawn` one stands in other letters of its shape."""

    kind: ContactKind
    weak: bool
    drawn: bool = False


class CueAt(NamedTuple):
    """A cue and where it stands in the view."""

    cue: Cue
    start: int
    end: int


_SEAM = pattern(r"(\p{Han})([a-z])|([a-z])(\p{Han})")
"""Between Chinese and Latin letters people put a space or none."""

_SHAPES = str.maketrans("i1|!0345$@", "lllloeassa")
_MIN_SHAPED = 4
_NUMERALS = frozenset("〇零一二三四五六七八九十百千万几数第")
_HAN_ALONE = pattern(r"\p{Han}{2,}")


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
def _sounding() -> dict[str, Cue]:
    """Cues of two Chinese characters and more as they sound. Other characters sound so too, which makes them weak.

    Those of telephones are left out: a telephone number needs no cue that badly.
    """
    return {
        term_in(ViewName.PHONETIC, spelling): Cue(cue.kind, weak=True)
        for spelling, cue in _cues().items()
        if cue.kind is not ContactKind.PHONE and not cue.weak and _HAN_ALONE.fullmatch(spelling)
    }


@lru_cache(maxsize=1)
def _shapes() -> dict[str, Cue]:
    """Latin cues in the one letter of each shape; short ones would be found in anything."""
    latin = ((text, cue) for text, cue in _cues().items() if text.isascii() and len(text) >= _MIN_SHAPED)
    return {text.translate(_SHAPES): replace(cue, drawn=True) for text, cue in latin}


@lru_cache(maxsize=3)
def _automaton(cues: Callable[[], dict[str, Cue]]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(cues()), matchkind=ahocorasick_rs.MatchKind.Standard)


def cues_in(text: str) -> Iterator[CueAt]:
    """The cues of a view in order of their ends, overlapping ones too; Latin ones only as whole words.

    Then those of four letters and more that stand there in other letters of the same shape (`teIegram`, `1ine id`).
    """
    yield from _found(_cues, text)
    shape = text.translate(_SHAPES)
    if shape != text:
        yield from (at for at in _found(_shapes, shape) if text[at.start : at.end] not in _cues())


def _found(cues: Callable[[], dict[str, Cue]], text: str) -> Iterator[CueAt]:
    named = list(cues().values())
    for index, start, end in _automaton(cues).find_matches_as_indexes(text, overlapping=True):
        if not _goes_on(text, start, end):
            yield CueAt(named[index], start, end)


def cues_heard(sound: View, view: View) -> Iterator[CueAt]:
    """The cues that the phonetic view `sound` holds, where they stand in `view`."""
    cues = list(_sounding().values())
    for index, first, last in _automaton(_sounding).find_matches_as_indexes(sound.text, overlapping=True):
        span = sound.to_source(first, last)
        start, end = bisect_left(view.starts, span.start), bisect_left(view.starts, span.end)
        yield CueAt(Cue(cues[index].kind, weak=not view.text[start:end].isascii()), start, end)


def _goes_on(text: str, start: int, end: int) -> bool:
    last = text[start - 1 : start]
    before = is_latin(text[start]) and (is_latin(last) or last.isdecimal() or last == "@")
    after = end < len(text) and is_latin(text[end - 1]) and is_latin(text[end])
    return before or after or (text[start] == "十" and last in _NUMERALS)
