"""The rules that hold: packs on disk, and what the database adds to them or puts in their place.

Packs are read-only; the database has the life of a rule. What it holds as live takes the place of a pack's rule with
the same id, what it holds as retired removes it, and what it holds in the shadow stands beside the live one and is only
counted. Drafts are looked for by nobody. The version is the content hash of what is looked for, wherever it was loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from moderation.errors import ConfigError
from moderation.rule_packs import UNUSABLE, read_packs, usable_rules
from moderation.rules.lint import Entry, Mistake, lint, read_entry
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


NONE_STORED = StoredRules()


def effective_entries(folder: Path, stored: StoredRules) -> tuple[list[Entry], list[Entry], list[Mistake]]:
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
    folder: Path,
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
    taxonomy: Taxonomy, *, today: date, folder: Path, stored: StoredRules, drafts: bool = False
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


def drafted_entries(folder: Path, stored: StoredRules) -> tuple[list[Entry], list[Entry], list[Mistake]]:
    """As `effective_entries`, with the newest version of each rule."""
    packed, mistakes = read_packs(folder)
    newest = {rule.id: rule for rule in sorted(stored.in_force, key=lambda rule: rule.version)}
    kept = [entry for entry in packed if entry.name not in stored.overridden | newest.keys()]
    return [*kept, *(rule.as_entry() for rule in newest.values())], [], mistakes


def every_entry(folder: Path, stored: StoredRules) -> list[Entry]:
    """Every rule that stands somewhere, by id: those of packs that still speak, and all that the database holds.

    Raises `ConfigError` where there is no such folder.
    """
    packed, _ = read_packs(folder)
    entries = [entry for entry in packed if entry.name not in stored.overridden]
    return sorted([*entries, *(rule.as_entry() for rule in stored.in_force)], key=lambda entry: entry.name)
