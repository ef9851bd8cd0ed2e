"""The people of the house as their lead sees them: in training, how much of the worst they saw, which skills lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.permissions import ALLOWED, Action
from moderation.rules.backtest import Share
from records import given, overview, presence, users
from records.barred import Barred, barred
from records.given import Given
from records.house_values import UserRecord
from records.overview import Unskilled
from records.unit_of_work import Reading
from records.waiting import ESCALATED
from review import exposure, lessons, skills
from review.exposure import Exposure, Wellness
from review.lessons import Progress

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody in training."""

    user: UserRecord
    progress: Progress


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who decides live cases: what they gave in 24 hours, of the texts read for it the share of the worst.

    `seen` of the worst were before their eyes in 24 hours, decided or not, as those of the last `hour` are counted.
    """

    user: UserRecord
    given: Given
    day: Share
    hour: Exposure
    seen: int


@dataclass(frozen=True, slots=True)
class Crew:
    """`lacking` are cases that wait and that nobody of the house has the skills for."""

    newcomers: tuple[Newcomer, ...]
    members: tuple[Member, ...]
    lacking: tuple[Unskilled, ...]


@dataclass(frozen=True, slots=True)
class Unattended:
    """Cases that wait and that nobody who is at work may be given; `able` of the house could, were they there.

    `asks` are the special trainings that they need.
    """

    waiting: Unskilled
    able: int
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """How many deciders are at work of how many, and what none of those at work may be given.

    `barred` are cases asked blind that nobody of the house may be given, whoever is there.
    """

    present: int
    people: int
    unattended: tuple[Unattended, ...]
    barred: tuple[Barred, ...] = ()

    @property
    def count(self) -> int:
        """Cases that nobody at work may be given."""
        return sum(one.waiting.count for one in self.unattended)


def view_crew(look: Reading, wellness: Wellness, now: datetime) -> Crew:
    """Everybody who may decide and can log in."""
    people = _deciders(look)
    live = [user for user in people if not user.trainee]
    seen, gave = exposure.of_all(look, since=now - DAY), given.by_moderator(look, since=now - DAY)
    members = []
    for user in live:
        texts, worst = seen.get(user.id, (0, 0))
        hour = exposure.of(look, user.id, wellness, now=now)
        seen_here = exposure.seen_since(look, user.id, since=now - DAY)
        members.append(Member(user, gave.get(user.id, Given()), Share(worst, texts), hour, seen_here))
    return Crew(
        newcomers=tuple(Newcomer(u, lessons.progress(look, u.id)) for u in people if u.trainee),
        members=tuple(sorted(members, key=lambda member: -member.day.hits)),
        lacking=tuple(one for one in overview.by_skill(look, now=now) if live and not _able(look, live, one)),
    )


def view_shift(look: Reading, now: datetime) -> Shift:
    """Who is at work, and what waits that they cannot take; where nobody is, everything."""
    people = _deciding(look)
    there = at_work(look, now)
    left = (one for one in overview.by_skill(look, now=now) if not _able(look, there, one))
    return Shift(
        len(there),
        len(people),
        tuple(
            Unattended(
                one,
                len(_able(look, people, one)),
                skills.needs_of(look.queues, one.queue, one.lang, one.label).skills,
            )
            for one in left
        ),
        tuple(barred(look, [user.id for user in people])),
    )


def at_work(look: Reading, now: datetime) -> list[UserRecord]:
    """Those at work who decide live cases, by name: neither who only reads or models, nor who is in training."""
    there = presence.present(look, now=now)
    return [user for user in _deciding(look) if user.id in there]


def _deciding(look: Reading) -> list[UserRecord]:
    return [user for user in _deciders(look) if not user.trainee]


def _deciders(look: Reading) -> list[UserRecord]:
    return users.active(look, [role.value for role in ALLOWED[Action.DECIDE]])


def _able(look: Reading, people: Sequence[UserRecord], waiting: Unskilled) -> list[UserRecord]:
    """Those who may be given it; what was escalated is for seniors."""
    seniors = ALLOWED[Action.DECIDE_ESCALATED]
    return [
        user
        for user in people
        if (waiting.queue != ESCALATED or user.role in seniors)
        and skills.can(skills.skills_of(user), look.queues, waiting)
    ]
