"""The one Chinese dictionary of a process, and how likely a run of characters is by it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moderation.chinese import Cutter, Edge


@lru_cache(maxsize=1)
def dictionary() -> Cutter:
    """The dictionary that jieba brings: most of a second and a few megabytes, once, for who needs Chinese words."""
    with warnings.catch_warnings():  # jieba's source has escapes and imports that newer Pythons warn about
        warnings.simplefilter("ignore")
        from moderation.chinese import Cutter
    return Cutter()


class _Alone(dict[str, int]):
    def __missing__(self, char: str) -> int:
        count = self[char] = dictionary().frequency(char)
        return count


seen_alone: Mapping[str, int] = _Alone()
"""How often the dictionary has seen a character by itself, each looked up once."""


@lru_cache(maxsize=1 << 14)
def log_likelihood(han: str) -> float:
    """The natural logarithm of how likely `han` is, cut into words in the likeliest way (unigrams; no guesses).

    A character that the dictionary lacks counts as its rarest word. Linear in the length.
    """
    if not han:
        return 0.0
    words = dictionary()
    route: dict[int, Edge] = {}
    words.calc(han, words.get_DAG(han), route)
    return route[0][0]


def best_across(han: str, start: int, end: int) -> float:
    """How likely the best cut is of which a word runs over just one edge of `start <= i < end`; `-inf` for none.

    Words of up to four characters. Linear in the length, some twenty look-ups an edge.
    """
    words = dictionary()
    best = -math.inf
    for edge in (start, end):
        for first in range(max(0, edge - 3), edge):
            for stop in range(edge + 1, min(len(han), first + 4) + 1):
                holds = first <= start and stop >= end
                if not holds and words.frequency(han[first:stop]):
                    whole = log_likelihood(han[:first]) + words.share(han[first:stop]) + log_likelihood(han[stop:])
                    best = max(best, whole)
    return best
