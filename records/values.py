"""What the repositories give: frozen values, never rows that write themselves back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from moderation.decision import Decision, Outcome
from moderation.spans import Span


class CaseState(StrEnum):
    """Where a case stands. The first three wait for a person."""

    OPEN = "open"
    CLAIMED = "claimed"
    ESCALATED = "escalated"
    CLOSED = "closed"


class VerdictKind(StrEnum):
    """What a moderator says of a comment."""

    APPROVE = "approve"
    REJECT = "reject"
    UNSURE = "unsure"


class Purpose(StrEnum):
    """What a case's verdict is for."""

    DECIDE = "decide"
    OPINION = "opinion"
    """A second person's, who does not know the first's; what holds is left as it is."""
    GOLD = "gold"
    """The answer is known: it measures whoever is asked."""
    LESSON = "lesson"
    """The answer is known, and told afterwards: a newcomer learns by it."""


KNOWN_ANSWER = (Purpose.GOLD, Purpose.LESSON)
"""Cases made for one person, of which the answer is known: they decide nothing and wait for nobody."""


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A comment as stored. Pseudonyms come out by `Keyring.reveal(author_cipher)` alone."""

    id: str
    external_id: str | None
    revision: int
    text: str | None
    commitment: bytes
    lang: str
    type: str
    surface: str
    thread_id: str | None
    parent_id: str | None
    parent_text: str | None
    author_index: str | None
    author_cipher: str | None
    device_index: str | None
    network_index: str | None
    account_since: datetime | None
    account_verified: bool | None
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    attachments: str | None = field(default=None, repr=False)
    """As the row has them (`records/attachments.py`)."""


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A comment as everybody may see it. `author_index` is for telling authors apart, never for showing.

    `attachments` are the kinds of what was sent beside the text: neither files nor hashes nor words of them.
    """

    id: str
    external_id: str | None
    parent_id: str | None
    text: str
    lang: str
    type: str
    author_index: str | None = field(repr=False)
    created_at: datetime
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """That an account hangs on something that another may hang on too: its kind, and since when it is known."""

    kind: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """What the platform stated about an author; None: not stated. `registered_at` is the account's own beginning.

    `consent_withdrawn_at`: since when consent that was stated is stated no more.
    """

    id: str
    verified: bool | None
    registered_at: datetime | None
    agreement_version: str | None
    consented_at: datetime | None
    consent_withdrawn_at: datetime | None
    links: tuple[LinkRecord, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as stored: the machine's, and what a person's verdict made of it.

    `surface` and `thread_id` are where the comment stood; both None of an earlier program's (`records/places.py`).
    """

    id: str
    comment_id: str
    revision: int
    surface: str | None
    thread_id: str | None
    decision: Decision
    final_outcome: Outcome | None
    overturned: bool | None
    latency_ms: float
    created_at: datetime

    @property
    def outcome(self) -> Outcome:
        """What holds now: the verdict's outcome where there is one, else the machine's."""
        return self.final_outcome or self.decision.outcome


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """Something a person decides. `label` is what it is suspected of, `why` the code of the reason.

    `due_at` is what was promised, `turn_at` its place in the order (`records/turns.py`). Until `kept_until` it waits
    for the user `kept_for` alone.
    """

    id: str
    comment_id: str
    decision_id: str
    queue: str
    label: str | None
    why: str
    priority: float
    lang: str
    purpose: Purpose
    gold_id: str | None
    reach: int
    weight: float
    due_at: datetime
    turn_at: datetime
    kept_for: str | None
    kept_until: datetime | None
    state: CaseState
    lease_owner: str | None
    lease_token: str | None = field(repr=False)
    lease_expires_at: datetime | None
    opened_by: str
    created_at: datetime
    closed_at: datetime | None
    group_id: str | None = None
    """The group in which it is decided together with others (`review/groups.py`)."""
    ahead: int | None = None
    """What comes before all that waits by turn (`records/waiting.py`); None: it does not."""


@dataclass(frozen=True, slots=True)
class CaseWords:
    """What somebody said when they passed a case on (`kind`: escalated, skipped, handed_over to `handed_to`)."""

    id: str
    case_id: str
    comment_id: str
    moderator: str
    kind: str
    handed_to: str | None
    reason: str | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a moderator says: with a reject `labels`, a `ground` or both; the words that matter, how sure (0 to 1)."""

    verdict: VerdictKind
    labels: tuple[str, ...] = ()
    ground: str | None = field(default=None, kw_only=True)
    """On what it is rejected that no label names (`Taxonomy.grounds`)."""
    measure: str | None = None
    span: Span | None = None
    note: str | None = None
    confidence: float | None = None
    answer: str | None = None
    """Which answer those get who complained or appealed (`configs/complaints.toml`); None: the one that fits."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a platform says of a decision: `false_positive` or `false_negative`; `sender` is its API key's id."""

    sender: str
    verdict: str
    labels: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """A moderator's verdict. `confidence` is 0 to 1; `ground` what it rejects for that no label names."""

    id: str
    case_id: str
    comment_id: str
    decision_id: str
    moderator: str
    verdict: VerdictKind
    labels: tuple[str, ...]
    measure: str | None
    span: Span | None
    note: str | None
    confidence: float | None
    overturned: bool
    undone_at: datetime | None
    created_at: datetime
    purpose: Purpose = Purpose.DECIDE
    ground: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """All that it rejects for: labels, then the ground."""
        return self.labels if self.ground is None else (*self.labels, self.ground)

    @property
    def teaches(self) -> bool:
        """Whether it says of the labels what is the case: a reject on a ground alone says nothing of them."""
        return self.verdict is VerdictKind.APPROVE or (self.verdict is VerdictKind.REJECT and bool(self.labels))


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """What a verdict says for training: 0 or 1 for every label.

    `asked` people were asked blind to each other; `agreement` is the share who said just this, None where it was one.
    """

    id: str
    comment_id: str
    revision: int
    verdict_id: str
    decision_id: str
    verdict: VerdictKind
    labels: Mapping[str, int]
    overturned: bool
    confidence: float | None
    asked: int
    agreement: float | None
    decided_at: datetime
    superseded_at: datetime | None
    exported_at: datetime | None


@dataclass(frozen=True, slots=True)
class GoldRecord:
    """A stored comment whose right answer is known."""

    id: str
    comment_id: str
    decision_id: str
    verdict: VerdictKind
    labels: tuple[str, ...]
    why: str
    author: str
    created_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """A platform's doubt about a decision."""

    id: str
    decision_id: str
    comment_id: str
    case_id: str
    sender: str
    verdict: str
    labels: tuple[str, ...]
    note: str | None
    created_at: datetime
