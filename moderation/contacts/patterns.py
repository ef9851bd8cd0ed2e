"""RE2 with a stated memory, and what a letter is."""

from __future__ import annotations

import re2

_MEMORY = 8 << 20


def pattern(text: str) -> re2._Regexp:
    """An RE2 pattern with bounded memory."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(text, options)


def is_latin(char: str) -> bool:
    """Whether `char` is a letter of the ASCII alphabet."""
    return char.isascii() and char.isalpha()
