"""The rules that hold: packs on disk, and what the database adds to them or puts in their place.

Packs are read-only; the database has the life of a rule. What it holds as live takes the place of a pack's rule with
the same id, what it holds as retired removes it, and what it holds in the shadow stands beside the live one and is only
counted. Drafts are looked for by nobody. The version is the content hash of what is looked for, wherever it was loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from moderation.errors import ConfigError, Fault
from moderation.pack_files import Packs
from moderation.rule_packs import UNUSABLE, read_packs, usable_rules
from moderation.rules.entries import Entry, read_entry
from moderation.rules.lint import lint
from moderation.rules.mistake import Mistake
from moderation.rules.rule import RuleState
from moderation.rules.ruleset import RuleSet
from moderation.taxonomy import Taxonomy
from moderation.toml import Document


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as the database holds it: `document` is the table that its author wrote, `state` what holds of it."""

    id: str
    version: int
    state: RuleState
    document: Mapping[str, Any]

    def as_entry(self) -> Entry:
        """As lint reads it, named for where it is: `database/gambling.recruit.zh@3`."""
        table = {**self.document, **_day(self.document), "state": self.state.value}
        document = Document(f"database/{self.id}@{self.version}", "", {"rules": [table]})
        return read_entry(document, 0, table)


def _day(document: Mapping[str, Any]) -> dict[str, date]:
    """The expiry as a pack has it: JSON knows no dates."""
    try:
        return {"expires": date.fromisoformat(document["expires"])}
    except (KeyError, TypeError, ValueError):
        return {}  # none, or one that lint tells


@dataclass(frozen=True, slots=True)
class StoredRules:
    """What the database holds now: the rules in force, and the ids for which the packs no longer speak."""

    in_force: tuple[StoredRule, ...] = ()
    overridden: frozenset[str] = frozenset()

    @property
    def retired(self) -> frozenset[str]:
        """The ids of rules that somebody ended, and that did not go live again since."""
        return frozenset(rule.id for rule in self.in_force if rule.state is RuleState.RETIRED)


NONE_STORED = StoredRules()


def effective_entries(folder: Packs, stored: StoredRules) -> tuple[list[Entry], list[Entry], list[Mistake]]:
    """Rules that decide or come from packs, rules of the database in the shadow, and what is wrong with the packs.

    Raises `ConfigError` where there is no such folder.
    """
    packed, mistakes = read_packs(folder)
    shadows = _entries(stored, RuleState.SHADOW)
    counted = {entry.name for entry in shadows}
    deciding = [entry for entry in packed if not _is_replaced(entry, stored, counted)]
    return [*deciding, *_entries(stored, RuleState.LIVE)], shadows, mistakes


def _is_replaced(packed: Entry, stored: StoredRules, counted: Collection[str]) -> bool:
    is_counted_anew = packed.rule.state is RuleState.SHADOW and packed.name in counted
    return packed.name in stored.overridden or is_counted_anew


def _entries(stored: StoredRules, state: RuleState) -> list[Entry]:
    return [rule.as_entry() for rule in stored.in_force if rule.state is state]


def check_effective(
    taxonomy: Taxonomy,
    *,
    today: date,
    folder: Packs,
    stored: StoredRules,
    harmless: Sequence[str] = (),
    told: Callable[[float], None] = lambda _share: None,
) -> list[Mistake]:
    """Every mistake in packs and stored rules, drafts and advice too. Raises `ConfigError` where there is no folder."""
    deciding, shadows, mistakes = effective_entries(folder, stored)
    drafts = _entries(stored, RuleState.DRAFT)
    mistakes += lint(deciding, taxonomy, today=today, harmless=harmless, told=told)
    for beside in (shadows, drafts):
        mistakes += lint(beside, taxonomy, today=today, harmless=harmless)
    return mistakes


