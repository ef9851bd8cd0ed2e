"""What was decided and why: the values that an answer, a record and a notice are rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from moderation.spans import Span


class Outcome(StrEnum):
    """The three answers a platform obeys, from mild to severe."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for pass, 1 for review, 2 for block: the severest reason wins."""
        return tuple(Outcome).index(self)


class Source(StrEnum):
    """Who found the reason."""

    MODEL = "model"
    RULE = "rule"
    LIST = "list"
    ACCOUNT = "account"
    BEHAVIOUR = "behaviour"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class LabelScore:
    """A label's calibrated probability beside the thresholds it was held against."""

    name: str
    score: float
    threshold: float
    review_threshold: float

    @property
    def flagged(self) -> bool:
        """Whether the model alone would block for this label."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class InAttachment:
    """That a reason was found in an attachment: the how-manieth of the comment, from 0, and where in its `alt`.

    Without spans it is about the file itself, or about the whole of its words.
    """

    index: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a comment was not simply passed: code, who says so, where it was found, on which ground.

    `spans` lie in the text; what was found beside it is in `attachments`.
    """

    code: str
    source: Source
    outcome: Outcome
    message: Mapping[str, str]
    ground: str
    rule_id: str | None = None
    spans: tuple[Span, ...] = ()
    attachments: tuple[InAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What one rule came to in one comment, to be counted and no part of the answer.

    `changes` says whether the outcome would be another were it the other way: a live rule not there, one in the shadow
    live (in the place of a live one of the same id). The latter may change a comment that it does not hit.
    """

    rule_id: str
    state: str
    hit: bool
    changes: bool


@dataclass(frozen=True, slots=True)
class EmergencyEffect:
    """What one emergency came to in one comment: its outcome, and what it is `otherwise`.

    Of a drill `otherwise` is what was answered, and `outcome` what would have been.
    """

    emergency_id: str
    is_drill: bool
    otherwise: Outcome
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AllowingEntry:
    """An entry of a list that took something of a comment out of sight: which, and what kind of thing it allows."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Spared:
    """What would have been a reason had no entry allowed it, named as that reason would be."""

    code: str
    source: Source
    outcome: Outcome
    rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What entries of lists took out of sight in a comment, and what that spared it, of all of them together."""

    entries: tuple[AllowingEntry, ...]
    spared: tuple[Spared, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """Everything that had a part in the decision, by version: enough to make it again."""

    model: str
    model_version: str
    tier: str
    ruleset: str
    policy: str
    normaliser: str
    taxonomy: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer. `labels` has every label of the taxonomy, in its order; `missing` names parts that did not answer.

    `effects` and `emergencies` are for those who count; a decision that was read back from the records has none.
    `allowed` is what entries of lists took out of sight; None where they took nothing.
    """

    outcome: Outcome
    labels: tuple[LabelScore, ...]
    reasons: tuple[Reason, ...]
    measures: tuple[str, ...]
    language: str
    versions: Versions
    missing: tuple[str, ...] = ()
    effects: tuple[RuleEffect, ...] = ()
    emergencies: tuple[EmergencyEffect, ...] = ()
    allowed: Allowed | None = None

    @property
    def degraded(self) -> bool:
        """Whether a part did not answer and the policy's fallback decided."""
        return bool(self.missing)
