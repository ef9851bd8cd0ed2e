"""What the fast tier reads of a text: its canonical view and, behind it, what other views add.

* The text with fillers gone, emoji read and split characters joined, where that is not the canonical view itself.
* How its Chinese sounds. A homophone has no n-gram in common with the word it stands for, but sounds like it: the
  phonetic view has one code point for each class of syllables, so that the n-grams of a run of them are those of
  syllables, and the letters of a word spelt in pinyin read like its characters.

Text without disguise and without Chinese is its canonical view alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from moderation.normaliser import Normalised, View, ViewName

BEHIND = "\n"
"""Stands before each part behind the canonical view, which has none."""

_HEARD = re.compile("[\ue000-\uf8ff]+")
"""Runs of syllables."""

Values = npt.NDArray[np.float64]


def read(text: Normalised, *, views: bool) -> str:
    """The text as the n-grams take it; without `views` its canonical view alone."""
    canonical = text.canonical.text
    if not views:
        return canonical
    return canonical + "".join(f"{BEHIND}{view.text[start:end]}" for view, start, end in _behind(text))


def on_canonical(text: Normalised, weight: Values) -> Values:
    """A weight for each character of the canonical view, `(len(canonical),)`, from one for each character read.

    What a character of another view weighs falls on the canonical one that begins where it does.
    """
    canonical = text.canonical
    out = weight[: len(canonical.text)].copy()
    at = len(canonical.text)
    for view, start, end in _behind(text):
        at += len(BEHIND)
        for place in range(start, end):
            out[max(0, bisect_right(canonical.starts, view.starts[place]) - 1)] += weight[at + place - start]
        at += end - start
    return out


def _behind(text: Normalised) -> Iterator[tuple[View, int, int]]:
    """The parts behind the canonical view, each a range of another view."""
    if text.whole.text != text.canonical.text:
        yield text.whole, 0, len(text.whole.text)
    sound = text.view(ViewName.PHONETIC)
    for run in _HEARD.finditer(sound.text):
        yield sound, *run.span()
