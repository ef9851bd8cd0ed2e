"""What people last said of comments that are sent again (`moderation/judged_before.py`): verdicts, measures by name.

A decision is made before it is stored, and most comments are new: so nobody looks beforehand. Whoever stores looks, in
the transaction of the decision; where that was made without the word nothing is stored, and `JudgedBeforeError` says
what was said.

*The very same* is the text with its attachments, of the same kind, where it stood, by the same writer: all that whoever
judged it had before them. A removal is said of the text and its attachments, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from moderation.comment import Attachment, Comment
from moderation.decision import Outcome, Reason
from moderation.judged_before import EDITED, STAYS, PersonsWord
from records import attachments, comments, measures, verdicts
from records.attachments import packed
from records.decisions import last_settled, latest_of_many
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from records.values import CommentRecord, DecisionRecord, VerdictKind


@dataclass(frozen=True, slots=True)
class Sent:
    """A comment as it is sent: the platform's id of it, what it says, where it stands, and who wrote it, if named."""

    id: str
    text: str = field(repr=False)
    attachments: tuple[Attachment, ...] = field(repr=False)
    place: tuple[str | None, ...] = field(repr=False)
    author: str | None = field(repr=False)

    @classmethod
    def of(cls, comment: Comment) -> Sent:
        """What of a comment tells whether it is the same again."""
        context = comment.context
        place = comment.type, context.surface, context.thread_id, context.parent_id, context.parent_text
        return cls(comment.id or "", comment.text, comment.attachments, place, comment.author.id)

    def is_as(self, kept: CommentRecord, keyring: Keyring) -> bool:
        """Whether it is what is kept, to the last attachment, where that stands. Who names no writer means the same."""
        same = (kept.text, kept.attachments) == (self.text, packed(self.attachments))
        place = kept.type, kept.surface, kept.thread_id, kept.parent_id, kept.parent_text
        return same and place == self.place and self._is_by(kept, keyring)

    def _is_by(self, kept: CommentRecord, keyring: Keyring) -> bool:
        if self.author is None or kept.author_index is None:
            return True
        return kept.author_index in keyring.indexes("author", self.author)


@dataclass(frozen=True, slots=True)
class Told:
    """A person's word about a comment that is sent again, and the latest decision about it.

    `is_same`: it is sent exactly as that decision judged it.
    """

    word: PersonsWord
    decision: DecisionRecord
    is_same: bool


class JudgedBeforeError(Exception):
    """Some were decided without what a person said of them: `told` is what is true of these, None for nothing."""

    def __init__(self, told: Mapping[Sent, Told | None]) -> None:
        super().__init__("decided without what a person said before")
        self.told = told


def check(unit: Unit, sent: Sequence[Comment], keyring: Keyring) -> None:
    """Raises `JudgedBeforeError` where a comment was decided without what a person last said of it."""
    named = {Sent.of(comment): comment for comment in sent if comment.id is not None}
    told = of(unit, named, keyring)
    lacking = {
        each: told.get(each)
        for each, comment in named.items()
        if (told[each].word if each in told else None) != comment.before
    }
    if lacking:
        raise JudgedBeforeError(lacking)


def of(look: Reading, sent: Collection[Sent], keyring: Keyring) -> dict[Sent, Told]:
    """What people said of comments that are sent; of most nobody said anything."""
    known = comments.known_ids(look, sorted({each.id for each in sent}))
    decided = latest_of_many(look, known.values())
    latest = {name: decided[comment_id] for name, comment_id in known.items() if comment_id in decided}
    said = {name: decision for name, decision in latest.items() if _may_be_said(decision)}
    kept = comments.of_many(look, [each.comment_id for each in said.values()])
    found = {}
    for each in sent:
        if each.id in said:
            decision = said[each.id]
            is_same = each.is_as(kept[decision.comment_id], keyring)
            if (word := _word(look, decision, each, is_same=is_same)) is not None:
                found[each] = Told(word, decision, is_same)
    return found


def _may_be_said(decision: DecisionRecord) -> bool:
    """Whether a person said something of this one, or of one before it by whose word it was made."""
    return decision.final_outcome is not None or _mark(decision) is not None


def _mark(decision: DecisionRecord) -> Reason | None:
    """The reason by which a decision says that an earlier one was a person's removal."""
    return next((each for each in decision.decision.reasons if each.code in (STAYS, EDITED)), None)


def _word(look: Reading, latest: DecisionRecord, sent: Sent, *, is_same: bool) -> PersonsWord | None:
    if latest.final_outcome is Outcome.PASS:
        return PersonsWord(Outcome.PASS, is_whole=True, ground="") if is_same else None
    if latest.final_outcome is Outcome.BLOCK:
        return _removal(look, latest, sent)
    return _earlier_word(look, latest, sent)


def _earlier_word(look: Reading, latest: DecisionRecord, sent: Sent) -> PersonsWord | None:
    """Nobody has said anything of the latest yet, which was made by a removal before it.

    Where that holds it is held against. Where it was taken back meanwhile, an edit that waits goes on to wait, as does
    every further one; what was stopped for being the same is judged by the machine.
    """
    removed, mark = last_settled(look, latest.comment_id), _mark(latest)
    if removed is not None and _is_removed(look, removed):
        return _removal(look, removed, sent)
    if mark is None or mark.code == STAYS:
        return None
    return PersonsWord(Outcome.BLOCK, is_whole=False, ground=mark.ground)


def _is_removed(look: Reading, decision: DecisionRecord) -> bool:
    """Whether a person's removal of what was decided then holds now: by a verdict on it, or a measure."""
    if decision.final_outcome is not Outcome.BLOCK:
        return False
    verdict = verdicts.holding_for(look, decision.id)
    is_rejected = verdict is not None and verdict.verdict is VerdictKind.REJECT
    return is_rejected or measures.stopping(look, decision.comment_id) is not None


def _removal(look: Reading, removed: DecisionRecord, sent: Sent) -> PersonsWord:
    """It holds of what is sent if all that was removed is still in it; else a person looks."""
    was = comments.written(look, removed.comment_id, removed.revision)
    is_whole = was.text == sent.text and attachments.are_all_in(was.attachments, sent.attachments)
    return PersonsWord(Outcome.BLOCK, is_whole, _ground(look, removed))


def _ground(look: Reading, decision: DecisionRecord) -> str:
    """On which it was removed: the measure's own, or the one on which the first that the verdict names stood."""
    taken = measures.stopping(look, decision.comment_id)
    if taken is not None:
        return taken.ground
    verdict = verdicts.holding_for(look, decision.id)
    codes = verdict.codes if verdict else ()
    return next((each.ground for each in decision.decision.reasons if each.code in codes), "")
