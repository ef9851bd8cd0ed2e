"""One rule: what its author asks of a text and of what is known beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from pydantic import Field

from moderation.decision import Outcome
from moderation.rules.context import RuleContext
from moderation.toml import StrictModel
from moderation.views.view import ViewName


class RuleState(StrEnum):
    """A rule's life. Only `live` rules decide; `shadow` ones are counted without effect."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class Range(StrictModel):
    """Half-open: `at_least <= value < below`; either may be left out."""

    at_least: float | None = None
    """The value, or more."""
    below: float | None = None
    """Less than the value."""

    def holds(self, value: float | None) -> bool:
        """Whether `value` lies within; one that is not known does not."""
        if value is None:
            return False
        return (self.at_least is None or value >= self.at_least) and (self.below is None or value < self.below)

    @property
    def is_empty(self) -> bool:
        """Whether no value could lie within."""
        return self.at_least is not None and self.below is not None and self.at_least >= self.below


class Conditions(StrictModel):
    """What must be known and true beside the text; everything that is stated has to hold."""

    surfaces: tuple[str, ...] = ()
    """Where the comment stands: one of these names, as the platform sends them, in lower case (`live`)."""
    languages: tuple[str, ...] = ()
    """ISO 639 codes, `zh` or `en`: as the platform says, or as read from the text."""
    verified: bool | None = None
    """Whether the platform says that it knows who the author is."""
    account_age_days: Range | None = None
    """How old the author's account is."""
    credit: Range | None = None
    """The author's credit, 0 to 1: known under a policy that has `[credit]`, of comments that name their author."""
    features: dict[str, Range] = Field(default_factory=dict)
    """Counts over many comments by name, a range for each."""

    def hold(self, context: RuleContext) -> bool:
        """Whether a rule with these conditions may hit there."""
        return (
            (not self.surfaces or context.surface in self.surfaces)
            and (not self.languages or context.language in self.languages)
            and (self.verified is None or context.verified is self.verified)
            and (self.account_age_days is None or self.account_age_days.holds(context.account_age_days))
            and (self.credit is None or self.credit.holds(context.credit))
            and all(wanted.holds(context.features.get(name)) for name, wanted in self.features.items())
        )

    def unknown_in(self, context: RuleContext) -> tuple[str, ...]:
        """What is asked and nobody knows there, by the names that authors write (`features.duplicates_1h`).

        A language is never among it: where nobody says one, it is read from the text, or found to be none.
        """
        known = context.features.keys() | context.absent
        asked = {
            "surfaces": bool(self.surfaces) and not context.surface,
            "verified": self.verified is not None and context.verified is None,
            "account_age_days": self.account_age_days is not None and context.account_age_days is None,
            "credit": self.credit is not None and context.credit is None,
            **{f"features.{name}": name not in known for name in self.features},
        }
        return tuple(name for name, is_unknown in asked.items() if is_unknown)

    @property
    def are_none(self) -> bool:
        """Whether nothing is asked."""
        return self == ANYWHERE


ANYWHERE = Conditions()
CANONICAL_ALONE = (ViewName.CANONICAL,)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its author wrote it (`rule_file.py` reads and checks it).

    It hits where

    * any of `terms` or `patterns` is found (or none is given),
    * at least one term of each list in `all_of` is found,
    * every term of at least one list in `any_of` is found (or none is given),
    * a contact of one of the kinds in `contacts` is found (or none is given),
    * nothing in `none_of` speaks for what was found (`moderation/rules/excuses.py`),
    * where `near` is given: these finds begin within so many characters of each other, and
    * `when` holds.

    Terms are looked for in each of `views`, patterns in those that show characters (all but the phonetic one);
    `none_of` in the canonical view alone, because who writes innocently writes plainly. With `whole_words`, a term does
    not hit within a longer word.
    """

    id: str
    label: str
    title: Mapping[str, str]
    action: Outcome
    ground: str
    state: RuleState = RuleState.LIVE
    views: tuple[ViewName, ...] = CANONICAL_ALONE
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    all_of: tuple[tuple[str, ...], ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    near: int | None = None
    whole_words: bool = False
    contacts: tuple[str, ...] = ()
    when: Conditions = ANYWHERE
    reason: Mapping[str, str] | None = None
    expires: date | None = None

    @property
    def message(self) -> Mapping[str, str]:
        """What the author of a comment reads: the reason, or the title where none is written."""
        return self.reason or self.title

    @property
    def needs_text(self) -> bool:
        """Whether something has to be found in the text by terms or patterns."""
        return bool(self.terms or self.patterns or self.all_of or self.any_of)

    def is_due(self, today: date) -> bool:
        """Whether it is looked for today: live or in the shadow, and its expiry has not come."""
        return self.state in (RuleState.LIVE, RuleState.SHADOW) and (self.expires is None or today < self.expires)

    def sought(self) -> Iterator[tuple[str, int]]:
        """Every term that has to be found, with the part of the rule it stands for."""
        yield from ((term, MAIN) for term in self.terms)
        for part, terms in enumerate(self.all_of, FIRST_GROUP):
            yield from ((term, part) for term in terms)
        for terms, parts in zip(self.any_of, self.any_parts(), strict=True):
            yield from zip(terms, parts, strict=True)

    def all_parts(self) -> range:
        """The parts that the lists of `all_of` stand for."""
        return range(FIRST_GROUP, FIRST_GROUP + len(self.all_of))

    def any_parts(self) -> list[range]:
        """The parts that the terms of each list of `any_of` stand for."""
        parts, at = [], FIRST_GROUP + len(self.all_of)
        for terms in self.any_of:
            parts.append(range(at, at + len(terms)))
            at += len(terms)
        return parts


MAIN, NOT, CONTACT, FIRST_GROUP = 0, 1, 2, 3
"""The parts of a rule by number: `terms` with `patterns`, `none_of`, `contacts`, the first list of terms."""


def judged_alone(rule: Rule) -> Rule:
    """The rule as its examples judge it: live, whatever is known beside the text."""
    return replace(rule, state=RuleState.LIVE, when=ANYWHERE)
