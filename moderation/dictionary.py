"""The one Chinese dictionary of a process, and how likely a run of characters is by it."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jieba import Tokenizer  # type: ignore[import-untyped]


@lru_cache(maxsize=1)
def dictionary() -> Tokenizer:
    """The dictionary that jieba brings: half a second and some 70 MB, once, for who needs Chinese words.

    Filled by hand: jieba would keep a copy in the machine's temporary folder, which anybody may write, and read it
    back unchecked.
    """
    with warnings.catch_warnings():  # its source has escapes and imports that newer Pythons warn about
        warnings.simplefilter("ignore")
        # Megabytes that a process without Chinese words to cut never needs.
        from jieba import Tokenizer
    made = Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def log_likelihood(han: str) -> float:
    """The natural logarithm of how likely `han` is, cut into words in the likeliest way (unigrams; no guesses).

    A character that the dictionary lacks counts as its rarest word. Linear in the length.
    """
    if not han:
        return 0.0
    words = dictionary()
    route: dict[int, tuple[float, int]] = {}
    words.calc(han, words.get_DAG(han), route)
    return route[0][0]
