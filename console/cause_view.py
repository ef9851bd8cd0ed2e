"""The comment for which an account is measured, as pages show it; and those that a measure can be taken for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.excerpts import Excerpt, excerpt
from console.harshness import Heeded, harsh_ones, harsh_together
from console.in_hand import in_hand
from console.marks import Piece, pieces
from console.permissions import Action
from console.verdict_lines import VerdictLine, verdict_line
from console.visit import Visit
from governance import causes
from moderation.decision import Outcome
from records import comments, decisions, story
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading
from records.values import CommentRecord

CHOICES = 10
"""Comments that are offered, the newest that are not shown."""

NONE = "none"
"""What the form says where a measure is taken for no comment."""


@dataclass(frozen=True, slots=True)
class Cause:
    """`text` is None once erased, `harsh` why it is blurred at first, `said` what people decided about it.

    `comment_id` is ours, `name` the platform's id; `is_against`: its words were found to be against the rules, as
    `governance/causes.py` counts it.
    """

    comment_id: str
    name: str | None
    text: tuple[Piece, ...] | None
    lang: str
    harsh: tuple[str, ...]
    link: str | None
    at: datetime
    surface: str
    thread: str | None
    outcome: Outcome
    is_against: bool
    said: tuple[VerdictLine, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A comment of the account that was found to be against the rules. `is_handle`: the one whose page this is."""

    comment_id: str
    name: str | None
    text: Excerpt | None
    lang: str
    is_harsh: bool
    at: datetime
    surface: str
    is_handle: bool


def cause_of(look: Reading, visit: Visit, made: MeasureRecord) -> Cause | None:
    """The comment of a measure; None where it names none, and while the visitor has a case about it in hand."""
    found = causes.of(look, made)
    if found is None or found.comment_id in in_hand(look, visit).asked:
        return None
    comment_id = found.comment_id
    comment, record = comments.get(look, comment_id), decisions.of_text_at(look, comment_id, made.created_at)
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    said = story.verdicts_about(look, [comment_id])
    return Cause(
        comment_id,
        found.id,
        None if found.text is None else pieces(found.text),
        comment.lang,
        harsh_together(look, heeded, [record], told=[comment_id])[comment_id],
        visit.url(f"/decisions/{record.id}") if visit.may(Action.SEE_DECISION) else None,
        found.posted_at,
        found.surface,
        found.thread_id,
        found.outcome,
        found.is_against,
        tuple(verdict_line(look, visit, each, found.text) for each in said),
    )


def choices(look: Reading, visit: Visit, comment: CommentRecord, indexes: tuple[str, ...]) -> tuple[Choice, ...]:
    """Of the account's comments those that were found to be against the rules; `indexes` are its keyed hashes.

    None about which the visitor is asked just now.
    """
    mine = in_hand(look, visit).asked
    newest = story.stopped_of(look, indexes, limit=CHOICES)
    some = [each for each in dict.fromkeys((comment.id, *newest)) if each not in mine]
    found = [each for each in some if causes.is_found(look, each, by=visit.me.name)]
    harsh = harsh_ones(look, found)
    return tuple(_choice(comments.get(look, each), comment.id, each in harsh) for each in found)


def _choice(comment: CommentRecord, handle: str, is_harsh: bool) -> Choice:
    return Choice(
        comment.id,
        comment.external_id,
        None if comment.text is None else excerpt(comment.text),
        comment.lang,
        is_harsh,
        comment.created_at,
        comment.surface,
        comment.id == handle,
    )
