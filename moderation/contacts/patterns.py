"""RE2 with a stated memory, what a letter is, and where a word goes on."""

from __future__ import annotations

import re2

from moderation.dictionary import dictionary

_MEMORY = 8 << 20


def pattern(text: str) -> re2._Regexp:
    """An RE2 pattern with bounded memory."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(text, options)


LOOK_BACK = 160
"""Characters looked at before something that may be part of a link."""


def within_a_link(before: str) -> bool:
    """Whether what follows `before` without a space is in a link's path or query: `a.com/x?id=`, `page?v=`."""
    return _LINK_SO_FAR.search(before[-LOOK_BACK:]) is not None


_LINK_SO_FAR = pattern(r"(?:[a-z0-9-]\.[a-z]{2,}(?::\d+)?/|[a-z0-9/]\?)[!-~]*$")


def is_latin(char: str) -> bool:
    """Whether `char` is a letter of the ASCII alphabet."""
    return char.isascii() and char.isalpha()


def begins_a_word(text: str) -> bool:
    """Whether `text` begins with a Chinese word of two or three characters: `天天`, `百家`, `元旦`."""
    return len(text) > 1 and not text[:2].isascii() and any(dictionary().frequency(text[:length]) for length in (2, 3))
