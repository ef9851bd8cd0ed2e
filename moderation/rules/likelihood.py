"""How likely a text is by jieba's dictionary, and how much likelier where a find is taken for a term."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from moderation.dictionary import log_likelihood
from moderation.rules.found import HAN, Found

TERM = -11.0
"""Log-likelihood of a term of a rule: some 1 in 60,000 words, as of a word like 赌博."""

_LETTERS, _LETTER, _DIGITS, _MARK, _EMOJI = -7.0, -3.0, -5.0, -3.0, -14.0
"""Log-likelihood among Chinese words: of a run of letters and of each of them, of a number, of a mark; of an emoji that
a view reads as a character, which it hardly is by chance."""

_MARKS = "!-/:-@\\[-`{-~\u2000-\u206f\u3000-\u303f\uff00-\uff0f"
_PIECE = re.compile(
    f"(?P<han>[{HAN}]+)|(?P<letters>[^\\W\\d_{HAN}]+)|(?P<digits>\\d+)|(?P<space>\\s+)"
    f"|(?P<mark>[\\w{_MARKS}])|(?P<sign>.)",
    re.DOTALL,
)


@lru_cache(maxsize=1 << 12)
def gain(found: Found) -> float:
    """How much likelier the text becomes where the find is taken for a term."""
    meant = of_text(found.before) + TERM + of_text(found.after)
    return meant - of_text(found.before + found.text + found.after)


def of_text(text: str) -> float:
    """The natural logarithm of how likely `text` is among Chinese words."""
    return math.fsum(_of_piece(match) for match in _PIECE.finditer(text))


def _of_piece(match: re.Match[str]) -> float:
    if match["han"]:
        return log_likelihood(match["han"])
    if match["letters"]:
        return _LETTERS + _LETTER * len(match["letters"])
    if match["space"]:
        return 0.0
    return _DIGITS if match["digits"] else _MARK if match["mark"] else _EMOJI
