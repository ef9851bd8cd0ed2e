"""The canonical view: one spelling of each character, whatever letters it was written with.

Unit by unit: control and invisible characters removed, NFKC (width, ligatures, circled numbers), Unicode case folding,
styled letters that NFKC leaves (small capitals, black circles and squares), brackets and dots that belong to one
character (`⑴`, `⒈`), radicals, strokes drawn through letters, traditional characters to simplified. Then, looking
around: white space between two Han characters removed (Chinese is written without) and other runs of it to one space,
and what `context.py` folds. Every character of a view knows which code points of the source it came from, so a
finding is always shown where the author wrote it. Reading is total on any string of up to `comment.MAX_TEXT` code
points, lone surrogates included, idempotent, and linear in the length.

A *unit* is a base character with what composes onto it. Unicode allows any number of combining marks on one base
(and sorting them costs the square of their number); no orthography stacks more than four, so marks beyond
`MAX_MARKS` (`marks.py`) are a disguise or an attack and are dropped.

Sources: UAX #15 (normalization forms, stream-safe text), Unicode Standard 5.21 (default ignorable code points),
RFC 5892 A.1 and A.2 (where joiners are orthography), UTS #51 (where they tie emoji).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain

from moderation.comment import MAX_TEXT
from moderation.views.context import in_context
from moderation.views.marks import Marked, ends_in_virama, few_marks
from moderation.views.tables import rows
from moderation.views.view import View

REPLACEMENT = "\ufffd"

_VISIBLE_FORMAT = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
_IGNORABLE_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINERS = _ZWNJ + _ZWJ
_REGIONAL = "\U0001f1e6-\U0001f1ff"

_MAY_COMPOSE = (
    range(0x3400),
    range(0xA000, 0xAC00),
    range(0xF900, 0x20000),
    range(0x2F800, 0x2FA20),
    range(0xE0000, 0xE0200),
)
"""Between and beyond Unicode has Han, syllables of Hangul, private use and nothing, none of which composes."""

_OTHERS = "\uffff"
"""A noncharacter: marks in `_quick` what has to be read unit by unit."""


def canonical(source: str) -> View:
    """The canonical view of `source`."""
    quick = source.translate(_quick())
    view = View(quick, *_each(len(quick)))
    if _OTHERS in quick:
        view = _by_units(source, view)
    return in_context(_single_spaced(view), source)


_PLACES = tuple(range(MAX_TEXT + 1))


def _each(size: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where each of `size` code points begins and ends."""
    places = _PLACES if size < len(_PLACES) else tuple(range(size + 1))
    return places[:size], places[1 : size + 1]


class _Quick(dict[int, str]):
    """What a code point that stands for itself becomes; `_OTHERS` for one that composes, vanishes or expands."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _OTHERS if char in _JOINERS or composes(char) else _fold(_visible(char))
        read = self[code] = folded if len(folded) == 1 else _OTHERS
        return read


@lru_cache(maxsize=1)
def _quick() -> _Quick:
    return _Quick()


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character, for `str.translate`; styled letters and radicals with it.

    Folding asks that spellings meet, not that prose reads well, so OpenCC's phrase rules (which need context and
    change lengths) are left aside.
    """
    from opencc import OpenCC  # loads its dictionaries on import; a process that never reads Chinese needs none

    convert = OpenCC("t2s").convert
    han = [chr(code) for low, high in ((0x3400, 0xA000), (0x20000, 0x323B0)) for code in range(low, high)]
    folded = dict(zip(han, convert("\n".join(han)).split("\n"), strict=True))
    folded.update((char, read) for char, read in rows("styled"))
    return {ord(char): _settled(char, folded) for char, target in folded.items() if char != target}


def _settled(char: str, folded: dict[str, str]) -> str:
    """Follows `folded` to its end: one of OpenCC's targets is itself a traditional form."""
    seen = {char}
    while (target := folded.get(char, char)) not in seen:
        seen.add(target)
        char = target
    return char


