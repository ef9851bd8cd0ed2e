"""What a rule may ask beside the text: where it stands, who wrote it, what is counted about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from moderation.comment import DEFAULT_SURFACE
from moderation.language import UNKNOWN
from moderation.normaliser import Normalised
from moderation.spans import Span


class FoundContact(Protocol):
    """As much of `contacts.Contact` as rules read."""

    @property
    def kind(self) -> str: ...  # noqa: D102 - as `contacts.Contact`
    @property
    def span(self) -> Span: ...  # noqa: D102


def contacts_in(text: Normalised) -> Sequence[FoundContact]:
    """The contacts that a text asks its readers to use."""
    from moderation.contacts import find_contacts  # its tables load when the first rule asks for a contact

    return find_contacts(text)


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What the caller knows. A condition on what is not known (None, no surface, no such feature) is not met.

    `features` are counts and rates over many comments by name: `duplicates_1h`, `accounts_for_contact`, `comments_1m`.
    `absent` are those that are known not to be there, such as copies of a text too short to be told apart.
    `find_contacts` is called at most once a text, and only when a rule asks.
    """

    surface: str = DEFAULT_SURFACE
    language: str = UNKNOWN
    verified: bool | None = None
    account_age_days: float | None = None
    credit: float | None = None
    features: Mapping[str, float] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    find_contacts: Callable[[Normalised], Sequence[FoundContact]] = contacts_in


NOTHING_KNOWN = RuleContext()
