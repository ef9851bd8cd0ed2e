"""How a term may be written that no view brings back: backwards, in initials, in slang, in pieces.

A view reads every text one way, whatever is sought. Whether `tx` stands for 套现, 腾讯 or an exchange depends on the
term, so these spellings belong to terms and are sought beside them in the same scan:

* **backwards**: 信微 for 微信, `onisac` for casino;
* **initials**: `dk` for 贷款, and mixed with characters of the term, `代k`, `c你m`;
* **slang** (`tables/slang.tsv`): what apps for contact and a few words are called: 绿泡泡, 企鹅号, `fvck`;
* **in pieces**: `cas ino`, where a piece is no English word.

Each is a proposal; `believing.py` asks of every kind what it has to show. The count is bounded: a few for each term.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache

from moderation.normaliser import normalise
from moderation.readings import readings, without_tone
from moderation.views.tables import rows
from moderation.views.view import ViewName


class Spelling(Enum):
    """In what way a term is written."""

    PLAIN = "as the view shows it"
    BACKWARDS = "backwards"
    INITIALS = "in initials"
    MIXED = "initials and characters"
    SURE_SLANG = "what everybody calls it"
    NEAR_SLANG = "an everyday word for it"
    PIECES = "in pieces"
    MASKED = "with stars for letters"


@dataclass(frozen=True, slots=True)
class Written:
    """One way to write a term, as the view `view` shows it."""

    text: str
    view: ViewName
    spelling: Spelling


_HAN = re.compile("[\u3400-\u9fff]+")
_LATIN = re.compile("[a-z]+(?: [a-z]+)*")
_MOST_INITIALS = 6
_MOST_MIXED = 3
_LEAST_BACKWARDS = 5
"""Latin letters: four of them make another word too often."""

_LEAST_PIECES, _SHORT, _LONGEST_MASKED = 4, 3, 10

_ANOTHER_INITIAL = {
    "行": "h", "长": "z", "重": "c", "乐": "y", "调": "d", "弹": "t", "折": "s", "传": "z", "藏": "z", "降": "x",
    "参": "s", "曾": "z", "薄": "b", "校": "j", "盛": "c", "单": "s", "解": "x", "种": "z", "石": "d", "微": "v",
}  # fmt: skip
"""Of characters whose other reading, or how the trade writes them, begins otherwise than the most usual one."""

_WORDS_BACKWARDS = frozenset(
    ["diaper", "drawer", "deliver", "reviled", "reward", "repaid", "lived", "stressed", "desserts", "redips", "spools"]
)
"""English words that are other words backwards (`reward`, `drawer`)."""


@cache
def _short_words() -> frozenset[str]:
    """English words of up to three letters, and a few longer ones that end another."""
    return frozenset(word for (line,) in rows("short_words") for word in line.split())


def written(term: str, views: tuple[ViewName, ...]) -> Iterator[Written]:
    """Every way to write `term` (as the canonical view shows it) that a rule with these views may see."""
    apart = ViewName.EMOJI if ViewName.EMOJI in views else ViewName.JOINED if ViewName.JOINED in views else None
    if apart is not None:
        legible = ViewName.SHAPE if term.isascii() and ViewName.SHAPE in views else apart
        yield from (Written(text, legible, Spelling.BACKWARDS) for text in _backwards(term))
        yield from (Written(text, legible, Spelling.PIECES) for text in _pieces(term))
        yield from (Written(text, legible if text.isascii() else apart, spelling) for text, spelling in _slang(term))
        yield from (Written(text, apart, Spelling.MASKED) for text in _masked(term))
    if ViewName.PHONETIC in views:
        yield from _initials(term)


def _backwards(term: str) -> Iterator[str]:
    turned = term[::-1]
    if turned == term:
        return
    if _HAN.fullmatch(term) and len(term) > 1:
        yield turned
        for at in range(len(term) - 1 if len(term) > 2 else 0):
            yield term[:at] + term[at + 1] + term[at] + term[at + 2 :]
    elif len(term) >= _LEAST_BACKWARDS and term.isascii() and term.isalpha() and turned not in _WORDS_BACKWARDS:
        yield turned


def _masked(term: str) -> Iterator[str]:
    """A word without one of its vowels, or without the two or three letters behind its first."""
    if not (term.isascii() and term.isalpha() and _LEAST_PIECES <= len(term) <= _LONGEST_MASKED):
        return
    shorter = {term[:at] + term[at + 1 :] for at in range(1, len(term) - 1) if term[at] in "aeiou"}
    shorter |= {term[0] + term[1 + gone :] for gone in (2, 3) if len(term) - gone >= 2}
    yield from sorted(shorter)


def _pieces(term: str) -> Iterator[str]:
    """A word in two pieces of which one is short and no word."""
    if not (term.isascii() and term.isalpha() and len(term) >= _LEAST_PIECES):
        return
    for at in range(1, len(term)):
        left, right = term[:at], term[at:]
        short = min(left, right, key=len)
        both_short = max(len(left), len(right)) <= _SHORT
        if len(short) > _SHORT or {left, right} <= _short_words() or (short in _short_words() and not both_short):
            continue
        yield f"{left} {right}"


def _slang(term: str) -> Iterator[tuple[str, Spelling]]:
    """What slang makes of the term: of the whole, or of a word at either end (`加绿泡泡`, `扣扣群`)."""
    for word, spellings in _slang_words().items():
        if word == term:
            yield from spellings
        elif len(word) > 1 and (term.startswith(word) or term.endswith(word)) and not word.isascii():
            for text, spelling in spellings:
                if len(text) > 1:
                    yield term.replace(word, text, 1), spelling
        elif word == "qq" and term.startswith("qq"):
            for text, spelling in spellings:
                if len(text) > 1:
                    yield text + term[2:], Spelling.SURE_SLANG if term[2:] else spelling


@cache
def _slang_words() -> dict[str, tuple[tuple[str, Spelling], ...]]:
    found: dict[str, list[tuple[str, Spelling]]] = {}
    for word, strength, spellings in rows("slang"):
        spelling = Spelling.SURE_SLANG if strength == "sure" else Spelling.NEAR_SLANG
        for text in spellings.split():
            shown = normalise(text.replace("~", " ")).canonical.text
            if shown and shown != word:
                found.setdefault(word, []).append((shown, spelling))
    return {word: tuple(spellings) for word, spellings in found.items()}


def _initials(term: str) -> Iterator[Written]:
    """The initials of a Chinese term, alone and with its characters between them, as the phonetic view shows them."""
    if not _HAN.fullmatch(term) or not 2 <= len(term) <= _MOST_INITIALS:
        return
    letters = [initial(char) for char in term]
    if not all(letters):
        return
    yield Written("".join(letters), ViewName.PHONETIC, Spelling.INITIALS)
    others = [_ANOTHER_INITIAL.get(char, letter) for char, letter in zip(term, letters, strict=True)]
    if others != letters:
        yield Written("".join(others), ViewName.PHONETIC, Spelling.INITIALS)
    if len(term) > _MOST_MIXED:
        return
    sounds = normalise(term).view(ViewName.PHONETIC).text
    if len(sounds) != len(term):
        return
    for choice in range(1, 2 ** len(term) - 1):
        mixed = "".join(letters[at] if choice >> at & 1 else sounds[at] for at in range(len(term)))
        yield Written(mixed, ViewName.PHONETIC, Spelling.MIXED)


@cache
def _all_initials() -> dict[int, str]:
    return {code: without_tone(reading)[:1] for code, reading in readings().items()}


def initial(char: str) -> str:
    """The letter that the most usual reading of a Han character begins with; nothing for others."""
    letter = _all_initials().get(ord(char), "")
    return letter if "a" <= letter <= "z" else ""
