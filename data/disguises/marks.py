"""Disguises that leave the characters and disturb what is around them: fillers, emoji, marks, order."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import Final

FILLERS: Final = (".", "·", "-", "_", "*", "/", "~", " ", "、", "|", "。", "，", "^", "…", "\u200b", "\u2060", "\u3000")
EMOJI: Final = ("🌹", "💕", "🔥", "❤️", "👉", "✨", "🍀", "😊", "🌟", "💋", "🎈", "🐰", "👍🏻")
MARKS: Final = "\u0336\u0332\u0335\u0338\u0305\u0323"
"""Struck through, underlined, dotted below: the letter is still read."""

_ZWJ: Final = "\u200d"


def filler(word: str, random: Random) -> str:
    """`微.信`, `c-a-s-i-n-o`, or with something nobody sees."""
    return random.choice(FILLERS).join(clusters(word))


def emoji_between(word: str, random: Random) -> str:
    """`微🌹信`."""
    return random.choice(EMOJI).join(clusters(word))


def combining(word: str, random: Random) -> str:
    """`微̶信̶`."""
    mark = random.choice(MARKS)
    return "".join(each + mark for each in clusters(word))


def reverse(word: str, random: Random) -> str:
    """`信微`."""
    return "".join(reversed(clusters(word)))


def clusters(word: str) -> list[str]:
    """What a reader takes for one character: a base with its marks, an emoji joined to the next."""
    starts = [at for at in range(len(word)) if at == 0 or not _joins(word[at - 1], word[at])]
    return [word[start:end] for start, end in zip(starts, [*starts[1:], len(word)], strict=True)]


def _joins(before: str, char: str) -> bool:
    return unicodedata.category(char)[0] == "M" or _ZWJ in (before, char)
