"""How a word of Latin letters may be written: backwards, in pieces, with stars for letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations

from moderation.rules.spelling import Spelling
from moderation.views.tables import rows

_WORD = re.compile("[a-z]+")
_LEAST_BACKWARDS, _LEAST_PIECES, _LEAST_STROKES, _LEAST_LONG_PIECES, _SHORT, _LONGEST = 4, 4, 6, 7, 3, 10
"""Letters: of words that are sought backwards, in pieces, with one stroke for another, in pieces of which none is short
or in three, of a short piece, and of a word that is sought without some of its letters."""


def in_latin(term: str) -> Iterator[tuple[str, Spelling]]:
    """The ways to write `term`; none where it is no single word of Latin letters."""
    if not _WORD.fullmatch(term):
        return
    turned = term[::-1]
    if len(term) >= _LEAST_BACKWARDS and turned != term and turned not in _words_backwards():
        yield turned, Spelling.BACKWARDS
    if len(term) >= _LEAST_PIECES:
        yield from ((text, Spelling.OLD_LETTERS) for text in _in_old_letters(term))
        yield from ((text, Spelling.OLD_LETTERS) for text in _in_strokes(term))
        yield from _pieces(term)
        yield from ((text, Spelling.MASKED) for text in _masked(term))


def _in_old_letters(term: str) -> Iterator[str]:
    """With v for u between consonants, or j for i: slvt, bjtch. Each two were one letter once, and look so still."""
    for old, new in (("u", "v"), ("i", "j")):
        if old in term and (text := _BETWEEN[old].sub(new, term)) != term:
            yield text


def _in_strokes(term: str) -> Iterator[str]:
    """With l for i, or i for l, which are one stroke in many fonts: cocalne, onllne."""
    if len(term) >= _LEAST_STROKES:
        yield from (term.replace(old, new) for old, new in (("i", "l"), ("l", "i")) if old in term)


_BETWEEN = {letter: re.compile(f"(?<=[^aeiou]){letter}(?=[^aeiou])") for letter in "ui"}


def _masked(term: str) -> Iterator[str]:
    """A word without one of its vowels, or without the two or three letters behind its first."""
    if len(term) > _LONGEST:
        return
    shorter = {term[:at] + term[at + 1 :] for at in range(1, len(term) - 1) if term[at] in "aeiou"}
    shorter |= {term[0] + term[1 + gone :] for gone in (2, 3) if len(term) - gone >= 2}
    yield from sorted(shorter)


def _pieces(term: str) -> Iterator[tuple[str, Spelling]]:
    """A word in two pieces; longer ones in three, too. Where one of two is short and no word, that alone says much."""
    for at in range(1, len(term)):
        left, right = term[:at], term[at:]
        if _says_much(left, right):
            yield f"{left} {right}", Spelling.PIECES
        elif len(term) >= _LEAST_LONG_PIECES and min(len(left), len(right)) > 1:
            yield f"{left} {right}", Spelling.LONG_PIECES
    if _LEAST_LONG_PIECES <= len(term) <= _LONGEST:
        for one, two in combinations(range(2, len(term) - 1), 2):
            if two > one + 1:
                yield f"{term[:one]} {term[one:two]} {term[two:]}", Spelling.LONG_PIECES


def _says_much(left: str, right: str) -> bool:
    short = min(left, right, key=len)
    both_short = max(len(left), len(right)) <= _SHORT
    if len(short) > _SHORT or {left, right} <= _short_words():
        return False
    return short not in _short_words() or both_short


@cache
def _short_words() -> frozenset[str]:
    """English words of up to three letters, and a few longer ones that end another."""
    return _words("short_words")


@cache
def _words_backwards() -> frozenset[str]:
    """English words that are other words backwards (`reward`, `drawer`)."""
    return _words("backwards")


def _words(table: str) -> frozenset[str]:
    return frozenset(word for (line,) in rows(table) for word in line.split())
