"""How much a challenger in the shadow may take: `configs/shadow.toml`."""

from __future__ import annotations

from pydantic import Field

from moderation.toml import StrictModel


class ShadowSettings(StrictModel):
    """`configs/shadow.toml`: what share of the stored decisions a challenger is held against, and how fast."""

    share: float = Field(0.1, gt=0, le=1)
    """Of all stored decisions that a model answered with every part there; drawn by id, the same for every worker."""
    per_second: int = Field(20, ge=1, le=1_000)
    """Decisions at most; a share that asks for more falls behind, and what grows too old is left out."""
    max_age_minutes: int = Field(60, ge=1, le=10_080)
    """Decisions older than this are no longer taken up."""
