"""Entries of lists looked at again: how long they stay, and when a second person has to agree to that.

Whoever looks keeps an entry as long as one person may (`needs_two`, from its first day on). What makes it longer than
that, or than two people had agreed to, is a question to a second person (`ASKED`); its old end holds until they answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from governance import approvals
from governance.approvals import ByKey
from governance.lists import beyond_a_year, facts_of, in_ledger, iso, last_day, needs_two, review_at, took_two
from moderation.errors import ConflictError, Fault, InvalidInputError
from moderation.lists import ListAction
from moderation.policy import Policy
from records import approvals as stored_approvals
from records import lists
from records.house_values import ENTRY_KEPT, ApprovalRecord, ApprovalState, ListEntryRecord
from records.unit_of_work import Reading, Unit

ASKED = ENTRY_KEPT
"""The question whether an entry is kept for longer than one person may say."""

UNTIL, WAS, REVIEW = "until", "was", "review"
"""Facts of the question: until when it would be kept, until when it was, and when somebody looks again."""


DUE_WITHIN = timedelta(days=30)
"""What ends, or has to be looked at, within so long is due for somebody's look."""


def keep(  # noqa: PLR0913 - who, when and until when
    unit: Unit,
    entry_id: str,
    *,
    until: datetime | None,
    by: str,
    why: str,
    now: datetime,
    review: datetime | None = None,
    policies: Iterable[Policy] = (),
) -> ListEntryRecord:
    """Somebody looked, and it stays until then; or a second person is asked (`asked_about`), and it is as it was.

    None is for good, and of what is allowed as long as that may be (`ALLOWED_FOR`). `review` is when somebody looks
    again. Raises `InvalidInputError` for a day that has come, or that is sooner than two people agreed to,
    `NotFoundError`, `ConflictError` for a removed entry, for one that waits, and where that is asked already.
    """
    who, reason = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    held = _held(unit, entry_id)
    until = last_day(held.action, until, now)
    _check_day(unit, held, until, now)
    if not takes_two(unit, held, until, policies):
        return _keep(unit, held, until, review or review_at(until, now), who, reason, now)
    facts = {**facts_of([held]), UNTIL: iso(until), WAS: iso(held.expires_at), REVIEW: iso(review)}
    approvals.ask(unit, ASKED, held.id, facts=facts, by=who, why=reason, now=now)
    return held


def takes_two(look: Reading, held: ListEntryRecord, until: datetime | None, policies: Iterable[Policy]) -> bool:
    """Whether keeping it until then would make one person's word of what takes two.

    What two people agreed on they agreed on for a time. Of what one person allowed, its first end is no longer asked.
    """
    is_longer = _is_sooner(held.expires_at, until)
    if lists.is_agreed(look, held.id):
        return is_longer
    is_bound = is_longer or held.action is not ListAction.ALLOW
    return is_bound and needs_two(until, policies, now=held.created_at)


def asked_about(look: Reading, entry_id: str) -> ApprovalRecord | None:
    """The question that waits whether it is kept for longer; None where none does."""
    asked = stored_approvals.about(look, ASKED, entry_id, state=ApprovalState.WAITING)
    return asked[0] if asked else None


def answer(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime
) -> ListEntryRecord:
    """A second person's word whether it is kept until then, for the reason of who asked.

    Raises `ForbiddenError` for who asked and who may not answer, `ConflictError` where it is off the list or the day
    has come, `InvalidInputError` without a note.
    """
    asked = approvals.question(unit, approval_id, ASKED, "keeping an entry of a list")
    said = approvals.words("note", note)
    until, review = until_of(asked), _moment(asked.facts[REVIEW])
    if approve and until is not None and until <= now:
        raise ConflictError("The day until which it would be kept has come: say no, and let it be asked anew.")
    record = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    held = lists.get(unit, asked.subject_id)
    if record.state is not ApprovalState.APPROVED:
        return held
    return _keep(unit, held, until, review or review_at(until, now), asked.asked_by, asked.why, now)


def until_of(asked: ApprovalRecord) -> datetime | None:
    """Until when the entry would be kept; None is for good."""
    return _moment(asked.facts[UNTIL])


def was_of(asked: ApprovalRecord) -> datetime | None:
    """Until when it was to stand when that was asked."""
    return _moment(asked.facts[WAS])


def _held(look: Reading, entry_id: str) -> ListEntryRecord:
    held = lists.get(look, entry_id)
    if held.removed_at is not None:
        raise ConflictError(f"This entry was removed by {held.removed_by}.")
    if held.waits_since is not None:
        raise ConflictError(
            "It waits for a second person, who agrees to it as it was asked: nothing is changed until then."
        )
    if asked_about(look, entry_id):
        raise ConflictError("A second person is asked already how long it is kept: see `chaffinch approvals list`.")
    return held


def _check_day(look: Reading, held: ListEntryRecord, until: datetime | None, now: datetime) -> None:
    if until is not None and until <= now:
        raise _unusable("until", "the day has come; name a later")
    if beyond := beyond_a_year(held.action, until, now):
        raise _unusable("until", beyond)
    if _is_sooner(until, held.expires_at) and took_two(look, held):
        told = "two people agreed to more: take it off instead, which asks a second person as well"
        raise InvalidInputError("It cannot end sooner by one person's word.", [Fault("sooner", told)])


def _unusable(where: str, detail: str) -> InvalidInputError:
    return InvalidInputError("The entry cannot be kept until then.", [Fault(where, detail)])


def _keep(
    unit: Unit, held: ListEntryRecord, until: datetime | None, review: datetime | None, who: str, why: str,
    now: datetime,
) -> ListEntryRecord:  # fmt: skip
    kept = lists.keep(unit, held.id, until=until, by=who, now=now, review=review)
    in_ledger(unit, lists.KEPT, kept, who, why, now)
    return kept


def _is_sooner(until: datetime | None, than: datetime | None) -> bool:
    """Whether one end comes before another; None is no end."""
    return until is not None and (than is None or until < than)


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
