"""One offence is measured once, and the same stands once on the same account, comment or thread.

* **An offence is the comment that is named as the cause.** While a measure for it holds or waits, or after its time is
  over, nobody is measured for it again; taken back or declined, it is as if it had not been.
* **Where no comment is named a day is one occasion**: whatever was taken on the account within the last day may have
  been for the same. Who means something else names the comment.
* **What an account wrote before it was measured is no repetition**: several comments of one day are each an offence,
  and stand on one step of the ladder together. It climbs for what was written, or edited, after the last step began.
* **What holds counts as well**: who was suspended by name has what is harsher next on the ladder, whatever came before.
* **Who means more says so**: `replaces` names the measure in whose place the new one stands. That ends when the new one
  begins, which for what takes two people is the second one's yes, and carries the ladder no further by itself.

Looked at under a lock of what is measured, so that of many at the same moment one is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.ladder import Ladder, weight_of
from records import approvals, authors, comments, measures
from records.jobs import take_turns
from records.measures import NewMeasure
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading, Unit

OCCASION = timedelta(days=1)
"""Within so long what is done to an account without a named comment may be for the same."""

NEVER_WAS = (MeasureState.LIFTED, MeasureState.REFUSED, MeasureState.REPLACED, MeasureState.WITHDRAWN)
"""Of measures by which an offence is not measured, and no rung of the ladder is climbed."""

STANDS = tuple(state for state in MeasureState if state not in NEVER_WAS)

_IN_WORDS = {
    MeasureState.WAITING: "waits for a second person",
    MeasureState.IN_FORCE: "is in force",
    MeasureState.ENDED: "ended, its time being over",
}


class MeasuredAlreadyError(ConflictError):
    """What is asked for stands, or was done for the same; `measure_id` is what is there, `why` one of pages' words."""

    def __init__(self, found: MeasureRecord, why: str, detail: str) -> None:
        self.measure_id, self.why = found.id, why
        super().__init__(detail)


def lock(unit: Unit, new: Iterable[NewMeasure | MeasureRecord]) -> None:
    """Until the unit ends nobody else measures these; in one order, so that no two units wait for each other."""
    told = list(new)
    for author_id in sorted({each.author_id for each in told if each.author_id}):
        authors.lock(unit, author_id)
    for comment_id in sorted({each.comment_id for each in told if each.comment_id}):
        comments.lock(unit, comment_id)
    for thread_id in sorted({each.thread_id for each in told if each.thread_id}):
        take_turns(unit, f"measures on thread {thread_id}")
    for reporter_id in sorted({each.reporter_id for each in told if each.reporter_id}):
        take_turns(unit, f"measures on reporter {reporter_id}")


def check(look: Reading, new: NewMeasure | MeasureRecord, *, now: datetime) -> None:
    """Raises `MeasuredAlreadyError` where it stands already or was measured; what it replaces does not count."""
    told = _found(look, new, now)
    if told is None:
        return
    found, why, sentence = told
    how = _IN_WORDS[found.state]
    asked = f", see /v1/approvals/{found.approval_id}" if found.state is MeasureState.WAITING else ""
    raise MeasuredAlreadyError(
        found,
        why,
        f"{sentence}: '{found.measure}' {how} (measure {found.id}, by {found.asked_by}{asked}); nothing was done. "
        f"{_WHAT_TO_DO[why]}",
    )


_MORE = "Who means more asks for it with 'replaces' and the id of that measure, which ends when the new one begins."
_WHAT_TO_DO = {"cause": _MORE, "closed": "Lift it first, if something else shall stand there.", "same": _MORE,
               "occasion": f"{_MORE} Who means something else names the comment as 'cause'."}  # fmt: skip


def in_the_way(look: Reading, waits: MeasureRecord, *, now: datetime) -> MeasureRecord | None:
    """What makes an answer to a measure that waits do nothing, holding already; None where nothing does."""
    told = _found(look, waits, now)
    return None if told is None else told[0]


def _found(look: Reading, new: NewMeasure | MeasureRecord, now: datetime) -> tuple[MeasureRecord, str, str] | None:
    """What stands in the way, in which way, and the beginning of the sentence that says so."""
    states = STANDS if isinstance(new, NewMeasure) else (MeasureState.IN_FORCE, MeasureState.ENDED)
    there = [each for each in measures.about(look, new, states=states) if each.id not in _not_counted(new)]
    holding = [each for each in there if each.state is not MeasureState.ENDED and not _is_over(each, now)]
    if new.cause_id is not None:
        for each in there:
            if each.cause_id == new.cause_id:
                return each, "cause", "This account was measured for this comment already"
    for each in holding:
        if new.author_id and each.measure == "close" and new.measure in measures.HOLDING:
            if each.state is MeasureState.IN_FORCE or new.measure == "close":
                return each, "closed", "This account is closed already, or waits to be"
        elif _is_same(each, new):
            return each, "same", f"The same stands on this {new.target_kind} already"
    if new.author_id is not None and new.cause_id is None and isinstance(new, NewMeasure):
        for each in there:
            waits_too = each.starts_at is None and each.measure == new.measure
            if waits_too or (each.starts_at is not None and each.starts_at > now - OCCASION):
                return each, "occasion", (
                    "This account was measured within a day, and without a comment as the cause a day is one occasion"
                )  # fmt: skip
    return None


