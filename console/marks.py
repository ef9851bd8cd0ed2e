"""A comment's text made fit to look at: offending spans marked, and nothing in it that acts or hides.

Bidirectional controls reorder what a moderator reads, and invisible characters split words for the machine but not for
the eye: both become small visible marks and lose their effect (UAX #9; UTR #36, section 2.10). What belongs to a script
or an emoji (the joiner within a family emoji, or between Persian or Hindi letters) is left alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from moderation.spans import Span

MAX_GHOSTS = 60
"""Runs of invisible characters shown by name; beyond that a plain sign stands for each run, or pages would swell."""

PLAIN_SIGN = "\u25af"

_NAMES = {
    "\u0000": "NUL", "\u00ad": "SHY", "\u034f": "CGJ", "\u061c": "ALM", "\u115f": "HF", "\u1160": "HF",
    "\u17b4": "KIV", "\u17b5": "KIV", "\u180e": "MVS", "\u200b": "ZWSP", "\u200c": "ZWNJ", "\u200d": "ZWJ",
    "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO",
    "\u202e": "RLO", "\u2060": "WJ", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
    "\u2800": "BLANK", "\u3164": "HF", "\ufeff": "BOM", "\uffa0": "HF",
}  # fmt: skip
_LINE_BREAKS = "\n\r\t"
_JOINERS = "\u200c\u200d"
_JOINING_SCRIPTS = (
    "ARABIC", "SYRIAC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA",
    "MALAYALAM", "SINHALA", "KHMER", "MYANMAR",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, whether a reason points at it, and for a run of one invisible character its short name (`ZWSP`)."""

    text: str
    marked: bool = False
    ghost: str | None = None


def pieces(text: str, spans: Iterable[Span] = (), *, named: int = MAX_GHOSTS) -> tuple[Piece, ...]:
    """`text` in order; the pieces' texts joined are `text`, but for signs that stand for ghosts beyond `named`.

    `spans` are code points of `text`; what of them lies beyond its end is ignored.
    """
    return tuple(_joined(_runs(text, _covered(len(text), spans), named)))


def ghosts_beyond(text: str) -> int:
    """How many runs of invisible characters `pieces` shows by a plain sign, for want of room."""
    runs = sum(piece.ghost is not None for piece in _each(text, [False] * len(text)))
    return max(0, runs - MAX_GHOSTS)


def _covered(length: int, spans: Iterable[Span]) -> list[bool]:
    covered = [False] * length
    for span in spans:
        start, end = max(0, span.start), min(length, span.end)
        covered[start:end] = [True] * max(0, end - start)
    return covered


def _runs(text: str, covered: list[bool], named: int) -> Iterator[Piece]:
    ghosts = 0
    for piece in _each(text, covered):
        ghosts += piece.ghost is not None
        yield Piece(PLAIN_SIGN, piece.marked) if piece.ghost is not None and ghosts > named else piece


def _each(text: str, covered: list[bool]) -> Iterator[Piece]:
    """Every run of one kind, each hidden one with its name."""
    kinds = [(covered[at], _ghost(text, at)) for at in range(len(text))]
    for (marked, ghost), places in groupby(range(len(text)), key=kinds.__getitem__):
        yield Piece("".join(text[at] for at in places), marked, ghost)


def _joined(runs: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours that look the same become one."""
    for (marked, ghost), same in groupby(runs, key=lambda piece: (piece.marked, piece.ghost)):
        yield Piece("".join(piece.text for piece in same), marked, ghost)


def _ghost(text: str, at: int) -> str | None:
    """The short name of the invisible or reordering character at `at`; None for one that may be shown as it is."""
    char = text[at]
    if char in _LINE_BREAKS or (char.isascii() and char.isprintable()):
        return None
    if (char in _JOINERS and _joins(text, at)) or ("\ufe00" <= char <= "\ufe0f" and _dresses(text, at)):
        return None
    if char in _NAMES:
        return _NAMES[char]
    invisible = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or _is_selector(char)
    return f"U+{ord(char):04X}" if invisible else None


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\u180b" <= char <= "\u180f" or "\U000e0100" <= char <= "\U000e01ef"


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands where writing or an emoji needs it."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if not before or not after:
        return False
    in_emoji = _is_pictorial(before) and unicodedata.category(after) == "So"
    in_script = all(unicodedata.name(char, "").startswith(_JOINING_SCRIPTS) for char in (before, after))
    return in_emoji or in_script


def _dresses(text: str, at: int) -> bool:
    """Whether a variation selector follows something that has variants: a pictogram, a digit of a keycap."""
    before = text[at - 1] if at else ""
    return bool(before) and (unicodedata.category(before) in ("So", "Sm", "Po", "Pd") or before.isdecimal())


def _is_pictorial(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk") or char == "\ufe0f"
