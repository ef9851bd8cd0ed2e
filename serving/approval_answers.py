"""Questions to a second person, as schemas."""

from __future__ import annotations

from typing import Any, Literal

from serving.answers import Answer
from serving.standing_answers import CreditAnswer, MeasureAnswer, StepAnswer


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
    state: Literal["waiting", "approved", "refused", "overtaken", "withdrawn"]
    answered_by: str | None
    note: str | None
    answered_at: str | None
    overtaken_by: OvertakenAnswer | None


class LadderAnswer(Answer):
    """Which step the policy's ladder has next, its number, and whether the measure is that step (`is_next`)."""

    step: int
    of: int
    next: StepAnswer
    is_next: bool


class EarlierAnswer(Answer):
    """A measure on the same account, comment or thread that began before."""

    id: str
    measure: str
    state: str
    length: float | None
    starts_at: str | None


class AskedMeasureAnswer(MeasureAnswer):
    """A measure that waits: what it is for, what was before it (the newest ten), and what makes a yes do nothing.

    `in_force` holds the account now, the harshest first; `also_waiting` waits for a second person beside it.
    """

    ladder: LadderAnswer | None
    earlier: list[EarlierAnswer]
    earlier_count: int
    holds_already: str | None
    in_force: list[EarlierAnswer]
    also_waiting: list[EarlierAnswer]
    credit: CreditAnswer | None


class TrialChangeAnswer(Answer):
    """A stored decision that a rule would make otherwise, or that it hits though people let the comment stand."""

    decision_id: str
    kind: Literal["new", "gone", "wrong"]
    before: Literal["pass", "review", "block"]
    after: Literal["pass", "review", "block"]


class TrialAnswer(Answer):
    """What a rule was found to change on stored decisions, as a sample. Whoever approves it has read this before."""

    id: str
    decisions: int
    changes: list[TrialChangeAnswer]


class BeginningAnswer(Answer):
    """A rule of a file that only holds comments and blocks after a yes, as the file has it; `before`: what ran then."""

    id: str
    file: str
    rule: dict[str, Any]
    before: dict[str, Any] | None


class TypedAnswer(Answer):
    """A contact that waits to be listed, as it was typed; it is kept until the answer."""

    entry_id: str
    kind: str
    value: str


class ApprovalWithMeasuresAnswer(ApprovalAnswer):
    """A question with the measures that it asks about, the first fifty, and the trial of a rule; of others none.

    `begins` are the rules of files that block after a yes; `facts.reaches` says by id whom they would have touched.
    `contacts` are what a question about entries of lists is about, while it waits.
    """

    measures: list[AskedMeasureAnswer]
    trial: TrialAnswer | None
    begins: list[BeginningAnswer]
    contacts: list[TypedAnswer]


class ApprovalPage(Answer):
    """Some questions, the newest first; ask again with `next_cursor` for more."""

    items: list[ApprovalAnswer]
    next_cursor: str | None
