"""The queue: a case is claimed under a lease, and a lease that runs out goes back by itself, so that none is ever lost.

By turn, which was worked out when the case was opened (`records/turns.py`). A claim is proved by its token: two tabs, a
reload or a moderator who comes back late are told that the case went on without them, and nothing is decided twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from moderation.errors import ConflictError, Fault, InvalidInputError
from records import case_words, cases, comments, decisions, groups, leases, ledger
from records.case_words import Passed
from records.cases import ESCALATED, NewCase, Wanted
from records.opening import suspicion
from records.unit_of_work import Reading, Unit
from records.values import KNOWN_ANSWER, CaseRecord, CaseState, Purpose
from review import gold, skills
from review.checks import check_note, check_reason
from review.quality import is_drawn, scattered

LEASE = timedelta(minutes=10)
"""Long enough to read a thread; short enough that a closed laptop keeps nobody waiting."""

SHORTEST = timedelta(minutes=2)
"""A queue that promises less than this still leaves so long to read; any other is held no longer than it promises."""

LEFT_FOR = timedelta(seconds=20)
"""So long a case stays with whoever left its page, which a reload, too, does for a moment."""

AHEAD_FOR = timedelta(minutes=1)
"""What is taken ahead is leased for a minute more, so that the case on the desk is always the first to run out."""

LEFT_TO_OTHERS = 5
"""So many cases have to wait besides before one is taken ahead."""

KEPT_FOR = timedelta(hours=4)
"""How long a case that was handed to somebody waits for them alone, at the most: never beyond what is promised."""

KEPT_WHEN_LATE = timedelta(minutes=10)
"""The same, of what is late or nearly so."""

PUT_OFF_FOR = timedelta(minutes=10)


KeptFrom = Callable[[Unit, CaseRecord, datetime], CaseRecord]
"""Puts a case back that is not to be decided by who has it, and sees to it that it does not come to them again."""


class Skip(StrEnum):
    """Why a case is passed over; but for `later`, it does not come to the same person again."""

    LATER = "later"
    LANGUAGE = "language"
    CONTEXT = "context"
    DISTRESS = "distress"
    CONFLICT = "conflict"


MAX_COUNT = 10


def until(
    look: Reading, case: CaseRecord, *, now: datetime, lease: timedelta = LEASE, least: timedelta = SHORTEST
) -> datetime:  # fmt: skip
    """When a lease that begins now ends: no later than the case's queue promises a look at what comes now."""
    return now + min(lease, max(least, look.queues.promises.of(case.queue)))


def open_case(unit: Unit, comment_id: str, decision_id: str, *, opened_by: str, now: datetime) -> CaseRecord:
    """A case about this decision, or the comment's undecided one brought up to date. Raises `NotFoundError`."""
    comment = comments.lock(unit, comment_id)
    opening = suspicion(comment.surface, decisions.get(unit, decision_id).decision, unit.queues.harm)
    wanted = NewCase(comment_id, decision_id, opening, may_have_one=True)
    opened = cases.open_or_join(unit, [wanted], edited=(), opened_by=opened_by, now=now)
    return cases.get(unit, opened[comment_id])


def claim(
    unit: Unit,
    moderator: str,
    *,
    now: datetime,
    count: int = 1,
    queue: str | None = None,
    label: str | None = None,
    lease: timedelta = LEASE,
) -> list[CaseRecord]:
    """The first `count` (1-10) waiting cases, leased to `moderator`, or fewer. Raises `InvalidInputError`."""
    return take(unit, moderator, Wanted(queue, label), now=now, count=count, lease=lease)


