"""What is answered, as schemas: the OpenAPI is made from them, and a test holds real answers to them.

Answers themselves are plain dictionaries (`moderation/answer.py`, `views.py`); nothing is validated on the way out.
"""

from __future__ import annotations

from typing import Any, Literal

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


class ReasonAnswer(Answer):
    """Why it was not simply passed."""

    code: str
    source: Literal["model", "rule", "list", "account", "behaviour", "policy"]
    rule_id: str | None
    spans: list[SpanAnswer]
    ground: str
    message: dict[str, str]


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


class FinalAnswer(Answer):
    """What a person's verdict made of a decision."""

    decision: Literal["pass", "review", "block"]
    overturned: bool | None


class AppealOffer(Answer):
    """What the author needs to appeal, and until when they may."""

    reference: str
    until: str


class DecisionAnswer(ScoreAnswer):
    """A decision as it was answered, what a person's verdict made of it, and what its author may do about it."""

    created_at: str
    final: FinalAnswer | None
    settles_at: str | None = Field(description="until then the verdict behind `final` may be taken back; null without")
    appeal: AppealOffer | None = None


class CommentAnswer(Answer):
    """The comment of a case; `text` is null once it is erased."""

    id: str | None
    comment_id: str
    revision: int
    lang: str
    type: str
    surface: str
    thread_id: str | None
    parent_id: str | None
    erased: bool
    text: str | None
    parent_text: str | None


class SaidAnswer(Answer):
    """What somebody of the public said: of which `kind` a complaint is, or `appeal`."""

    kind: str
    text: str | None
    created_at: str


class PassedAnswer(Answer):
    """What somebody said who had the case before, or that they passed it on; texts are null once it is erased."""

    kind: Literal["escalated", "handed_over", "skipped", "unsure"]
    by: str
    to: str | None
    reason: str | None
    note: str | None
    created_at: str


class GroupMember(Answer):
    """A case of a group, by itself; `decision_id` is the decision that it was opened about."""

    case_id: str
    comment_id: str
    decision_id: str
    state: Literal["open", "claimed", "escalated", "closed"]


class GroupAnswer(Answer):
    """Cases that are decided together: `case_id` stands for the others while it is undecided (`stands`).

    Nobody is given the others by themselves until then; each keeps its own record.
    """

    id: str
    kind: Literal["account_day", "thread_burst", "text", "contact"]
    case_id: str
    stands: bool
    members: list[GroupMember]


class CaseAnswer(Answer):
    """A case; `lease_token` is there for whoever has just claimed it. An undecided appeal shows no decision."""

    id: str
    state: Literal["open", "claimed", "escalated", "closed"]
    queue: str
    label: str | None
    why: str
    priority: float
    purpose: Literal["decide", "opinion", "gold", "lesson"]
    due_at: str
    opened_by: str
    created_at: str
    closed_at: str | None
    lease_owner: str | None
    lease_expires_at: str | None
    lease_token: str | None = None
    comment: CommentAnswer
    group: GroupAnswer | None = None
    decision: DecisionAnswer | None
    said: list[SaidAnswer] = []
    passed_on: list[PassedAnswer] = []


class CasePage(Answer):
    """Some cases; ask again with `next_cursor` for more."""

    items: list[CaseAnswer]
    next_cursor: str | None


class CaseBrief(Answer):
    """Where a case now is."""

    id: str
    state: str
    queue: str


class OutcomeBrief(Answer):
    """What now holds of a decision."""

    decision_id: str
    decision: Literal["pass", "review", "block"]


class VerdictAnswer(Answer):
    """A verdict and what became of its case; `labels` is null for `unsure` and for a reject on a `ground` alone."""

    verdict_id: str
    verdict: Literal["approve", "reject", "unsure"]
    overturned: bool
    labels: dict[str, int] | None
    ground: str | None
    case: CaseBrief
    decision: OutcomeBrief
    created_at: str


class FeedbackAnswer(Answer):
    """The case that a platform's doubt opened or joined."""

    feedback_id: str
    decision_id: str
    case_id: str
    verdict: str
    created_at: str


class PublicReason(Answer):
    """A label or ground that a verdict gave, on which rule it stands, in words."""

    code: str
    ground: str
    message: dict[str, str]


class AppealReceipt(Answer):
    """An appeal, and where it stands; `token` is the way back to it. `shown`: whether the comment is, as of now.

    Null once it is erased, and while nobody has decided.
    """

    token: str
    comment_id: str | None
    state: Literal["waiting", "answered"]
    created_at: str
    due_at: str
    answered_at: str | None
    outcome: Literal["upheld", "overturned", "changed", "gone"] | None
    answer: dict[str, str] | None
    reasons: list[PublicReason]
    shown: bool | None


