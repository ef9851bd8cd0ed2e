"""Copies of comments about which somebody is asked blind: what was decided about one is the answer to the other.

A copy is what a campaign of a text or contact spreads with it, a decided near-duplicate, or a short text that shares
most of its letters (`review/alike.py`). The console's pages (`console/in_hand.py`) and the API (`serving/telling.py`)
ask here, so that both hide the same. However many comments are asked about, it takes four queries; where nothing is
asked, none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from records import campaigns, comments, likenesses
from records.unit_of_work import Reading
from review.alike import ALIKE, Print, likeness_of, print_of

HIDDEN = 500
"""Near-duplicates, the likest, of which nothing is told; for each comment that is asked about."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of some comments, with these: by id, and by how each of those comments reads, of which each is one."""

    ids: Mapping[str, frozenset[str]]
    prints: Mapping[str, Print]

    def originals(self, comment_id: str, text: str | None) -> frozenset[str]:
        """Those of the comments that this one is, or is a copy of; none where it is another text."""
        found = self.ids.get(comment_id, frozenset())
        if found or not self.prints:
            return found
        its = print_of(text)
        return frozenset(each for each, mine in self.prints.items() if _is_copy(mine, its))

    def of(self, originals: Collection[str]) -> set[str]:
        """Ids of these and their copies, without those that their text alone would show."""
        return {copy for copy, some in self.ids.items() if not some.isdisjoint(originals)}


def of_many(look: Reading, comment_ids: Iterable[str]) -> Copies:
    """Copies of these comments."""
    wanted = sorted(set(comment_ids))
    texts = comments.texts_of_many(look, wanted)
    found: dict[str, set[str]] = defaultdict(set)
    for comment_id in wanted:
        found[comment_id].add(comment_id)
    for comment_id, copy in campaigns.spread_beside(look, wanted):
        found[copy].add(comment_id)
    prints = {each: print_of(text) for each, text in texts.items()}
    for comment_id, copy in _near(look, prints):
        found[copy].add(comment_id)
    return Copies({copy: frozenset(some) for copy, some in found.items()}, prints)


def _is_copy(mine: Print, its: Print) -> bool:
    """Of two long texts, whose decided near-duplicates are known by id, one with the same letters; else a like one."""
    return likeness_of(mine, its) >= (1.0 if mine.signature and its.signature else ALIKE)


def _near(look: Reading, prints: Mapping[str, Print]) -> Iterable[tuple[str, str]]:
    """Each of the comments with its decided near-duplicates."""
    long = {each: its for each, its in prints.items() if its.signature}
    bands = sorted({band for its in long.values() for band in its.bands})
    near = likenesses.near(look, bands, but=prints, limit=HIDDEN * len(long))
    for copy, text in comments.texts_of_many(look, near).items():
        other = print_of(text)
        for comment_id, its in long.items():
            if likeness_of(its, other) >= ALIKE:
                yield comment_id, copy
