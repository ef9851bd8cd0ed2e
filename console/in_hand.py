"""What is not told to whoever has a case about a comment in hand: what others said; of an appeal, anything at all.

Of what is asked blind (second opinions, appeals, disagreements) it is not told to whoever had it in hand either, until
it is settled; and whoever was told is not asked, which is why pages that tell it note who read them.

What others said of a copy is the answer to it: of near-duplicates of what is asked blind, and of known answers, it is
not told either, in no thread, campaign, group, story or search. They look as if nobody had decided them, for a sentence
that stands there while such a case is in hand would tell that it is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from console.permissions import Action
from console.visit import Visit
from records import knowing, leases, verdicts
from records.known_as import known_as
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord
from records.waiting import ANEW, DISAGREEMENT, RANDOM
from review import copies, similar
from review.copies import Copies


@dataclass(frozen=True, slots=True)
class InHand:
    """Comment ids: of those that are `asked` about no verdict counts or is told, of `appealed` no machine's either.

    What was drawn at random to measure the machine is among `appealed`.

    `copies` are those of them that are nearly a text of which the visitor must not know what was decided; `blind` knows
    those that nobody decided by their letters, too.
    """

    asked: frozenset[str]
    appealed: frozenset[str]
    copies: frozenset[str]
    blind: Copies
    me: str

    def with_copies_among(self, look: Reading, shown: Iterable[CommentRecord]) -> InHand:
        """The same, with those of `shown` that say nearly what the visitor is asked about blind."""
        if not self.blind.prints:
            return self
        same: Collection[str] = {
            one.id for one in shown if one.id not in self.asked and self.blind.originals(one.id, one.text)
        }
        same = _but_own(look, self.me, same)
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
    appealed |= {case.comment_id for case in held if case.why == RANDOM}
    appealed |= {each.comment_id for each in given_back if each.why in ANEW}
    blind = {each.comment_id for each in given_back} | {case.comment_id for case in held if is_asked_blind(case)}
    found = copies.of_many(look, blind)
    of_appeals = found.of(appealed) | appealed
    hidden = _but_own(look, visit.me.id, found.of(blind) - asked) | (of_appeals - asked)
    return InHand(frozenset(asked | hidden), frozenset(of_appeals), frozenset(hidden), found, visit.me.id)


def _but_own(look: Reading, me: str, copies_: Collection[str]) -> frozenset[str]:
    """Those of them of which something else holds than the visitor's own word, which they know."""
    held = verdicts.holding_of_many(look, sorted(copies_)) if copies_ else {}
    own = known_as(look, me) if held else ()
    return frozenset(each for each in copies_ if each not in held or held[each].moderator not in own)


def is_asked_blind(case: CaseRecord) -> bool:
    """Whether the case asks somebody who must not know what was decided, of its comment or of a copy of it."""
    return knowing.is_blind(case) or case.purpose in similar.MEASURED


def is_known_to_be_blind(case: CaseRecord) -> bool:
    """Whether the page itself says that the case is asked blind; what measures somebody must look like any other."""
    return case.why in (*ANEW, DISAGREEMENT)


def closed_meanwhile(look: Reading, visit: Visit) -> frozenset[str]:
    """Comments of which no record is shown to the visitor: all that they are asked about, and copies of these.

    Copies of whatever they have in hand, not of what is blind alone, or what is not shown would tell which it is.
    """
    asked = in_hand(look, visit).asked
    return asked | frozenset(copies.of_many(look, asked).ids)


def note_reading(visit: Visit, comment_ids: Collection[str], *, whole: bool = False) -> None:
    """The visitor is told what was decided about these: counted for what may be asked later too.

    Of a list that is what another person decided, or what somebody is asked blind now; `whole` counts whatever it was.
    """
    if not visit.may(Action.DECIDE):
        return
    with visit.parts.database.reading() as look:
        told = set(comment_ids) - in_hand(look, visit).asked
        told = told if whole else knowing.told_by(look, told, visit.me.id)
    if told:
        with visit.parts.database.unit() as unit:
            knowing.read(unit, told, visit.me.id, now=visit.now)
            unit.commit()
