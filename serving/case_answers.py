"""Cases, verdicts and what followed from them, as schemas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from serving.answers import Answer, AttachmentAnswer, ScoreAnswer


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


class SaidOfAuthor(Answer):
    """What the platform said of the author's account with the comment; null: nothing."""

    created_at: str | None
    verified: bool | None


class CommentAnswer(Answer):
    """The comment of a case; `text` is null once it is erased, and nothing is attached then.

    `author` is null where `decision` is.
    """

    id: str | None
    comment_id: str
    revision: int
    lang: str
    type: str
    surface: str
    thread_id: str | None
    parent_id: str | None
    erased: bool
    author: SaidOfAuthor | None
    text: str | None
    attachments: list[AttachmentAnswer]
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

    The oldest of them waits since `waits_since`. Nobody is given the others by themselves until then; each keeps its
    own record. In a list of cases only the one that stands for the others names its `members` and since when they wait;
    the others' are empty there.
    """

    id: str
    kind: Literal["account_day", "thread_burst", "text", "contact"]
    case_id: str
    stands: bool
    waits_since: str | None
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
    said: list[SaidAnswer] = Field(default_factory=list)
    passed_on: list[PassedAnswer] = Field(default_factory=list)


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
