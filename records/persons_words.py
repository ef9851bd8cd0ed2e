"""What people last said of comments that are sent again (`moderation/judged_before.py`): verdicts, measures by name.

A decision is made before it is stored, and most comments are new: so nobody looks beforehand. Whoever stores looks, in
the transaction of the decision; where that was made without the word nothing is stored, and `JudgedBeforeError` says
what was said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from moderation.comment import Comment
from moderation.decision import Outcome
from moderation.judged_before import EDITED, PersonsWord
from records import comments, measures, verdicts
from records.decisions import latest_of_many
from records.unit_of_work import Reading, Unit
from records.values import DecisionRecord

Sent = tuple[str, str]
"""A comment as it is sent: the platform's id of it, and the text."""


@dataclass(frozen=True, slots=True)
class Told:
    """A person's word about a comment that is sent again, and the latest decision about it."""

    word: PersonsWord
    decision: DecisionRecord


class JudgedBeforeError(Exception):
    """Some were decided without what a person said of them: `told` is what is true of these, None for nothing."""

    def __init__(self, told: Mapping[Sent, Told | None]) -> None:
        super().__init__("decided without what a person said before")
        self.told = told


def check(unit: Unit, sent: Sequence[Comment]) -> None:
    """Raises `JudgedBeforeError` where a comment was decided without what a person last said of it."""
    named = {(comment.id, comment.text): comment for comment in sent if comment.id is not None}
    told = of(unit, named)
    lacking = {
        each: told.get(each)
        for each, comment in named.items()
        if (told[each].word if each in told else None) != comment.before
    }
    if lacking:
        raise JudgedBeforeError(lacking)


def of(look: Reading, sent: Collection[Sent]) -> dict[Sent, Told]:
    """What people said of comments that are sent; of most nobody said anything."""
    known = comments.known_ids(look, sorted({name for name, _ in sent}))
    decided = latest_of_many(look, known.values())
    latest = {name: decided[comment_id] for name, comment_id in known.items() if comment_id in decided}
    found = {}
    for name, text in sent:
        if name in latest and (word := _word(look, latest[name], text)) is not None:
            found[name, text] = Told(word, latest[name])
    return found


def _word(look: Reading, decision: DecisionRecord, text: str) -> PersonsWord | None:
    """An edit of what was removed waits as long as nobody said anything of it; every further one does, too."""
    final = decision.final_outcome
    if final is None:
        waits = next((each for each in decision.decision.reasons if each.code == EDITED), None)
        return None if waits is None else PersonsWord(Outcome.BLOCK, is_same_text=False, ground=waits.ground)
    is_same = comments.text_of(look, decision.comment_id, decision.revision) == text
    if final is Outcome.PASS and not is_same:
        return None
    return PersonsWord(final, is_same, _ground(look, decision) if final is Outcome.BLOCK else "")


def _ground(look: Reading, decision: DecisionRecord) -> str:
    """On which it was removed: the measure's own, or the one on which the first that the verdict names stood."""
    taken = measures.stopping(look, decision.comment_id)
    if taken is not None:
        return taken.ground
    verdict = verdicts.holding_for(look, decision.id)
    codes = verdict.codes if verdict else ()
    return next((each.ground for each in decision.decision.reasons if each.code in codes), "")
