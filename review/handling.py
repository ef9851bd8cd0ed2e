"""How long people take over a case, and from how many cases on that says something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from records import flow
from records.flow import Handling
from records.unit_of_work import Reading
from review.agreement import ENOUGH
from review.queue import LEASE


@dataclass(frozen=True, slots=True)
class Took:
    """The median over so many decided cases, in seconds; few of them say nothing, since one slow case moves it."""

    seconds: float
    count: int

    @property
    def is_enough(self) -> bool:
        """Whether there are cases enough to say something."""
        return self.count >= ENOUGH


def took(handlings: Iterable[Handling]) -> Took | None:
    """Of those that a verdict ended; None where there were none."""
    times = [each.seconds for each in handlings if each.decided]
    return Took(median(times), len(times)) if times else None


def by_moderator(look: Reading, *, since: datetime) -> dict[str, Took]:
    """Of everybody who decided a case since then."""
    by: dict[str, list[Handling]] = {}
    for each in flow.handlings(look, since, pause=LEASE):
        by.setdefault(each.moderator, []).append(each)
    return {who: found for who, theirs in by.items() if (found := took(theirs)) is not None}


def of_one(look: Reading, me: Sequence[str], *, since: datetime) -> list[Handling]:
    """All of one person, under every name that records have for them."""
    return flow.handlings(look, since, pause=LEASE, by=me)
