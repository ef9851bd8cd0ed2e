"""Whether finds of several kinds stand close together."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import Protocol, TypeVar

from moderation.normaliser import Normalised
from moderation.spans import Span


class Placed(Protocol):
    """Anything with a span of the text as sent."""

    @property
    def span(self) -> Span: ...  # noqa: D102


Thing = TypeVar("Thing", bound=Placed)


def nearest_parts(parts: Sequence[Sequence[Thing]], within: int, text: Normalised) -> list[Thing] | None:
    """The first finds, one of each part or more, that begin within `within` visible characters; None if there are none.

    Distances are counted in the canonical view, so that invisible characters do not push things apart. Linear in the
    finds, once they are sorted.
    """
    starts = text.canonical.starts
    placed = sorted(
        ((bisect_left(starts, thing.span.start), part, thing) for part, things in enumerate(parts) for thing in things),
        key=lambda item: item[:2],
    )
    inside: Counter[int] = Counter()
    first = 0
    for last, (place, part, _) in enumerate(placed):
        inside[part] += 1
        while place - placed[first][0] > within:
            inside[placed[first][1]] -= 1
            first += 1
        if all(inside[each] for each in range(len(parts))):
            return [thing for _, _, thing in placed[first : last + 1]]
    return None
