"""Credit tried on made-up accounts: who falls to a level that closes something more, and how soon.

Every kind writes each day; what the machine stops of it, rightly or not, and what a person rejects is drawn. Nothing of
it is measured on people: rates of ordinary accounts are those at which everyday comments are stopped wrongly.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moderation.credit import CreditRules
from moderation.standing import Closed, CreditKind

WRONGLY_STOPPED = 0.005
"""Share of everyday comments that are stopped wrongly, at the most that a released model may."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How an account behaves: comments a day, the share that is stopped, of which the share that a person rejects.

    On one day between the first and the last it makes `mistakes`: so many comments are stopped, and `rejected` of them
    rejected by a person.
    """

    comments: float
    stopped: float = WRONGLY_STOPPED
    rejects: float = 0.0
    mistakes: int = 0
    rejected: int = 0


KINDS: Mapping[str, Habits] = {
    "ordinary": Habits(2),
    "busy": Habits(30),
    "one mistake": Habits(2, mistakes=1, rejected=1),
    "one mistake, tried three times": Habits(2, mistakes=3),
    "slow spammer": Habits(2, stopped=0.8, rejects=0.3),
    "spammer": Habits(20, stopped=0.8, rejects=0.1),
    "disguised spammer": Habits(20, stopped=0.3, rejects=0.3),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """Of one kind: how many accounts, how many ever fell, and the day (from 1) by which half of those had."""

    kind: str
    accounts: int
    fell: int
    median_day: int | None


def try_out(rules: CreditRules, *, accounts: int, days: int, seed: int) -> list[Tried]:
    """Each kind on so many accounts over so many days; the same `seed` draws the same."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    told = []
    for kind, habits in KINDS.items():
        fell = [day for day in (_falls(rules, habits, days, chance) for _ in range(accounts)) if day is not None]
        told.append(Tried(kind, accounts, len(fell), sorted(fell)[len(fell) // 2] if fell else None))
    return told


def _falls(rules: CreditRules, habits: Habits, days: int, chance: random.Random) -> int | None:
    """The first day after which the account is at a level that closes more than a new one's; None: never."""
    begins = rules.level_of(rules.start)
    fade = 0.5 ** (1 / rules.half_life_days)
    mistake = chance.randrange(days)
    good = bad = 0.0
    for day in range(days):
        stopped, rejected = _day(habits, chance, is_mistake=day == mistake)
        good = good * fade + (0.0 if stopped or rejected else rules.weights[CreditKind.GOOD_DAY])
        bad = bad * fade + stopped * rules.weights[CreditKind.BLOCKED] + rejected * rules.weights[CreditKind.REJECTED]
        level = rules.level_of(max(0.0, min(1.0, rules.start + min(rules.most_good, good) + bad)))
        if level.at_least < begins.at_least and level.closed != Closed():
            return day + 1
    return None


def _day(habits: Habits, chance: random.Random, *, is_mistake: bool) -> tuple[int, int]:
    """How many comments the machine stopped, and how many of others a person rejected."""
    stopped = rejected = 0
    for _ in range(_poisson(habits.comments, chance)):
        if chance.random() < habits.stopped:
            by_person = chance.random() < habits.rejects
            stopped, rejected = stopped + (not by_person), rejected + by_person
    if is_mistake:
        stopped, rejected = stopped + habits.mistakes - habits.rejected, rejected + habits.rejected
    return stopped, rejected


def _poisson(mean: float, chance: random.Random) -> int:
    """Knuth's method: enough for a few dozen."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def unfair(tried: Sequence[Tried], *, most: float = 0.001) -> list[str]:
    """What speaks against the rules: kinds that must not fall and do, kinds that must and do not."""
    told = []
    for each in tried:
        share, is_spammer = each.fell / each.accounts, "spammer" in each.kind
        if is_spammer and share < 0.99:
            told.append(f"{each.kind}: {share:.1%} fell, 99 % have to")
        if not is_spammer and share > most:
            told.append(f"{each.kind}: {share:.2%} fell, at most {most:.1%} may")
    return told
