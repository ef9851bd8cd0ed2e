"""Past cases like the one at hand, so that like is decided alike.

Near-duplicates first; then those in which the same words spoke for the decision, however the rest is written; then
what had the same label. Words say more than a label and less than meaning: 刷单 in two texts is the same trade, and who
says the same in other words is found by the label alone.

A text's bands and words are kept when a verdict on it holds. What is shown was decided about other comments: of the
comment at hand nothing is told, so that second opinions stay blind. What measures people (`MEASURED`) shows no near-
duplicates either, for the verdict on a copy is the answer; what had the same label still stands there where the case
looks like any other, or its absence would give the case away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from moderation.behaviour.signature import BANDS, ROWS, likeness, places_of, signature_of
from moderation.normaliser import normalise
from records import comments, decisions, likenesses, telling_words, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CommentRecord, DecisionRecord, Purpose, VerdictKind, VerdictRecord
from records.waiting import ANEW, DISAGREEMENT
from review.chosen import Why

SHOWN = 4
LOOKED_AT = 12
"""Comments that share a band, of which the likest are shown."""

MOST_WORDS, NEWEST_OF_A_WORD = 6, 60
"""Words of one decision, and decided comments of each that are looked at."""

_SHORTEST_WORD, _LONGEST_WORD = 2, 16
"""Letters of a word; one character says little, and more are a sentence."""

ALIKE = 0.4
"""The least likeness of two texts that are shown as near-duplicates; estimated from 36 values, give or take 0.08."""


COPIES = 0.7
"""From this likeness on two texts that were decided alike are told once: a campaign is one precedent, not four."""

MEASURED = frozenset({Purpose.OPINION, Purpose.GOLD, Purpose.LESSON})
"""Purposes of cases in which an answer is compared with another one."""

_SAID_TO_BE_BLIND = frozenset({*ANEW, DISAGREEMENT})


@dataclass(frozen=True, slots=True)
class Past:
    """A decided comment. `likeness` (0 to 1) is None where it shares words or the label alone."""

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
    words: tuple[str, ...] = ()
    """Those that spoke for both decisions, where it is shown for them."""


def remember(unit: Unit, comment: CommentRecord, decision: DecisionRecord) -> None:
    """Keeps by what the comment's text is found again; a text that is too short has no bands."""
    likenesses.keep(unit, comment.id, bands_in(comment.text))
    telling_words.keep(unit, comment.id, telling_in(comment, decision).keys())


def telling_in(comment: CommentRecord, decision: DecisionRecord) -> dict[int, str]:
    """The words that spoke for the decision, by their numbers, as the machine reads them; a few at the most.

    What a rule or a model points at is a word where it is short; a whole sentence is none.
    """
    if comment.revision != decision.revision:
        return {}
    spans = (span for reason in decision.decision.reasons for span in reason.spans)
    words = (letters_of(span.of(comment.text or "")) for span in spans)
    found = {number_of(word): word for word in words if _SHORTEST_WORD <= len(word) <= _LONGEST_WORD}
    return dict(list(found.items())[:MOST_WORDS])


def number_of(word: str) -> int:
    """63 bits."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") >> 1


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
    but = {comment.id, *near}
    if len(shown) < limit and case.why != Why.RANDOM:
        told = _of_words(look, case, comment, but, signature)
        shown += _told_once(told, limit - len(shown))
        but |= {past.comment_id for past in shown}
    if len(shown) < limit and case.label is not None:
        hidden = letters_of(comment.text) if case.purpose in MEASURED else None
        more = _of_label(look, case.label, sorted(but), signature, hidden)
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


def _of_words(
    look: Reading, case: CaseRecord, comment: CommentRecord, but: Collection[str], signature: bytes | None
) -> Iterator[Past]:
    """Where half of the words that speak for the decision spoke for theirs: those that share most, the newest first.

    Copies are left out: near-duplicates stand before, and short ones would be the answer to what measures somebody.
    """
    mine = telling_in(comment, decisions.get(look, case.decision_id))
    found = telling_words.sharing(look, mine, but=but, newest=NEWEST_OF_A_WORD)
    likest = sorted(found, key=lambda each: (len(found[each]), each), reverse=True)
    letters = letters_of(comment.text)
    fitting = [each for each in likest if 2 * len(found[each]) >= len(mine)][:LOOKED_AT]
    for past in _pasts(look, fitting):
        if _share(signature, past.text) < ALIKE and letters_of(past.text) != letters:
            shared = found[past.comment_id]
            yield replace(past, words=tuple(word for number, word in mine.items() if number in shared))


def _of_label(
    look: Reading, label: str, but: Sequence[str], signature: bytes | None, hidden: str | None
) -> Iterator[Past]:  # fmt: skip
    """What had the same label, the newest first; no near-duplicates, of which more may share a band than were seen.

    None with the letters that are `hidden`: short copies have no bands.
    """
    found = _pasts(look, likenesses.decided_as(look, label, but=but, limit=LOOKED_AT))
    others = (past for past in found if _share(signature, past.text) < ALIKE)
    return (past for past in others if hidden is None or letters_of(past.text) != hidden)


def letters_of(text: str | None) -> str:
    """The letters and digits of a text as the machine reads it: two texts with the same ones are copies."""
    return "".join(filter(str.isalnum, normalise(text or "").canonical.text))


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
    found = ((past, _share(signature, past.text)) for past in _pasts(look, near))
    return [replace(past, likeness=share) for past, share in found if share >= ALIKE]


def _share(signature: bytes | None, text: str) -> float:
    its = signature_of(normalise(text))
    return likeness(signature, its) if signature and its else 0.0


def _pasts(look: Reading, comment_ids: Sequence[str]) -> list[Past]:
    """What holds of each, in order; none of which nothing holds, or that were edited or erased since."""
    if not comment_ids:
        return []
    told, held = comments.of_many(look, comment_ids), verdicts.holding_of_many(look, comment_ids)
    judged = decisions.revisions_of(look, [each.decision_id for each in held.values()])
    found = []
    for comment_id in comment_ids:
        comment, verdict = told.get(comment_id), held.get(comment_id)
        if comment is None or verdict is None or comment.text is None:
            continue
        if judged.get(verdict.decision_id) == comment.revision:
            found.append(_past(comment.text, verdict))
    return found


def _past(text: str, held: VerdictRecord) -> Past:
    return Past(held.comment_id, held.decision_id, text, held.verdict, held.codes, held.created_at, None)
