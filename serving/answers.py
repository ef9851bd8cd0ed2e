"""What is answered, as schemas: the OpenAPI is made from them, and a test holds real answers to them.

Answers themselves are plain dictionaries (`moderation/answer.py`, `views.py`); nothing is validated on the way out.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """A schema of what we say: complete, so that nothing undocumented is said."""

    model_config = ConfigDict(extra="forbid")


class SpanAnswer(Answer):
    """Code points `start <= i < end` of the text as it was sent."""

    start: int
    end: int


class LabelAnswer(Answer):
    """One label of the taxonomy, with the model's calibrated probability."""

    name: str
    score: float = Field(
        description="the model's calibrated probability. Where `model.tier` is `none` no model judged: all are 0.0 "
        "then, which says nothing of the comment"
    )
    threshold: float
    review_threshold: float
    flagged: bool


class InAttachmentAnswer(Answer):
    """Where in an attachment a reason was found: its place in `content.attachments`, from 0, and spans of its `alt`.

    Without spans it is about the file itself.
    """

    index: int
    spans: list[SpanAnswer]


class ReasonAnswer(Answer):
    """Why it was not simply passed."""

    code: str
    source: Literal["model", "rule", "list", "account", "behaviour", "policy"]
    rule_id: str | None
    spans: list[SpanAnswer]
    ground: str
    message: dict[str, str]
    attachments: list[InAttachmentAnswer] | None = Field(
        default=None,
        description="the attachments that it was found in; absent where it is about the text or the account",
    )


class AttachmentAnswer(Answer):
    """An attachment as it was sent."""

    kind: str
    sha256: str
    alt: str | None


class ModelAnswer(Answer):
    """Which model answered, and which tier of it."""

    name: str
    version: str
    tier: Literal["fast", "encoder", "none"] = Field(
        description="`none`: no model judged, and `labels` have no scores. `missing` then has `model`, but for a house "
        "that runs without one (`CHAFFINCH_MODEL=none`)"
    )


class ExplanationAnswer(Answer):
    """The words that speak most for a label, best first."""

    name: str
    spans: list[SpanAnswer]


class AllowingEntryAnswer(Answer):
    """An entry of a list that allows something: its id, and what kind of thing it allows."""

    id: str
    kind: str


class SparedAnswer(Answer):
    """What would have been a reason without these entries, named as reasons are."""

    code: str
    source: Literal["model", "rule", "list", "account", "behaviour", "policy"]
    outcome: Literal["review", "block"]
    rule_id: str | None


class AllowedAnswer(Answer):
    """What entries of lists took out of sight, and what all of them together spared the comment."""

    entries: list[AllowingEntryAnswer]
    spared: list[SparedAnswer]


class ScoreAnswer(Answer):
    """The decision on one comment. `decision_id` is there where it was stored."""

    id: str | None = None
    decision_id: str | None = None
    decision: Literal["pass", "review", "block"]
    measures: list[str]
    labels: list[LabelAnswer]
    reasons: list[ReasonAnswer]
    language: str
    model: ModelAnswer
    ruleset: str
    policy: str
    degraded: bool
    latency_ms: float
    missing: list[str] = Field(default=[], description="which parts did not answer, where `degraded`")
    allowed: AllowedAnswer | None = Field(
        default=None, description="what entries of lists took out of sight; absent where they took nothing"
    )
    explanation: list[ExplanationAnswer] | None = None


class StreamAnswer(ScoreAnswer):
    """The decision on one item of a stream."""

    idempotency_replayed: Literal[True] | None = Field(
        default=None, description="there where this answer was given before, to the same item under the same key"
    )


class FaultAnswer(Answer):
    """One fault of a request, and where it lies: one of `pointer`, `parameter` and `header`."""

    pointer: str | None = Field(default=None, description="JSON pointer into the body; empty for the whole of it")
    parameter: str | None = Field(default=None, description="the query parameter's name")
    header: str | None = Field(default=None, description="the header's name")
    detail: str


class ItemProblem(Answer):
    """A refusal (RFC 9457) within a batch; `retry_after` is in seconds."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultAnswer] | None = None
    missing: list[str] | None = None
    retry_after: int | None = None


class Problem(ItemProblem):
    """A refusal (RFC 9457). On a 503 of a surface seen before publication, `decision` says that the comment is held."""

    instance: str
    request_id: str | None
    decision: Literal["review"] | None = None


class RefusedItem(Answer):
    """An item of a batch that was refused; the others are not."""

    id: str | None
    error: ItemProblem


class RefusedInStream(Answer):
    """An item of a stream that was refused, in its place; the connection goes on."""

    id: str | None
    error: Problem


class BatchAnswer(Answer):
    """One entry an item, in order."""

    items: list[ScoreAnswer | RefusedItem]


class AttachedAnswer(Answer):
    """That something was sent beside a text, and of what kind; neither the file nor its hash nor its words."""

    kind: str


class LineAnswer(Answer):
    """A comment that passed. `author` is a label that holds within this thread, null where no author was given."""

    id: str | None
    parent_id: str | None
    author: str | None
    text: str
    lang: str
    type: str
    created_at: str
    attachments: list[AttachedAnswer]


class TranscriptAnswer(Answer):
    """The lines of a thread, in the order in which they were first stored; ask again with `next_cursor` for more.

    What a person lets through later stands in its old place: a cursor leads through one reading and no further. Who has
    to stay in step reads from the beginning again, with `If-None-Match` for each page.
    """

    thread_id: str
    items: list[LineAnswer]
    next_cursor: str | None


class PartState(Answer):
    """Whether a part answers, and what is to be said of it."""

    ok: bool
    detail: str | None = None
    version: str | None = None


class Readiness(Answer):
    """Whether everything answers; `missing` names what does not."""

    status: Literal["ready", "not ready"]
    missing: list[str]
    parts: dict[str, PartState]


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"]