class ContestAnswer(Answer):
    """The contest of a complaint's answer, and where it stands; `reversed`: what it led to was taken back on appeal.

    `outcome` is `acted` where the first answer was wrong and the comment is gone, `kept` where it was found right.
    """

    state: Literal["waiting", "answered"]
    created_at: str
    due_at: str
    answered_at: str | None
    outcome: Literal["acted", "kept", "changed", "gone"] | None
    answer: dict[str, str] | None
    reasons: list[PublicReason]
    reversed: bool


class ComplaintReceipt(Answer):
    """A complaint, and where it stands; `reversed`: the answer was taken back since, on appeal or on contest.

    `contest_until` is the last moment for `POST /v1/contests`, null where nothing can be contested; `contest` how that
    stands. `elsewhere` names bodies outside of the house, once nothing is left to ask for in it.
    """

    token: str
    kind: str
    comment_id: str | None
    state: Literal["waiting", "answered"]
    created_at: str
    due_at: str
    answered_at: str | None
    outcome: Literal["acted", "kept", "changed", "gone"] | None
    answer: dict[str, str] | None
    reasons: list[PublicReason]
    shown: bool | None
    reversed: bool
    contest_until: str | None
    contest: ContestAnswer | None
    elsewhere: dict[str, str] | None


class OvertakenAnswer(Answer):
    """The change after which a question could no longer be answered."""

    version: int
    state: Literal["draft", "shadow", "live", "retired"]
    by: str
    why: str
    at: str


class ApprovalAnswer(Answer):
    """A question to a second person: `kind` says what is asked, `about` of what, `facts` what approving does."""

    id: str
    kind: str
    about: str
    facts: dict[str, Any]
    asked_by: str
    why: str
    created_at: str
    state: Literal["waiting", "approved", "refused", "overtaken"]
    answered_by: str | None
    note: str | None
    answered_at: str | None
    overtaken_by: OvertakenAnswer | None


class MistakeAnswer(Answer):
    """One thing to mend in a rule, by line and column from 1; `advice` does not keep it from being used."""

    line: int
    column: int
    rule: str
    detail: str
    advice: bool


class TriedAnswer(Answer):
    """What a rule does with a text: where it hits, in which views, or in words what is missing."""

    text: str
    hit: bool
    spans: list[SpanAnswer]
    views: list[str]
    missing: str


class RuleExampleAnswer(TriedAnswer):
    """An example of the rule, and whether the rule does with it what its author says."""

    must_hit: bool
    holds: bool


class LintAnswer(Answer):
    """What is said of a rule; `usable` where nothing keeps it from being saved."""

    usable: bool
    mistakes: list[MistakeAnswer]
    examples: list[RuleExampleAnswer]
    tried: TriedAnswer | None


class ApprovalPage(Answer):
    """Some questions, the newest first; ask again with `next_cursor` for more."""

    items: list[ApprovalAnswer]
    next_cursor: str | None


class EndpointAnswer(Answer):
    """Where events are sent and how it takes them. `waiting` and `dead` are events; nothing here opens its secret."""

    id: str
    url: str
    events: list[str]
    description: str
    state: Literal["enabled", "failing", "disabled", "removed"]
    waiting: int
    dead: int
    delivered: int
    failed: int
    failing_since: str | None
    disabled_at: str | None
    disabled_why: str | None
    by: str
    created_at: str


class SecretAnswer(EndpointAnswer):
    """An endpoint and the secret just made for it; null where the answer is given again and the secret ended since."""

    secret: str | None
    made_at: str


class EndpointPage(Answer):
    """Some endpoints, the oldest first; ask again with `next_cursor` for more."""

    items: list[EndpointAnswer]
    next_cursor: str | None


class DeliveryAnswer(Answer):
    """An event on its way to an endpoint, with what is sent as `data`."""

    id: str
    event_id: str
    type: str
    state: Literal["waiting", "delivered", "dead"]
    attempts: int
    status: int | None
    error: str | None
    happened_at: str
    next_at: str
    settled_at: str | None
    data: dict[str, Any]


class DeliveryPage(Answer):
    """Some deliveries, the oldest first; ask again with `next_cursor` for more."""

    items: list[DeliveryAnswer]
    next_cursor: str | None


class ReplayAnswer(Answer):
    """How many dead letters wait again."""

    endpoint_id: str
    replayed: int


class LineAnswer(Answer):
    """A comment that passed. `author` is a label that holds within this thread, null where no author was given."""

    id: str | None
    parent_id: str | None
    author: str | None
    text: str
    lang: str
    type: str
    created_at: str


class TranscriptAnswer(Answer):
    """The lines of a thread, in order; ask again with `next_cursor` for more."""

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


Schema = dict[str, Any]
