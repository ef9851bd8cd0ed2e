"""What the house's own tables hold: people, keys, rules, questions, lists, webhooks, jobs, and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from moderation.lists import ListAction
from moderation.rules import RuleState


class JobState(StrEnum):
    """Where a job stands; `dead` ones were tried often enough."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class DeliveryState(StrEnum):
    """Where the sending of an event to an endpoint stands; `dead` ones were given up and can be replayed."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


OVER_MANY = "campaign.verdict"
"""The kind of a question whether a verdict is given over many comments."""

MEASURE_APPEALED, ENTRY_APPEALED = "measure.appeal", "list.appeal"
"""Kinds of questions that whoever is measured, or has their account on a list, asks a second person."""

MEASURE_LIFTED, ENTRY_REMOVED = "measure.lift", "list.remove"
"""Whether what two people agreed on is taken back: neither of them undoes it alone, nor does anybody else."""

ENTRY_KEPT = "list.review"
"""Whether an entry of a list is kept for longer than one person's word may, or than two people had agreed to."""

MEASURE_UNFOUNDED = "measure.cause"
"""Whether a measure stays whose comment was let stand since; asked by nobody, but by what happened."""


class ApprovalState(StrEnum):
    """Where a question to a second person stands.

    `overtaken` where the thing was changed before an answer, `withdrawn` where whoever asked took it back.
    """

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    WITHDRAWN = "withdrawn"


class EpochPart(StrEnum):
    """What may change while workers run; each has a counter that they poll."""

    RULES = "rules"
    POLICY = "policy"
    MODEL = "model"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A ledger row; `body` is canonical JSON (RFC 8785)."""

    id: str
    kind: str
    subject_id: str
    body: bytes
    created_at: datetime
    sealed_index: int | None
    leaf_hash: bytes | None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Something to be done later, at least once."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    state: JobState
    run_at: datetime
    lease_owner: str | None
    lease_token: str | None = field(repr=False)
    lease_expires_at: datetime | None
    attempts: int
    last_error: str | None
    unique_key: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person who logs in.

    `languages` and `subjects` (labels) are those whose cases they are given; None: all. `skills` are the special
    trainings that they have. `keys` are their own, by command. A `trainee` answers lessons alone.
    """

    id: str
    name: str
    display_name: str
    password_hash: str = field(repr=False)
    role: str
    locale: str
    created_at: datetime
    disabled_at: datetime | None
    keys: Mapping[str, str] | None = None
    languages: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    trainee: bool = False
    skills: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A log-in that lasts."""

    id: str
    user_id: str
    csrf_secret: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None = None
    address: str | None = None
    browser: str | None = None

    @property
    def last_used_at(self) -> datetime:
        """When it was used last, to within a minute."""
        return self.used_at or self.created_at


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key, without the key."""

    id: str
    prefix: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    rate: float | None = None
    """Comments a second that it may send; None: as the setting says."""
    languages: tuple[str, ...] | None = None
    subjects: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None
    """What cases it is given, as of a person (`UserRecord`)."""
    policy: str | None = None
    """The one policy that judges what it asks; None: any, and the house's where none is named."""


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """Counters of change; a worker whose own differ loads anew."""

    rules: int
    policy: int
    model: int
    emergency: int


@dataclass(frozen=True, slots=True)
class RuleVersionRecord:
    """One change of a rule: what it became, as its author wrote it. It holds while `ended_at` is None.

    `untried_until`: it went live because it could not wait, and ends then; None where somebody said since that it
    stays. Why it had an end are two facts, which it keeps: `untried`, nobody had tried it on stored decisions; `alone`,
    one person's word made it live where a second one is asked for.
    """

    id: str
    rule_id: str
    version: int
    state: RuleState
    document: Mapping[str, Any]
    author: str
    why: str
    created_at: datetime
    ended_at: datetime | None
    untried_until: datetime | None
    untried: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """What a second person is asked for. `facts` is what will be done."""

    id: str
    kind: str
    subject_id: str
    facts: Mapping[str, Any]
    asked_by: str
    why: str
    state: ApprovalState
    answered_by: str | None
    note: str | None
    created_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListEntryRecord:
    """A list's entry as stored; `key` is a domain, a SHA-256, or key id and keyed hash."""

    id: str
    kind: str
    key: str
    action: ListAction
    label: str | None
    ground: str
    reason: str
    source: str
    author: str
    created_at: datetime
    expires_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    removed_at: datetime | None
    removed_by: str | None
    removed_why: str | None
    review_at: datetime | None
    approval_id: str | None
    waits_since: datetime | None
    tells: bool
    """Whether the reason is told to whom it is about; of a list that others keep its source is told in its place."""


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """Somewhere events are sent; it hears of all where `events` is empty. `failures` are sendings in a row."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str
    author: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_why: str | None
    removed_at: datetime | None
    failures: int
    failing_since: datetime | None
    resting_until: datetime | None
    delivered: int
    failed: int
    died: int


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """A secret of an endpoint, encrypted; the newest has no `expires_at`."""

    id: str
    endpoint_id: str
    cipher: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """An event on its way to an endpoint, with what is sent."""

    id: str
    event_id: str
    endpoint_id: str
    type: str
    data: Mapping[str, Any]
    happened_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime
    give_up_at: datetime | None
    status: int | None
    error: str | None
    made_at: datetime
    settled_at: datetime | None
