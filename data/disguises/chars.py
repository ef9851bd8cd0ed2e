"""Small questions about characters that several families ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Final

SHARE: Final = 0.6
"""How many of a word's characters are changed, on average; one always is, if any can be."""


def is_han_char(char: str) -> bool:
    """Whether `char` is a unified Han character."""
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U000323af"


def is_hangul(char: str) -> bool:
    """Whether `char` is a whole Hangul syllable."""
    return "\uac00" <= char <= "\ud7a3"


def is_japanese(text: str) -> bool:
    """Whether `text` has kana in it."""
    return any("\u3041" <= char <= "\u30fa" for char in text)


def han_word(word: str) -> bool:
    """Whether `word` is Han throughout."""
    return all(is_han_char(char) for char in word)


@lru_cache(maxsize=2)
def common_han(*, levels: int = 1) -> str:
    """The characters in everyday use, by GB 2312: its first level (3,755), or both (6,763)."""
    last = 0xD7 if levels == 1 else 0xF7
    codes = (bytes((row, cell)) for row in range(0xB0, last + 1) for cell in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", "ignore") for code in codes)


def changed(word: str, random: Random, other: Callable[[int, str], str]) -> str:
    """`word` with some characters replaced by `other(position, character)`, at least one if any can be."""
    offered = [other(at, char) for at, char in enumerate(word)]
    able = [at for at, char in enumerate(word) if offered[at] != char]
    if not able:
        return word
    sure = random.choice(able)
    chosen = {at for at in able if at == sure or random.random() < SHARE}
    return "".join(offered[at] if at in chosen else char for at, char in enumerate(word))
