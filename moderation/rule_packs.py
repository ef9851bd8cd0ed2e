"""Rule packs as files: read, check, compile. The author of a pack hears of every mistake at once.

A pack that has one mistake is refused whole, and whoever reloads keeps the rules that were live before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import re2
from pydantic import Field

from moderation.decision import Outcome
from moderation.errors import ConfigError, Fault
from moderation.normaliser import normalise
from moderation.rules import Rule, RuleSet, RuleState, canonical_term, compile_pattern
from moderation.taxonomy import CONFIGS, Taxonomy, Words
from moderation.toml import StrictModel, parse, read_toml

MAX_PATTERN = 1000


class Examples(StrictModel):
    """What a rule must hit and what it must leave alone; both are checked whenever it is read."""

    match: tuple[str, ...] = Field(min_length=1)
    no_match: tuple[str, ...] = Field(min_length=1)


class RuleFile(StrictModel):
    """One `[[rules]]` table of a pack."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=120)
    title: Words
    label: str
    action: Outcome
    ground: str = Field(min_length=1)
    why: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    state: RuleState = RuleState.LIVE
    expires: date | None = None
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    all: tuple[tuple[str, ...], ...] = ()
    not_: tuple[str, ...] = Field(default=(), alias="not")
    examples: Examples

    def as_rule(self) -> Rule:
        """The part that matching needs."""
        return Rule(
            id=self.id,
            label=self.label,
            title=self.title.as_dict(),
            action=self.action,
            ground=self.ground,
            state=self.state,
            terms=self.terms,
            patterns=self.patterns,
            all_of=self.all,
            none_of=self.not_,
            expires=self.expires,
        )


class Pack(StrictModel):
    """A file of rules."""

    rules: tuple[RuleFile, ...] = Field(min_length=1)


def load_rules(taxonomy: Taxonomy, *, today: date, folder: Path = CONFIGS / "rules") -> RuleSet:
    """The live rules of every pack in `folder`. Raises `ConfigError` with every fault of every file."""
    faults: list[Fault] = []
    entries: list[tuple[str, RuleFile]] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            entries.extend((path.name, rule) for rule in parse(Pack, read_toml(path), where=path.name).rules)
        except ConfigError as error:
            faults.extend(error.faults)
    faults.extend(lint(entries, taxonomy))
    if faults:
        raise ConfigError("The rules cannot be used; mend these and load again.", faults)
    live = [rule.as_rule() for _, rule in entries if is_live(rule, today)]
    return RuleSet(live, version=content_version(live))


def is_live(rule: RuleFile, today: date) -> bool:
    """Whether the rule decides today: its state is live and its expiry has not come."""
    return rule.state is RuleState.LIVE and (rule.expires is None or today < rule.expires)


def content_version(rules: Iterable[Rule]) -> str:
    """A hash of what the rules match and do: equal sets have equal versions wherever they were loaded."""
    digest = hashlib.sha256(repr(sorted(rules, key=lambda rule: rule.id)).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:12]


def lint(entries: Sequence[tuple[str, RuleFile]], taxonomy: Taxonomy) -> list[Fault]:
    """Every mistake in the rules: `(file name, rule)` pairs in, faults in the order of the files out."""
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for name, rule in entries:
        where = f"{name}: {rule.id}"
        if rule.id in seen:
            faults.append(Fault(where, f"the id is already used in {seen[rule.id]}; give this rule another"))
        seen.setdefault(rule.id, name)
        faults.extend(Fault(where, detail) for detail in _mistakes(rule, taxonomy))
    return faults


def _mistakes(rule: RuleFile, taxonomy: Taxonomy) -> list[str]:
    mistakes = [*_label_mistakes(rule, taxonomy), *_term_mistakes(rule), *_pattern_mistakes(rule)]
    # An example can only be judged by a rule that compiles.
    return mistakes or _example_mistakes(rule)


def _label_mistakes(rule: RuleFile, taxonomy: Taxonomy) -> list[str]:
    if rule.label in taxonomy.names:
        return []
    return [f"there is no label '{rule.label}'; {taxonomy.hint(rule.label)}"]


def _term_mistakes(rule: RuleFile) -> list[str]:
    mistakes = []
    if rule.action is Outcome.PASS:
        mistakes.append("a rule cannot pass a comment; its action is 'review' or 'block'")
    if not (rule.terms or rule.patterns or rule.all):
        mistakes.append("it has no terms, patterns or all; it could never hit")
    short = [term for group in rule.as_rule().term_groups for term in group if len(canonical_term(term)) < 2]
    mistakes.extend(f"the term '{term}' is a single character and would hit everywhere; lengthen it" for term in short)
    return mistakes


def _pattern_mistakes(rule: RuleFile) -> list[str]:
    mistakes = []
    for pattern in rule.patterns:
        if len(pattern) > MAX_PATTERN:
            mistakes.append(f"a pattern is over {MAX_PATTERN} characters; split it")
            continue
        try:
            compiled: Any = compile_pattern(pattern)
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
            mistakes.append(f"RE2 refuses the pattern '{pattern}': {reason}")
            continue
        if compiled.search("") is not None:
            mistakes.append(f"the pattern '{pattern}' matches nothing at all, so it would hit everywhere")
    return mistakes


def _example_mistakes(rule: RuleFile) -> list[str]:
    rules = RuleSet([rule.as_rule()], version="lint")
    missed = [f"must match but does not: {text}" for text in rule.examples.match if not rules.find(normalise(text))]
    ghosts = [f"must not match but does: {text}" for text in rule.examples.no_match if rules.find(normalise(text))]
    return missed + ghosts
