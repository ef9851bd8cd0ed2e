"""Questions to a second person, as schemas."""

from __future__ import annotations

from typing import Any, Literal

from serving.answers import Answer


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


class ApprovalPage(Answer):
    """Some questions, the newest first; ask again with `next_cursor` for more."""

    items: list[ApprovalAnswer]
    next_cursor: str | None
