"""Rule packs as files: read, check, compile. The author of a pack hears of every mistake at once.

A pack that has one mistake is refused whole, and whoever reloads keeps the rules that were live before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from moderation.errors import ConfigError, Fault
from moderation.rules.content import content_hash
from moderation.rules.entries import Entry, read_entries
from moderation.rules.lint import lint
from moderation.rules.mistake import Mistake
from moderation.rules.rule import Rule, RuleState
from moderation.rules.rule_file import RuleFile
from moderation.rules.ruleset import RuleSet
from moderation.taxonomy import CONFIGS, Taxonomy
from moderation.toml import read_document

__all__ = ["RuleFile", "check_rules", "content_version", "load_rules", "read_packs", "usable_rules"]

UNUSABLE = "The rules cannot be used; mend these and load again."


def load_rules(taxonomy: Taxonomy, *, today: date, folder: Path = CONFIGS / "rules", drafts: bool = False) -> RuleSet:
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
    folder: Path = CONFIGS / "rules",
    harmless: Iterable[str] = (),
    told: Callable[[float], None] = lambda _share: None,
) -> list[Mistake]:
    """Every mistake in the packs, advice too. Raises `ConfigError` where the folder cannot be read."""
    entries, mistakes = read_packs(folder)
    return [*mistakes, *lint(entries, taxonomy, today=today, harmless=harmless, told=told)]


def read_packs(folder: Path) -> tuple[list[Entry], list[Mistake]]:
    """The rules in `folder`, in the order of the files, and what is wrong with the files themselves.

    Raises `ConfigError` where there is no such folder: rules that are looked for in the wrong place must not be none.
    """
    if not folder.is_dir():
        raise ConfigError(UNUSABLE, [Fault(str(folder), "there is no such folder; check the path")])
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            of_file, around = read_entries(read_document(path))
        except ConfigError as error:
            lines = path.read_bytes().count(b"\n") + 1
            mistakes.extend(unreadable(path.name, lines, fault) for fault in error.faults)
        else:
            entries.extend(of_file)
            mistakes.extend(around)
    return entries, mistakes


def unreadable(name: str, lines: int, fault: Fault) -> Mistake:
    """A file of so many lines that is no TOML, at the place that `tomllib` names."""
    place = re.search(r"at line (\d+), column (\d+)", fault.detail)
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    if fault.detail.endswith("(at end of document)"):
        line = lines
    return Mistake(name, line, column, "the file", f"{fault.detail}; mend it, and the rest of the file is checked")


def usable_rules(rules: Iterable[Rule], today: date) -> RuleSet:
    """Those that are due today, compiled and ready for a first text."""
    due = [rule for rule in rules if rule.is_due(today)]
    made = RuleSet(due, version=content_version(due))
    made.prepare()
    return made


def content_version(rules: Iterable[Rule]) -> str:
    """A hash of what the rules match and do: equal sets have equal versions wherever they were loaded."""
    return content_hash(sorted(rules, key=lambda rule: rule.id))[:12]
