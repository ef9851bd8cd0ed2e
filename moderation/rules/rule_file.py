"""A rule as people write it: one `[[rules]]` table of a pack."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from moderation.contacts.contact import ContactKind
from moderation.decision import Outcome
from moderation.rules.rule import ANYWHERE, CANONICAL_ALONE, Conditions, Rule, RuleState
from moderation.taxonomy import Words
from moderation.toml import StrictModel
from moderation.views.view import ViewName

Terms = Annotated[tuple[str, ...], Field(min_length=1)]
"""A list in which something stands: an empty one could not be found, or would always be."""


class Examples(StrictModel):
    """What a rule must hit and what it must leave alone, whatever `when` says; both are checked whenever it is read."""

    match: Terms
    no_match: Terms


class RuleFile(StrictModel):
    """One `[[rules]]` table of a pack; `Rule` says when it hits."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=120)
    title: Words
    label: str
    action: Outcome
    ground: str = Field(min_length=1)
    reason: Words | None = None
    why: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    state: RuleState = RuleState.LIVE
    expires: date | None = None
    views: Annotated[tuple[ViewName, ...], Field(min_length=1)] = CANONICAL_ALONE
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    all: tuple[Terms, ...] = ()
    any: tuple[Terms, ...] = ()
    not_: tuple[str, ...] = Field(default=(), alias="not")
    near: int | None = Field(None, ge=1, le=10_000)
    whole_words: bool = False
    contacts: tuple[ContactKind, ...] = ()
    when: Conditions = ANYWHERE
    examples: Examples | None = None

    def as_rule(self) -> Rule:
        """The part that matching needs."""
        return Rule(
            id=self.id,
            label=self.label,
            title=self.title.as_dict(),
            action=self.action,
            ground=self.ground,
            state=self.state,
            views=self.views,
            terms=self.terms,
            patterns=self.patterns,
            all_of=self.all,
            any_of=self.any,
            none_of=self.not_,
            near=self.near,
            whole_words=self.whole_words,
            contacts=self.contacts,
            when=self.when,
            reason=self.reason.as_dict() if self.reason else None,
            expires=self.expires,
        )

    @property
    def reads_the_text(self) -> bool:
        """Whether something has to be found in the text: then examples can tell whether it is."""
        return self.as_rule().needs_text or bool(self.contacts)


STAND_INS = {
    "id": "stand.in",
    "title": {"zh": "-", "en": "-"},
    "label": "-",
    "action": "review",
    "ground": "-",
    "why": "-",
    "owner": "-",
}
"""For required fields that are missing or wrong, so that the rest of the rule can still be checked."""
