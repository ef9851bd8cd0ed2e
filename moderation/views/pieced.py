"""Pieces of a text read again, where a view has one reading for what may be read in several ways.

A view reads every sign one way: `🌿` is 草 wherever it stands. Who hides a word lays disguises over one another, so
`🌿` is a filler in `da🌿麻`, 麻 in `大🌿`, 草 in `🌿你妈`. Around each such sign (a *spot*) the text is read with
every reading that the sign has, up to `MOST` of a piece, fillers gone and sounds alike as in the phonetic view:

* a **picture** is each of its words (`tables/pictures.tsv`) or a filler;
* a **letter** of another script that touches a Han character is what it is drawn like or sounds like (`letters.tsv`);
* **a word with signs for letters** is each word that it may be (`letters.py`), the gaps between two such words dropped;
* a run of **bopomofo** without a vowel is initials (`ㄋㄇㄉ`);
* **marks** that part three Han characters or more, all alike, are fillers: `六、合、彩`.

Pieces hold a few characters on each side. How many are read is bounded where they stand, not in the text: the spots of
a `WINDOW` share `MOST_IN_WINDOW` readings, `LEAST` for each. So work grows with the text, and no padding hides a term.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from moderation.views.joined import joined
from moderation.views.letters import decoded, decoded_cyrillic, letters, pictures
from moderation.views.phonetic import phonetic
from moderation.views.shape import whole
from moderation.views.view import View

MOST, MOST_SPOTS, MOST_CHAINED = 24, 4, 16
"""Readings of one piece, and the spots that are read together: of several readings, and of any."""

WINDOW, MOST_IN_WINDOW, LEAST = 200, 120, 4
"""Characters of the canonical view, readings of the pieces that begin there, and those of each at least."""

REACH = 6
"""Characters of the canonical view on each side of the spots."""

_EACH = {1: 8, 2: 5, 3: 3, 4: 2}
"""How many readings of each spot are tried, by the spots that are read together."""

_HAN = "\u3400-\u9fff"
_ANY_HAN = re.compile(f"[{_HAN}]")
_TAIL = "[\U0001f3fb-\U0001f3ff\ufe0f]*(?:\u200d[\u2640\u2642\u2695-\u27a1\U0001f300-\U0001faff]\ufe0f?)*"
_PICTURES = "\u231a-\u23f3\u25a1\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
_FOREIGN = "\u0370-\u04ff\u1100-\u11ff\u3040-\u30ff\u3105-\u3129\uac00-\ud7a3"

_SIGN = re.compile(f"[{_PICTURES}{_FOREIGN}×√a-z]")
_TOUCHING = re.compile(
    f"[{_PICTURES}{_FOREIGN}×√]|[0-9@$!|€©®+<(][a-z]|[a-z][0-9@$|€]|[{_HAN}][giuye](?![a-z0-9])|(?<![a-z0-9])[giuye][{_HAN}]"
)
_MARKS = re.compile("[、,.;/|。!?].[、,.;/|。!?]")
"""Where none of the first and none of the last is, nothing is read again; these are looked through fast."""

_CONSONANTS = "\u3105-\u3119"
_MIXED = "a-z\u0370-\u04ff"
_IN_TOKENS = "0-9@$!|€©®+<>(){}\\[\\]\\\\/._*~·•^¢£#\\-"
_WORD, _SOON = "{1,32}", "{0,32}"
"""Letters of a word, at the most: without an end every letter of a long run would look for its end anew."""

_IN_HAN = re.compile(
    f"(?P<picture>[{_PICTURES}]){_TAIL}"
    f"|(?P<word>[a-z]{_WORD}[0-9@$!|€+]+[a-z][a-z0-9@$!|€]*|(?=[{_MIXED}]{_SOON}[a-z])(?=[a-z]{_SOON}[\u0370-\u04ff])[{_MIXED}]{{3,}})"
    f"|(?P<initials>[{_CONSONANTS}]{{2,6}}(?![\u3105-\u3129]))"
    f"|(?<=[{_HAN}])(?P<after>[{_FOREIGN}×√]|[giuye](?![a-z0-9]))"
    f"|(?P<before>[{_FOREIGN}×√]|(?<![a-z0-9])[giuye])(?=[{_HAN}])"
)
_CHAIN = re.compile(f"[{_HAN}](?P<mark>[、,.;/|。!?])[{_HAN}](?:(?P=mark)[{_HAN}])+")
"""Han characters with one and the same mark between each two."""

_TOKEN = re.compile(f"[a-z{_IN_TOKENS}{_PICTURES}\ufe0f]+")
_SIGNS = f"0-9@$!|€©®+<(\\\\/¢£{_PICTURES}"
_ODD = re.compile(
    f"[a-z][^a-z{_SIGNS}]*[{_SIGNS}][^a-z]*[a-z]|^[0-9@$€(|\\\\][^a-z]*[a-z]|[a-z][0-9$@€{_PICTURES}]+$|^[{_PICTURES}]"
)
_IN_CYRILLIC, _CYRILLIC, _NO_CYRILLIC = (re.compile(each) for each in ("[а-яёa-z0-9@$!]{4,}", "[а-яё]", "[0-9a-z@$!]"))
_ENDS = "!?.,;:)'\""
_LINK = re.compile("//|www|@[a-z0-9-]+\\.|\\.(?:com|net|org|cn|ru|id)")


_PARTS = re.compile("[亻氵礻艹刂彡]")


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in the canonical view, and what may be read there."""

    start: int
    end: int
    read: tuple[str, ...]


