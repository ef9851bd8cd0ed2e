"""How the texts of a campaign differ from the one before the moderator: what is far from it stands first, marked.

A verdict over many is given over what was read as one text. A comment that quotes the advertisement to warn of it is
nearly that text too, so whatever is added is marked, and what differs much starts unticked: somebody has to look at it
to decide it with the rest. Digits, signs and spaces are what a spreader varies, and make no other text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from moderation.spans import Span
from review.similar import letters_of

FAR = 0.15
"""From this distance (0 the same letters, 1 none in common) on a text is not ticked at first."""

LONG = 6
"""Letters added in one place, which are a sentence of somebody's own, from which on it is not either."""

MOST_COMPARED = 500
"""Comments of a campaign that are put in order; of a larger one the order is that in which they were stored."""

_DIGIT = re.compile(r"\d")


def distances(exemplar: str, texts: Mapping[str, str]) -> dict[str, float]:
    """How far each text is from `exemplar`, by the same keys; with much added in one place at least `FAR`."""
    mine = _letters(exemplar)
    return {each: _distance(mine, _letters(text)) for each, text in texts.items()}


def places(exemplar: str, text: str) -> list[Span]:
    """Where `text` says something else than `exemplar`, in its code points."""
    codes = SequenceMatcher(None, exemplar, text, autojunk=False).get_opcodes()
    return [Span(start, end) for tag, _, _, start, end in codes if tag != "equal" and start < end]


def _letters(text: str) -> str:
    return _DIGIT.sub("0", letters_of(text))


@lru_cache(maxsize=2000)
def _distance(one: str, other: str) -> float:
    """Between letters; many copies have the same."""
    if one == other:
        return 0.0
    matched = SequenceMatcher(None, one, other, autojunk=False)
    added = max((end - start for tag, _, _, start, end in matched.get_opcodes() if tag != "equal"), default=0)
    apart = 1 - matched.ratio()
    return max(apart, FAR) if added >= LONG else apart
