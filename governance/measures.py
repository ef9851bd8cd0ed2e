"""Measures that a verdict asks of the platform: warn, refuse or delete, with a reason and a ground, in the ledger.

Nothing is measured without a reason (2017 art. 7 and 8: no deleting for improper gain, records of what was done). What
touches an account (restrict, suspend, close) is more than one moderator's verdict may ask for, and is refused here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum

from moderation.decision import Versions
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import decisions, ledger, measures
from records.house_values import LedgerEntry
from records.paging import MAX_LIMIT
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Reading, Unit
from records.values import VerdictKind, VerdictRecord


class Measure(StrEnum):
    """What a platform can be asked to do (DUTIES.md, article 8), from mild to severe."""

    WARN = "warn"
    REFUSE = "refuse"
    DELETE = "delete"
    RESTRICT = "restrict"
    SUSPEND = "suspend"
    CLOSE = "close"


REQUESTED = "measure.requested"
"""The ledger's kind of entry for a measure that a verdict asks for."""

WITHDRAWN = "measure.withdrawn"

BY_VERDICT = (Measure.WARN, Measure.REFUSE, Measure.DELETE)
"""What one moderator may ask for together with a reject."""


def checked(measure: str, verdict: VerdictKind, offered_by: Sequence[str] = BY_VERDICT) -> Measure:
    """`measure`, if this verdict may ask for it. Raises `InvalidInputError` saying what may be asked for.

    `offered_by` is what the policy that judged the comment lets verdicts ask for (`Policy.by_verdict`).
    """
    if measure not in BY_VERDICT or measure not in offered_by:
        offered = ", ".join(one for one in BY_VERDICT if one in offered_by) or "nothing"
        raise _invalid("/measure", f"a verdict can ask for one of: {offered}; measures on accounts need two people")
    if verdict is not VerdictKind.REJECT:
        raise _invalid("/measure", "a measure goes with a reject: nothing is done about a comment that breaks no rule")
    return Measure(measure)


def request_for_verdict(
    unit: Unit, verdict: VerdictRecord, *, reason: str, ground: str, versions: Versions, now: datetime
) -> str:
    """Writes `measure.requested` for the verdict's measure, in the verdict's transaction; the entry's id.

    Raises `InvalidInputError` without a reason or ground, or for a measure that a verdict cannot ask for.
    """
    measure = checked(verdict.measure or "", verdict.verdict)
    for where, value in (("/reason", reason), ("/ground", ground)):
        if not value.strip():
            raise _invalid(where, "a measure is never asked for without one: say why, and on which rule it stands")
    return ledger.append(unit, _entry(REQUESTED, verdict, measure, reason, ground, versions), now=now)


def withdraw_for_verdict(unit: Unit, verdict: VerdictRecord, *, reason: str, versions: Versions, now: datetime) -> str:
    """Writes `measure.withdrawn`: the verdict that asked for it was taken back. The entry's id."""
    measure = checked(verdict.measure or "", verdict.verdict)
    return ledger.append(unit, _entry(WITHDRAWN, verdict, measure, reason, "", versions), now=now)


def hold_again(unit: Unit, verdict: VerdictRecord, *, versions: Versions, now: datetime) -> None:
    """Writes `measure.requested` anew, in the same words: what had taken the measure back was itself taken back."""
    entry_id = requested_with(unit, verdict)
    if entry_id is None:
        return
    told = json.loads(ledger.get(unit, entry_id).body)
    request_for_verdict(unit, verdict, reason=told["reason"], ground=told["ground"], versions=versions, now=now)


def requested_with(look: Reading, verdict: VerdictRecord) -> str | None:
    """The ledger's entry of the measure that the verdict asked for; None where it asked for none."""
    return next((entry.id for entry in _entries(look, verdict) if entry.kind == REQUESTED), None)


def holds_for(look: Reading, verdict: VerdictRecord) -> bool:
    """Whether the verdict asked for a measure that was not taken back since."""
    told = [entry.kind for entry in _entries(look, verdict)]
    return bool(told) and told[-1] == REQUESTED


def _entries(look: Reading, verdict: VerdictRecord) -> Iterator[LedgerEntry]:
    """Of the verdict's measure, in order: that it was asked for, and taken back."""
    cursor, is_over = None, verdict.measure is None
    while not is_over:
        page = ledger.page(look, subject_id=verdict.comment_id, limit=MAX_LIMIT, cursor=cursor)
        told = (entry for entry in page.items if entry.kind in (REQUESTED, WITHDRAWN))
        yield from (entry for entry in told if json.loads(entry.body)["facts"]["verdict_id"] == verdict.id)
        cursor = page.next_cursor
        is_over = cursor is None


def decision_of(look: Reading, measure_id: str) -> str:
    """The decision that a measure was asked for with, or about its comment. Raises `NotFoundError`, `ConflictError`."""
    with suppress(NotFoundError):
        return _decision_behind(look, measures.get(look, measure_id))
    with suppress(NotFoundError):
        entry = ledger.get(look, measure_id)
        if entry.kind == REQUESTED:
            return str(json.loads(entry.body)["facts"]["decision_id"])
    raise NotFoundError("There is no such measure.")


def _decision_behind(look: Reading, measure: MeasureRecord) -> str:
    """The decision about the comment for which it was taken. Raises `ConflictError` where there is none."""
    comment_id = measure.comment_id or measure.cause_id
    if measure.target_kind is TargetKind.THREAD:
        raise ConflictError(
            "This measure holds a thread, which is nobody's. Whose comment was refused for it appeals that: with the "
            "comment's decision_id, or its reference on the public page."
        )
    if comment_id is None:
        raise ConflictError("No comment stands behind this measure that could be looked at anew: ask who took it.")
    return decisions.latest_of(look, comment_id).id


def reason_of(taxonomy: Taxonomy, codes: Sequence[str]) -> str:
    """The reason that labels and grounds give, in words: a ledger holds no note, which may quote the comment."""
    named = [(code, taxonomy.find(code)) for code in codes]
    return "; ".join(f"{code}: {found.message.en}" if found else code for code, found in named)


def ground_of(policy: Policy, codes: Sequence[str]) -> str:
    """The rules of the policy that labels and grounds stand on, each once."""
    return ", ".join(dict.fromkeys(policy.ground(code) for code in codes))


def _entry(
    kind: str, verdict: VerdictRecord, measure: Measure, reason: str, ground: str, versions: Versions
) -> ledger.Entry:
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", verdict.moderator),
        subject_kind="comment",
        subject_id=verdict.comment_id,
        reason=reason,
        ground=ground,
        versions=versions,
        facts={
            "measure": measure.value,
            "verdict_id": verdict.id,
            "decision_id": verdict.decision_id,
            "labels": list(verdict.labels),
            **({} if verdict.ground is None else {"ground": verdict.ground}),
        },
    )


def _invalid(where: str, detail: str) -> InvalidInputError:
    return InvalidInputError("The measure cannot be asked for.", [Fault(where, detail)])
