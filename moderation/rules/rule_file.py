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
    """Comments that the rule has to hit."""
    no_match: Terms
    """Comments that it has to leave alone: those that come nearest to what it seeks."""


class RuleFile(StrictModel):
    """One `[[rules]]` table of a pack; `Rule` says when it hits."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=120)
    """Two or more words joined by dots, never used twice: `gambling.recruit.zh`. It stands in every decision."""
    title: Words
    """What moderators read."""
    label: str
    """One label of the taxonomy."""
    action: Outcome
    """What it does with a comment; a rule cannot pass one and never changes a score."""
    ground: str = Field(min_length=1)
    """On which ground it stands; goes into every record."""
    reason: Words | None = None
    """What the author of a comment reads; the title if it is not given."""
    why: str = Field(min_length=1)
    """Why the rule exists."""
    owner: str = Field(min_length=1)
    """Who answers for it."""
    state: RuleState = RuleState.LIVE
    """A `draft` and a `retired` rule are looked for by nobody; one in the `shadow` is looked for, told apart and
    counted, and decides nothing."""
    expires: date | None = None
    """A day from which it no longer decides."""
    views: Annotated[tuple[ViewName, ...], Field(min_length=1)] = CANONICAL_ALONE
    """The readings in which terms and patterns are looked for."""
    terms: tuple[str, ...] = ()
    """Any of these, or of `patterns`, is found."""
    patterns: tuple[str, ...] = ()
    """Any of these RE2 patterns, or of `terms`, is found; in every view but the phonetic one."""
    all: tuple[Terms, ...] = ()
    """Of each list at least one term is found."""
    any: tuple[Terms, ...] = ()
    """Of at least one list every term is found."""
    not_: tuple[str, ...] = Field(default=(), alias="not")
    """None of these speaks for what is found; looked for in the canonical view alone, because who writes innocently
    writes plainly. One that holds a find (`百家乐高`) makes another word of that find alone; any other counts for
    what is found within 40 characters of it, or for all in a sentence of warning. Denied (`绝非骗局`, `scam free`),
    dared (`欢迎举报`, `勿举报`), sworn (`骗人是小狗`) or bare (`进群 法院`) it excuses nothing."""
    near: int | None = Field(None, ge=1, le=10_000)
    """What is found begins within so many visible characters of each other; of a pattern the first thousand matches
    count."""
    whole_words: bool = False
    """A term does not hit within a longer word: `他妈` not in `他妈妈`."""
    contacts: tuple[ContactKind, ...] = ()
    """A contact of one of these kinds is in the text."""
    when: Conditions = ANYWHERE
    """What must be known beside the text. A rule that states this alone looks at no text."""
    examples: Examples | None = None
    """What it must hit and what it must leave alone, both checked whatever `when` says; needed where the rule looks at
    the text."""

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
