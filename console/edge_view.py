"""Edge cases beside a label's policy, as the page of a case shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from console.harshness import harsh_ones
from console.marks import Piece, pieces
from records.unit_of_work import Reading
from records.values import CaseRecord, CommentRecord
from review import edge_cases

LONGEST = 140
"""Code points of a text; the label's page has it whole."""


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """A comment that was held to be the label or not, and why."""

    comment_id: str
    text: tuple[Piece, ...]
    is_so: bool
    why: str
    is_harsh: bool


def view_edges(
    look: Reading, case: CaseRecord, comment: CommentRecord, now: datetime
) -> Mapping[str, tuple[EdgeLine, ...]]:  # fmt: skip
    """By label, for whoever has the case in hand."""
    found = edge_cases.beside(look, comment, case.lease_owner or "", now=now)
    harsh = harsh_ones(look, [one.edge.comment_id for told in found.values() for one in told]) if found else ()
    return {
        label: tuple(
            EdgeLine(
                one.edge.comment_id,
                pieces(_short(one.text)),
                one.edge.is_so,
                one.edge.why,
                one.edge.comment_id in harsh,
            )
            for one in told
        )
        for label, told in found.items()
    }


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
