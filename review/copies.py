"""Copies of comments about which somebody is asked blind: what was decided about one is the answer to the other.

A copy is what a campaign of a text or contact spreads with it, a decided near-duplicate, or a text with the same
letters (short ones have no fingerprint). The console's pages (`console/in_hand.py`) and the API (`serving/telling.py`)
ask here, so that both hide the same. However many comments are asked about, it takes four queries; where nothing is
asked, none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from moderation.behaviour.signature import likeness, signature_of
from moderation.normaliser import normalise
from records import campaigns, comments, likenesses
from records.unit_of_work import Reading
from review.similar import ALIKE, bands_of, letters_of

HIDDEN = 500
"""Near-duplicates, the likest, of which nothing is told; for each comment that is asked about."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of some comments, with these: by id, and by letters, of which of them each is one."""

    ids: Mapping[str, frozenset[str]]
    letters: Mapping[str, frozenset[str]]

    def originals(self, comment_id: str, text: str | None) -> frozenset[str]:
        """Those of the comments that this one is, or is a copy of; none where it is another text."""
        found = self.ids.get(comment_id, frozenset())
        return found or (self.letters.get(letters_of(text), frozenset()) if self.letters else found)

    def of(self, originals: Collection[str]) -> set[str]:
        """Ids of these and their copies, without those that their letters alone would show."""
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
    for comment_id, copy in _near(look, texts):
        found[copy].add(comment_id)
    letters: dict[str, set[str]] = defaultdict(set)
    for comment_id, text in texts.items():
        if told := letters_of(text):
            letters[told].add(comment_id)
    return Copies(_frozen(found), _frozen(letters))


def _near(look: Reading, texts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Each of the comments with its decided near-duplicates."""
    signatures = {each: found for each, text in texts.items() if (found := signature_of(normalise(text)))}
    bands = sorted({band for signature in signatures.values() for band in bands_of(signature)})
    near = likenesses.near(look, bands, but=texts, limit=HIDDEN * len(signatures))
    for copy, text in comments.texts_of_many(look, near).items():
        other = signature_of(normalise(text))
        for comment_id, signature in signatures.items():
            if other and likeness(signature, other) >= ALIKE:
                yield comment_id, copy


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(some) for name, some in found.items()}
