"""The demo's comments and what its moderator knows about them, from `configs/demo.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from moderation.toml import StrictModel, parse, read_toml

OK = "ok"


class ScriptedComment(StrictModel):
    """One comment as a platform sends it, and the truth that only a person knows."""

    id: str
    text: str
    truth: tuple[str, ...] = Field(min_length=1)
    surface: str = "forum"
    policy: str = "default"
    verified: bool | None = None
    feedback: Literal["false_positive", "false_negative"] | None = None

    @property
    def labels(self) -> list[str]:
        """The labels a moderator would give; none for a harmless comment."""
        return [label for label in self.truth if label != OK]

    def request(self) -> dict[str, Any]:
        """The body of `POST /v1/score`."""
        author: dict[str, Any] = {"id": f"author-of-{self.id}"}
        if self.verified is not None:
            author["verified"] = self.verified
        return {
            "id": self.id,
            "content": {"text": self.text},
            "author": author,
            "context": {"surface": self.surface, "thread_id": "demo"},
            "policy": self.policy,
            # A demo may run beside anything; a busy machine should show slow answers, not the policy's fallback.
            "options": {"deadline_ms": 5000},
        }


class Limits(StrictModel):
    """How much of the starter corpus the demo learns from; unset: as much as its configs say."""

    rows: int | None = Field(default=None, ge=1)
    encoder_rows: int | None = Field(default=None, ge=1)
    encoder_folds: int | None = Field(default=None, ge=2)
    encoder_asked: int | None = Field(default=None, ge=1)


class DemoGate(StrictModel):
    """What the demo asks of its gate otherwise than `configs/gates/default.toml` does."""

    exam: str = "demo"
    """The frozen set, which the demo's own first build writes."""
    unproved: Literal["no", "warn"] = "warn"
    """What everyday rows that are too few to prove the budget come to."""


class Script(StrictModel):
    """What is learnt from, and the comments in the order they are sent."""

    limits: Limits = Limits()
    gate: DemoGate = DemoGate()
    comments: tuple[ScriptedComment, ...] = Field(min_length=1)

    def by_id(self, comment_id: str | None) -> ScriptedComment | None:
        """The comment with this id, or None for one that the demo did not send."""
        return next((comment for comment in self.comments if comment.id == comment_id), None)


def load_script(path: Path) -> Script:
    """Reads and checks the script. Raises `ConfigError` with every fault."""
    return parse(Script, read_toml(path), where=str(path))
