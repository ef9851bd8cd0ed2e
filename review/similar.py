"""Past cases like the one at hand, so that like is decided alike: near-duplicates first, then what had the same label.

A text's bands are kept when a verdict on it holds. What is shown was decided about other comments: of the comment at
hand nothing is told, so that second opinions stay blind. What measures people (`MEASURED`) shows no near-duplicates
either, for the verdict on a copy is the answer; what had the same label still stands there where the case looks like
any other, or its absence would give the case away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from records import comments, decisions, likenesses, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CommentRecord, Purpose, VerdictKind
from records.waiting import ANEW, DISAGREEMENT
from review.alike import ALIKE, COPIES, Print, bands_in, likeness_of, print_of
from review.chosen import Why

SHOWN = 4
LOOKED_AT = 12
"""Comments that share a band, of which the likest are shown."""

MEASURED = frozenset({Purpose.OPINION, Purpose.GOLD, Purpose.LESSON})
"""Purposes of cases in which an answer is compared with another one."""

_SAID_TO_BE_BLIND = frozenset({*ANEW, DISAGREEMENT})


@dataclass(frozen=True, slots=True)
class Past:
    """A decided comment. `likeness` (0 to 1) is None where it shares the label alone."""

    comment_id: str
    decision_id: str
    text: str
    verdict: VerdictKind
    labels: tuple[str, ...]
    """With the ground of a reject that no label names."""
    decided_at: datetime
    likeness: float | None
    copies: int = 0
    """Others of its kind that were decided alike, told with it."""

    @property
    def is_alike(self) -> bool:
        """Whether its text is nearly the one at hand."""
        return (self.likeness or 0.0) >= ALIKE


def remember(unit: Unit, comment: CommentRecord) -> None:
    """Keeps by what the comment's text is found again; a text that is too short has nothing of the kind."""
    likenesses.keep(unit, comment.id, bands_in(comment.text))


@dataclass(frozen=True, slots=True)
class Precedents:
    """At most so many past cases as were asked for, and how near-duplicates were decided, those not shown too."""

    past: tuple[Past, ...] = ()
    rejected: int = 0
    approved: int = 0

    @property
    def differ(self) -> bool:
        """Whether like was decided unlike."""
        return bool(self.rejected and self.approved)


def similar_to(look: Reading, case: CaseRecord, comment: CommentRecord, *, limit: int = SHOWN) -> Precedents:
    """The likest first, then the newest with the same suspected label; what measures somebody tells no answer.

    What was drawn at random to measure the machine shows nothing that had its label: that is what the machine thinks.
    """
    if case.why in _SAID_TO_BE_BLIND or case.purpose is Purpose.LESSON:
        return Precedents()
    mine, label = print_of(comment.text), None if case.why == Why.RANDOM else case.label
    near = likenesses.near(look, mine.bands, but=[comment.id], limit=LOOKED_AT)
    found = _compared(look, near, mine)
    if label is not None:
        but = [comment.id, *near]
        found += _compared(look, likenesses.decided_as(look, label, but=but, limit=LOOKED_AT), mine)
    alike = [] if case.purpose in MEASURED else [past for past in found if past.is_alike]
    shown = _told_once(sorted(alike, key=lambda past: past.likeness or 0, reverse=True), limit)
    if len(shown) < limit:
        unlike = (replace(past, likeness=None) for past in found if not past.is_alike and past.comment_id not in near)
        shown += _told_once(unlike, limit - len(shown))
    rejected = sum(past.verdict is VerdictKind.REJECT for past in alike)
    return Precedents(tuple(shown), rejected, len(alike) - rejected)


def _told_once(found: Iterable[Past], limit: int) -> list[Past]:
    """The first `limit` of different texts, in order, each with how many copies of it were decided alike."""
    kept: list[Past] = []
    for past in found:
        place = next((at for at, one in enumerate(kept) if _is_copy(one, past)), None)
        if place is not None:
            kept[place] = replace(kept[place], copies=kept[place].copies + 1)
        elif len(kept) < limit:
            kept.append(past)
    return kept


def _is_copy(one: Past, other: Past) -> bool:
    if (one.verdict, one.labels) != (other.verdict, other.labels):
        return False
    return one.text == other.text or likeness_of(print_of(one.text), print_of(other.text)) >= COPIES


def _compared(look: Reading, comment_ids: Sequence[str], mine: Print) -> list[Past]:
    """What holds of these comments, in their order, each with how like the text at hand it is."""
    told = (_past(look, comment_id, mine) for comment_id in comment_ids)
    return [past for past in told if past is not None]


def _past(look: Reading, comment_id: str, mine: Print) -> Past | None:
    """What holds of the comment; None where nothing does, or it was edited or erased since."""
    comment, held = comments.get(look, comment_id), verdicts.holding_of(look, comment_id)
    if held is None or comment.text is None:
        return None
    if decisions.get(look, held.decision_id).revision != comment.revision:
        return None
    share = likeness_of(mine, print_of(comment.text))
    return Past(comment_id, held.decision_id, comment.text, held.verdict, held.codes, held.created_at, share)
