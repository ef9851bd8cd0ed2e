"""What may be recommended, and on which ground: shown, of an account that nothing holds, not recommended already.

The grounds are the policy's (`[recommend]`), a short catalogue of codes: one that is not there is refused whatever it
says. A reason in words is not searched for money: who is paid and writes something else is found by nobody here but the
duty's check, which sees one key that puts one author forward again and again
(`chaffinch/duty_checks/recommending.py`), and the neutrality audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from moderation.decision import Outcome
from moderation.errors import ConflictError, Fault
from moderation.policy import DEFAULT, Policy
from records import comments, decisions, measures
from records.measures import NewMeasure
from records.unit_of_work import Reading, Unit


def ground_faults(look: Reading, comment_id: str, ground: str, policies: Mapping[str, Policy]) -> Iterable[Fault]:
    """A ground that one of the policies does not know under which the comment was judged; `comment_id` is ours."""
    over = decisions.policies_of_comment(look, comment_id) & set(policies) or {DEFAULT} & set(policies)
    for name in sorted(over):
        known = policies[name].recommend
        if ground not in known:
            yield Fault(
                "/ground",
                f"of a recommendation it is one of: {', '.join(known)} (policy {name}). What somebody pays for is "
                "advertising and says so; it is no recommendation, and is not made here",
            )
            return


def check_shown(unit: Unit, comment_id: str) -> None:
    """Readers are not pointed to what is not there. Locks the comment. Raises `ConflictError`."""
    comment = comments.lock(unit, comment_id)
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: there is nothing to recommend.")
    outcome = decisions.latest_of(unit, comment_id).outcome
    if outcome is not Outcome.PASS:
        how = "is blocked" if outcome is Outcome.BLOCK else "waits for a person"
        raise ConflictError(f"This comment {how}, and readers are pointed to none that did not pass.")


def check_account(look: Reading, comment_id: str, *, now: datetime) -> None:
    """Readers are not pointed to an account that is held itself. Raises `ConflictError`, without saying by what."""
    index = comments.get(look, comment_id).author_index
    if index is not None and measures.is_account_held(look, index, now=now):
        raise ConflictError(
            "The account that wrote this comment is restricted, suspended, closed or on a list, and what it writes is "
            "not put forward while that holds."
        )


def check_once(look: Reading, new: NewMeasure) -> None:
    """Two recommendations of one comment are one twice. Raises `ConflictError`."""
    if same := measures.same(look, new):
        raise ConflictError(
            f"This comment is recommended already (measure {same.id}, by {same.asked_by}, ground: {same.ground}): "
            "lift that one first, if another reason shall stand there."
        )
