"""Training for newcomers: cases whose answer is known, told after they answered, without any effect.

Who is in training gets lessons and nothing else: each known answer that they have the skills for once, those first that
the fewest were asked. What is said after an answer is the known one and why it is so. Into live queues leads promote:
when at least `ENOUGH` were answered and the lower end of the 95 % interval of the right ones is `BAR` or more. A doubt
is an answer that is not right, or whoever skips what is hard would look best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from moderation.errors import ConflictError
from moderation.rules.backtest import Share
from records import cases, gold, leases, ledger, opinions, users, verdicts
from records.house_values import UserRecord
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, GoldRecord, Purpose, VerdictKind, VerdictRecord
from records.waiting import ANYTHING, Wanted
from review import gold as known_answers
from review import skills
from review.agreement import ENOUGH
from review.checks import check_reason
from review.queue import LEASE

BAR = 0.7
"""19 of 20 reach it, and 26 of 30; 18 of 20 do not."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a newcomer is told after an answer."""

    verdict: VerdictRecord
    known: GoldRecord
    is_right: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How a newcomer did: how many of their answers were right, and how many lessons are left, the one in hand too.

    `later` more cannot be asked just now: a case waits about their comment.
    """

    right: Share
    left: int
    later: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether the rule for live queues holds."""
        interval = self.right.interval
        return self.right.rows >= ENOUGH and interval is not None and interval[0] >= BAR


def next_lesson(unit: Unit, trainee: str, *, now: datetime, lease: timedelta = LEASE) -> CaseRecord | None:
    """The lesson in hand, else a new one; None where all are answered."""
    for case in leases.leased_by(unit, trainee, now=now):
        if case.purpose is Purpose.LESSON:
            return case
    leases.expire(unit, now=now)
    known = next(known_answers.askable(unit, trainee, _theirs(unit, trainee)), None)
    if known is None:
        return None
    opened = known_answers.as_opened(unit, known, now)
    return cases.put_in_hand(
        unit, known, trainee, opened, purpose=Purpose.LESSON, expires_at=now + lease, now=now
    )  # fmt: skip


def _theirs(look: Reading, trainee: str) -> Wanted:
    """What they have the skills for."""
    return skills.narrowed(look, trainee, ANYTHING)


def last_told(look: Reading, trainee: str) -> Told | None:
    """The newcomer's last answer beside what is known; None where they gave none."""
    verdict = verdicts.last_of(look, trainee, Purpose.LESSON)
    if verdict is None:
        return None
    known = gold.get(look, cases.get(look, verdict.case_id).gold_id or "")
    return Told(verdict, known, is_right(verdict.verdict, verdict.labels, known.verdict, known.labels))


def progress(look: Reading, trainee: str) -> Progress:
    """How the newcomer did so far."""
    answers = opinions.on_lessons(look, [trainee])
    right = sum(is_right(each.verdict, each.labels, each.known_verdict, each.known_labels) for each in answers)
    theirs = _theirs(look, trainee)
    left = sum(1 for _ in known_answers.askable(look, trainee, theirs)) + leases.lessons_of(look, trainee)
    return Progress(Share(right, len(answers)), left, known_answers.put_off(look, trainee, theirs))


def promote(unit: Unit, user_id: str, *, by: str, why: str, now: datetime) -> UserRecord:
    """Into live queues, in a lead's name; the caller commits.

    Raises `ConflictError` where the person is in no training or the rule does not hold, `InvalidInputError` without a
    reason, `NotFoundError`.
    """
    reason = check_reason(why, needed=True)
    user = users.get(unit, user_id)
    found = progress(unit, user_id)
    if not user.trainee:
        raise ConflictError("This person is in no training.")
    if not found.is_ready:
        raise ConflictError("Their answers do not reach what live queues ask for yet.")
    promoted = users.set_trainee(unit, user_id, trainee=False)
    ledger.append(unit, _entry(promoted, found, by, reason), now=now)
    return promoted


def set_training(unit: Unit, user_id: str, *, trainee: bool, now: datetime) -> UserRecord:
    """Into training or out of it, by whoever looks after the accounts; the caller commits. Raises `NotFoundError`."""
    user = users.set_trainee(unit, user_id, trainee=trainee)
    kind = "user.in_training" if trainee else "user.out_of_training"
    ledger.append(unit, ledger.Entry(kind, ledger.MACHINE, "user", user.id, "by the command line", ""), now=now)
    return user


def is_right(
    verdict: VerdictKind, labels: Sequence[str], known_verdict: VerdictKind, known_labels: Sequence[str]
) -> bool:
    """The same verdict with the same labels."""
    return verdict is known_verdict and set(labels) == set(known_labels)


def _entry(user: UserRecord, found: Progress, by: str, reason: str) -> ledger.Entry:
    return ledger.Entry(
        kind="user.promoted",
        actor=ledger.Actor("moderator", by),
        subject_kind="user",
        subject_id=user.id,
        reason=reason,
        ground="",
        facts={"right": found.right.hits, "answered": found.right.rows},
    )
