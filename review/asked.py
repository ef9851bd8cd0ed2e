"""Who was asked too few known answers for how much they decided: a check that somebody goes around is none.

Known answers come with whatever is asked for (`review/gold.py`), but for queues that have none, what is picked by hand,
and what is urgent. Whoever works there alone is measured by little, and their figures say nothing. So what they were
asked is held against the share that is set: fewer than half of it, and fewer than chance would bring once in two
hundred times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from records import gold, opinions
from records.unit_of_work import Reading

_CHANCE = 2.58
"""Standard deviations below what is expected, beyond which one in two hundred counts falls by chance."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Known answers that somebody gave among all that they decided, and the share that is set."""

    known: int
    decided: int
    share: float

    @property
    def is_too_few(self) -> bool:
        """Whether they were measured by less than half of what is set, and not by chance."""
        expected = self.decided * self.share
        return self.known < expected / 2 and self.known < expected - _CHANCE * sqrt(expected)


def by_moderator(look: Reading, share: float, *, since: datetime) -> dict[str, Asked]:
    """Of everybody who decided since then. Nobody where no answer is known that could be asked."""
    if not share or not gold.in_use(look):
        return {}
    return {who: Asked(known, decided, share) for who, (known, decided) in opinions.asked(look, since=since).items()}