def take(  # noqa: PLR0913 - each by its name
    unit: Unit,
    moderator: str,
    wanted: Wanted,
    *,
    now: datetime,
    count: int = 1,
    lease: timedelta = LEASE,
    gold_share: float = 0.0,
    least: timedelta = SHORTEST,
    kept_from: KeptFrom | None = None,
) -> list[CaseRecord]:
    """As `claim`, of what is `wanted`; for a `gold_share` of the cases one whose answer is known comes in their place.

    What `kept_from` puts back is not theirs to decide, and another comes in its place.

    Nobody is given what they lack the skill for (`review/skills.py`). Whoever asks for a queue, label, language or
    training is given known answers of these: one of another would stand out, and none at all would let them choose not
    to be measured.
    """
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInputError("The cases cannot be claimed.", [Fault("/count", f"give 1 to {MAX_COUNT}")])
    leases.expire(unit, now=now)
    wanted, ends = skills.narrowed(unit, moderator, wanted), now + lease
    drawn = sum(is_drawn(gold_share) for _ in range(count))
    known = [gold.hand_out(unit, moderator, wanted, expires_at=ends, now=now) for _ in range(drawn)]
    hidden = [case for case in known if case is not None]
    left = count - len(hidden)
    claimed = _claimed(unit, moderator, wanted, left, ends, now, kept_from)
    claimed = scattered(hidden, claimed)
    ledger.append_all(unit, [_entry("case.claimed", case, moderator, "") for case in claimed], now=now)
    return [_no_longer(unit, case, until(unit, case, now=now, lease=lease, least=least)) for case in claimed]


def _claimed(
    unit: Unit, moderator: str, wanted: Wanted, count: int, ends: datetime, now: datetime, kept_from: KeptFrom | None
) -> list[CaseRecord]:  # fmt: skip
    """The first `count` that are theirs to decide; one that was put back does not come to them again."""
    found: list[CaseRecord] = []
    while count > len(found):
        left = count - len(found)
        some = leases.claim(unit, moderator, count=left, expires_at=ends, now=now, wanted=wanted)
        theirs = [kept_from(unit, case, now) if kept_from else case for case in some]
        found += [case for case in theirs if case.lease_owner == moderator]
        if all(case.lease_owner == moderator for case in theirs):
            break
    return found


def _no_longer(unit: Unit, case: CaseRecord, ends: datetime) -> CaseRecord:
    """The case, whose lease is over by then at the latest."""
    if case.lease_expires_at is None or case.lease_expires_at <= ends:
        return case
    return leases.prolong(unit, case.id, expires_at=ends)


def next_case(
    unit: Unit,
    moderator: str,
    *,
    now: datetime,
    queue: str | None = None,
    label: str | None = None,
    lease: timedelta = LEASE,
) -> CaseRecord | None:
    """What `moderator` has in hand already (a page was loaded again), else a fresh claim; None where nothing waits."""
    return next_of(unit, moderator, Wanted(queue, label), now=now, lease=lease)


def next_of(
    unit: Unit,
    moderator: str,
    wanted: Wanted,
    *,
    now: datetime,
    lease: timedelta = LEASE,
    gold_share: float = 0.0,
) -> CaseRecord | None:
    """As `next_case`, of what is `wanted`. What was taken ahead has its full time from now on."""
    in_hand = leases.leased_by(unit, moderator, now=now)
    if in_hand:
        return in_hand[0]
    claimed = take(unit, moderator, wanted, now=now, lease=lease, gold_share=gold_share)
    return claimed[0] if claimed else None


def ahead_of(  # noqa: PLR0913 - each by its name
    unit: Unit,
    moderator: str,
    case: CaseRecord,
    wanted: Wanted,
    *,
    now: datetime,
    lease: timedelta = LEASE,
    gold_share: float = 0.0,
    kept_from: KeptFrom | None = None,
) -> CaseRecord | None:
    """The case that will follow `case`, in the moderator's hands already so that it is there at once.

    None where little waits: a case that somebody sits on is one that a colleague cannot take. Where the one ahead is
    held for a shorter time, so is `case`, which is always the first to run out.
    """
    for other in leases.leased_by(unit, moderator, now=now):
        if other.id != case.id:
            return other
    able = skills.narrowed(unit, moderator, wanted)
    if leases.peek(unit, moderator, now=now, after=LEFT_TO_OTHERS, wanted=able) is None:
        return None
    least = SHORTEST + AHEAD_FOR
    taken = take(
        unit,
        moderator,
        wanted,
        now=now,
        lease=lease + AHEAD_FOR,
        gold_share=gold_share,
        least=least,
        kept_from=kept_from,
    )
    for other in taken:
        _before(unit, case, other)
    return taken[0] if taken else None


def _before(unit: Unit, case: CaseRecord, ahead: CaseRecord) -> CaseRecord:
    """The case on the desk, whose lease ends before that of the one ahead."""
    return case if ahead.lease_expires_at is None else _no_longer(unit, case, ahead.lease_expires_at - AHEAD_FOR)


