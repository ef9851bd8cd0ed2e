"""One rule as somebody types it: every mistake at once, what it does with each example, and with a text beside it.

The form is that of the packs, one `[[rules]]` table. What is looked at is bounded (`MAX_TYPED`, `MAX_TEXT`), and so is
the work: patterns and terms are looked for in linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import re2

from moderation.comment import MAX_TEXT
from moderation.normaliser import normalise
from moderation.rules.broken_pack import read_pack
from moderation.rules.entries import Entry
from moderation.rules.lint import lint
from moderation.rules.missing import what_is_missing
from moderation.rules.mistake import Mistake
from moderation.rules.pattern_mistakes import check_patterns
from moderation.rules.rule import judged_alone
from moderation.rules.rule_file import MATCHING, RuleFile
from moderation.rules.ruleset import RuleSet
from moderation.rules.told import Told
from moderation.spans import Span
from moderation.taxonomy import Taxonomy

MAX_TYPED = 20_000
"""Code points of a rule that is typed: ten times the longest pack that is shipped."""

MAX_PATTERNS = 100
"""Patterns of a rule that is typed: each may take milliseconds to be compiled and measured."""

NAME = "rule"
"""What stands where a pack's name would."""


Grounds = Callable[[str], Iterable[str]]
"""From a ground to what is wrong with it, in sentences."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rule does with a text: where it hits and in which views, or in words what is missing."""

    text: str
    spans: tuple[Span, ...] = ()
    views: tuple[str, ...] = ()
    missing: str = ""

    @property
    def is_hit(self) -> bool:
        """Whether it hits."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Example:
    """An example of the rule, and whether it is one that must be hit."""

    seen: Seen
    must_hit: bool

    @property
    def holds(self) -> bool:
        """Whether the rule does what its author says."""
        return self.seen.is_hit is self.must_hit


@dataclass(frozen=True, slots=True)
class Checked:
    """Every mistake by place; `rule` where it can be saved; examples and the text beside where it can be looked for."""

    mistakes: tuple[Mistake, ...]
    rule: RuleFile | None = None
    examples: tuple[Example, ...] = ()
    tried: Seen | None = None

    @property
    def to_mend(self) -> int:
        """How many mistakes keep it from being saved; the others are advice."""
        return sum(not mistake.advice for mistake in self.mistakes)

    @property
    def holding(self) -> int:
        """How many examples hold."""
        return sum(example.holds for example in self.examples)


def check(
    typed: str,
    taxonomy: Taxonomy,
    *,
    today: date,
    tried: str = "",
    rule_id: str = "",
    grounds: Grounds = lambda _: (),
) -> Checked:
    """What is said of a rule while it is written. With `rule_id` it has to be a version of that rule.

    `grounds` says what is wrong with a ground.
    """
    if len(typed) > MAX_TYPED:
        detail = f"it is longer than {MAX_TYPED} characters; a list this long belongs into a pack"
        return Checked((Mistake(NAME, 1, 1, "the text", detail),))
    entries, mistakes = read_pack(NAME, typed)
    if entries and len(entries[0].rule.patterns) > MAX_PATTERNS:
        detail = f"more than {MAX_PATTERNS} patterns are not looked at here; join them, or write a pack"
        return Checked((*mistakes, entries[0].mistake(("patterns",), detail)))
    mistakes += _around(entries, rule_id)
    mistakes += [each for entry in entries[:1] for each in _on_ground(entry, grounds)]
    mistakes += lint(entries[:1], taxonomy, today=today)
    ordered = tuple(sorted(mistakes, key=lambda mistake: (mistake.line, mistake.column)))
    rule = entries[0].rule if entries and all(mistake.advice for mistake in ordered) else None
    return Checked(ordered, rule, *_looked_for(entries[0], tried[:MAX_TEXT])) if entries else Checked(ordered)


def _on_ground(entry: Entry, grounds: Grounds) -> list[Mistake]:
    if entry.is_faulty("ground"):
        return []
    return [entry.mistake(("ground",), detail) for detail in grounds(entry.rule.ground)]


def _around(entries: list[Entry], rule_id: str) -> list[Mistake]:
    """What lint does not mind and a page for one rule does."""
    more = "one rule is written here at a time; give a file of many to `chaffinch rules add`"
    found = [entry.mistake((), more) for entry in entries[1:]]
    if rule_id and entries and not entries[0].is_faulty("id") and entries[0].name != rule_id:
        found.append(entries[0].mistake(("id",), f"this is the page of {rule_id}; write another rule as a new one"))
    return found


def _looked_for(entry: Entry, tried: str) -> tuple[tuple[Example, ...], Seen | None]:
    """Nothing where it is not known what the rule looks for."""
    alone = _compiled(entry)
    if alone is None:
        return (), None
    given = entry.rule.examples
    both = (given.match, given.no_match) if given and not entry.touches("examples") else ((), ())
    examples = [Example(_seen(alone, text), must_hit) for must_hit, texts in zip((True, False), both, strict=True)
                for text in texts]  # fmt: skip
    return tuple(examples), _seen(alone, tried) if tried else None


def _compiled(entry: Entry) -> RuleSet | None:
    """The rule by itself, whatever is known beside a text; None where it cannot be looked for: lint says why."""
    of_patterns = Told(entry)
    if not entry.faulty_fields.isdisjoint(MATCHING) or not entry.rule.reads_the_text:
        return None
    check_patterns(of_patterns)
    if not all(mistake.advice for mistake in of_patterns.mistakes):
        return None
    alone = RuleSet([judged_alone(entry.rule.as_rule())], version="typed")
    try:
        alone.prepare()
    except re2.error:  # each is in order, together they are too many
        return None
    return alone


def _seen(alone: RuleSet, text: str) -> Seen:
    read = normalise(text)
    hits = alone.find(read)
    if not hits:
        return Seen(text, missing=what_is_missing(alone.rules[0], read))
    return Seen(text, hits[0].spans, tuple(view.value for view in hits[0].views))
