"""Rule packs as files: read, check, compile. The author of a pack hears of every mistake at once.

A pack that has one mistake is refused whole, and whoever reloads keeps the rules that were live before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from moderation.decision import Outcome
from moderation.errors import ConfigError
from moderation.pack_files import PATTERN, Packs, check_there
from moderation.rules.broken_pack import read_pack, unreadable
from moderation.rules.content import content_hash
from moderation.rules.entries import Entry
from moderation.rules.lint import lint
from moderation.rules.mistake import Mistake
from moderation.rules.rule import Rule, RuleState
from moderation.rules.rule_file import RuleFile
from moderation.rules.ruleset import RuleSet
from moderation.taxonomy import CONFIGS, Taxonomy
from moderation.toml import read_text

__all__ = ["RuleFile", "check_rules", "content_version", "load_rules", "read_packs", "usable_rules"]

UNUSABLE = "The rules cannot be used; mend these and load again."


def load_rules(taxonomy: Taxonomy, *, today: date, folder: Packs = CONFIGS / "rules", drafts: bool = False) -> RuleSet:
    """The rules of every pack in `folder` that are due today. Raises `ConfigError` with every fault of every file.

    With `drafts`, every rule that is not retired counts as live: to try what is being written.
    """
    entries, mistakes = read_packs(folder)
    mistakes += lint(entries, taxonomy, today=today)
    if faults := [mistake.as_fault() for mistake in mistakes if not mistake.advice]:
        raise ConfigError(UNUSABLE, faults)
    rules = [entry.rule.as_rule() for entry in entries]
    if drafts:
        rules = [replace(rule, state=RuleState.LIVE) for rule in rules if rule.state is not RuleState.RETIRED]
    return usable_rules(rules, today)


def check_rules(
    taxonomy: Taxonomy,
    *,
    today: date,
    folder: Packs = CONFIGS / "rules",
    harmless: Iterable[str] = (),
    told: Callable[[float], None] = lambda _share: None,
) -> list[Mistake]:
    """Every mistake in the packs, advice too. Raises `ConfigError` where the folder cannot be read."""
    entries, mistakes = read_packs(folder)
    return [*mistakes, *lint(entries, taxonomy, today=today, harmless=harmless, told=told)]


def read_packs(packs: Packs) -> tuple[list[Entry], list[Mistake]]:
    """The rules of the packs, in the order of the files, and what is wrong with the files themselves.

    Raises `ConfigError` where there is no such folder: rules that are looked for in the wrong place must not be none.
    """
    if isinstance(packs, Path):
        return _together(map(_read_file, _paths(packs)))
    entries, mistakes = _together(read_pack(name, text) for name, text in sorted(packs.files.items()))
    return [_only_reviewing(entry) if entry.name in packs.reviewing else entry for entry in entries], mistakes


Found = tuple[list[Entry], list[Mistake]]


def _paths(folder: Path) -> list[Path]:
    check_there(folder)
    return sorted(folder.glob(PATTERN))


def _together(found: Iterable[Found]) -> Found:
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for of_file, around in found:
        entries.extend(of_file)
        mistakes.extend(around)
    return entries, mistakes


def _read_file(path: Path) -> Found:
    try:
        return read_pack(path.name, read_text(path))
    except ConfigError as error:
        return [], [unreadable(path.name, fault) for fault in error.faults]


def _only_reviewing(entry: Entry) -> Entry:
    """The rule as it decides until two people have agreed that it blocks."""
    if entry.rule.action is not Outcome.BLOCK:
        return entry
    return replace(entry, rule=entry.rule.model_copy(update={"action": Outcome.REVIEW}))


def usable_rules(rules: Iterable[Rule], today: date) -> RuleSet:
    """Those that are due today, compiled and ready for a first text."""
    due = [rule for rule in rules if rule.is_due(today)]
    made = RuleSet(due, version=content_version(due))
    made.prepare()
    return made


def content_version(rules: Iterable[Rule]) -> str:
    """A hash of what the rules match and do: equal sets have equal versions wherever they were loaded."""
    return content_hash(sorted(rules, key=lambda rule: rule.id))[:12]
