"""For which comment an account is measured: one that it wrote itself, and that was found to be against the rules.

What somebody else said would carry the ladder for this account, keep it measured or free it by what becomes of
another's comment, and "once for one comment" would be once for as many comments as there are. So whoever names a
comment of another account, or one that came without an account, is refused: the reason says what else the account
did. Where many are measured at once, each has its own.

A comment that stands (it passed, somebody approved or restored it) is no cause, whoever names it: what rests on it
rests on one person's word alone, as where none is named (`causeless_days`, `governance/two_people.py`). Nor is one
that was refused because its account or its place was held, for nobody judged its words; nor one that a colleague
approved and only whoever measures the account found otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance import approvals, minding
from moderation.decision import Outcome
from moderation.errors import Fault, NotFoundError
from moderation.refused import refusals
from records import acted, comments, decisions, users, verdicts
from records.acted import ActedOn
from records.personal import Keyring
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind, VerdictRecord

INSTEAD = "name a comment that this account wrote, or leave it out and say in the reason what the account did"


@dataclass(frozen=True, slots=True)
class Cause:
    """The comment for which an account is measured: the text that it had then, and what holds of that now.

    `id` is the platform's (None where it gave none, and once erased); `text` is None once erased. `is_against`:
    somebody beside who took the measure, or the machine, found its words to be against the rules.
    """

    comment_id: str
    id: str | None
    posted_at: datetime
    surface: str
    thread_id: str | None
    text: str | None = field(repr=False)
    outcome: Outcome
    is_against: bool


def faults(look: Reading, keyring: Keyring, account: str, comment_id: str | None, *, where: str) -> Iterator[Fault]:
    """That the account, by the platform's pseudonym, did not write it; nothing where none is named or known."""
    if comment_id is None:
        return
    written_by = comments.get(look, comment_id).author_index
    if written_by is None:
        yield Fault(where, f"is a comment of which no account is known here: {INSTEAD}")
    elif written_by not in keyring.indexes("author", account):
        yield Fault(where, f"is a comment of another account: {INSTEAD}")


def of(look: Reading, made: MeasureRecord) -> Cause | None:
    """What the measure names; None where it names no comment, or is on one."""
    if made.cause_id is None:
        return None
    comment = comments.get(look, made.cause_id)
    judged = decisions.of_text_at(look, comment.id, made.created_at)
    return Cause(
        comment_id=comment.id,
        id=comment.external_id,
        posted_at=comment.created_at,
        surface=comment.surface,
        thread_id=comment.thread_id,
        text=comments.text_of(look, comment.id, judged.revision),
        outcome=judged.outcome,
        is_against=is_found(look, comment.id, by=made.asked_by, at=made.created_at),
    )


def document(cause: Cause) -> dict[str, Any]:
    """As programs are told it: by the platform's id, what holds of it, and whether it was found to break a rule."""
    return {"id": cause.id, "decision": cause.outcome.value, "against": cause.is_against}


def is_found(look: Reading, comment_id: str, *, by: str, at: datetime | None = None) -> bool:
    """Whether the comment was found to be against the rules, as far as `by`, who measures the account, may say so.

    Of one that was measured `at` a moment the text counts that it had then, not what its author made of it since. What
    others said of it last counts before what `by` said; where nobody else did, so does their own word.
    """
    latest = decisions.latest_of(look, comment_id) if at is None else decisions.of_text_at(look, comment_id, at)
    if latest.outcome is not Outcome.BLOCK:
        return False
    holds = acted.one(look, latest.id)
    if minding.is_word_of(holds):
        return False
    if holds.taken is not None and not approvals.is_one_hand(look, holds.taken.asked_by, by):
        return True
    others = [
        each
        for each in _said(look, comment_id, latest.revision)
        if not approvals.is_one_hand(look, _name(look, each), by)
    ]
    if others:
        return others[-1].verdict is VerdictKind.REJECT
    return holds.by_person or not refusals(holds.decision)


def stands(acted_on: ActedOn | None) -> bool:
    """Whether what is told of a measure's comment is that nothing holds against it."""
    return acted_on is not None and acted_on.outcome is Outcome.PASS


def _said(look: Reading, comment_id: str, revision: int) -> list[VerdictRecord]:
    """What decided this text of the comment and was not taken back, the oldest first."""
    said = verdicts.of_comment(look, comment_id)
    decided = (each for each in said if each.purpose is Purpose.DECIDE and each.verdict is not VerdictKind.UNSURE)
    return [each for each in decided if decisions.get(look, each.decision_id).revision == revision]


def _name(look: Reading, verdict: VerdictRecord) -> str:
    try:
        return users.get(look, verdict.moderator).name
    except NotFoundError:
        return verdict.moderator