@lru_cache(maxsize=1)
def _joiners() -> str:
    """A regular expression class of what may compose onto the character before it.

    That is every combining mark, every second half of a primary composite (UAX #15: NFC_Quick_Check=Maybe), and
    every compatibility character whose expansion begins with one of those (half-width voicing marks).
    """
    second_halves = {0x1161 + i for i in range(21)} | {0x11A8 + i for i in range(27)}
    marks = set()
    expanding = {}
    for code in chain.from_iterable(_MAY_COMPOSE):
        char = chr(code)
        if unicodedata.combining(char) or unicodedata.category(char) == "Me":
            marks.add(code)
        if decomposition := unicodedata.decomposition(char):
            expanding[code] = ord(unicodedata.normalize("NFKD", char)[0])
            parts = decomposition.split()
            if len(parts) == 2 and not parts[0].startswith("<"):
                second_halves.add(int(parts[1], 16))
    marks |= second_halves
    marks |= {code for code, first in expanding.items() if first in marks}
    return "".join(f"\\U{code:08x}" for code in sorted(marks))


@lru_cache(maxsize=1)
def _unit_pattern() -> re.Pattern[str]:
    joiners = _joiners()
    return re.compile(f"[^{joiners}][{joiners}]*|[{joiners}]+")


@lru_cache(maxsize=1)
def _joiner_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_joiners()}]")


def composes(char: str) -> bool:
    """Whether `char` may compose onto the character before it."""
    return _joiner_pattern().match(char) is not None


@lru_cache(maxsize=1 << 16)
def _fold(unit: str) -> str:
    """One unit as the canonical view reads it; white space becomes one space.

    What it is read as may be several units (a Thai vowel with marks on it), or have a mark for its base: these are read
    as they are where they stand in a text, so that reading twice changes nothing.
    """
    if unit and unit[0] in _JOINERS:
        return unit[0] + _fold(unit[1:])
    unit = _bare(few_marks(unit))
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", unit).casefold())
        folded = _without_strokes("".join(_visible(char) for char in folded.translate(_simplified())))
        folded = unicodedata.normalize("NFC", few_marks(folded))
        if folded == unit:
            break
        unit = folded
    parts = _units(unit)
    return unit if len(parts) < 2 else "".join(_fold(unit[start:end]) for start, end in parts)


_BRACKETED = re.compile(r"\((.{1,2})\)|(\d{1,2})[.,]")


def _bare(unit: str) -> str:
    """`unit`, without the brackets or the dot of a character that stands for a whole list mark: `⑴`, `㈠`, `⒈`."""
    if unicodedata.category(unit[:1] or " ") not in {"No", "So"}:
        return unit
    mark = _BRACKETED.fullmatch(unicodedata.normalize("NFKC", unit[0]))
    return (mark[1] or mark[2]) + unit[1:] if mark else unit


_STROKES = re.compile("[\u0305\u0332-\u0338\u033f\u0488\u0489\u20d2\u20d3\u20d8-\u20da\u20dd-\u20e0\u20e2-\u20eb]")
"""Lines through, over and under a letter, and rings and keys around it: no orthography writes them apart."""

_TEXT_MARKS = re.compile(
    "[\u0300-\u0304\u0306-\u0311\u031b\u0323-\u032a\u032d\u032e\u0330\u0331\u0342\u0343\u0345\u0358\u035c-\u0362]"
)
"""Marks of the blocks 0300 and 1AB0 that Latin, Greek and Cyrillic orthographies put on letters."""

_PILED = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]")


def _without_strokes(unit: str) -> str:
    """`unit`, without the marks that only hide it.

    A letter keeps the marks that some orthography writes, up to two beyond what composes (Vietnamese needs none,
    Yoruba and Lithuanian dictionaries two); a Han character and a digit keep none. Other scripts' marks (Thai,
    Hindi, Arabic, Hebrew) are not of these blocks.
    """
    if len(unit) < 2 or not _PILED.search(unit, 1):
        return unit
    base, marks = unit[0], _STROKES.sub("", unit[1:])
    foreign = [mark for mark in marks if _PILED.match(mark)]
    if not foreign or unicodedata.category(base).startswith("M"):
        return base + marks
    bare = not unicodedata.category(base).startswith("L") or "\u3400" <= base <= "\u9fff" or len(foreign) > 2
    return base + "".join(mark for mark in marks if not _PILED.match(mark) or (not bare and _TEXT_MARKS.match(mark)))


_HIDDEN = re.compile(f"[{_IGNORABLE_LETTERS}]")
_SHOWN_FORMAT = re.compile(f"[{_VISIBLE_FORMAT}]")


