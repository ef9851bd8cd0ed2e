"""What is not told to whoever has a case about a comment in hand: what others said; of an appeal, anything at all."""

from __future__ import annotations

from dataclasses import dataclass

from console.visit import Visit
from records import cases
from records.unit_of_work import Reading
from records.waiting import APPEAL


@dataclass(frozen=True, slots=True)
class InHand:
    """Comment ids: of those that are `asked` about no verdict counts or is told, of `appealed` no machine's either."""

    asked: frozenset[str]
    appealed: frozenset[str]


def in_hand(look: Reading, visit: Visit) -> InHand:
    """The visitor's, those taken ahead too. Whoever opened a case anew knows what was said, but for an appeal."""
    held = cases.leased_by(look, visit.me.id, now=visit.now)
    return InHand(
        frozenset(case.comment_id for case in held if case.opened_by != "reopened" or case.why == APPEAL),
        frozenset(case.comment_id for case in held if case.why == APPEAL),
    )
