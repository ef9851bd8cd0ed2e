"""Where the words of a text are, in the scripts that people write; for showing and disguising, never for scoring.

Spaced scripts (Latin, Cyrillic, Hangul and the like) are cut at their spaces and marks. Chinese is cut by jieba's
dictionary, without its guesses at unknown words: those are slow on hostile text, and join what does not belong
together. Words of the trade that it lacks are kept whole (`tables/words.tsv`). Japanese, which jieba does not know, is
cut where its scripts change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from moderation.dictionary import dictionary
from moderation.views.tables import rows

Place = tuple[int, int]
"""Half-open range of code points of a text."""

_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a0-\u30ff\u31f0-\u31ff"
_HAN = "\u2e80-\u3007\u3021-\u303f\u3100-\u31ef\u3200-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_SPACED = f"[^\\W{_HAN}{_HIRAGANA}{_KATAKANA}]+"
_PIECE = re.compile(
    f"(?P<han>(?:(?=\\w)[{_HAN}])+)|(?P<kana>(?:(?=\\w)[{_HIRAGANA}])+|(?:(?=\\w)[{_KATAKANA}])+)"
    f"|{_SPACED}(?:[.,'’-]{_SPACED})*"
)
_KANA = re.compile(f"(?=\\w)[{_HIRAGANA}{_KATAKANA}]")
_CHINESE = re.compile(f"(?=\\w)[{_HAN}]")


def words(text: str) -> list[Place]:
    """Where each word of a canonical text stands, in order; marks and emoji belong to none."""
    japanese = _KANA.search(text) is not None
    found: list[Place] = []
    for piece in _PIECE.finditer(text):
        if piece["han"] and not japanese:
            found.extend(_chinese(piece["han"], piece.start()))
        else:
            found.append(piece.span())
    return found


def is_han(char: str) -> bool:
    """Whether `char` is written without spaces around its words."""
    return _CHINESE.match(char) is not None


def _chinese(run: str, at: int) -> Iterator[Place]:
    if len(run) == 1:  # no dictionary is loaded for it
        yield at, at + 1
        return
    last, ends = 0, {0}
    for word in dictionary().cut(run, HMM=False):
        last += len(word)
        ends.add(last)
    _join(run, ends)
    yield from ((at + start, at + end) for start, end in pairwise(sorted(ends)))


def _join(run: str, ends: set[int]) -> None:
    """Takes out the ends within words that jieba lacks (微信), those that come first in their table first."""
    for word in _added():
        start = run.find(word)
        while start >= 0:
            if {start, start + len(word)} <= ends:
                ends.difference_update(range(start + 1, start + len(word)))
            start = run.find(word, start + 1)


@cache
def _added() -> tuple[str, ...]:
    return tuple(word for (word,) in rows("words"))
