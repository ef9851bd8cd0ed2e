"""Rules of files that begin to block by a yes, as the page of the question shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.marks import Piece, pieces
from console.rule_text import text_of
from console.rule_view import differences
from console.visit import Visit
from governance.beginning import Beginning, beginnings
from governance.rules import as_document
from moderation.rules.difference import Changed
from records.house_values import ApprovalRecord
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class BeginsView:
    """A rule with its text; `changes` beside what ran before (None of a new one), `reach` where it was counted."""

    id: str
    title: str
    file: str
    text: tuple[Piece, ...]
    changes: tuple[Changed, ...] | None
    reach: Mapping[str, Any] | None


def begins_of(look: Reading, visit: Visit, record: ApprovalRecord) -> tuple[BeginsView, ...]:
    """Every rule that blocks once this question about files is agreed to."""
    reaches = record.facts.get("reaches", {})
    return tuple(
        _view(each, visit.preferences.locale, reaches.get(each.rule.id))
        for each in beginnings(look, record.facts["parts"])
    )


def _view(begins: Beginning, locale: str, reach: Mapping[str, Any] | None) -> BeginsView:
    rule, was = begins.rule, begins.was
    return BeginsView(
        rule.id,
        rule.as_rule().title[locale],
        begins.file,
        pieces(text_of(as_document(rule))),
        None if was is None else differences(was.as_rule(), rule.as_rule()),
        reach,
    )