def _not_counted(new: NewMeasure | MeasureRecord) -> tuple[str | None, ...]:
    return (new.replaces,) if isinstance(new, NewMeasure) else (new.replaces, new.id)


def _is_over(one: MeasureRecord, now: datetime) -> bool:
    """Whether its time is over, though no worker has said so yet."""
    return one.ends_at is not None and one.ends_at <= now


def _is_same(one: MeasureRecord, new: NewMeasure | MeasureRecord) -> bool:
    """Whether a second one would do nothing; on an account a warning is one for each offence."""
    is_of_person = new.target_kind in (TargetKind.AUTHOR, TargetKind.REPORTER)
    if one.measure != new.measure or (is_of_person and new.measure not in measures.HOLDING):
        return False
    return (set(one.closes), one.per_hour) == (set(new.closes), new.per_hour)


def rungs(look: Reading, author_id: str, since: datetime, *, cause_id: str | None = None) -> int:
    """How many steps of the ladder the account has had since then, for what `cause_id` is; None: for what comes next.

    A measure is a step where its offence came after the step before it: who is warned for three comments that were
    written at one go was warned once.
    """
    offence, steps = _written(look, cause_id), list[datetime]()
    for each in measures.taken_since(look, author_id, since):
        if each.starts_at is None or (offence is not None and each.starts_at >= offence):
            break
        written = _written(look, each.cause_id)
        if not steps or written is None or written > steps[-1]:
            steps.append(each.starts_at)
    return len(steps)


def place_on(
    look: Reading, author_id: str, ladder: Ladder, *, now: datetime, cause_id: str | None = None,
    but: str | None = None,
) -> int:  # fmt: skip
    """Which step of a ladder comes next for the account (from 0), for what `cause_id` is; `but` is to be replaced.

    What was taken counts, and what holds: whoever is suspended is not offered a restriction next.
    """
    taken = rungs(look, author_id, now - timedelta(days=ladder.counted_days), cause_id=cause_id)
    held = [each for each in holding(look, author_id, now=now) if each.id != but]
    offence = _written(look, cause_id)
    began = held[0].starts_at if held else None
    is_new = offence is None or began is None or began < offence
    return ladder.place(taken, [weight_of(each.measure, each.days) for each in held], is_new=is_new)


def holding(look: Reading, author_id: str, *, now: datetime) -> list[MeasureRecord]:
    """What holds the account at this moment, the harshest first."""
    found = measures.of_account(look, author_id, MeasureState.IN_FORCE)
    held = [each for each in found if each.measure in measures.HOLDING and not _is_over(each, now)]
    return sorted(held, key=lambda each: weight_of(each.measure, each.days), reverse=True)


def waiting(look: Reading, author_id: str) -> list[MeasureRecord]:
    """What waits for a second person to be done to the account."""
    return measures.of_account(look, author_id, MeasureState.WAITING)


def _written(look: Reading, comment_id: str | None) -> datetime | None:
    """When the offence was written, or edited last; None where no comment is named."""
    return None if comment_id is None else comments.written_at(look, comment_id)


def check_replaces(unit: Unit, new: NewMeasure) -> None:
    """Raises `InvalidInputError` for what is not on the same, `ConflictError` for what is over or waits itself."""
    if new.replaces is None:
        return
    try:
        old = measures.get(unit, new.replaces, lock=True)
    except NotFoundError:
        old = None
    if old is None or target_of(old) != target_of(new):
        told = f"names no measure on this {new.target_kind}: give the id of the one in whose place the new one stands"
        raise InvalidInputError("The measure cannot be taken.", [Fault("/replaces", told)])
    if old.state is MeasureState.WAITING:
        raise ConflictError(
            f"The measure {old.id} waits for a second person itself: whoever asked for it withdraws it first "
            f"(DELETE /v1/approvals/{old.approval_id}), or the answer is waited for."
        )
    if old.state is not MeasureState.IN_FORCE:
        raise ConflictError(f"The measure {old.id} is {old.state} already: there is nothing to replace.")
    if approvals.waiting(unit, subject_id=old.id):
        raise ConflictError(f"An appeal against the measure {old.id} waits for an answer: that comes first.")


def target_of(one: NewMeasure | MeasureRecord) -> tuple[str | None, ...]:
    """What it is about, by our ids."""
    return (one.author_id, one.comment_id, one.thread_id, one.reporter_id)
