"""What is decided together: an account's waiting comments of a day, a thread's burst of unclear ones.

    together   which waiting cases belong together (pure)
    gather     a worker puts that into effect
    hand_on    the case that stood for the others was decided or left: the next of them stands for the rest
    hand_back  that was taken back within seconds
    set_apart  somebody asks for one of them: it waits by itself from then on

**An account comes first.** Ten comments that one account wrote are one question, whichever thread they stand in; what
is left of a thread's comments, by whomever, is its burst. A case is in one group at the most.

**Nothing is lost and nothing decided twice.** One case stands for the others, which wait as they are: each has its own
verdict, label and ledger entry in the end. Nobody is given one of them by itself while that case is undecided; whoever
finds one by a search decides it there, and the group has one less. However the case that stands for them ends, they
are free from that moment.

What waits by itself stays so: reports and appeals, what decides between two people, second looks and known answers,
what seniors have, what nobody waits for, what somebody passed over for good, and what people look at as a campaign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from records import campaigns, cases, groups, jobs, leases, ledger
from records.cases import ESCALATED
from records.database import Database
from records.groups import Waiting
from records.house_queues import GroupLimits
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState
from records.waiting import APPEALS, COMPLAINTS, SECOND_LOOK

APART = (ESCALATED, APPEALS, COMPLAINTS, SECOND_LOOK)
"""Queues whose cases wait each by itself."""


class Kind(StrEnum):
    """What the cases of a group have in common."""

    ACCOUNT = "account_day"
    THREAD = "thread_burst"


@dataclass(frozen=True, slots=True)
class Plan:
    """Cases, by turn, that become a group, or join the one with `group_id`."""

    kind: Kind
    cases: tuple[str, ...]
    group_id: str | None = None


def together(waiting: Sequence[Waiting], limits: GroupLimits) -> list[Plan]:
    """Which of these, given by turn, belong together."""
    taken: set[str] = set()
    plans: list[Plan] = []
    for kind, key, least, within in (
        (Kind.ACCOUNT, _account, limits.account_cases, limits.account_within),
        (Kind.THREAD, _thread, limits.thread_cases, limits.thread_within),
    ):
        left = [one for one in waiting if one.case_id not in taken]
        for found in _by(key, left):
            plan = _plan(kind, found, least, within, limits.most)
            if plan is not None:
                plans.append(plan)
                taken.update(plan.cases)
    return plans


def gather(database: Database, now: datetime) -> int:
    """Gathers what waits; how many cases. A writer's turn is taken where there is something to do."""
    with database.reading() as look:
        limits = look.queues.groups
        found = groups.waiting(look, now - limits.account_within, but_queues=APART)
    count = 0
    for plan in together(found, limits):
        with database.unit() as unit:
            jobs.take_turns(unit, "groups")
            count += _carry_out(unit, plan, limits, now)
            unit.commit()
    return count


def hand_on(unit: Unit, case: CaseRecord) -> CaseRecord | None:
    """The next case of its group stands for the rest; None where it stood for nobody. The caller has it locked."""
    group = groups.led_by(unit, case)
    if group is None:
        return None
    campaigns.lock(unit, group.id)
    rest = groups.others(unit, group)
    if not rest:  # it keeps the place, should it be taken back
        return None
    groups.leave(unit, case.id)
    groups.stand_for(unit, group.id, rest[0].id)
    return rest[0]


def hand_back(unit: Unit, case: CaseRecord, *, by: str, now: datetime) -> None:
    """A verdict was taken back and its case is in hand: it stands for its group again, unless a colleague goes on."""
    group = groups.led_before(unit, case, kinds=tuple(Kind))
    lead = None if group is None else cases.lock(unit, group.case_id)
    if group is None or lead is None or lead.id == case.id:
        return
    if lead.state is CaseState.CLAIMED and lead.lease_owner == by:
        leases.put_back(unit, lead)
    elif lead.state is not CaseState.OPEN:
        return
    groups.take_in(unit, group.id, [case], now)
    groups.stand_for(unit, group.id, case.id)


def set_apart(unit: Unit, case: CaseRecord) -> None:
    """Somebody asks for this case, which waits by itself from now on; the caller has it locked.

    What it stood for waits behind the next of them. Whoever reports a threat is promised an answer to it, and not to
    the burst in which a machine put it.
    """
    if case.group_id is not None and hand_on(unit, case) is None:
        groups.leave(unit, case.id)


def _account(one: Waiting) -> str | None:
    return one.account


def _thread(one: Waiting) -> str | None:
    return one.thread


def _by(key: Callable[[Waiting], str | None], waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    found: defaultdict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        of = key(one)
        if of is not None:
            found[of].append(one)
    yield from found.values()


def _plan(kind: Kind, found: Sequence[Waiting], least: int, within: timedelta, most: int) -> Plan | None:
    standing = [one for one in found if one.group_id is not None and one.group_kind == kind]
    free = [one for one in found if one.group_id is None]
    if standing:
        group_id = standing[0].group_id
        mine = [one.written_at for one in standing if one.group_id == group_id]
        near = [one for one in free if max(*mine, one.written_at) - min(*mine, one.written_at) <= within]
        joining = tuple(one.case_id for one in near[: max(0, most - len(mine))])
        return Plan(kind, joining, group_id) if joining else None
    burst = _densest(free, within)[:most]
    return Plan(kind, tuple(one.case_id for one in burst)) if len(burst) >= least else None


def _densest(found: Sequence[Waiting], within: timedelta) -> list[Waiting]:
    """The most that were written within this time, by turn; the earliest of equals."""
    by_time = sorted(found, key=lambda one: (one.written_at, one.case_id))
    best: list[Waiting] = []
    first = 0
    for last, one in enumerate(by_time):
        while one.written_at - by_time[first].written_at > within:
            first += 1
        if last - first + 1 > len(best):
            best = by_time[first : last + 1]
    return sorted(best, key=lambda one: (one.turn_at, one.case_id))


def _carry_out(unit: Unit, plan: Plan, limits: GroupLimits, now: datetime) -> int:
    if plan.group_id is not None:
        return groups.join(unit, plan.group_id, plan.cases, now=now)
    least = limits.account_cases if plan.kind is Kind.ACCOUNT else limits.thread_cases
    made = groups.open_one(unit, plan.kind, plan.cases, least=least, now=now)
    if made is None:
        return 0
    group, found = made
    ledger.append(unit, _entry(plan.kind, group.id, group.case_id, len(found)), now=now)
    return len(found)


def _entry(kind: Kind, group_id: str, case_id: str, size: int) -> ledger.Entry:
    return ledger.Entry(
        kind="group.opened",
        actor=ledger.MACHINE,
        subject_kind="campaign",
        subject_id=group_id,
        reason=kind,
        ground="",
        facts={"case_id": case_id, "cases": size},
    )
