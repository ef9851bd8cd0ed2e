"""What is kept of one comment to compare it with others, and what the others say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FEATURES = (
    "duplicates_1h",
    "duplicate_accounts_1h",
    "duplicate_threads_1h",
    "accounts_for_contact",
    "comments_1m",
    "comments_1h",
    "thread_comments_1m",
)
"""The names that a rule's `when.features` may ask for; docs/reference/behaviour.md says what each counts."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A comment without its text: when (seconds since 1970), its fingerprint, who, where, which contacts.

    `account`, `thread` and `contacts` are the first 64 bits of keyed hashes; None where the platform did not say.
    """

    at: float
    signature: bytes | None = None
    account: int | None = None
    thread: int | None = None
    contacts: tuple[int, ...] = ()


class BurstKind(StrEnum):
    """What is spread: one text, or one contact in whatever text; or the thread that many rush to."""

    TEXT = "text"
    CONTACT = "contact"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Burst:
    """One thing spread by many. `mark` (64 bits) names it; a text has the fingerprint of its first copy."""

    kind: BurstKind
    mark: int
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment beside the others: counts by name, this one included, and the bursts that it belongs to.

    `mark` names the group of near-duplicates that it fell into; None where its text is too short to have one. A count
    that cannot be known (no account was given) is absent, so that no condition on it holds.
    """

    observation: Observation
    features: Mapping[str, float] = field(default_factory=dict)
    bursts: tuple[Burst, ...] = ()
    mark: int | None = None