def is_worth(view: View) -> bool:
    """Whether a text, as the canonical view shows it, may hold a spot."""
    text = view.text
    return (_SIGN.search(text) and _TOUCHING.search(text)) is not None or _MARKS.search(text) is not None


def pieces(view: View, source: str) -> Iterator[View]:
    """Each reading of each piece of `view`, canonical, as it sounds; none where nothing may be read in two ways."""
    chinese = _ANY_HAN.search(view.text) is not None
    latin = _spots_in_latin(view.text)
    spots = _spots_in_han(view.text) if chinese else _apart((*latin, *_spots_in_cyrillic(view.text)))
    groups = list(_together(spots))
    beside = Counter(group[0].start // WINDOW for group in groups)
    for group in groups:
        most = max(LEAST, min(MOST, MOST_IN_WINDOW // beside[group[0].start // WINDOW]))
        for reading in _readings(view, group, most):
            yield _sounding(joined(reading, source)) if chinese else reading


def _sounding(reading: View) -> View:
    """A piece as it sounds; where kana stand for parts of characters (`イ言`), the characters put together."""
    return phonetic(whole(reading) if _PARTS.search(reading.text) else reading, "")


def _together(spots: Iterator[_Spot]) -> Iterator[list[_Spot]]:
    """Spots that may be in one word."""
    group: list[_Spot] = []
    for spot in spots:
        is_full = len(group) == MOST_CHAINED or (_several(group) == MOST_SPOTS and len(spot.read) > 1)
        if group and (spot.start - group[-1].end > REACH - 2 or is_full):
            yield group
            group = []
        group.append(spot)
    if group:
        yield group


def _several(group: list[_Spot]) -> int:
    """How many of the spots may be read in several ways."""
    return sum(len(spot.read) > 1 for spot in group)


def _readings(view: View, group: list[_Spot], most: int) -> Iterator[View]:
    low, high = max(0, group[0].start - REACH), min(len(view.text), group[-1].end + REACH)
    local = View(view.text[low:high], view.starts[low:high], view.ends[low:high])
    ways = (spot.read[: _EACH[max(1, _several(group))]] for spot in group)
    for choice in islice(product(*ways), most):
        yield local.replaced((spot.start - low, spot.end - low, read) for spot, read in zip(group, choice, strict=True))


def _spots_in_han(text: str) -> Iterator[_Spot]:
    found = [_Spot(*match.span(), read) for match in _IN_HAN.finditer(text) if (read := _ways(match))]
    for chain in _CHAIN.finditer(text):
        found += (_Spot(at, at + 1, ("",)) for at in range(chain.start() + 1, chain.end(), 2))
    yield from sorted(found, key=lambda spot: spot.start)


def _ways(match: re.Match[str]) -> tuple[str, ...]:
    if sign := match["picture"]:
        return (*_overlapped(match, pictures()[sign][0]), "") if sign in pictures() else ()
    if word := match["word"]:
        return decoded(word)
    if initials := match["initials"]:
        return ("".join(letters()[each][-1] for each in initials),)
    if letter := match["after"] or match["before"]:
        return letters().get(letter, ())
    return ("",)


def _overlapped(match: re.Match[str], words: tuple[str, ...]) -> Iterator[str]:
    """The words of a picture, without what stands before it or behind it already: 公🚌 and not 公公交车."""
    before, after = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() : match.end() + 1]
    for word in words:
        if len(word) > 1 and word[0] == before:
            yield word[1:]
        elif len(word) > 1 and word[-1] == after:
            yield word[:-1]
        yield word


def _spots_in_latin(text: str) -> Iterator[_Spot]:
    """Words with signs for letters; such words beside each other as one, too."""
    chain: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text):
        is_odd = _ODD.search(match[0]) is not None and not _LINK.search(match[0])
        if chain and (not is_odd or match.start() - chain[-1].end() > 2 or len(chain) == MOST_SPOTS):
            yield from _chained(text, chain)
            chain = []
        if is_odd:
            chain.append(match)
    if chain:
        yield from _chained(text, chain)


def _spots_in_cyrillic(text: str) -> Iterator[_Spot]:
    """Words of Cyrillic letters with signs or Latin letters among them."""
    for match in _IN_CYRILLIC.finditer(text):
        if not (_CYRILLIC.search(match[0]) and _NO_CYRILLIC.search(match[0])):
            continue
        word = match[0].rstrip(_ENDS)
        if read := decoded_cyrillic(word):
            yield _Spot(match.start(), match.start() + len(word), read)


def _apart(spots: Iterable[_Spot]) -> Iterator[_Spot]:
    """Spots in order, without those that begin within another."""
    end = 0
    for spot in sorted(spots, key=lambda spot: spot.start):
        if spot.start >= end:
            end = spot.end
            yield spot


def _chained(text: str, chain: list[re.Match[str]]) -> Iterator[_Spot]:
    start, end = chain[0].start(), chain[-1].end()
    end = start + len(text[start:end].rstrip(_ENDS))
    apart = [decoded(match[0].rstrip(_ENDS)) for match in chain]
    together = decoded(text[start:end].replace(" ", "")) if len(chain) > 1 else ()
    each = " ".join(read[0] if read else match[0] for read, match in zip(apart, chain, strict=True))
    read = (*together, each) if len(chain) > 1 else apart[0]
    if read:
        yield _Spot(start, end, read)
