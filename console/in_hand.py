"""What is not told to whoever has a case about a comment in hand: what others said; of an appeal, anything at all.

Of what is asked blind (second opinions, appeals, disagreements) it is not told to whoever had it in hand either, until
it is settled; and whoever was told is not asked, which is why pages that tell it note who read them.

What was said of a copy is the answer to it: of near-duplicates of what is asked blind, and of known answers, nothing is
told either, in no thread, campaign, group, story or search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from console.permissions import Action
from console.visit import Visit
from records import knowing, leases
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord
from records.waiting import ANEW
from review import copies, similar
from review.copies import Copies


@dataclass(frozen=True, slots=True)
class InHand:
    """Comment ids: of those that are `asked` about no verdict counts or is told, of `appealed` no machine's either.

    `copies` are those of them that are nearly a text of which the visitor must not know what was decided; `blind` knows
    short ones by their letters, too.
    """

    asked: frozenset[str]
    appealed: frozenset[str]
    copies: frozenset[str]
    blind: Copies

    def with_copies_among(self, shown: Iterable[CommentRecord]) -> InHand:
        """The same, with those of `shown` that have the letters of a text about which the visitor is asked blind."""
        if not self.blind.letters:
            return self
        same = frozenset(one.id for one in shown if one.id not in self.asked and self.blind.originals(one.id, one.text))
        return replace(self, asked=self.asked | same, copies=self.copies | same)


def in_hand(look: Reading, visit: Visit) -> InHand:
    """The visitor's, those taken ahead and those given back blind too, and copies of what is asked blind.

    Whoever opened a case anew knows what was said, but for an appeal.
    """
    held = leases.leased_by(look, visit.me.id, now=visit.now)
    given_back = knowing.unsettled(look, visit.me.id)
    asked = {case.comment_id for case in held if case.opened_by != "reopened" or case.why in ANEW}
    asked |= {each.comment_id for each in given_back}
    appealed = {case.comment_id for case in held if case.why in ANEW}
    appealed |= {each.comment_id for each in given_back if each.why in ANEW}
    blind = {each.comment_id for each in given_back} | {case.comment_id for case in held if is_asked_blind(case)}
    found = copies.of_many(look, blind)
    hidden = found.of(blind)
    return InHand(frozenset(asked | hidden), frozenset(found.of(appealed) | appealed), frozenset(hidden - asked), found)


def is_asked_blind(case: CaseRecord) -> bool:
    """Whether the case asks somebody who must not know what was decided, of its comment or of a copy of it."""
    return knowing.is_blind(case) or case.purpose in similar.MEASURED


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
