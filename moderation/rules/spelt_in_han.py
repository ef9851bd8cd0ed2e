"""How a Chinese term may be written: backwards, in initials, by another reading, in parts.

What sounds or looks alike is not listed here: views show it as the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from moderation.dictionary import dictionary
from moderation.normaliser import normalise
from moderation.readings import readings, without_tone
from moderation.rules.spelling import Spelling
from moderation.views.parts import drawn_like, is_common, ways
from moderation.views.phonetic import heard, sound_of
from moderation.views.tables import rows
from moderation.views.view import ViewName

HAN = re.compile("[\u3400-\u9fff]+")

_MOST_INITIALS, _MOST_MIXED, _MOST_IN_PARTS = 6, 3, 5
"""Characters of terms that are sought in initials, in initials and characters, and in parts."""

_MOST_PARTS, _WAYS = 3, 3
"""A character in more parts is no longer read; of several ways to take it apart the first are sought."""

_SELDOM = 20_000
"""Characters that jieba's dictionary has seen as often by themselves are words that stand anywhere."""

_ANOTHER_INITIAL = {
    "行": "h", "长": "z", "重": "c", "乐": "y", "调": "d", "弹": "t", "折": "s", "传": "z", "藏": "z", "降": "x",
    "参": "s", "曾": "z", "薄": "b", "校": "j", "盛": "c", "单": "s", "解": "x", "种": "z", "石": "d", "微": "v",
}  # fmt: skip
"""Of characters whose other reading, or how the trade writes them, begins otherwise than the most usual one."""

_DIGITS = {
    "0": "ling dong", "1": "yi yao", "2": "er", "3": "san shan", "4": "si shi",
    "5": "wu wo", "6": "liu", "7": "qi", "8": "ba fa", "9": "jiu",
}  # fmt: skip
"""How digits are read."""


def backwards(term: str) -> Iterator[str]:
    """From its end, and with two neighbours swapped."""
    if term[::-1] == term:
        return
    yield term[::-1]
    for at in range(len(term) - 1 if len(term) > 2 else 0):
        yield term[:at] + term[at + 1] + term[at] + term[at + 2 :]


def in_parts(term: str) -> Iterator[str]:
    """With one character in its parts, or every one that has some."""
    if len(term) > _MOST_IN_PARTS:
        return
    apart = [_apart(char) for char in term]
    for at, char in enumerate(term):
        yield from (term[:at] + way + term[at + 1 :] for way in apart[at] if way != char)
    if sum(map(bool, apart)) > 1:
        for which in range(_WAYS):
            yield "".join(
                each[min(which, len(each) - 1)] if each else char for each, char in zip(apart, term, strict=True)
            )


@cache
def _apart(char: str) -> tuple[str, ...]:
    """The ways to write a character of daily use in parts, each part a character."""
    if not is_common(char):
        return ()
    found = ("".join(way) for way in ways().get(char, ()) if 2 <= len(way) <= _MOST_PARTS)
    shown = (normalise(way).canonical.text for way in found if HAN.fullmatch(way))
    return tuple(dict.fromkeys(shown))[:_WAYS]


def with_look_alikes(term: str) -> Iterator[str]:
    """With one character for another that shares a part with it: 抢支. What sounds alike is heard anyway.

    A character that is a word of every other sentence (和, 没) stands for itself.
    """
    if len(term) > _MOST_IN_PARTS:
        return
    for at, char in enumerate(term):
        for other in drawn_like(char):
            if sound_of(other) != sound_of(char) and dictionary().frequency(other) < _SELDOM:
                yield term[:at] + other + term[at + 1 :]


def by_other_readings(term: str) -> Iterator[str]:
    """As the phonetic view shows it where a character is read as in some words (行 in 银行)."""
    sounds = normalise(term).view(ViewName.PHONETIC).text
    if len(sounds) == len(term):
        for at, char in enumerate(term):
            others = filter(None, map(heard, _other_readings().get(char, ())))
            yield from (sounds[:at] + other + sounds[at + 1 :] for other in others if other != sounds[at])


@cache
def _other_readings() -> dict[str, tuple[str, ...]]:
    return {char: tuple(others.split()) for char, others in rows("heteronyms")}


def with_digits(term: str) -> Iterator[str]:
    """With a digit for a character that is read like it: 去4, 5码."""
    for at, char in enumerate(term):
        yield from (term[:at] + digit + term[at + 1 :] for digit in _digits().get(usual_reading(char), ""))


@cache
def _digits() -> dict[str, str]:
    return {sound: digit for digit, sounds in _DIGITS.items() for sound in sounds.split()}


def usual_reading(char: str) -> str:
    """The most usual reading of a Han character, without its tone."""
    return without_tone(readings().get(ord(char), ""))


def in_initials(term: str) -> Iterator[tuple[str, Spelling]]:
    """The initials, alone and with characters between them, as the phonetic view shows them."""
    if not 2 <= len(term) <= _MOST_INITIALS:
        return
    letters = [initial(char) for char in term]
    if not all(letters):
        return
    yield "".join(letters), Spelling.INITIALS
    others = [_ANOTHER_INITIAL.get(char, letter) for char, letter in zip(term, letters, strict=True)]
    if others != letters:
        yield "".join(others), Spelling.INITIALS
    sounds = normalise(term).view(ViewName.PHONETIC).text
    if len(term) <= _MOST_MIXED and len(sounds) == len(term):
        for choice in range(1, 2 ** len(term) - 1):
            yield "".join(letters[at] if choice >> at & 1 else sounds[at] for at in range(len(term))), Spelling.MIXED


def as_number(term: str) -> str:
    """A term that is a number below a thousand or several digits, in digits: 二百五 as 250; nothing for others."""
    if len(term) > 1 and not set(term) - set(_NUMERALS):
        return "".join(str(_NUMERALS.index(char)) for char in term)
    parts = _NUMERAL.fullmatch(term)
    if not parts:
        return ""
    hundreds, tens, ones = (_NUMERALS.find(part) for part in parts.groups("零"))
    if parts["hundreds"] and not parts["tens"] and "零" not in term:
        tens, ones = ones, 0
    return str(100 * hundreds + 10 * tens + ones)


_NUMERALS = "零一二三四五六七八九"
_NUMERAL = re.compile(
    "(?:(?P<hundreds>[一-九])百)?(?:(?P<tens>[一-九])十)?零?(?P<ones>[一-九])?".replace("一-九", _NUMERALS[1:])
)


def in_letters(term: str) -> Iterator[tuple[str, Spelling]]:
    """A word of one letter and one character in letters alone, K粉 as `kf`, `kfen` and `k fen`; nothing for others."""
    if not _LETTER_AND_HAN.fullmatch(term):
        return
    letter, char = term[0], term[1]
    if (sound := usual_reading(char)).isascii() and sound:
        yield letter + sound[0], Spelling.INITIALS
        yield from ((letter + gap + sound, Spelling.LETTERED) for gap in ("", " "))


_LETTER_AND_HAN = re.compile("[a-z][\u3400-\u9fff]")


@cache
def _all_initials() -> dict[int, str]:
    return {code: without_tone(reading)[:1] for code, reading in readings().items()}


def initial(char: str) -> str:
    """The letter that the most usual reading of a Han character begins with; nothing for others."""
    letter = _all_initials().get(ord(char), "")
    return letter if "a" <= letter <= "z" else ""
