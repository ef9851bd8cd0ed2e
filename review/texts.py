"""Which comments are one text: what was decided of them says once what it says, however often it was posted.

One text are near-duplicates by the bands that are kept of decided comments (`records/likenesses.py`), short ones with
the same letters, what one campaign of a text or contact spreads, and what one verdict over many decided.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from records import bulk, campaigns, comments, likenesses
from records.unit_of_work import Reading
from review.similar import letters_of

SHARED = 3
"""Bands of twelve from which on two texts are one: expected at a likeness of 0.63 (12 s^3)."""

_MOST_IN_A_BAND = 50
"""Different texts with one band in common; more are a phrase that many use, and say nothing of these two."""


def texts_of(look: Reading, comment_ids: Iterable[str]) -> dict[str, str]:
    """By comment id the name of its text, which is the least id of those that are one text."""
    wanted = sorted(set(comment_ids))
    one = _Joined(wanted)
    bands = likenesses.bands_of_many(look, wanted)
    short = [each for each in wanted if each not in bands]
    one.join_all((each, letters_of(text)) for each, text in comments.texts_of_many(look, short).items())
    one.join_all(campaigns.spread_of_many(look, wanted))
    one.join_all(bulk.decided_by_many(look, wanted))
    for first, second in _near(bands):
        one.join(first, second)
    return {each: one.name_of(each) for each in wanted}


def _near(bands: dict[str, tuple[int, ...]]) -> Iterable[tuple[str, str]]:
    """Pairs of comments that share bands enough; of copies with all bands alike the first stands for the others."""
    alike: dict[tuple[int, ...], str] = {}
    for comment_id, its in bands.items():
        first = alike.setdefault(its, comment_id)
        if first != comment_id:
            yield first, comment_id
    by_band = defaultdict(list)
    for its, comment_id in alike.items():
        for band in its:
            by_band[band].append(comment_id)
    shared = Counter(
        pair for some in by_band.values() if len(some) <= _MOST_IN_A_BAND for pair in combinations(some, 2)
    )
    yield from (pair for pair, count in shared.items() if count >= SHARED)


class _Joined:
    """Sets of comments that are one text, each named by its least id."""

    def __init__(self, comment_ids: Sequence[str]) -> None:
        self._above = {each: each for each in comment_ids}

    def name_of(self, comment_id: str) -> str:
        while (above := self._above[comment_id]) != comment_id:
            self._above[comment_id] = self._above[above]
            comment_id = above
        return comment_id

    def join(self, first: str, second: str) -> None:
        least, other = sorted((self.name_of(first), self.name_of(second)))
        self._above[other] = least

    def join_all(self, found: Iterable[tuple[str, str]]) -> None:
        """Comments with the same second part; an empty one says nothing."""
        by_part: dict[str, str] = {}
        for comment_id, part in found:
            if part:
                self.join(comment_id, by_part.setdefault(part, comment_id))
