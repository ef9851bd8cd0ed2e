"""What people decided, in words: for pages that show several verdicts about one comment."""

from __future__ import annotations

from dataclasses import dataclass

from console.marks import Piece, pieces
from console.people import display_name
from console.visit import Visit
from records.unit_of_work import Reading
from records.values import VerdictRecord


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """A verdict with words in place of ids."""

    verdict: VerdictRecord
    moderator: str
    labels: tuple[str, ...]
    note: tuple[Piece, ...]
    words: tuple[Piece, ...]


def verdict_line(look: Reading, visit: Visit, verdict: VerdictRecord, text: str | None) -> VerdictLine:
    """It, with the words of `text` that it points at."""
    labels = tuple(visit.parts.taxonomy.title(code, visit.preferences.locale) for code in verdict.codes)
    span = verdict.span
    words = (text or "")[span.start : span.end] if span else ""
    return VerdictLine(
        verdict, display_name(look, verdict.moderator), labels, pieces(verdict.note or ""), pieces(words)
    )
