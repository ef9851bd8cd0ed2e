"""Emergency mode: asked by one, approved by another, bounded in time, ended by itself, accounted for afterwards.

    ask        what shall hold where, for how long, and why; or a drill of it
    answer     the second person's word; approved, it runs in every worker within two seconds
    end        before its time, by one person: the way back to the usual takes no second
    settle     what a worker does each second: ends those whose time has come
    report     what it changed, what it caught, whom it hit wrongly

A question that nobody answers within an hour is too old to act upon: what it was asked for has gone by.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from governance import approvals, events, grounds
from governance.approvals import ByKey
from governance.law import Act
from moderation.decision import Outcome
from moderation.emergency import Effect, Kind, Scope
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from moderation.rules.backtest import Share
from records import approvals as questions
from records import emergencies, epoch, ledger
from records.emergencies import Changed, EmergencyRecord, NewEmergency, place_of
from records.house_values import ApprovalRecord, ApprovalState, EpochPart
from records.unit_of_work import Reading, Unit

ASKED = "emergency.start"
"""The kind of a question whether an emergency may begin."""

LONGEST = timedelta(hours=24)
ANSWER_WITHIN = timedelta(hours=1)
CLOCKS_APART = timedelta(seconds=5)
"""How far apart the clocks of two machines may be before somebody has to set them."""

MAX_PLACE = 128
LOWEST = 0.1
"""Thresholds are multiplied by no less."""

MOST_A_MINUTE = 600


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to hold, for `minutes` from the moment of the second person's yes."""

    scope: Scope
    effect: Effect
    minutes: int
    by: str | ByKey
    why: str
    ground: str = "emergency plan"
    is_drill: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of an answer: the emergency where it was a yes."""

    approval: ApprovalRecord
    emergency: EmergencyRecord | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """After the action. `judged` counts the changed comments about which a person has said something since.

    `wrong` is the share of them that stand after all, with its interval; `caught` those that do not. The `unjudged` are
    known to nobody. Of a drill it is what would have been.
    """

    emergency: EmergencyRecord
    covered: int
    changes: tuple[tuple[str, str, int], ...]
    changed: int
    authors: int
    judged: int
    caught: int
    wrong: Share
    unjudged: int
    wrong_authors: int
    wrong_by_surface: tuple[tuple[str, int], ...]
    wrong_by_language: tuple[tuple[str, int], ...]
    wrong_ids: tuple[str, ...]
    erased: int = 0
    """Of the changed comments those whose text and account were erased since: of whom they were is not known now."""
    is_counted: bool = True
    """Whether `covered` and `authors` were counted when it ended, and no erasure since made them fewer."""


def ask(
    unit: Unit, wish: Wish, *, labels: Collection[str], surfaces: Collection[str], now: datetime
) -> ApprovalRecord:  # fmt: skip
    """Asks a second person. `labels` and `surfaces` are those that there are.

    Raises `InvalidInputError` with every fault, `ConflictError` where the same runs or is asked already,
    `ForbiddenError` for who may change nothing.
    """
    who, reason = approvals.asker(unit, wish.by, needs=approvals.MAY_APPROVE), approvals.words("why", wish.why)
    wrong = grounds.faults(unit, wish.ground, Act.ORDER, where="ground", free=True)
    if faults := [*_faults(wish, labels, surfaces), *wrong]:
        raise InvalidInputError("The emergency cannot be started.", faults)
    place = place_of(wish.scope, wish.effect.kind, is_drill=wish.is_drill)
    settle(unit, now)
    _check_free(unit, place)
    _forget_old(unit, place, now)
    facts = {
        "surface": wish.scope.surface,
        "thread_id": wish.scope.thread_id,
        "label": wish.scope.label,
        "effect": wish.effect.kind.value,
        "review_times": wish.effect.review,
        "block_times": wish.effect.block,
        "a_minute": wish.effect.a_minute,
        "minutes": wish.minutes,
        "drill": wish.is_drill,
        "ground": wish.ground.strip(),
        "last_hour": emergencies.decided_within(unit, wish.scope, now - timedelta(hours=1)),
        "last_day": emergencies.decided_within(unit, wish.scope, now - timedelta(days=1)),
    }
    return approvals.ask(unit, ASKED, place, facts=facts, by=who, why=reason, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> Begun:
    """A second person's word; approved, the emergency runs.

    Raises `ConflictError` where the question is too old, the clock was set back, or another worker was first;
    `ForbiddenError` for who asked, `InvalidInputError` without a note, `NotFoundError`.
    """
    asked = approvals.question(unit, approval_id, ASKED, "an emergency")
    if approve:
        _check_time(asked, now)
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is not ApprovalState.APPROVED:
        return Begun(answered)
    settle(unit, now)
    begun = emergencies.start(unit, _new(answered, now), now=now)
    if begun is None:
        _check_free(unit, asked.subject_id)
        raise ConflictError(f"{asked.subject_id} was begun by another worker at this moment: look again.")
    _note(unit, "emergency.started", begun, begun.approved_by, begun.why, now)
    epoch.bump(unit, EpochPart.EMERGENCY)
    events.emergency(unit, events.EMERGENCY_STARTED, begun, now=now)
    return Begun(answered, begun)


def end(unit: Unit, emergency_id: str, *, by: str | ByKey, why: str, now: datetime) -> EmergencyRecord:
    """Ends it before its time: one person may, of a role that could approve one.

    Raises `ConflictError` where it has ended, `ForbiddenError` for another role, `NotFoundError`, and as `ask`.
    """
    who, reason = approvals.asker(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    approvals.check_may_approve(unit, by)
    before = _begun(unit, emergency_id)
    ended = emergencies.end(unit, before.id, by=who, why=reason, now=now)
    if ended is None:
        raise ConflictError(f"This emergency has ended already, at {before.ended_at or before.ends_at:%Y-%m-%d %H:%M}.")
    _ended(unit, ended, reason, now)
    return ended


def settle(unit: Unit, now: datetime) -> int:
    """Ends those whose time has come, once however many workers look; how many."""
    count = 0
    for each in emergencies.running(unit):
        ended = emergencies.end(unit, each.id, by=None, why=None, now=now) if each.ends_at <= now else None
        if ended is not None:
            _ended(unit, ended, "its time was over", now)
            count += 1
    return count


def is_ahead(record: EmergencyRecord, now: datetime) -> bool:
    """Whether it began in the future: a clock was set back, and somebody has to look at it."""
    return record.ended_at is None and record.starts_at > now + CLOCKS_APART


def report(look: Reading, emergency_id: str, *, now: datetime) -> Report:
    """The report, of one that still runs too. Raises `NotFoundError`, `ConflictError` for one that never ran."""
    record = _begun(look, emergency_id)
    found, kept = emergencies.changed(look, record.id), _at_end(look, record)
    judged = [each for each in found if each.final is not None]
    wrong = [each for each in judged if each.final is Outcome.PASS]
    changes: Counter[tuple[str, str]] = Counter()
    for each in found:
        changes[each.otherwise.value, each.outcome.value] += each.count
    return Report(
        emergency=record,
        covered=max(emergencies.covered(look, record, now=now), kept.get("covered", 0)),
        changes=tuple((before, after, number) for (before, after), number in sorted(changes.items())),
        changed=_sum(found),
        authors=max(emergencies.authors_hit(look, record.id), kept.get("accounts", 0)),
        judged=_sum(judged),
        caught=_sum(judged) - _sum(wrong),
        wrong=Share(_sum(wrong), _sum(judged)),
        unjudged=_sum(found) - _sum(judged),
        wrong_authors=emergencies.authors_hit(look, record.id, wrongly=True),
        wrong_by_surface=_by((each.surface, each.count) for each in wrong),
        wrong_by_language=_by((each.lang, each.count) for each in wrong),
        wrong_ids=tuple(emergencies.wrong_ids(look, record.id)),
        erased=emergencies.erased_since(look, record.id),
        is_counted=bool(kept),
    )


def _at_end(look: Reading, record: EmergencyRecord) -> Mapping[str, int]:
    """What was counted when it ended, by the entry of its end; nothing where it runs, or an earlier program ended it.

    An erasure takes away whose comments these were and in which thread: counted later they would be fewer.
    """
    entry = None if record.ended_at is None else ledger.last(look, "emergency.ended", record.id)
    facts = {} if entry is None else json.loads(entry.body)["facts"]
    return {name: int(facts[name]) for name in ("covered", "accounts") if name in facts}


def _begun(look: Reading, emergency_id: str) -> EmergencyRecord:
    """The emergency. Raises `NotFoundError`, and `ConflictError` where it was asked for and has not run."""
    try:
        return emergencies.get(look, emergency_id)
    except NotFoundError:
        asked = questions.find(look, emergency_id)
        if asked is None or asked.kind != ASKED:
            raise
    if asked.state is ApprovalState.WAITING:
        raise ConflictError(
            f"{asked.subject_id} waits for a second person and changes nothing yet: there is a report once it runs."
        )
    raise ConflictError(f"{asked.subject_id} never ran: the question was {asked.state}.")


def document(found: Report) -> dict[str, Any]:
    """The report for programs."""
    record, interval = found.emergency, found.wrong.interval
    return {
        "id": record.id,
        "place": record.place,
        "drill": record.is_drill,
        "surface": record.scope.surface,
        "thread_id": record.scope.thread_id,
        "label": record.scope.label,
        "effect": {
            "kind": record.effect.kind.value,
            "review_times": record.effect.review,
            "block_times": record.effect.block,
            "a_minute": record.effect.a_minute,
        },
        "why": record.why,
        "ground": record.ground,
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
        "starts_at": record.starts_at.isoformat(),
        "ends_at": record.ends_at.isoformat(),
        "ended_at": None if record.ended_at is None else record.ended_at.isoformat(),
        "ended_by": record.ended_by,
        "ended_why": record.ended_why,
        "covered": found.covered,
        "changed": [
            {"otherwise": before, "outcome": after, "decisions": number} for before, after, number in found.changes
        ],
        "accounts": found.authors,
        "erased_since": found.erased,
        "counted_at_end": found.is_counted,
        "judged": found.judged,
        "caught": found.caught,
        "wrong": {
            "decisions": found.wrong.hits,
            "share": found.wrong.share,
            "interval": None if interval is None else list(interval),
            "accounts": found.wrong_authors,
            "by_surface": dict(found.wrong_by_surface),
            "by_language": dict(found.wrong_by_language),
            "decision_ids": list(found.wrong_ids),
        },
        "unjudged": found.unjudged,
    }


def _faults(wish: Wish, labels: Collection[str], surfaces: Collection[str]) -> Iterator[Fault]:
    scope, effect = wish.scope, wish.effect
    if scope.surface is not None and scope.surface not in surfaces:
        yield Fault("surface", f"no policy knows '{scope.surface}'; there are {', '.join(sorted(surfaces))}")
    if scope.thread_id is not None and not (0 < len(scope.thread_id) <= MAX_PLACE and scope.thread_id.isprintable()):
        yield Fault("thread", f"give the platform's id of the thread, 1 to {MAX_PLACE} characters")
    if scope.label is not None and scope.label not in labels:
        yield Fault("label", f"there is no label '{scope.label}'; there are {', '.join(labels)}")
    if scope.label is not None and effect.kind is not Kind.THRESHOLDS:
        yield Fault("label", f"'{effect.kind}' asks for no label: a label goes with 'thresholds'; leave it out")
    if not timedelta(minutes=1) <= timedelta(minutes=wish.minutes) <= LONGEST:
        most = int(LONGEST.total_seconds() // 60)
        yield Fault("minutes", f"give 1 to {most}: an emergency ends by itself; one that lasts is asked for anew")
    if not wish.ground.strip():
        yield Fault("ground", "say on which ground: the plan, the article, the order")
    yield from _of_effect(effect)


def _of_effect(effect: Effect) -> Iterator[Fault]:
    times = {"review-times": effect.review, "block-times": effect.block}
    if effect.kind is Kind.THRESHOLDS:
        for name, value in times.items():
            if not LOWEST <= value <= 1:
                yield Fault(name, f"give {LOWEST} to 1: an emergency is stricter than the policy, never laxer")
        if effect.review == effect.block == 1:
            yield Fault("review-times", "nothing would change: give less than 1 here or for block-times")
    elif effect.review != 1 or effect.block != 1:
        yield Fault("review-times", f"goes with 'thresholds', not with '{effect.kind}'; leave it out")
    if effect.kind is Kind.SLOW_MODE and not 1 <= (effect.a_minute or 0) <= MOST_A_MINUTE:
        yield Fault("a-minute", f"say how many comments an account may send within a minute, 1 to {MOST_A_MINUTE}")
    if effect.kind is not Kind.SLOW_MODE and effect.a_minute is not None:
        yield Fault("a-minute", f"goes with 'slow_mode', not with '{effect.kind}'; leave it out")


def _check_free(look: Reading, place: str) -> None:
    runs = emergencies.running_at(look, place)
    if runs is not None:
        raise ConflictError(
            f"{place} runs already, until {runs.ends_at:%Y-%m-%d %H:%M} UTC: wait for its end, or end it first "
            f"(chaffinch emergency end {runs.id} --by NAME --why WORDS)."
        )


def _forget_old(unit: Unit, place: str, now: datetime) -> None:
    """A question that is too old to be answered makes room for the new one."""
    waiting = [each for each in questions.waiting(unit, subject_id=place) if each.kind == ASKED]
    if any(each.created_at + ANSWER_WITHIN < now for each in waiting):
        questions.overtake(unit, place, now=now)


def _check_time(asked: ApprovalRecord, now: datetime) -> None:
    if now < asked.created_at - CLOCKS_APART:
        raise ConflictError(
            f"This machine's clock says {now:%Y-%m-%d %H:%M:%S} UTC, and the question was asked at "
            f"{asked.created_at:%Y-%m-%d %H:%M:%S}: a clock went backwards. Set the clocks of all machines (NTP), then "
            "answer again."
        )
    if now > asked.created_at + ANSWER_WITHIN:
        raise ConflictError(
            f"This was asked at {asked.created_at:%Y-%m-%d %H:%M} UTC, and an emergency is answered within an hour. If "
            "it is still needed, ask again: chaffinch emergency start."
        )


def _new(asked: ApprovalRecord, now: datetime) -> NewEmergency:
    told = asked.facts
    return NewEmergency(
        scope=Scope(told["surface"], told["thread_id"], told["label"]),
        effect=Effect(Kind(told["effect"]), told["review_times"], told["block_times"], told["a_minute"]),
        is_drill=told["drill"],
        asked_by=asked.asked_by,
        approved_by=asked.answered_by or "",
        why=asked.why,
        ground=told["ground"],
        approval_id=asked.id,
        ends_at=now + timedelta(minutes=told["minutes"]),
    )


def _ended(unit: Unit, record: EmergencyRecord, why: str, now: datetime) -> None:
    counted = {
        "changed": _sum(emergencies.changed(unit, record.id)),
        "covered": emergencies.covered(unit, record, now=now),
        "accounts": emergencies.authors_hit(unit, record.id),
    }
    _note(unit, "emergency.ended", record, record.ended_by, why, now, counted)
    epoch.bump(unit, EpochPart.EMERGENCY)
    events.emergency(unit, events.EMERGENCY_ENDED, record, now=now)


def _note(
    unit: Unit, kind: str, record: EmergencyRecord, by: str | None, why: str, now: datetime,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:  # fmt: skip
    """`by` is None where time did it."""
    facts = {
        "place": record.place,
        "drill": record.is_drill,
        "effect": record.effect.kind.value,
        "review_times": record.effect.review,
        "block_times": record.effect.block,
        "a_minute": record.effect.a_minute,
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
        "approval_id": record.approval_id,
        "ends_at": record.ends_at.isoformat(),
        "hits": "told",  # the entry of each decision says what it changed
        **more,
    }
    who = ledger.Actor("system", "chaffinch") if by is None else approvals.named(by)
    ledger.append(unit, ledger.Entry(kind, who, "emergency", record.id, why, record.ground, facts=facts), now=now)


def _sum(found: Iterable[Changed]) -> int:
    return sum(each.count for each in found)


def _by(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    counted: Counter[str] = Counter()
    for name, number in pairs:
        counted[name] += number
    return tuple(counted.most_common())
