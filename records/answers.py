"""Answers as stored: with which words, and on which grounds, a verdict is told to those who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from records import ledger, verdicts
from records.mapping import value_of
from records.public_values import AnswerRecord
from records.tables import answers
from records.unit_of_work import Reading, Unit

CHOSEN = "answer.chosen"
"""The entry of what people are told by a verdict."""


def keep(
    unit: Unit, verdict_id: str, *, template: str | None, reasons: Sequence[dict[str, str]], now: datetime
) -> None:
    """What was chosen with a verdict. One that is taken back is another verdict's business no more."""
    row = {"verdict_id": verdict_id, "template": template, "reasons": list(reasons), "created_at": now}
    unit.execute(insert(answers).values(row))
    facts = {"template": template, "reasons": list(reasons)}
    chosen = ledger.Entry(
        CHOSEN, ledger.MACHINE, "verdict", verdict_id, template or "the one that fits", "", facts=facts
    )
    ledger.append(unit, chosen, now=now)


def that_hold(look: Reading, comment_id: str) -> AnswerRecord:
    """What was chosen with the verdict that holds of the comment now."""
    held = verdicts.holding_of(look, comment_id)
    return of_verdict(look, held.id if held else None)


def of_verdict(look: Reading, verdict_id: str | None) -> AnswerRecord:
    """What was chosen; nothing where nothing was."""
    if verdict_id is None:
        return AnswerRecord(None, ())
    found: Row[Any] | None = look.execute(select(answers).where(answers.c.verdict_id == verdict_id)).one_or_none()
    return AnswerRecord(None, ()) if found is None else value_of(AnswerRecord, found, reasons=tuple)
