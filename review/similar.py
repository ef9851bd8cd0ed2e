"""Past cases like the one at hand, so that like is decided alike: near-duplicates first, then what had the same label.

A text's bands are kept when a verdict on it holds. What is shown was decided about other comments: of the comment at
hand nothing is told, so that second opinions stay blind. What measures people (`MEASURED`) shows no near-duplicates
either, for the verdict on a copy is the answer; what had the same label still stands there where the case looks like
any other, or its absence would give the case away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from moderation.behaviour.signature import BANDS, ROWS, likeness, places_of, signature_of
from moderation.normaliser import normalise
from records import comments, decisions, likenesses, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CommentRecord, Purpose, VerdictKind
from records.waiting import ANEW, DISAGREEMENT

SHOWN = 4
LOOKED_AT = 12
"""Comments that share a band, of which the likest are shown."""

ALIKE = 0.4
"""The least likeness of two texts that are shown as near-duplicates; estimated from 36 values, give or take 0.08."""


COPIES = 0.7
"""From this likeness on two texts that were decided alike are told once: a campaign is one precedent, not four."""

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
    """The likest first, then the newest with the same suspected label; what measures somebody tells no answer."""
    if case.why in _SAID_TO_BE_BLIND or case.purpose is Purpose.LESSON:
        return Precedents()
    signature = signature_of(normalise(comment.text or ""))
    near = likenesses.near(look, bands_of(signature), but=[comment.id], limit=LOOKED_AT)
    alike = [] if case.purpose in MEASURED else _alike(look, near, signature)
    shown = _told_once(sorted(alike, key=lambda past: past.likeness or 0, reverse=True), limit)
    if len(shown) < limit and case.label is not None:
        more = _of_label(look, case.label, [comment.id, *near], signature)
        shown += _told_once(more, limit - len(shown))
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
    return one.text == other.text or _share(signature_of(normalise(one.text)), other.text) >= COPIES


def _of_label(look: Reading, label: str, but: Sequence[str], signature: bytes | None) -> Iterator[Past]:
    """What had the same label, the newest first; no near-duplicates, of which more may share a band than were seen."""
    found = (_past(look, one, None) for one in likenesses.decided_as(look, label, but=but, limit=LOOKED_AT))
    return (past for past in found if past is not None and _share(signature, past.text) < ALIKE)


def bands_in(text: str | None) -> Sequence[int]:
    """The bands of a text; none of one that is too short."""
    return bands_of(signature_of(normalise(text or "")))


def bands_of(signature: bytes | None) -> Sequence[int]:
    """Twelve numbers below 2**52, each of a band's place and its three values."""
    if signature is None:
        return []
    rows = places_of(signature).reshape(BANDS, ROWS)
    return [(band << 48) + int(a) + (int(b) << 16) + (int(c) << 32) for band, (a, b, c) in enumerate(rows)]


def _alike(look: Reading, near: Sequence[str], signature: bytes | None) -> list[Past]:
    found = []
    for comment_id in near:
        other = comments.get(look, comment_id)
        share = _share(signature, other.text or "")
        past = _past(look, comment_id, share) if share >= ALIKE else None
        if past is not None:
            found.append(past)
    return found


def _share(signature: bytes | None, text: str) -> float:
    its = signature_of(normalise(text))
    return likeness(signature, its) if signature and its else 0.0


def _past(look: Reading, comment_id: str, share: float | None) -> Past | None:
    """What holds of the comment; None where nothing does, or it was edited or erased since."""
    comment, held = comments.get(look, comment_id), verdicts.holding_of(look, comment_id)
    if held is None or comment.text is None:
        return None
    if decisions.get(look, held.decision_id).revision != comment.revision:
        return None
    return Past(comment_id, held.decision_id, comment.text, held.verdict, held.codes, held.created_at, share)
