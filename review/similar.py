"""Past cases like the one at hand, so that like is decided alike.

Near-duplicates first; then those in which the same words spoke for the decision, however the rest is written; then
what had the same label. Words say more than a label and less than meaning: 刷单 in two texts is the same trade, and who
says the same in other words is found by the label alone.

A text's bands and words are kept when a verdict on it holds. What is shown was decided about other comments: of the
comment at hand nothing is told, so that second opinions stay blind. What measures people (`MEASURED`) shows no near-
duplicates that others decided either, for the verdict on a copy is the answer; what whoever has it in hand decided
themselves, and what had the same label, still stands there where the case looks like any other, or its absence would
give the case away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from records import comments, decisions, likenesses, telling_words, verdicts
from records.known_as import known_as
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CommentRecord, DecisionRecord, Purpose, VerdictKind, VerdictRecord
from records.waiting import ANEW, DISAGREEMENT
from review.alike import ALIKE, COPIES, Print, bands_in, letters_of, likeness_of, print_of
from review.chosen import Why

SHOWN = 4
LOOKED_AT = 12
"""Comments that share a band, of which the likest are shown."""

MOST_WORDS, NEWEST_OF_A_WORD = 6, 60
"""Words of one decision, and decided comments of each that are looked at."""

_SHORTEST_WORD, _LONGEST_WORD = 2, 16
"""Letters of a word; one character says little, and more are a sentence."""

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
    moderator: str
    likeness: float | None
    copies: int = 0
    """Others of its kind that were decided alike, told with it."""
    words: tuple[str, ...] = ()
    """Those that spoke for both decisions, where it is shown for them."""

    @property
    def is_alike(self) -> bool:
        """Whether its text is nearly the one at hand."""
        return (self.likeness or 0.0) >= ALIKE


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
    """The likest first, then the newest with the same suspected label; what measures somebody tells no answer.

    What was drawn at random to measure the machine shows nothing with the words or the label that the machine marks.
    """
    if case.why in _SAID_TO_BE_BLIND or case.purpose is Purpose.LESSON:
        return Precedents()
    mine = print_of(comment.text)
    near = likenesses.near(look, mine.bands, but=[comment.id], limit=LOOKED_AT)
    found = _compared(look, near, mine)
    alike = _told_to(look, case, [past for past in found if past.is_alike])
    if case.why != Why.RANDOM and len(alike) < limit:
        found += _of_words(look, case, comment, [comment.id, *near], mine)
        if case.label is not None:
            but = [comment.id, *near, *(past.comment_id for past in found)]
            found += _compared(look, likenesses.decided_as(look, case.label, but=but, limit=LOOKED_AT), mine)
        alike = _told_to(look, case, [past for past in found if past.is_alike])
    shown = _told_once(sorted(alike, key=lambda past: past.likeness or 0, reverse=True), limit)
    if len(shown) < limit:
        unlike = (replace(past, likeness=None) for past in found if not past.is_alike and past.comment_id not in near)
        shown += _told_once(unlike, limit - len(shown))
    rejected = sum(past.verdict is VerdictKind.REJECT for past in alike)
    return Precedents(tuple(shown), rejected, len(alike) - rejected)


def _told_to(look: Reading, case: CaseRecord, alike: list[Past]) -> list[Past]:
    """Near-duplicates; where the case measures somebody, those that they decided themselves."""
    if case.purpose not in MEASURED or not alike:
        return alike
    own = () if case.lease_owner is None else known_as(look, case.lease_owner)
    return [past for past in alike if past.moderator in own]


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


def _of_words(
    look: Reading, case: CaseRecord, comment: CommentRecord, but: Sequence[str], mine: Print
) -> list[Past]:  # fmt: skip
    """Where half of the words that speak for the decision spoke for theirs: those that share most, the newest first."""
    words = telling_in(comment, decisions.get(look, case.decision_id))
    found = telling_words.sharing(look, words, but=but, newest=NEWEST_OF_A_WORD)
    likest = sorted(found, key=lambda each: (len(found[each]), each), reverse=True)
    fitting = [each for each in likest if 2 * len(found[each]) >= len(words)][:LOOKED_AT]
    return [
        past
        if past.is_alike
        else replace(past, words=tuple(words[each] for each in words if each in found[past.comment_id]))
        for past in _compared(look, fitting, mine)
    ]


def _compared(look: Reading, comment_ids: Sequence[str], mine: Print) -> list[Past]:
    """What holds of these comments, in their order, each with how like the text at hand it is."""
    return [replace(past, likeness=likeness_of(mine, print_of(past.text))) for past in _pasts(look, comment_ids)]


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
    return Past(
        held.comment_id, held.decision_id, text, held.verdict, held.codes, held.created_at, held.moderator, None
    )
