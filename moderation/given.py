"""Words that people give in one language or in both, for readers of either: what is not in theirs is said to be so."""

from __future__ import annotations

import re

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[A-Za-z]{3,}")
"""An English word: a reason of many with a Chinese one among them is English; one that names VX or QQ is Chinese."""


_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def is_in(words: str, language: str) -> bool:
    """Whether words are in that language as far as their script tells.

    Chinese has Chinese characters, more of them than English words. English has no more of them than that, and where
    there are letters Latin ones; without letters (`5(1)`) words are anybody's but a Chinese reason.
    """
    is_chinese = _is_chinese(words)
    if language == "zh":
        return is_chinese
    return not is_chinese and (not _LETTER.search(words) or bool(_LATIN.search(words)))


def language_of(words: str) -> str | None:
    """In which of the two languages words are; None for letters of neither."""
    return next((each for each in ("zh", "en") if is_in(words, each)), None)


def given_in(zh: str, en: str, language: str) -> str:
    """The words for a reader of `language`; where they were given in the other alone that is said before them."""
    return (zh if language == "zh" else en) if zh != en else marked(zh, language)


def marked(words: str, language: str) -> str:
    """Words in either language, marked where that is not the reader's; without letters they are anybody's."""
    is_chinese = _is_chinese(words)
    if language == "en":
        return f"(given in Chinese) {words}" if is_chinese else words
    return words if is_chinese or not _LETTER.search(words) else f"（以英文给出）{words}"


def _is_chinese(words: str) -> bool:
    return len(_HAN.findall(words)) > len(_WORD.findall(words))
