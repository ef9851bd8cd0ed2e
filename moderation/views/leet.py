"""Digits and signs that stand for letters within a word: `c@s1n0`, `b!tch`, `п0рн0`.

A word is read so where signs stand between its letters, or one digit before or behind four letters or more
(`3акладки`) or a 0 or 3 behind three (`nud3`); models, sizes and ordinals (`a55`, `mp3`, `10km`, `3rd`, `win10`) stay.
A `1` is an `l` where English would have one: behind a vowel, before a vowel at the beginning or behind b, f, g and s;
otherwise it is an `i`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from moderation.views.view import View

_SUSPECT = re.compile("[a-zа-яё][0-9@$!|€+]|[0-9@$!|€+][a-zа-яё]")
_LATIN = {
    "0": "o",
    "3": "e",
    "4": "a",
    "@": "a",
    "5": "s",
    "$": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "6": "g",
    "2": "z",
    "€": "e",
    "+": "t",
}
_CYRILLIC = {"0": "о", "3": "з", "4": "ч", "6": "б", "@": "а"}
_LATIN_WORD = re.compile("(?<![a-z0-9])[a-z0-9$€](?:[a-z0-9@$!|€+]*[a-z0-9@$€+])?(?![a-z0-9])")
_CYRILLIC_WORD = re.compile("(?<![а-яё0-9])[а-яё0-9](?:[а-яё0-9@]*[а-яё0-9])?(?![а-яё0-9])")
_WITHIN = re.compile("[a-zа-яё][0-9@$!|€+]+[a-zа-яё]|[a-zа-яё]{2}[$@€]$|^[$€][a-zа-яё]{2}")
_BESIDE = re.compile("[0-9][a-zа-яё]{4,}|[a-zа-яё]{4,}[0-9]|[a-zа-яё]{3}[03]|0[a-zа-яё]{3}")
_VOWELS = frozenset("aeiouy034@€")


_BAR = re.compile("(?<=[a-z0])I(?=[a-z0])|(?<![A-Za-z])I(?=[ao][a-z])|(?<![A-Za-z])l(?=[bcdfgkmnpqrstvwxz][a-z])")
"""A capital I or an l drawn for the other: `teIegram`, `lnstagram`."""

_CHAIN = re.compile(
    "(?<![a-z0-9])[a-z0-9@$!|€](?P<gap>[.*_~·•・。、,/ -]{1,2})(?:[a-z0-9@$!|€](?P=gap)){2,40}[a-z0-9@$!|€](?![a-z0-9])"
)
"""Single letters and signs for letters, all taken apart alike: `c.@.s.1.n.0`."""

_MAY_CHAIN = re.compile("[a-z0-9@$!|€][.*_~·•・。、,/ -]{1,2}[a-z0-9@$!|€]")
"""In every such chain, and found without looking behind each character."""


def legible(view: View, source: str) -> View:
    """`view`, canonical, with the signs within words read as letters."""
    if ("I" in source or "l" in source) and _BAR.search(source):
        view = view.replaced(_bars(view, source))
    if not (_SUSPECT.search(view.text) or (_MAY_CHAIN.search(view.text) and _CHAIN.search(view.text))):
        return view
    pieces = {
        start: (start, end, letter)
        for start, end, letter in (
            *_chained(view.text),
            *_read(view.text, _LATIN_WORD, _LATIN),
            *_read(view.text, _CYRILLIC_WORD, _CYRILLIC),
        )
    }
    return view.replaced(pieces[start] for start in sorted(pieces))


def _bars(view: View, source: str) -> Iterator[tuple[int, int, str]]:
    for bar in _BAR.finditer(source):
        at = bisect_left(view.starts, bar.start())
        if view.text[at : at + 1] in {"i", "l"} and view.starts[at] == bar.start():
            yield at, at + 1, "l" if bar[0] == "I" else "i"


def _chained(text: str) -> Iterator[tuple[int, int, str]]:
    for chain in _CHAIN.finditer(text):
        step = 1 + len(chain["gap"])
        signs = chain[0][::step]
        if sum(map(str.isalpha, signs)) * 2 < len(signs) or sum(map(str.isalpha, signs)) < 2:
            continue
        for at, sign in enumerate(signs):
            one = _one(signs[at - 1 : at], signs[at + 1 : at + 2]) if sign in "1!|" else _LATIN.get(sign, sign)
            if one != sign:
                yield chain.start() + at * step, chain.start() + at * step + 1, one


def _read(text: str, words: re.Pattern[str], letters: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    for word in words.finditer(text):
        if not (_WITHIN.search(word[0]) or _BESIDE.fullmatch(word[0])):
            continue
        for at, char in enumerate(word[0]):
            if char in "1!|" and letters is _LATIN:
                letter = _one(word[0][at - 1 : at], word[0][at + 1 : at + 2])
            else:
                letter = letters.get(char, char)
            if letter != char:
                yield word.start() + at, word.start() + at + 1, letter


def _one(before: str, after: str) -> str:
    """Which letter a 1 is between two others."""
    if before in _VOWELS:
        return "i" if after == "n" else "l"
    return "l" if after in _VOWELS and before in {"", "b", "f", "g", "s"} else "i"
