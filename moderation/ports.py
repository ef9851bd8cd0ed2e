"""What the core asks of the rooms above it. They implement these; the core imports none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from moderation.behaviour import Seen
from moderation.comment import Comment
from moderation.contacts import Contact
from moderation.normaliser import Normalised
from moderation.spans import Span

NO_TIER = "none"
"""The tier of an answer that no model gave."""


Watch = Callable[[Comment, Normalised, Sequence[Contact]], Seen]
"""Compares a comment, its text and the contacts in it with the other comments of the last hour."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The calibrated probabilities of a label from which a person looks (`review`) and it is stopped (`block`)."""

    review: float
    block: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Calibrated probabilities in the taxonomy's order, and the tier that gave them: fast, encoder or none."""

    scores: tuple[float, ...]
    tier: str


class Scorer(Protocol):
    """A model that is ready to answer."""

    @property
    def name(self) -> str:
        """The registered name, `chaffinch`; `none` for rules and people alone."""

    @property
    def version(self) -> str:
        """The registered version, or the bundle's short hash for one that is not registered."""

    @property
    def thresholds(self) -> Mapping[str, Thresholds]:
        """By label, as chosen on validation data and written in the bundle."""

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """One `Scored` a text, in order. Raises `PartUnavailableError` where the model cannot answer."""

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """The words that speak most for `label`, best first, at most five spans of the text as sent."""


AtOnce = Callable[[Sequence[Normalised]], list[Scored] | None]
"""`at_once` of a model that has it: what `score` would say of these texts, where that takes microseconds; else None.

Not every model does, and who asks for a protocol's methods at run time waits longer than for the answer.
"""