def load_effective(
    taxonomy: Taxonomy, *, today: date, folder: Packs, stored: StoredRules, drafts: bool = False
) -> RuleSet:
    """The rules that hold today. Raises `ConfigError` with every fault of every pack and every stored rule.

    With `drafts`, the newest version of every rule that is not retired counts as live: to try what is being written.
    """
    deciding, shadows, mistakes = drafted_entries(folder, stored) if drafts else effective_entries(folder, stored)
    mistakes += [*lint(deciding, taxonomy, today=today), *lint(shadows, taxonomy, today=today)]
    if faults := [mistake.as_fault() for mistake in mistakes if not mistake.advice]:
        raise ConfigError(UNUSABLE, faults)
    rules = [entry.rule.as_rule() for entry in (*deciding, *shadows)]
    if drafts:
        rules = [replace(rule, state=RuleState.LIVE) for rule in rules if rule.state is not RuleState.RETIRED]
    return usable_rules(rules, today)


def refusal(taxonomy: Taxonomy, *, today: date, folder: Packs, stored: StoredRules) -> tuple[Fault, ...]:
    """What keeps servers from loading the rules that hold, so that they go on with those they had; else nothing."""
    try:
        deciding, shadows, mistakes = effective_entries(folder, stored)
    except ConfigError as error:
        return error.faults
    mistakes += [*lint(deciding, taxonomy, today=today), *lint(shadows, taxonomy, today=today)]
    return tuple(mistake.as_fault() for mistake in mistakes if not mistake.advice)


def load_beside(taxonomy: Taxonomy, *, today: date, folder: Packs, stored: StoredRules, draft: Packs) -> RuleSet:
    """The rules that decide today with those of the packs in `draft`, which take the place of their own ids.

    What is retired in `draft` takes the rule of that id out; all else there counts as live. Raises `ConfigError` with
    every fault of every pack and every stored rule.
    """
    deciding, _, mistakes = effective_entries(folder, stored)
    drafted, of_draft = read_packs(draft)
    own = {entry.name for entry in drafted}
    kept = [entry for entry in deciding if entry.name not in own]
    mistakes += [*of_draft, *lint([*kept, *drafted], taxonomy, today=today)]
    if faults := [mistake.as_fault() for mistake in mistakes if not mistake.advice]:
        raise ConfigError(UNUSABLE, faults)
    live = [rule for entry in kept if (rule := entry.rule.as_rule()).state is RuleState.LIVE]
    tried = [rule for entry in drafted if (rule := entry.rule.as_rule()).state is not RuleState.RETIRED]
    return usable_rules([*live, *(replace(rule, state=RuleState.LIVE) for rule in tried)], today)


def still_due(rules: RuleSet, *, stored: StoredRules, today: date) -> RuleSet:
    """Rules that were loaded before, less what was retired or has expired since; the same where nothing has.

    For the time in which nothing new can be loaded: to retire a rule is the way to stop it at once, and a mistake in
    some pack must not be in that way.
    """
    found = (*rules.rules, *rules.shadows)
    kept = [rule for rule in found if rule.id not in stored.retired and rule.is_due(today)]
    return rules if len(kept) == len(found) else usable_rules(kept, today)


def drafted_entries(folder: Packs, stored: StoredRules) -> tuple[list[Entry], list[Entry], list[Mistake]]:
    """As `effective_entries`, with the newest version of each rule."""
    packed, mistakes = read_packs(folder)
    newest = {rule.id: rule for rule in sorted(stored.in_force, key=lambda rule: rule.version)}
    kept = [entry for entry in packed if entry.name not in stored.overridden | newest.keys()]
    return [*kept, *(rule.as_entry() for rule in newest.values())], [], mistakes


def every_entry(folder: Packs, stored: StoredRules) -> list[Entry]:
    """Every rule that stands somewhere, by id: those of packs that still speak, and all that the database holds.

    Raises `ConfigError` where there is no such folder.
    """
    packed, _ = read_packs(folder)
    entries = [entry for entry in packed if entry.name not in stored.overridden]
    return sorted([*entries, *(rule.as_entry() for rule in stored.in_force)], key=lambda entry: entry.name)
