"""A comment as a row of a search or a story shows it: everything that the template prints is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.attachment_view import NO_ATTACHMENTS, AttachmentsView
from console.case_view import attached, spans_of
from console.harshness import Heeded, harsh_together
from console.in_hand import InHand, in_hand
from console.marks import Piece, pieces
from console.visit import Visit
from records.search import Hit
from records.search_marks import places_in
from records.search_words import Words
from records.unit_of_work import Reading
from records.values import DecisionRecord

NOTHING = Words()

SHOWN = 400
"""Code points of a text in a row; the decision's page has it whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """`text` is None once erased. `in_hand`: the visitor is asked about it now, and is not told what others said.

    `is_blind`: it is appealed to them, so that the machine's outcome, labels and marks are not told either. `is_copy`:
    nearly the text that they are asked about.
    """

    hit: Hit
    text: tuple[Piece, ...] | None
    is_cut: bool
    harsh: tuple[str, ...]
    labels: tuple[str, ...]
    outcome: str
    in_hand: bool
    is_blind: bool
    is_copy: bool = False
    attachments: AttachmentsView = NO_ATTACHMENTS
    spared: bool = False
    """An entry of a list let it pass, or kept a reason from it."""

    @property
    def ticked_as(self) -> str:
        """What the form sends for it: the comment, and the decision that the page had shown of it."""
        return f"{self.hit.comment.id}:{self.hit.decision.id}"


def spares(record: DecisionRecord) -> bool:
    """Whether an entry of a list spared the comment something."""
    return bool(record.decision.allowed and record.decision.allowed.spared)


def rows_of(look: Reading, visit: Visit, hits: Iterable[Hit], wanted: Words = NOTHING) -> list[Row]:
    """Rows; `wanted` is what was looked for, marked in place of what the machine points at."""
    shown = list(hits)
    mine = in_hand(look, visit).with_copies_among(look, [hit.comment for hit in shown])
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    told = [hit.comment.id for hit in shown if hit.comment.id not in mine.asked]
    blurred_for = harsh_together(look, heeded, [hit.decision for hit in shown], told=told)
    return [_row(visit, hit, wanted, mine, blurred_for[hit.comment.id]) for hit in shown]


def _row(visit: Visit, hit: Hit, wanted: Words, mine: InHand, blurred_for: tuple[str, ...]) -> Row:
    text, record, is_blind = hit.comment.text, hit.decision, hit.comment.id in mine.appealed
    marked = () if is_blind else spans_of(record.decision)
    spans = places_in((text or "")[:SHOWN], wanted) if wanted.parts or wanted.sounds else marked
    titles = {label.name: getattr(label.title, visit.preferences.locale) for label in visit.parts.taxonomy.labels}
    named = dict.fromkeys(reason.code for reason in record.decision.reasons if reason.code in titles)
    return Row(
        hit=hit,
        text=None if text is None else pieces(text[:SHOWN], spans),
        is_cut=len(text or "") > SHOWN,
        harsh=("",) if is_blind else blurred_for,
        labels=() if is_blind else tuple(titles[name] for name in named),
        outcome=(record.decision.outcome if hit.comment.id in mine.asked else record.outcome).value,
        in_hand=hit.comment.id in mine.asked,
        is_blind=is_blind,
        is_copy=hit.comment.id in mine.copies,
        attachments=attached(hit.comment),
        spared=not is_blind and spares(record),
    )
