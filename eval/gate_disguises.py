"""The frozen rows in disguise, family by family, as the gate holds two models against each other on them.

Of each family as many harmful rows and as many harmless ones, drawn by a hash of their ids. Only texts that are still
disguised to the normaliser count: what it undoes is no matter of the model, and is looked at undisguised as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from data.disguises.families import FAMILIES
from data.disguises.words import BearingWords, content_words
from eval.compare import Part
from eval.gate_config import DISGUISE, Disguises
from eval.metrics import harmful
from moderation.normaliser import normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.disguises.family import Family
    from data.disguises.words import Place
    from data.rows import Rows

LONGEST = 500
"""Code points of a text that is disguised, as in training."""

TRIED = 6
"""Rows that a family is offered for each one that is wanted: some families suit few texts."""


@dataclass(frozen=True)
class Disguised:
    """Rewritten rows, a row as often as there are families that it was drawn for, and the parts: families and kinds."""

    rows: Rows
    parts: list[Part]


def disguised(
    rows: Rows, bearing: BearingWords, how: Disguises, seed: int, families: Sequence[Family] = FAMILIES
) -> Disguised:
    """Rows as each family writes them. The same arguments give the same texts on every machine."""
    bad = harmful(rows.labels, rows.union)
    written = [
        (at, text, number)
        for number, family in enumerate(families)
        for mask, places in ((bad, bearing.spans), (~bad, _by_content))
        for at, text in _written(rows, mask, family, places, how, seed)
    ]
    chosen = rows.take(np.array([at for at, _, _ in written], dtype=np.int64))
    groups = [group or row for group, row in zip(chosen.groups, chosen.ids, strict=True)]
    by = np.array([number for _, _, number in written], dtype=np.int64)
    return Disguised(replace(chosen, texts=[text for _, text, _ in written], groups=groups), _parts(by, families))


def _by_content(text: str) -> list[Place] | None:
    return content_words(text)


def _written(
    rows: Rows, mask: NDArray[np.bool_], family: Family, places: Callable[[str], list[Place] | None], how: Disguises,
    seed: int,
) -> Iterator[tuple[int, str]]:  # fmt: skip
    """Positions and texts of at most `how.rows` rows that the family hides from the normaliser."""
    found = 0
    for at in _order(rows, mask, family.name)[: TRIED * how.rows]:
        text = rows.texts[at]
        spans = places(text) or content_words(text)
        written = family.disguise(text, strength=how.strength, seed=seed, spans=spans)
        if written != text and normalise(written).canonical.text != normalise(text).canonical.text:
            yield at, written
            found += 1
        if found == how.rows:
            return


def _order(rows: Rows, mask: NDArray[np.bool_], family: str) -> list[int]:
    """Positions of the rows of `mask` that are short enough, by a hash: each family looks at others first."""
    able = [at for at in np.flatnonzero(mask).tolist() if len(rows.texts[at]) <= LONGEST]
    return sorted(able, key=lambda at: hashlib.blake2b(f"{family}\0{rows.ids[at]}".encode()).digest())


def _parts(by: NDArray[np.int64], families: Sequence[Family]) -> list[Part]:
    held = np.array([each.held_out for each in families], dtype=np.bool_)[by]
    single = [Part(DISGUISE, each.name, np.flatnonzero(by == number)) for number, each in enumerate(families)]
    together = [Part(DISGUISE, "trained on", np.flatnonzero(~held)), Part(DISGUISE, "held out", np.flatnonzero(held))]
    return [part for part in (*together, *single) if part.at.size]
