"""How an account or a thread stands: measures that hold it, what credit is counted from. Values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Function(StrEnum):
    """What a measure or a level of credit can close to an account; how many comments an hour is a number beside it."""

    LINKS = "links"
    LIVE = "live"
    UNREVIEWED = "unreviewed"
    """To be shown before a person has looked."""


class CreditKind(StrEnum):
    """What credit is counted from."""

    BLOCKED = "blocked"
    """The machine stopped a comment for its words, and no person said otherwise."""
    REJECTED = "rejected"
    """A person found that a comment breaks a rule."""
    GOOD_DAY = "good_day"
    """A day with comments of which none was stopped."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Functions that are closed, and how many comments an hour are left (None: as many as anybody's)."""

    functions: frozenset[Function] = frozenset()
    per_hour: int | None = None

    def __or__(self, other: Closed) -> Closed:
        rates = [each.per_hour for each in (self, other) if each.per_hour is not None]
        return Closed(self.functions | other.functions, min(rates, default=None))


@dataclass(frozen=True, slots=True)
class Held:
    """A measure that holds an account: restrict, suspend or close; `ends_at` is None where it holds until lifted."""

    measure: str
    ground: str
    closed: Closed = Closed()
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldThread:
    """A measure that holds a thread: restrict, suspend or close, with why in words for those who write there."""

    id: str
    measure: str
    ground: str
    reason_zh: str
    reason_en: str
    closed: Closed = Closed()
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreditEvent:
    """One thing that counts for or against an account."""

    kind: CreditKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known; nothing of most accounts."""

    measures: tuple[Held, ...] = ()
    events: tuple[CreditEvent, ...] = ()


NOTHING_AGAINST = Standing()
