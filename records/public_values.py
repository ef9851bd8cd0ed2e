"""Values of what the public asks: complaints, appeals, their answers, findings about many reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ComplaintState(StrEnum):
    """Whether a complaint was answered."""

    WAITING = "waiting"
    ANSWERED = "answered"


class ComplaintOutcome(StrEnum):
    """What a complaint is answered with."""

    ACTED = "acted"
    """The comment is gone: a person, or before them the machine, found that it breaks a rule."""
    KEPT = "kept"
    CHANGED = "changed"
    """The author wrote another text since, and that one stands."""
    GONE = "gone"
    """The comment was erased before anybody looked."""
    SUSPENDED = "suspended"
    """It was kept and not looked at: the handling of this reporter's reports was suspended."""


class AppealState(StrEnum):
    """Whether an appeal was answered."""

    WAITING = "waiting"
    ANSWERED = "answered"


class AppealOutcome(StrEnum):
    """What an appeal is answered with."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    CHANGED = "changed"
    """The author wrote another text since, which was judged in its place."""
    GONE = "gone"
    """The comment was erased before anybody looked."""


class FlaggerState(StrEnum):
    """Where the mark of a trusted flagger stands. It is over by itself at its end, also before a worker wrote that."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class FindingKind(StrEnum):
    """What a finding about somebody who reports or appeals is drawn from."""

    REPORTS = "reports"
    CONTESTS = "contests"
    APPEALS = "appeals"
    FLAGGER = "flagger"
    """A trusted flagger's notices (DSA 22(6))."""


class FloodState(StrEnum):
    """Where a finding about many reports against one author stands; a person decides."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class ComplaintRecord:
    """What somebody reported about a comment, and what it was answered with. `note` is theirs.

    `contests`: the complaint whose answer they contest with this one; None: they report the comment. `reversed_at`: the
    answer was taken back since, one that had removed the comment on appeal, one that had kept it on contest.
    """

    id: str
    comment_id: str
    decision_id: str
    revision: int
    author_index: str | None = field(repr=False)
    case_id: str | None
    kind: str
    note: str | None = field(repr=False)
    reporter_index: str | None = field(repr=False)
    source: str
    state: ComplaintState
    outcome: ComplaintOutcome | None
    verdict_id: str | None
    due_at: datetime
    created_at: datetime
    answered_at: datetime | None
    reversed_at: datetime | None
    contests: str | None
    flagger_id: str | None = None
    suspended_by: str | None = None


@dataclass(frozen=True, slots=True)
class FlaggerRecord:
    """An organisation whose notices come first, on whose award, in which `expertise` (none: in all), until when."""

    id: str
    reporter_id: str
    name: str
    authority: str
    country: str
    reference: str
    expertise: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    state: FlaggerState
    asked_by: str
    reason: str
    approved_by: str | None
    set_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str | None
    created_at: datetime

    def stands(self, now: datetime) -> bool:
        """Whether their notices come first now."""
        is_over = self.valid_until is not None and self.valid_until <= now
        return self.state is FlaggerState.IN_FORCE and self.valid_from <= now and not is_over


@dataclass(frozen=True, slots=True)
class ReporterFinding:
    """That somebody reports, contests or appeals without ground again and again. `evidence` is numbers and moments."""

    id: str
    kind: FindingKind
    reporter_id: str | None
    author_id: str | None
    evidence: Mapping[str, Any]
    state: FloodState
    answered_by: str | None
    note: str | None
    created_at: datetime
    updated_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AppealRecord:
    """An author's appeal against a verdict, or a decision of the machine alone. `note` is theirs."""

    id: str
    subject_id: str
    comment_id: str
    decision_id: str
    verdict_id: str | None
    measure_id: str | None
    case_id: str
    note: str | None = field(repr=False)
    sender: str
    state: AppealState
    outcome: AppealOutcome | None
    answer_id: str | None
    due_at: datetime
    created_at: datetime
    answered_at: datetime | None

    @property
    def is_of_machine(self) -> bool:
        """Whether no person had decided what is appealed, by a verdict or a measure."""
        return self.verdict_id is None and self.measure_id is None


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """Which words were chosen for those who asked, and the codes and grounds of the verdict's labels."""

    template: str | None
    reasons: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class FloodRecord:
    """That many reported one author. `evidence` is numbers and moments; a person decides what it is."""

    id: str
    author_index: str | None = field(repr=False)
    state: FloodState
    evidence: Mapping[str, Any]
    is_unfounded: bool
    answered_by: str | None
    note: str | None
    first_at: datetime
    created_at: datetime
    updated_at: datetime
    answered_at: datetime | None
