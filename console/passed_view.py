"""What colleagues said when they passed a case on, as pages show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from console.marks import Piece, pieces
from records.values import CaseWords


@dataclass(frozen=True, slots=True)
class PassedView:
    """Words with names in place of ids; `kind` is a word of `[passed]`."""

    kind: str
    who: str
    to: str
    reason: tuple[Piece, ...]
    note: tuple[Piece, ...]
    at: datetime


def passed_view(told: Iterable[CaseWords], name: Callable[[str], str]) -> tuple[PassedView, ...]:
    """In their order; `name` says whose they are."""
    return tuple(
        PassedView(
            str(each.kind),
            name(each.moderator),
            name(each.handed_to) if each.handed_to else "",
            pieces(each.reason or ""),
            pieces(each.note or ""),
            each.created_at,
        )
        for each in told
    )