def keep_ahead(unit: Unit, moderator: str, case: CaseRecord, *, now: datetime) -> CaseRecord:
    """What the moderator has in hand besides `case` is renewed with it, while their page is open; the case as it is."""
    for other in leases.leased_by(unit, moderator, now=now):
        if other.id != case.id:
            ends = until(unit, other, now=now, lease=LEASE + AHEAD_FOR, least=SHORTEST + AHEAD_FOR)
            case = _before(unit, case, leases.prolong(unit, other.id, expires_at=ends))
    return case


def left(unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime) -> None:
    """Whoever has the case left its page: it goes back in a moment, with what they took ahead, unless they return.

    Raises as `renew` does.
    """
    case = held(unit, case_id, moderator, token, now=now)
    mine = [] if case.purpose is Purpose.LESSON else leases.leased_by(unit, moderator, now=now)
    for place, case in enumerate(sorted(mine, key=lambda one: one.id != case_id)):
        _no_longer(unit, case, now + LEFT_FOR + place * timedelta(seconds=1))


def let_go(unit: Unit, moderator: str, *, now: datetime) -> None:
    """What somebody has in hand waits for others again, and not for a time to run out: they are gone."""
    for case in leases.leased_by(unit, moderator, now=now):
        _leave(unit, cases.lock(unit, case.id), now)


def returned(unit: Unit, case: CaseRecord, *, now: datetime) -> CaseRecord:
    """A case whose page was left and is there again has its full time from now on, and so has what is ahead of it."""
    soon = now + LEFT_FOR
    if case.lease_owner is None or case.lease_expires_at is None or case.lease_expires_at > soon:
        return case
    again = leases.prolong(unit, case.id, expires_at=until(unit, case, now=now))
    return keep_ahead(unit, case.lease_owner, again, now=now)


def held(unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime) -> CaseRecord:
    """The case, locked, if `moderator` has it under a running lease (and `token`, where given, is the lease's).

    Raises `ConflictError` with what happened instead, and `NotFoundError`.
    """
    case = cases.lock(unit, case_id)
    if case.state is CaseState.CLOSED:
        raise ConflictError("This case was decided already.")
    if case.state is not CaseState.CLAIMED or case.lease_expires_at is None or case.lease_expires_at <= now:
        raise ConflictError("Your claim ran out, or the comment was edited, and the case went back. Claim it again.")
    if case.lease_owner != moderator:
        raise ConflictError("Another moderator has this case now.")
    if token is not None and token != case.lease_token:
        raise ConflictError("This case was claimed anew since this page was loaded. Look at it again.")
    return case


def renew(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime, lease: timedelta = LEASE
) -> CaseRecord:
    """The same lease, from now on again. Raises `ConflictError`, `NotFoundError`."""
    case = held(unit, case_id, moderator, token, now=now)
    return leases.prolong(unit, case_id, expires_at=until(unit, case, now=now, lease=lease))


def release(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime, reason: str = ""
) -> CaseRecord:
    """Back to its queue, undecided. Raises `ConflictError`, `NotFoundError`."""
    why = check_reason(reason)
    case = _leave(unit, held(unit, case_id, moderator, token, now=now), now)
    ledger.append(unit, _entry("case.released", case, moderator, why), now=now)
    return case


def skip(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, why: Skip, now: datetime, note: str = ""
) -> CaseRecord:
    """Back to its queue, and not to this moderator again, or not soon. Raises `ConflictError`, `NotFoundError`.

    `note` is for whoever has the case next, here and below.
    """
    told = check_note(note)
    case = release(unit, case_id, moderator, token, now=now, reason=why.value)
    if told and case.purpose not in KNOWN_ANSWER:
        case_words.add(unit, case, Passed.SKIPPED, by=moderator, reason="", note=told, now=now)
    until = now + PUT_OFF_FOR if why is Skip.LATER else None
    leases.skip(unit, case_id, moderator, reason=why.value, until=until, now=now)
    return case


