"""The people of the house as their lead sees them: in training, how much of the worst they saw, which skills lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.permissions import ALLOWED, Action
from moderation.rules.backtest import Share
from records import overview, users
from records.overview import Unskilled
from records.unit_of_work import Reading
from records.values import UserRecord
from review import exposure, lessons
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
    """Somebody who decides live cases: of a day's cases the share of the worst, the last hour, and their skills."""

    user: UserRecord
    day: Share
    hour: Exposure


@dataclass(frozen=True, slots=True)
class Crew:
    """`lacking` are cases that wait and that nobody has the skills for."""

    newcomers: tuple[Newcomer, ...]
    members: tuple[Member, ...]
    lacking: tuple[Unskilled, ...]


def view_crew(look: Reading, wellness: Wellness, now: datetime) -> Crew:
    """Everybody who may decide and can log in."""
    people = users.active(look, [role.value for role in ALLOWED[Action.DECIDE]])
    live = [user for user in people if not user.trainee]
    seen = exposure.of_all(look, since=now - DAY)
    members = []
    for user in live:
        cases, worst = seen.get(user.id, (0, 0))
        members.append(Member(user, Share(worst, cases), exposure.of(look, user.id, wellness, now=now)))
    return Crew(
        newcomers=tuple(Newcomer(u, lessons.progress(look, u.id)) for u in people if u.trainee),
        members=tuple(sorted(members, key=lambda member: -member.day.hits)),
        lacking=tuple(one for one in overview.by_skill(look) if not _any_able(live, one)),
    )


def _any_able(people: Sequence[UserRecord], waiting: Unskilled) -> bool:
    """As `records/waiting.py` asks the queue."""
    return not people or any(
        (user.languages is None or waiting.lang in user.languages)
        and (user.subjects is None or waiting.label is None or waiting.label in user.subjects)
        for user in people
    )
