"""How alike two texts are: one measure for past cases, copies of what is asked blind, and edge cases.

Long texts are held against each other by their fingerprints (`moderation/behaviour/signature.py`). A short one has no
fingerprint, since many people write the same few words and that is no burst; of what was decided it is a copy all the
same, so short texts are measured by the pairs of letters that they share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from moderation.behaviour.signature import BANDS, ROWS, likeness, places_of, signature_of
from moderation.normaliser import normalise

ALIKE = 0.4
"""The least likeness of two texts that are near-duplicates; estimated from 36 values, give or take 0.08."""

COPIES = 0.7
"""From this likeness on two texts that were decided alike are told once: a campaign is one precedent, not four."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Print:
    """By what a text is compared: its letters, and its fingerprint where it is long enough for one."""

    letters: str
    signature: bytes | None

    @property
    def bands(self) -> Sequence[int]:
        """Twelve numbers below 2**52, each of a band's place and its three values; none of a short text."""
        return bands_of(self.signature)


def print_of(text: str | None) -> Print:
    """Of a text as it was sent."""
    read = normalise(text or "")
    return Print(_letters(read.canonical.text), signature_of(read))


def likeness_of(one: Print, other: Print) -> float:
    """0 (nothing in common) to 1 (the same letters)."""
    if one.letters == other.letters:
        return 1.0 if one.letters else 0.0
    if one.signature and other.signature:
        return likeness(one.signature, other.signature)
    mine, its = _pairs(one.letters), _pairs(other.letters)
    return len(mine & its) / len(mine | its) if mine and its else 0.0


def letters_of(text: str | None) -> str:
    """The letters and digits of a text as the machine reads it, or its signs where it has none."""
    return _letters(normalise(text or "").canonical.text)


def bands_in(text: str | None) -> Sequence[int]:
    """The bands of a text; none of one that is too short."""
    return print_of(text).bands


def bands_of(signature: bytes | None) -> Sequence[int]:
    """As `Print.bands`."""
    if signature is None:
        return []
    rows = places_of(signature).reshape(BANDS, ROWS)
    return [(band << 48) + int(a) + (int(b) << 16) + (int(c) << 32) for band, (a, b, c) in enumerate(rows)]


def _letters(read: str) -> str:
    return "".join(filter(str.isalnum, read)) or "".join(read.split())


def _pairs(letters: str) -> set[str]:
    """Neighbours; another number is no other text. Of one letter that letter."""
    plain = _DIGIT.sub("0", letters)
    return {plain[at : at + 2] for at in range(max(len(plain) - 1, 1))} if plain else set()
