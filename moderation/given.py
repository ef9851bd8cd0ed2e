"""Words that people give in one language or in both, for readers of either: what is not in theirs is said to be so."""

from __future__ import annotations

import re

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[A-Za-z]{3,}")
"""An English word: a reason of many with a Chinese one among them is English; one that names VX or QQ is Chinese."""


def given_in(zh: str, en: str, language: str) -> str:
    """The words for a reader of `language`; where they were given in the other alone that is said before them."""
    return (zh if language == "zh" else en) if zh != en else marked(zh, language)


def marked(words: str, language: str) -> str:
    """Words in either language, marked where that is not the reader's; without letters they are anybody's."""
    is_chinese = len(_HAN.findall(words)) > len(_WORD.findall(words))
    if language == "en":
        return f"(given in Chinese) {words}" if is_chinese else words
    return words if is_chinese or not _LETTER.search(words) else f"（以英文给出）{words}"
