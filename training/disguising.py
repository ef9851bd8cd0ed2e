"""Disguised copies of training rows: a word should be known however it is written.

Violations are disguised where they bear their label, harmless rows on their content words, as often and as strongly:
a disguise by itself is no evidence of harm, and a model that took it for one would block innocent text. Families held
out (`data/disguises/families.py`) are never used here; they stand for what nobody thought of. What the normaliser
undoes teaches nothing, so that only copies that it leaves disguised are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from data.disguises.families import TRAINED
from data.disguises.family import Family
from data.disguises.words import BearingWords, Place, bearing_words
from data.rows import Rows
from eval.metrics import harmful
from moderation.normaliser import normalise
from training.settings import DisguiseSettings

FAMILIES_TRIED = 4
"""For one copy: where a family finds nothing to rewrite, or the normaliser sees through it, another has its turn."""

LONGEST = 500
"""Code points of a text that is disguised: longer ones cost much and are read in part."""


@dataclass(frozen=True)
class Disguised:
    """The copies, and which row each is of, `(copies,)`. A copy has its row's id, group, labels and weight."""

    rows: Rows
    of: NDArray[np.int64]

    def kept(self, which: NDArray[np.bool_]) -> Disguised:
        """The copies of some of the rows, `which` `(n,)`, as if only those had been there."""
        own = np.flatnonzero(which[self.of])
        return Disguised(self.rows.take(own), np.cumsum(which)[self.of[own]] - 1)


def disguised(rows: Rows, how: DisguiseSettings, seed: int, families: Sequence[Family] = TRAINED) -> Disguised:
    """Copies of a share of `rows`. A row's copy hangs on its id, the seed and the words that bear labels alone."""
    chosen = [at for at, row in enumerate(rows.ids) if how.share and _chance(seed, row, "copied") < how.share]
    bad = harmful(rows.labels, rows.union)
    bearing = bearing_words(rows.take(bad).texts, rows.take(~bad).texts) if chosen else BearingWords({})
    found = list(_copies(rows, chosen, bearing, bad, how, seed, families))
    of = np.array([at for at, _ in found], dtype=np.int64)
    return Disguised(replace(rows.take(of), texts=[text for _, text in found]), of)


def _copies(
    rows: Rows, chosen: Sequence[int], bearing: BearingWords, bad: NDArray[np.bool_], how: DisguiseSettings, seed: int,
    families: Sequence[Family],
) -> Iterator[tuple[int, str]]:  # fmt: skip
    for at in chosen:
        text = rows.texts[at]
        if len(text) <= LONGEST:
            spans = bearing.spans(text) if bad[at] else None
            copy = _copy(text, rows.ids[at], spans, how, seed, families)
            if copy is not None:
                yield at, copy


def _copy(
    text: str, row: str, spans: list[Place] | None, how: DisguiseSettings, seed: int, families: Sequence[Family]
) -> str | None:
    """The text disguised by one family; None where none of those tried leaves it disguised to the normaliser."""
    canonical = normalise(text).canonical.text
    strength = how.least + (1 - how.least) * _chance(seed, row, "strength")
    for family in sorted(families, key=lambda each: _chance(seed, row, each.name))[:FAMILIES_TRIED]:
        written = family.disguise(text, strength=strength, seed=seed, spans=spans)
        if written != text and normalise(written).canonical.text != canonical:
            return written
    return None


def _chance(seed: int, row: str, what: str) -> float:
    """From 0 to 1, the same on every machine."""
    told = blake2b(f"{seed}\0{row}\0{what}".encode(), digest_size=8).digest()
    return int.from_bytes(told) / 2**64
