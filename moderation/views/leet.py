"""Digits and signs that stand for letters within a word: `c@s1n0`, `b!tch`, `п0рн0`.

A word is read so where signs stand between its letters, or one digit before or behind four letters or more
(`3акладки`) or a 0 or 3 behind three (`nud3`); models, sizes and ordinals (`a55`, `mp3`, `10km`, `3rd`, `win10`) stay.
A `1` is an `l` where English would have one: behind a vowel, before a vowel at the beginning or behind b, f, g and s;
otherwise it is an `i`.
"""

from __future__ import annotations

import re
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
_WITHIN = re.compile("[a-zа-яё][0-9@$!|€+]+[a-zа-яё]|[a-zа-яё]{2,}[$@€]$|^[$€][a-zа-яё]{2,}")
_BESIDE = re.compile("[0-9][a-zа-яё]{4,}|[a-zа-яё]{4,}[0-9]|[a-zа-яё]{3}[03]")
_VOWELS = frozenset("aeiouy034@€")


def legible(view: View) -> View:
    """`view`, canonical, with the signs within words read as letters."""
    if not _SUSPECT.search(view.text):
        return view
    return view.replaced(sorted((*_read(view.text, _LATIN_WORD, _LATIN), *_read(view.text, _CYRILLIC_WORD, _CYRILLIC))))


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
        return "l"
    return "l" if after in _VOWELS and before in {"", "b", "f", "g", "s"} else "i"