@lru_cache(maxsize=1 << 16)
def _visible(char: str) -> str:
    """`char`, a space for white space, nothing for what leaves no mark, U+FFFD for what is no character."""
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Cs" or char == _OTHERS:
        return REPLACEMENT
    if category == "Cc" or _HIDDEN.match(char) or (category == "Cf" and not _SHOWN_FORMAT.match(char)):
        return ""
    return char


def _by_units(source: str, view: View) -> View:
    """`view`, with what it leaves open read unit by unit: each such run, and the character that it composes onto."""
    if _ZWJ in source or _ZWNJ in source:
        return _read_whole(source)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for run in _OPEN.finditer(view.text):
        start, end = max(run.start() - 1, 0), run.end()
        pieces.append(view.text[at:start])
        starts += view.starts[at:start]
        ends += view.ends[at:start]
        read = _read_whole(source[start:end])
        pieces.append(read.text)
        starts += [start + place for place in read.starts]
        ends += [start + place for place in read.ends]
        at = end
    pieces.append(view.text[at:])
    return View("".join(pieces), (*starts, *view.starts[at:]), (*ends, *view.ends[at:]))


_OPEN = re.compile(f"{_OTHERS}+")


def _read_whole(source: str) -> View:
    """Every unit of `source`; invisible characters go first, so that what they kept apart composes."""
    seen = [char if char in _JOINERS else _visible(char) for char in source]
    if _ZWJ in source or _ZWNJ in source:
        seen = _with_joiners_meant(seen)
    places = [at for at, char in enumerate(seen) if char]
    text = "".join(seen)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _units(text):
        folded = _fold(text[start:end])
        pieces.append(folded)
        first, last = places[start], places[end - 1] + 1
        if len(folded) == 1:
            starts.append(first)
            ends.append(last)
        else:
            starts += [first] * len(folded)
            ends += [last] * len(folded)
    return View("".join(pieces), tuple(starts), tuple(ends))


_ARABIC = re.compile("[\u0620-\u063f\u0641-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f]")


def _with_joiners_meant(seen: list[str]) -> list[str]:
    """`seen` (empty where a character is invisible), without the zero-width joiners that no script or emoji needs.

    Behind a letter with a virama either is orthography; a non-joiner is, too, between two Arabic letters (Persian); a
    joiner ties two emoji. Anywhere else they are there to keep a word from being found. What stands before is the whole
    character with its marks: in which order these were written, or whether one is part of the letter, says nothing.
    """
    kept: list[str] = []
    before = Marked()
    for char, follows in zip(seen, _followers(seen), strict=True):
        meant = char if char not in _JOINERS or _is_meant(char, before.text, follows) else ""
        kept.append(meant)
        if meant and composes(meant):
            before.add(meant)
        elif meant:
            before.begin(meant)
    return kept


def _followers(seen: list[str]) -> list[str]:
    """For each character the next visible one; empty behind the last."""
    follows: list[str] = []
    after = ""
    for char in reversed(seen):
        follows.append(after)
        after = char or after
    return follows[::-1]


@lru_cache(maxsize=1 << 12)
def _is_meant(joiner: str, before: str, after: str) -> bool:
    if not before or before[-1] in _JOINERS or (after and after in _JOINERS):
        return False
    unit = _fold(before)
    if ends_in_virama(unit):
        return True
    if not after:
        return False
    left, right = unit[-1:], _fold(after)[:1]
    if joiner == _ZWNJ:
        return bool(_ARABIC.match(left) and _ARABIC.match(right))
    return _is_emoji(left) and _is_emoji(right)


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char or " ") in {"So", "Sk"} and not re.match(f"[{_REGIONAL}]", char)


def _units(text: str) -> list[tuple[int, int]]:
    """Where each unit of `text` begins and ends."""
    if text.isascii() or not _joiner_pattern().search(text):
        return [(at, at + 1) for at in range(len(text))]
    return [match.span() for match in _unit_pattern().finditer(text)]


_SPARE_SPACE = re.compile(" (?:(?<=[\u3400-\u9fff] ) *(?=[\u3400-\u9fff])|(?<=^ ) *| *$|(?<=  ) *)")
"""Between Han, at the ends, after another. Begins with the space so as to be fast."""


def _single_spaced(view: View) -> View:
    """Drops spaces between Han characters, at the ends, and all but the first of a run."""
    return view.without(_SPARE_SPACE) if " " in view.text else view
