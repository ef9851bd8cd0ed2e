"""Reports without ground, again and again: what may be done about it, and what a suspension stops (DSA 23(2)).

* **A warning first**, then, where reports without ground went on after it, a suspension of the handling of reports, for
  at most as long as the policy says (`[misuse]`). Both are measures of a person, as those on accounts are: with a
  reason in words, in the ledger, told, contested by their id, ending by themselves.
* **What a suspension stops is the look at new reports**, and nothing else: they are received, kept, and answered with
  the sentence that says so. One that may threaten life or safety is looked at as ever; contests of answers that were
  given are as well, and so is what waited.
* **Of people, not of networks**: only who is known by a pseudonym or a key is measured. Behind an address stand many.
* Appeals of authors are never held back: each is about something else that was done to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from moderation.errors import Fault
from moderation.policy import Policy
from records import complaints, measures, reporters
from records.measures import NewMeasure
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Reading

PLATFORM = "platform"
AS_REPORTER = f"reporter {PLATFORM}"
"""What the keyed hash of a pseudonym is bound to, where it says who reports."""

SUSPEND, WARN = "suspend", "warn"
TOLD_FOR = timedelta(days=180)
"""So long the receipts of whoever was warned say so."""


def suspension_of(look: Reading, reporter: Collection[str], *, now: datetime) -> MeasureRecord | None:
    """The measure by which reports of whoever has these hashes are not looked at now; None: they are."""
    known = reporters.ids_of(look, reporter)
    found = measures.on_reporters(look, known, measure=SUSPEND) if known else []
    return next((each for each in found if each.ends_at is None or each.ends_at > now), None)


def told_to(look: Reading, reporter: str | None, *, now: datetime) -> MeasureRecord | None:
    """What the receipts of somebody say of them: a suspension, else a warning of late."""
    if reporter is None:
        return None
    if (held := suspension_of(look, [reporter], now=now)) is not None:
        return held
    known = reporters.ids_of(look, [reporter])
    warned = measures.on_reporters(look, known, measure=WARN, since=now - TOLD_FOR) if known else []
    return warned[0] if warned else None


def measure_faults(
    look: Reading, new: NewMeasure, measure: str | None, days: float | None, policy: Policy, *, now: datetime
) -> Iterator[Fault]:
    """Why a measure on who reports cannot be taken, or not yet; nothing of any other."""
    if new.target_kind is not TargetKind.REPORTER or new.reporter_id is None:
        return
    rules = policy.misuse
    if rules is None:
        told = f"policy '{policy.name}' lets nobody's reports wait: name one that has [misuse], such as eu"
        yield Fault("/policy", told)
        return
    if measure != SUSPEND:
        return
    if days is None or days > rules.longest_days:
        yield Fault("/length", f"give more than 0 and at most {rules.longest_days:g} days: a suspension has an end")
    since = now - timedelta(days=rules.warned_days)
    warned = measures.on_reporters(look, [new.reporter_id], measure=WARN, since=since)
    if not warned:
        yield Fault("/measure", f"a suspension follows a warning within {rules.warned_days:g} days: warn them first")
    elif not _went_on(look, new.reporter_id, warned[0]):
        yield Fault("/measure", "no report that they made since the warning was found to be without ground")


def _went_on(look: Reading, reporter_id: str, warning: MeasureRecord) -> bool:
    """Whether a report that was made after the warning was found to be without ground."""
    index = reporters.index_of(look, reporter_id)
    if index is None or warning.starts_at is None:
        return False
    return complaints.unfounded_since(look, [index], warning.starts_at) > 0
