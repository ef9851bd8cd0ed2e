"""What is not told to whoever has a case about a comment in hand: what others said; of an appeal, anything at all.

Of what is asked blind (second opinions, appeals, disagreements) it is not told to whoever had it in hand either, until
it is settled; and whoever was told is not asked, which is why pages that tell it note who read them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from console.permissions import Action
from console.visit import Visit
from records import knowing, leases
from records.unit_of_work import Reading
from records.waiting import ANEW


@dataclass(frozen=True, slots=True)
class InHand:
    """Comment ids: of those that are `asked` about no verdict counts or is told, of `appealed` no machine's either."""

    asked: frozenset[str]
    appealed: frozenset[str]


def in_hand(look: Reading, visit: Visit) -> InHand:
    """The visitor's, those taken ahead and those given back blind too.

    Whoever opened a case anew knows what was said, but for an appeal.
    """
    held = leases.leased_by(look, visit.me.id, now=visit.now)
    blind = knowing.unsettled(look, visit.me.id)
    asked = {case.comment_id for case in held if case.opened_by != "reopened" or case.why in ANEW}
    appealed = {case.comment_id for case in held if case.why in ANEW}
    appealed |= {each.comment_id for each in blind if each.why in ANEW}
    return InHand(frozenset(asked | {each.comment_id for each in blind}), frozenset(appealed))


def note_reading(visit: Visit, comment_ids: Collection[str], *, whole: bool = False) -> None:
    """The visitor is told what was decided about these. A `whole` decision counts for what may be asked later too."""
    if not visit.may(Action.DECIDE):
        return
    with visit.parts.database.reading() as look:
        told = set(comment_ids) - in_hand(look, visit).asked
        told = told if whole else knowing.asked_about(look, sorted(told))
    if told:
        with visit.parts.database.unit() as unit:
            knowing.read(unit, told, visit.me.id, now=visit.now)
            unit.commit()
