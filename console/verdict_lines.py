"""What people decided, in words: for pages that show several verdicts about one comment."""

from __future__ import annotations

from dataclasses import dataclass

from console.colleagues import name_for
from console.marks import Piece, pieces
from console.visit import Visit
from records import cases
from records.cases import APART, ESCALATED
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind, VerdictRecord
from records.waiting import ANEW, DISAGREEMENT


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """A verdict with words in place of ids."""

    verdict: VerdictRecord
    moderator: str
    labels: tuple[str, ...]
    note: tuple[Piece, ...]
    words: tuple[Piece, ...]
    how: str = ""
    """What it settled: a word under `settled_how`; empty of a plain verdict."""


def verdict_line(look: Reading, visit: Visit, verdict: VerdictRecord, text: str | None) -> VerdictLine:
    """It, with the words of `text` that it points at."""
    labels = tuple(visit.parts.taxonomy.title(code, visit.preferences.locale) for code in verdict.codes)
    span = verdict.span
    words = (text or "")[span.start : span.end] if span else ""
    who, how = name_for(visit, look, verdict.moderator), how_settled(look, verdict)
    return VerdictLine(verdict, who, labels, pieces(verdict.note or ""), pieces(words), how)


def how_settled(look: Reading, verdict: VerdictRecord) -> str:
    """What a verdict answered or settled, by the case in which it was given: a word under `settled_how`, or none."""
    if verdict.purpose is not Purpose.DECIDE or verdict.verdict is VerdictKind.UNSURE:
        return ""
    case = cases.get(look, verdict.case_id)
    if case.why in (*ANEW, DISAGREEMENT):
        return case.why
    return next((each for each in (ESCALATED, APART) if each in (case.queue, case.opened_by)), "")
