"""A text as a small fingerprint: MinHash over the three-character pieces of its letters and digits.

The share of equal places in two fingerprints estimates the Jaccard similarity of the texts' pieces (Broder 1997), with
a standard error of at most 1 / (2 sqrt(36)), a twelfth. Marks, spaces and emoji between the letters do not count, and
all digits are one digit, so that neither decoration nor another price makes another text. Whoever knows the contacts in
a text leaves them out: one advert that names three numbers in turn is one text.

**A text that is too short has no fingerprint.** Many people write 哈哈哈, "first!" or half a line of a song, and that
is no burst. It takes at least twelve Chinese characters or twenty-four letters (a Chinese, Japanese or Korean character
counts as two), and at least ten different pieces, which `哈哈哈哈哈哈哈哈哈哈哈哈` has not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from moderation.behaviour.permutations import FACTORS, MIXERS, OFFSETS
from moderation.normaliser import Normalised
from moderation.spans import Span

BANDS, ROWS = 12, 3
PLACES = BANDS * ROWS
"""Of a fingerprint: two texts with similarity s share at least one of twelve bands of three with probability
1 - (1 - s^3)^12: 0.80 at a half, 0.95 at 0.6, 0.99 at 0.7."""

SIGNATURE_BYTES = PLACES * 2

LEAST_LETTERS = 24
LEAST_PIECES = 10

Places = npt.NDArray[np.uint16]

_NO_LETTER = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")
_WIDE = 0x2E80
"""From here on stand the scripts in which one character says as much as two letters."""

_FIRST, _SECOND, _THIRD, _MIXER = MIXERS
_HALF, _TOP = np.uint64(32), np.uint64(48)


def signature_of(text: Normalised, but: Sequence[Span] = ()) -> bytes | None:
    """72 bytes from which no text can be read; None where it is too short to tell one author from another.

    `but` are parts of the source that do not count: contacts, so that another number makes no other text. Where too
    little is left without them they count.
    """
    return (_signature(_without(text, but)) if but else None) or _signature(text.canonical.text)


def _without(text: Normalised, but: Sequence[Span]) -> str:
    read = text.canonical
    places = zip(read.text, read.starts, read.ends, strict=True)
    return "".join(char for char, start, end in places if not any(start < one.end and one.start < end for one in but))


def _signature(read: str) -> bytes | None:
    letters = _DIGIT.sub("0", _NO_LETTER.sub("", read))
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), np.uint32)
    if codes.size + np.count_nonzero(codes >= _WIDE) < LEAST_LETTERS:
        return None
    pieces = np.array(list(set(_pieces(codes).tolist())), np.uint64)
    if pieces.size < LEAST_PIECES:
        return None
    least = (pieces[:, None] * FACTORS + OFFSETS).min(axis=0)
    folded: Places = (((least ^ (least >> _HALF)) * _MIXER) >> _TOP).astype("<u2")
    return folded.tobytes()


def places_of(signature: bytes) -> Places:
    """The fingerprint's `(36,)` values."""
    return np.frombuffer(signature, "<u2")


def likeness(one: bytes, other: bytes) -> float:
    """The estimated similarity of two texts, 0 to 1."""
    return float(np.count_nonzero(places_of(one) == places_of(other))) / PLACES


def _pieces(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """One number for each three neighbours."""
    wide = codes.astype(np.uint64)
    mixed = wide[:-2] * _FIRST + wide[1:-1] * _SECOND + wide[2:] * _THIRD
    pieces: npt.NDArray[np.uint64] = (mixed ^ (mixed >> _HALF)) * _MIXER
    return pieces
