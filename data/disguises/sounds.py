"""Disguises by sound: other characters that are read alike, readings spelt out, initials, digits that are read so."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from typing import Final

from pypinyin import Style, lazy_pinyin

from data.disguises.chars import changed, common_han, han_word, is_han_char, is_hangul

_INITIALS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"), ("f", "h"))
_FINALS: Final = (("an", "ang"), ("en", "eng"), ("in", "ing"))
_DIGITS: Final = {
    "0": ("ling", "dong"), "1": ("yi", "yao"), "2": ("er", "liang"), "3": ("san", "shan"), "4": ("si", "shi"),
    "5": ("wu", "wo"), "6": ("liu",), "7": ("qi",), "8": ("ba", "fa", "bu"), "9": ("jiu",),
}  # fmt: skip
_DIGIT_OF: Final = {reading: digit for digit, readings in _DIGITS.items() for reading in readings}


def homophone(word: str, random: Random) -> str:
    """`威芯` for 微信: characters of the same reading, tone aside."""
    return _by_reading(word, random, lambda sound: (sound,))


def near_homophone(word: str, random: Random) -> str:
    """Characters of a reading that is often taken for the other: n and l, zh and z, an and ang."""
    return _by_reading(word, random, near_readings)


def _by_reading(word: str, random: Random, readings: Callable[[str], tuple[str, ...]]) -> str:
    if not han_word(word):
        return word
    heard = lazy_pinyin(word)
    if len(heard) != len(word):  # it keeps rare characters that it cannot read together
        return word
    sounds = _by_sound()

    def other(at: int, char: str) -> str:
        found = [each for sound in readings(heard[at]) for each in sounds.get(sound, "") if each != char]
        return random.choice(found) if found else char

    return changed(word, random, other)


def near_readings(sound: str) -> tuple[str, ...]:
    """Syllables that are often confused with `sound`, by their beginning or their end; they may not exist."""
    found = []
    for long, short in _INITIALS:
        for one, two in ((long, short), (short, long)):
            if sound.startswith(one) and not (one != long and sound.startswith(long)):
                found.append(two + sound[len(one) :])
    for short, long in _FINALS:
        if sound.endswith(long):
            found.append(sound[: -len(long)] + short)
        elif sound.endswith(short):
            found.append(sound[: -len(short)] + long)
    return tuple(found)


def pinyin(word: str, random: Random) -> str:
    """`weixin`, `wei xin`, `WeiXin`."""
    if not han_word(word):
        return word
    heard = lazy_pinyin(word)
    return random.choice(("".join(heard), " ".join(heard), "".join(each.title() for each in heard)))


def initials(word: str, random: Random) -> str:
    """`wx`, `VX`; Hangul by its first consonants."""
    if len(word) < 2:
        return word
    if all(is_hangul(char) for char in word):
        return "".join(jamo(char)[0] for char in word)
    if not han_word(word):
        return word
    letters = "".join(each[:1] for each in lazy_pinyin(word))
    written = letters.replace("w", random.choice("wv"))
    return random.choice((written, written.upper()))


def read_digits(word: str, random: Random) -> str:
    """`5` for 我, `8` for 发: digits in place of characters that are read like them."""
    return changed(word, random, lambda at, char: _DIGIT_OF.get(reading(char), char) if is_han_char(char) else char)


def mixed(word: str, random: Random) -> str:
    """`微xin`, `微ㄒㄧㄣˋ`, `v信`: one character of a word in another script."""
    if not han_word(word) or len(word) < 2:
        return word
    at = random.randrange(len(word))
    style = random.choice((Style.NORMAL, Style.BOPOMOFO, Style.FIRST_LETTER))
    return word[:at] + lazy_pinyin(word[at], style=style)[0] + word[at + 1 :]


@lru_cache(maxsize=20_000)
def reading(char: str) -> str:
    """A character's commonest reading, without tone; the character where it has none."""
    return lazy_pinyin(char)[0]


def rhyme(char: str) -> str:
    """Its reading without the consonants that it begins with."""
    return reading(char).lstrip("bcdfghjklmnpqrstwxyz")


def jamo(syllable: str) -> list[str]:
    """The letters of a Hangul syllable as they are typed one by one."""
    parts = unicodedata.normalize("NFD", syllable)
    names = (unicodedata.name(part).rsplit(" ", 1)[1] for part in parts)
    return [unicodedata.lookup(f"HANGUL LETTER {name}") for name in names]


@lru_cache(maxsize=1)
def _by_sound() -> Mapping[str, str]:
    """Common characters by their reading without tone."""
    found: dict[str, str] = defaultdict(str)
    for char in common_han():
        found[reading(char)] += char
    return found