def take_skip_back(unit: Unit, case_id: str, moderator: str, *, now: datetime, within: timedelta) -> CaseRecord:
    """The case in the moderator's hands again, as if it had not been skipped; the caller commits.

    A known answer too, that was closed by it. Raises `ConflictError` where it is too late, or somebody else has the
    case by now, and `NotFoundError`.
    """
    comments.lock(unit, cases.get(unit, case_id).comment_id)  # the comment before the case, as everywhere
    case = cases.lock(unit, case_id)
    asked = case.purpose in KNOWN_ANSWER and case.state is CaseState.CLOSED
    waits = case.state in (CaseState.OPEN, CaseState.ESCALATED)
    if not (waits or asked) or not leases.skipped_since(unit, case_id, moderator, since=now - within):
        raise ConflictError("This skip can no longer be taken back: the case went on, or the time is over.")
    leases.unskip(unit, case_id, moderator)
    case_words.take_back_skip(unit, case_id, moderator, since=now - within)
    ledger.append(unit, _entry("case.claimed", case, moderator, "skip taken back"), now=now)
    if asked:
        return leases.reopen(unit, case_id, moderator, expires_at=until(unit, case, now=now))
    return leases.lease(unit, case_id, moderator, expires_at=until(unit, case, now=now))


def hand_over(  # noqa: PLR0913 - each by its name
    unit: Unit,
    case_id: str,
    moderator: str,
    token: str | None,
    *,
    to: str,
    now: datetime,
    reason: str = "",
    note: str = "",
) -> CaseRecord:
    """Back to its queue, where it waits for the user `to` alone until its promise ends, or for some hours.

    Raises as `release` does.
    """
    why, told = check_reason(reason), check_note(note)
    case = held(unit, case_id, moderator, token, now=now)
    if to == moderator:
        raise InvalidInputError("The case cannot be handed over.", [Fault("/to", "name somebody else")])
    if case.purpose in KNOWN_ANSWER:
        return _asked_once(unit, case, moderator, Passed.HANDED_OVER, now)
    until = min(now + KEPT_FOR, max(case.due_at, now + KEPT_WHEN_LATE))
    handed = leases.hand_to(unit, case, to, until=until)
    case_words.add(unit, case, Passed.HANDED_OVER, by=moderator, to=to, reason=why, note=told, now=now)
    ledger.append(unit, _entry("case.handed_over", handed, moderator, why, to=to), now=now)
    return handed


def escalate(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime, reason: str = "", note: str = ""
) -> CaseRecord:
    """To the queue `escalated`, for those who may decide more. Raises `ConflictError`, `NotFoundError`."""
    why, told = check_reason(reason), check_note(note)
    case = held(unit, case_id, moderator, token, now=now)
    if case.purpose in KNOWN_ANSWER:
        case = _asked_once(unit, case, moderator, Passed.ESCALATED, now)
        ledger.append(unit, _entry("case.escalated", case, moderator, why), now=now)
        return case
    case = leases.put_back(unit, case, queue=ESCALATED)
    if case.group_id is not None and groups.led_by(unit, case) is None:
        groups.leave(unit, case.id)  # seniors are given it, whatever stands for the others
    case_words.add(unit, case, Passed.ESCALATED, by=moderator, reason=why, note=told, now=now)
    ledger.append(unit, _entry("case.escalated", case, moderator, why), now=now)
    return case


def expire(unit: Unit, *, now: datetime) -> int:
    """Puts every case whose lease ran out back; how many. `claim` does so too: nothing waits for a worker."""
    return leases.expire(unit, now=now)


def _leave(unit: Unit, case: CaseRecord, now: datetime) -> CaseRecord:
    """A known answer waits for nobody else: it is closed."""
    return leases.close(unit, case.id, now=now) if case.purpose in KNOWN_ANSWER else leases.put_back(unit, case)


def _asked_once(unit: Unit, case: CaseRecord, moderator: str, how: Passed, now: datetime) -> CaseRecord:
    """Whoever passed a known answer on was asked: the same one does not come to them again, as if it were skipped."""
    leases.skip(unit, case.id, moderator, reason=how.value, until=None, now=now)
    return leases.close(unit, case.id, now=now)


def _entry(kind: str, case: CaseRecord, moderator: str, reason: str, **more: str) -> ledger.Entry:
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", moderator),
        subject_kind="case",
        subject_id=case.id,
        reason=reason,
        ground="",
        facts={"queue": case.queue, "comment_id": case.comment_id, "decision_id": case.decision_id} | more,
    )
