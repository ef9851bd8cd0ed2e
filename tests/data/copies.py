"""Finding copies of one set's sentences in another: by sketch who may be alike, then exactly.

Texts that say something are compared, without spaces; set phrases ("good morning", one word over and over) coincide.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.near_duplicates import near_duplicates_across
from data.reading import Record, records
from data.recipes import Format, load_recipes
from data.sources import Places, files_of, locate
from data.starter import Written, read_file
from moderation.taxonomy import load_taxonomy
from tests.data.conftest import CHECKOUT

TAXONOMY = load_taxonomy()
NAMED = os.environ.get("CHAFFINCH_DATASETS")
PLACES = Places(CHECKOUT, CHECKOUT / "var", Path(NAMED) if NAMED else None)
SETS = {
    name: recipe
    for name, recipe in load_recipes(CHECKOUT / "configs" / "sources", TAXONOMY.names).items()
    if recipe.read.format not in (Format.STARTER, Format.LABEL_RECORDS)
}
SHORTEST = 30
"""Bytes of UTF-8: ten Han characters, fifteen Cyrillic letters, thirty Latin ones."""
FEWEST = 8
"""Distinct 3-grams."""
COPIED_AT = 0.8
"""Similarity of 3-grams from which a build takes two rows for one."""

HASHES, MEETING = 8, 3
"""MinHash values of a text, and how many of them any row of the corpus must share before the two are compared: a copy
at 0.8 is passed over in one of 800 cases."""


def bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def says_something(text: str) -> bool:
    return len(text.encode()) >= SHORTEST and len({text[at : at + 3] for at in range(len(text) - 2)}) >= FEWEST


def corpus() -> dict[str, str]:
    """Texts of the corpus with the file and line where each stands."""
    found = {}
    for path in sorted((CHECKOUT / "data" / "starter").glob("*/*.tsv")):
        for row in read_file(path, path.relative_to(CHECKOUT).as_posix(), TAXONOMY.names):
            if isinstance(row, Written) and says_something(text := bare(row.text)):
                found[text] = f"{row.file}:{row.line}"
    return found


def sentences(name: str) -> Iterator[str]:
    recipe = SETS[name]
    folder = locate(recipe, PLACES)
    for path in files_of(recipe, folder):
        for found in records(path, path.name, recipe.read):
            text = found.fields.get(recipe.read.text) if isinstance(found, Record) else None
            if isinstance(text, str) and says_something(plain := bare(text)):
                yield plain


def sketches(texts: Sequence[str]) -> NDArray[np.uint64]:
    """`(n, HASHES)` MinHash values of the texts' 3-grams, all at once."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    codes = (points[:-2] << np.uint64(42)) | (points[1:-1] << np.uint64(21)) | points[2:]
    lengths = np.array([len(text) for text in texts])
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    crossing = np.concatenate((starts[1:] - 1, starts[1:] - 2))
    values = []
    for at in range(HASHES):
        mixed = (codes + np.uint64(2 * at + 1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed[crossing] = np.uint64(2**64 - 1)  # runs over the end of a text belong to none
        values.append(np.minimum.reduceat(mixed, starts))
    return np.stack(values, axis=1)


def copies(
    written: Sequence[str], ours: NDArray[np.uint64], public: Sequence[str], at_least: float = COPIED_AT
) -> set[int]:
    """Which of `written`, whose sketches are `ours`, reads like one of `public`."""
    theirs = sketches(public) if public else ours[:0]
    far = meeting(theirs, ours)
    near = meeting(ours, theirs[far])
    edges = near_duplicates_across([written[at] for at in near], [public[at] for at in far], at_least)
    return {near[edge.first] for edge in edges}


def meeting(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> list[int]:
    """Which of `some` share enough values with any of `others`."""
    shared = sum(np.isin(some[:, at], others[:, at]).astype(int) for at in range(HASHES))
    return np.flatnonzero(np.asarray(shared) >= MEETING).tolist()
