"""A term to the letter that is another word: of another language, a name, a piece of a longer word of Hangul or kana.

`Der Hund ist viel zu dick` says thick, `시발역` is where a train starts, `死ねば` is a conditional. Where what stands
around speaks of trade or insults, the term is meant all the same.
"""

from __future__ import annotations

import re
from functools import cache

from moderation.views.tables import rows

LEAST_SAID, AROUND = 2, 120
"""Function words of a language that tell it, and the code points looked at on each side."""

_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+")
_HANGUL, _HIRAGANA = re.compile("[\uac00-\ud7a3]+"), re.compile("[\u3041-\u3096]")
_BEHIND_HANGUL = re.compile(
    "은|는|이|가|을|를|의|에|도|만|로|으로|와|과|랑|나|야|아|들|님|놈|년|새끼|같|하|한|해|했|할|인|입|까|요|짓|처럼|보다|부터|고|네|냐|진짜"
    "|사이트|게임|추천|온라인|먹튀"
)
"""Particles, endings and nouns that stand right behind a word without making it another."""

_BEFORE_HANGUL = re.compile("(?:개|존나|씹|좆|이|저|그|온라인|무료|모바일|라이브|실시간)\\Z")
_ALL_HIRAGANA, _PARTICLES = re.compile("[\u3041-\u3096]+"), frozenset("はがをにでもとなだよねやかのじっめすく")
"""What may stand right behind a word of hiragana."""

_INFLECTED = re.compile("[えけせてねへめれげぜでべ](?:ば|る|た|ま|ず|な[いかくっ])")
"""An imperative with what makes it another form: 死ねば, 死ねる."""


def is_another_word(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]`, a term to the letter in the text as sent, is rather a word of something else."""
    written = text[start:end]
    if written.isascii():
        beside = text[max(0, start - AROUND) : end + AROUND]
        return _is_in_name(text, start, end) or _is_of_another_language(beside, written.lower())
    if _HANGUL.fullmatch(written):
        before, after = text[max(0, start - 8) : start], text[end : end + 4]
        return bool(
            (_HANGUL.match(before[-1:]) and not _BEFORE_HANGUL.search(before))
            or (_HANGUL.match(after) and not _BEHIND_HANGUL.match(after))
        )
    begins = _HIRAGANA.match(written[0]) and _HIRAGANA.match(text[max(0, start - 1) : start])
    goes_on = _ALL_HIRAGANA.fullmatch(written) and _HIRAGANA.match(text[end : end + 1])
    return bool(begins or (goes_on and text[end] not in _PARTICLES) or _INFLECTED.match(text, end - 1))


def _is_in_name(text: str, start: int, end: int) -> bool:
    """Whether a word with a capital begins a name: `Dick Van Dyke`."""
    name = _NAME.match(text, start)
    return name is not None and name.end() > end and text[start - 1 : start] != " "


def _is_of_another_language(text: str, word: str) -> bool:
    languages = _homographs().get(word)
    if not languages:
        return False
    words = set(_WORD.findall(text.lower()))
    english = len(words & _english())
    return any(len(words & said) >= max(LEAST_SAID, english + 1) for said in languages)


@cache
def _homographs() -> dict[str, tuple[frozenset[str], ...]]:
    """By word, the function words of the languages in which it is an everyday one."""
    found: dict[str, list[frozenset[str]]] = {}
    for language, said, words in rows("homographs"):
        for word in words.split() if language != "en" else ():
            found.setdefault(word, []).append(frozenset(said.split()) - {word})
    return {word: tuple(languages) for word, languages in found.items()}


@cache
def _english() -> frozenset[str]:
    return frozenset(next(said for language, said, _ in rows("homographs") if language == "en").split())
