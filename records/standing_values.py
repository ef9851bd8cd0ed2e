"""Values of how accounts stand: measures, findings about who may have come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from moderation.standing import Closed, Function


class MeasureState(StrEnum):
    """Where a measure stands."""

    WAITING = "waiting"
    """For a second person."""
    IN_FORCE = "in_force"
    ENDED = "ended"
    """Its time was over."""
    LIFTED = "lifted"
    """Somebody took it back, or what it was for was overturned."""
    REFUSED = "refused"
    """The second person said no."""
    REPLACED = "replaced"
    """Another stands in its place."""
    WITHDRAWN = "withdrawn"
    """Whoever asked for it took it back before a second person had answered."""


ERASED_WITH = "erased"
"""Of a measure that ended because its account was erased; no state of its own, for records keep it as lifted."""


class TargetKind(StrEnum):
    """What is measured."""

    AUTHOR = "author"
    COMMENT = "comment"
    THREAD = "thread"
    REPORTER = "reporter"
    """Whoever reports: how their reports are handled."""


@dataclass(frozen=True, slots=True)
class MeasureRecord:
    """A measure as stored. `days` is how long it holds (None: until it is lifted); the times follow from `state`."""

    id: str
    measure: str
    target_kind: TargetKind
    author_id: str | None
    comment_id: str | None
    thread_id: str | None
    cause_id: str | None
    reason_zh: str
    reason_en: str
    ground: str
    closes: tuple[Function, ...]
    per_hour: int | None
    days: float | None
    policy: str | None
    replaces: str | None
    role: str | None
    state: MeasureState
    asked_by: str
    approval_id: str | None
    created_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str | None
    appeal_note: str | None = field(repr=False)
    reporter_id: str | None = None

    @property
    def reason(self) -> dict[str, str]:
        """In both languages."""
        return {"zh": self.reason_zh, "en": self.reason_en}

    @property
    def closed(self) -> Closed:
        """What a restriction closes."""
        return Closed(frozenset(self.closes), self.per_hour)

    @property
    def told_state(self) -> str:
        """How it stands in a word: its state, or `erased` where it ended with its account and nobody lifted it."""
        ended_with_it = self.subject_id is None and self.ended_by is None and self.ended_why is not None
        return ERASED_WITH if self.state is MeasureState.LIFTED and ended_with_it else self.state.value

    @property
    def subject_id(self) -> str | None:
        """Our id of what is measured, or the platform's of a thread; None once its author was erased."""
        return {
            TargetKind.AUTHOR: self.author_id,
            TargetKind.COMMENT: self.comment_id,
            TargetKind.THREAD: self.thread_id,
            TargetKind.REPORTER: self.reporter_id,
        }[self.target_kind]


class ReturnState(StrEnum):
    """Where a finding about a new account stands; a person decides."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """A finding: this account may be who was closed or listed (`against`). `score` is in bits."""

    id: str
    author_id: str
    against: str
    evidence: tuple[Mapping[str, Any], ...]
    score: float
    state: ReturnState
    answered_by: str | None
    note: str | None
    created_at: datetime
    updated_at: datetime
    answered_at: datetime | None
