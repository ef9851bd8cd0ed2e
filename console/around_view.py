"""What stands around a comment on the work page: its thread, its author at a glance, past cases like it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.author_view import AuthorView, view_author
from console.excerpts import excerpt
from console.harshness import harsh_ones
from console.marks import Piece
from console.words import Words, percent
from moderation.credit import CreditRules
from moderation.taxonomy import Taxonomy
from records import surroundings
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord, LineRecord, VerdictKind
from records.waiting import ANEW
from review import similar
from review.similar import Past

NEIGHBOURS = 3
"""Comments before and after."""


@dataclass(frozen=True, slots=True)
class Line:
    """A comment of the same thread; `same_author` as the comment at hand."""

    comment_id: str
    text: tuple[Piece, ...]
    same_author: bool
    is_parent: bool
    is_harsh: bool
    apart: timedelta
    """How long before or after the comment at hand it was written."""


@dataclass(frozen=True, slots=True)
class PastLine:
    """A past case in words."""

    comment_id: str
    text: tuple[Piece, ...]
    decision_id: str
    verdict: str
    is_reject: bool
    why: str
    ago: timedelta
    is_harsh: bool
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Around:
    """`author` is None where nobody is named, or may be told."""

    before: tuple[Line, ...]
    after: tuple[Line, ...]
    author: AuthorView | None
    past: tuple[PastLine, ...]
    differ: str = ""
    """That near-duplicates were decided differently, in words; empty where they were not, or none may be told."""


@dataclass(frozen=True, slots=True)
class AroundHouse:
    """What labels are called, and how the policy that judged counts credit (None: it keeps none)."""

    taxonomy: Taxonomy
    credit: CreditRules | None


def view_around(
    look: Reading, case: CaseRecord, comment: CommentRecord, house: AroundHouse, words: Words, now: datetime
) -> Around:
    """Reads what stands around. An appeal shows nothing of its author: what was measured is what is appealed."""
    before, after = surroundings.thread(look, comment, limit=NEIGHBOURS)
    is_blind = case.why in ANEW
    found = similar.similar_to(look, case, comment)
    past = found.past
    harsh = harsh_ones(look, [*(each.id for each in (*before, *after)), *(each.comment_id for each in past)])
    return Around(
        before=tuple(_line(each, comment, harsh) for each in before),
        after=tuple(_line(each, comment, harsh) for each in after),
        author=None if is_blind else view_author(look, comment, house.credit, words, now),
        past=tuple(_past(each, house.taxonomy, words, now, is_harsh=each.comment_id in harsh) for each in past),
        differ=words("past.differ", rejected=found.rejected, approved=found.approved) if found.differ else "",
    )


def _line(line: LineRecord, comment: CommentRecord, harsh: Collection[str]) -> Line:
    same = comment.author_index is not None and line.author_index == comment.author_index
    is_parent = comment.parent_id is not None and line.external_id == comment.parent_id
    apart = abs(line.created_at - comment.created_at)
    return Line(line.id, excerpt(line.text).text, same, is_parent, line.id in harsh, apart)


def _past(past: Past, taxonomy: Taxonomy, words: Words, now: datetime, *, is_harsh: bool) -> PastLine:
    is_reject = past.verdict is VerdictKind.REJECT
    named = words("work.comma").join(taxonomy.title(code, words.locale) for code in past.labels)
    return PastLine(
        comment_id=past.comment_id,
        text=excerpt(past.text).text,
        decision_id=past.decision_id,
        verdict=words("past.rejected", labels=named) if is_reject else words("past.approved"),
        is_reject=is_reject,
        why=_why(past, words, is_harsh=is_harsh),
        ago=now - past.decided_at,
        is_harsh=is_harsh,
        copies=past.copies,
    )


def _why(past: Past, words: Words, *, is_harsh: bool) -> str:
    """Why it is shown; the words of a text that is blurred are not said."""
    if past.likeness is not None:
        return words("past.alike", share=percent(past.likeness))
    if past.words and is_harsh:
        return words("past.same_words")
    return words("past.words", words=words("work.comma").join(past.words)) if past.words else words("past.label")
