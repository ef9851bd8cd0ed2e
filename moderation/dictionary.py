"""The one Chinese dictionary of a process, and how likely a run of characters is by it."""

from __future__ import annotations

import warnings
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
