"""The canonical view: one spelling of each character, whatever letters it was written with.

The canonical view applies, unit by unit: control and invisible characters removed, NFKC (width, ligatures, styled
letters), Unicode case folding, traditional characters to simplified, white space between two Han characters removed
(Chinese is written without) and other runs of it to one space. Every character of a view knows which code points of
the source it came from, so a finding is always shown where the author wrote it. Reading is total on any string of up
to `comment.MAX_TEXT` code points, lone surrogates included, idempotent, and linear in the length.

A *unit* is a base character with what composes onto it. Unicode allows any number of combining marks on one base
(and sorting them costs the square of their number); no orthography stacks more than four, so marks beyond
`MAX_MARKS` are a disguise or an attack and are dropped.

Sources: UAX #15 (normalization forms, stream-safe text), Unicode Standard 5.21 (default ignorable code points).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from moderation.views.view import View

MAX_MARKS = 8
REPLACEMENT = "\ufffd"

_VISIBLE_FORMAT = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
_IGNORABLE_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Traditional to simplified, character by character, for `str.translate`.

    Folding asks that spellings meet, not that prose reads well, so OpenCC's phrase rules (which need context and
    change lengths) are left aside.
    """
    from opencc import OpenCC  # loads its dictionaries on import; a process that never reads Chinese needs none

    convert = OpenCC("t2s").convert
    han = [chr(code) for low, high in ((0x3400, 0xA000), (0x20000, 0x323B0)) for code in range(low, high)]
    folded = dict(zip(han, convert("\n".join(han)).split("\n"), strict=True))
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
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            second_halves.add(int(parts[1], 16))
    marks = {code for code in range(0x110000) if unicodedata.combining(chr(code)) or code in second_halves}
    marks |= {
        code
        for code in range(0x110000)
        if unicodedata.decomposition(chr(code)) and ord(unicodedata.normalize("NFKD", chr(code))[0]) in marks
    }
    return "".join(f"\\U{code:08x}" for code in sorted(marks))


@lru_cache(maxsize=1)
def _unit_pattern() -> re.Pattern[str]:
    joiners = _joiners()
    return re.compile(f"[^{joiners}][{joiners}]*|[{joiners}]+")


@lru_cache(maxsize=1)
def _joiner_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_joiners()}]")


@lru_cache(maxsize=1 << 16)
def _fold(unit: str) -> str:
    """One unit as the canonical view reads it; white space becomes one space."""
    unit = unit[: 1 + MAX_MARKS]
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", unit).casefold())
        folded = "".join(_visible(char) for char in folded.translate(_simplified()))
        if folded == unit:
            break
        unit = folded
    return unit


_HIDDEN = re.compile(f"[{_IGNORABLE_LETTERS}]")
_SHOWN_FORMAT = re.compile(f"[{_VISIBLE_FORMAT}]")


@lru_cache(maxsize=1 << 16)
def _visible(char: str) -> str:
    """`char`, a space for white space, nothing for what leaves no mark, U+FFFD for what is no character."""
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Cs":
        return REPLACEMENT
    if category == "Cc" or _HIDDEN.match(char) or (category == "Cf" and not _SHOWN_FORMAT.match(char)):
        return ""
    return char


def canonical(source: str) -> View:
    """Invisible characters go first, so that what they kept apart composes."""
    shown = [(seen, at) for at, char in enumerate(source) if (seen := _visible(char))]
    text = "".join(char for char, _ in shown)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _units(text):
        folded = _fold(text[start:end])
        pieces.append(folded)
        starts.extend([shown[start][1]] * len(folded))
        ends.extend([shown[end - 1][1] + 1] * len(folded))
    return _single_spaced("".join(pieces), starts, ends)


def _units(text: str) -> list[tuple[int, int]]:
    """Where each unit of `text` begins and ends."""
    if text.isascii() or not _joiner_pattern().search(text):
        return [(at, at + 1) for at in range(len(text))]
    return [match.span() for match in _unit_pattern().finditer(text)]


_SPARE_SPACE = re.compile(
    r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])|^ +| +$|(?<= ) +",
    re.ASCII,  # between Han, at the ends, after another
)


def _single_spaced(text: str, starts: list[int], ends: list[int]) -> View:
    """Drops spaces between Han characters, at the ends, and all but the first of a run."""
    if " " not in text:
        return View(text, tuple(starts), tuple(ends))
    spare = {at for match in _SPARE_SPACE.finditer(text) for at in range(*match.span())}
    kept = [at for at in range(len(text)) if at not in spare]
    return View("".join(text[at] for at in kept), tuple(starts[at] for at in kept), tuple(ends[at] for at in kept))
