"""A rule as people write it: one `[[rules]]` table of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date
from typing import Annotated, Any

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


EACH = None
"""In a path of `STAND_INS`: any position of a list, any name of a feature."""

STAND_INS: Mapping[tuple[str | None, ...], object] = {
    ("id",): "stand.in",
    ("title",): {"zh": "-", "en": "-"},
    ("title", "zh"): "-",
    ("title", "en"): "-",
    ("label",): "-",
    ("action",): "review",
    ("ground",): "-",
    ("reason", "zh"): "-",
    ("reason", "en"): "-",
    ("why",): "-",
    ("owner",): "-",
    ("views", EACH): CANONICAL_ALONE[0],
    ("terms", EACH): "",
    ("patterns", EACH): "",
    ("all", EACH): ("",),
    ("all", EACH, EACH): "",
    ("any", EACH): ("",),
    ("any", EACH, EACH): "",
    ("not", EACH): "",
    ("contacts", EACH): ContactKind.WECHAT,
    ("when", "surfaces", EACH): "",
    ("when", "languages", EACH): "",
    ("when", "features", EACH): {},
    ("examples", "match"): ("",),
    ("examples", "match", EACH): "",
    ("examples", "no_match"): ("",),
    ("examples", "no_match", EACH): "",
}
"""For what is missing or wrong where something has to stand, so that the rest of the rule can still be checked."""

READING = frozenset({"terms", "patterns", "all", "any", "contacts"})
"""The fields of which one is needed for a rule to look at the text."""

MATCHING = frozenset({"terms", "patterns", "all", "any", "not", "near", "views", "whole_words", "contacts"})
"""The fields that say what a rule finds in a text."""


def mended(table: Mapping[str, Any], places: Iterable[tuple[str | int, ...]]) -> dict[str, Any]:
    """A copy of a rule's table without what stands at `places`; lists keep their length, and what has to stand stands.

    `places` are those at which `RuleFile` finds faults; it finds none in the copy.
    """
    made: Any = deepcopy(dict(table))
    for inside in places:
        *around, last = inside
        holder = made
        for part in around:
            holder = holder[part]
        named = tuple(EACH if isinstance(part, int) else part for part in inside)
        stand_in = next((STAND_INS[key] for key in (named, (*named[:-1], EACH)) if key in STAND_INS), None)
        if stand_in is None:
            holder.pop(last, None)
        else:
            holder[last] = stand_in
    return dict(made)
