"""Measures on an account as its story tells them: when each was asked for, began to wait, ended or was taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from console.people import name_of
from console.visit import Visit
from governance import account_notices
from records import authors, measures
from records.standing_values import MeasureRecord, MeasureState
from records.unit_of_work import Reading
from records.values import CommentRecord

MOST = 200
"""The latest measures of one account that its story tells."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A moment of a measure: it was asked for, or (`is_over`) it ended, was taken back or refused."""

    made: MeasureRecord
    at: datetime
    who: str
    why: str
    is_over: bool

    @property
    def may_be_lifted(self) -> bool:
        """Whether it holds now, so that the line leads to where it is taken back."""
        return not self.is_over and self.made.state is MeasureState.IN_FORCE


@dataclass(frozen=True, slots=True)
class Span:
    """What of the story a page shows: from `oldest` on, before `newest`; None where it has no such end."""

    oldest: datetime | None
    newest: datetime | None

    def __contains__(self, moment: datetime) -> bool:
        return (self.oldest is None or moment >= self.oldest) and (self.newest is None or moment < self.newest)


def turns_of(
    look: Reading, visit: Visit, comment: CommentRecord, span: Span, *, but: Collection[str]
) -> list[Turn]:  # fmt: skip
    """Those of who wrote `comment` within `span`; none for a comment of `but`, about which the visitor is asked."""
    if comment.author_cipher is None:
        return []
    keyring = visit.parts.keyring
    author_id = authors.id_of(look, keyring, keyring.reveal("author", comment.author_cipher))
    if author_id is None:
        return []
    made = measures.page(look, author_id=author_id, limit=MOST).items
    told = (turn for each in made if each.cause_id not in but for turn in _turns(look, visit, each))
    return [turn for turn in told if turn.at in span]


def _turns(look: Reading, visit: Visit, made: MeasureRecord) -> list[Turn]:
    why = account_notices.reason_in(made, visit.preferences.locale)
    asked = Turn(made, made.created_at, name_of(look, made.asked_by), why, is_over=False)
    if made.ended_at is None:
        return [asked]
    who = name_of(look, made.ended_by) if made.ended_by else ""
    return [asked, Turn(made, made.ended_at, who, made.ended_why or "", is_over=True)]
