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
from records import comments, knowing, leases
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord
from records.waiting import ANEW
from review import similar


@dataclass(frozen=True, slots=True)
class InHand:
    """Comment ids: of those that are `asked` about no verdict counts or is told, of `appealed` no machine's either.

    `copies` are those of them that are nearly a text of which the visitor must not know what was decided; `letters`
    those of short texts, by which a copy is known (`similar.letters_of`).
    """

    asked: frozenset[str]
    appealed: frozenset[str]
    copies: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()

    def with_copies_among(self, shown: Iterable[CommentRecord]) -> InHand:
        """The same, with those of `shown` that have the letters of a short text."""
        if not self.letters:
            return self
        same = frozenset(
            one.id for one in shown if one.id not in self.asked and similar.letters_of(one.text) in self.letters
        )
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
    copies, letters = _copies(look, blind)
    of_appealed, _ = _copies(look, appealed)
    return InHand(
        frozenset(asked | copies), frozenset(appealed | of_appealed), frozenset(copies - asked), frozenset(letters)
    )  # fmt: skip


def is_asked_blind(case: CaseRecord) -> bool:
    """Whether the case asks somebody who must not know what was decided, of its comment or of a copy of it."""
    return knowing.is_blind(case) or case.purpose in similar.MEASURED


def _copies(look: Reading, comment_ids: Collection[str]) -> tuple[set[str], set[str]]:
    """Ids of their copies, and the letters of those that are too short to have any."""
    copies: set[str] = set()
    letters: set[str] = set()
    for comment_id in sorted(comment_ids):
        comment = comments.get(look, comment_id)
        copies |= similar.copies_of(look, comment)
        letters |= {similar.letters_of(comment.text)} - {""}
    return copies, letters


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
