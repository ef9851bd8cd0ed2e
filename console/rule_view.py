"""Rules as pages show them: those of packs and database in one table, one with its history, what a change changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from console.marks import Piece, pieces
from console.parts import ConsoleParts
from console.people import name_of
from console.rule_text import text_of
from governance.rule_packs import running
from governance.rules import Standards, as_document, needs_two, ways_on
from moderation.decision import Outcome
from moderation.effective_rules import StoredRule, refusal
from moderation.errors import ConfigError, Fault, NotFoundError
from moderation.pack_files import PackFiles, Packs
from moderation.rule_packs import RuleFile, read_packs
from moderation.rules import Rule, RuleState
from moderation.rules.difference import Changed, difference
from moderation.rules.entries import Entry
from records import approvals, rule_hits, rules
from records.house_values import ApprovalRecord, RuleVersionRecord
from records.rule_hits import Counted
from records.unit_of_work import Reading

ORDER = (RuleState.LIVE, RuleState.SHADOW, RuleState.DRAFT, RuleState.RETIRED)
"""What decides comes first."""

JUST_NOW = timedelta(minutes=1)
"""So long a page says of a change what servers do about it."""

COUNTED_DAYS = 7
"""Days, today's among them, over which hits are shown."""

_AS_WRITTEN = {"all_of": "all", "any_of": "any", "none_of": "not"}
_AS_TOML = {"True": "true", "False": "false", "None": ""}
_TOO_LONG = 600
"""Characters of one difference that a page shows."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule in one state. `pack` is the file it stands in; one of the database has the `change` that made it so.

    `counted` are its hits of the last days; None where nothing looks for it.
    """

    id: str
    rule: RuleFile
    state: RuleState
    is_sound: bool
    is_over: bool
    pack: str = ""
    change: RuleVersionRecord | None = None
    counted: Counted | None = None
    written: RuleFile | None = None
    """As its file has it, where it says that it blocks and the rule only holds until two people stand for the file."""

    @property
    def since(self) -> datetime | None:
        """When it became so; of packs nobody knows."""
        return self.change.created_at if self.change else None

    @property
    def untried_until(self) -> datetime | None:
        """When it ends, where it went live because it could not wait."""
        return self.change.untried_until if self.change else None

    @property
    def rushed(self) -> str:
        """Without what it went live: `untried`, `alone` (without a second person), `both`."""
        return rushed(self.change) if self.change else ""

    @property
    def version(self) -> int:
        """As whoever changes it has to name it; 0 for a pack's."""
        return self.change.version if self.change else 0

    def says(self, sought: str) -> bool:
        """Whether what somebody looks for stands in its id, titles, owner, terms or patterns."""
        rule = self.rule
        groups = (rule.terms, rule.patterns, *rule.all, *rule.any)
        told = (self.id, rule.title.zh, rule.title.en, rule.owner, *(term for group in groups for term in group))
        return any(sought.casefold() in each.casefold() for each in told)


@dataclass(frozen=True, slots=True)
class Past:
    """A change in a rule's history: who made it, and what it made different; None where a version cannot be read."""

    change: RuleVersionRecord
    who: str
    differences: tuple[Changed, ...] | None
    is_first: bool

    @property
    def rushed(self) -> str:
        """Without what it went live: a trial, a second person, both; empty for none of them."""
        return rushed(self.change)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule: what holds of it (what decides first), its history (the newest first), and where it may go from here.

    `expect` is the newest version; `needs_two` whether going live takes a second person,
    `may_rush` whether it may be live without one for a day.
    """

    id: str
    lines: tuple[RuleLine, ...]
    texts: tuple[tuple[Piece, ...], ...]
    history: tuple[Past, ...]
    expect: int
    ways: tuple[RuleState, ...]
    needs_two: bool
    may_rush: bool
    waiting: ApprovalRecord | None

    @property
    def is_sound(self) -> bool:
        """Whether there is something that can be written on: a pack that cannot be read is mended first."""
        return any(line.is_sound or line.change for line in self.lines)


def every_line(look: Reading, packs: Path, today: date) -> tuple[list[RuleLine], list[Fault]]:
    """Every rule that stands somewhere, by id and state, and what is wrong with the packs."""
    packed, faults = _packed(look, packs)
    overridden, written = rules.stored(look).overridden, _written(running(look, packs))
    lines = [
        replace(_line(entry, today, pack=entry.document.name), written=written.get(entry.name))
        for entry in packed
        if entry.name not in overridden
    ]
    lines += [_held(change, today) for change in rules.all_held(look)]
    counts = rule_hits.totals(look, since=today - timedelta(days=COUNTED_DAYS - 1))
    lines = [replace(line, counted=_counted(line, counts)) for line in lines]
    return sorted(lines, key=lambda line: (line.id, ORDER.index(line.state))), faults


def refused(look: Reading, parts: ConsoleParts, today: date) -> tuple[Fault, ...]:
    """What keeps servers from loading the rules that hold; a tenth of a second of work, so for who just changed one."""
    packs = running(look, parts.packs)
    return refusal(parts.taxonomy, today=today, folder=packs, stored=rules.stored(look))


def not_taken(look: Reading, parts: ConsoleParts, today: date) -> tuple[Fault, ...]:
    """What keeps servers from taking up the packs that lie on this disk."""
    return refusal(parts.taxonomy, today=today, folder=parts.packs, stored=rules.stored(look))


def packed_rule(look: Reading, packs: Path, rule_id: str) -> RuleFile | None:
    """The rule as the packs in force have it."""
    return next((entry.rule for entry in _packed(look, packs)[0] if entry.name == rule_id and entry.is_sound), None)


def document_to_edit(look: Reading, rule_id: str, packs: Path) -> tuple[Mapping[str, Any], int]:
    """What whoever writes a rule on begins with, and the newest version. Raises `NotFoundError`."""
    held = rules.held(look, rule_id)
    newest = rules.newest(look, rule_id)
    if newest is not None:
        wanted = (RuleState.DRAFT, RuleState.SHADOW, RuleState.LIVE)
        return next((held[state] for state in wanted if state in held), newest).document, newest.version
    packed = packed_rule(look, packs, rule_id)
    if packed is None:
        raise NotFoundError(f"There is no rule {rule_id}.")
    return as_document(packed), 0


def view_rule(look: Reading, rule_id: str, packs: Path, standards: Standards) -> RuleView:
    """One rule. Raises `NotFoundError`."""
    today = standards.today
    lines = tuple(line for line in every_line(look, packs, today)[0] if line.id == rule_id)
    if not lines:
        raise NotFoundError(f"There is no rule {rule_id}.")
    states = {line.state: line for line in lines}
    source = states.get(RuleState.SHADOW) or states.get(RuleState.DRAFT)
    history = rules.history(look, rule_id)
    return RuleView(
        id=rule_id,
        lines=lines,
        texts=tuple(pieces(text_of(document_of(line))) for line in lines),
        history=tuple(_pasts(look, history))[::-1],
        expect=history[-1].version if history else 0,
        ways=ways_on(states),
        needs_two=source is not None and needs_two({"action": source.rule.action}, standards),
        may_rush=source is not None and source.rule.action is Outcome.REVIEW,
        waiting=next(iter(approvals.waiting(look, subject_id=rule_id)), None),
    )


def change_of(look: Reading, packs: Path, asked: RuleVersionRecord, today: date) -> tuple[Changed, ...] | None:
    """What would decide otherwise, were this version live; None where nothing of that id decides now."""
    live = next(
        (
            line
            for line in every_line(look, packs, today)[0]
            if (line.id, line.state) == (asked.rule_id, RuleState.LIVE)
        ),
        None,
    )
    after = rule_of(asked)
    if live is None or after is None or not live.is_sound:
        return None
    return differences(live.rule.as_rule(), after)


def differences(before: Rule, after: Rule) -> tuple[Changed, ...]:
    """By field, as rules are written; the state is no part of what a rule says."""
    same_state = replace(before, state=after.state)
    return tuple(
        replace(
            change,
            field=_AS_WRITTEN.get(change.field, change.field),
            before=_short(change.before),
            after=_short(change.after),
        )
        for change in difference([same_state], [after]).changed
    )


def rule_of(version: RuleVersionRecord) -> Rule | None:
    """What that version looks for; None where it cannot be read any more."""
    entry = StoredRule(version.rule_id, version.version, version.state, version.document).as_entry()
    return entry.rule.as_rule() if entry.is_sound else None


def _short(told: str) -> str:
    told = _AS_TOML.get(told, told)
    return told if len(told) <= _TOO_LONG else f"{told[:_TOO_LONG]} …"


def _packed(look: Reading, packs: Path) -> tuple[list[Entry], list[Fault]]:
    """The rules of packs in force, and what is wrong with those on the disk; a folder that is gone is told too."""
    try:
        read, mistakes = read_packs(packs)
        entries = [entry for entry in read if entry.is_whole]
        faults = [mistake.as_fault() for mistake in mistakes]
    except ConfigError as error:
        entries, faults = [], list(error.faults)
    current = running(look, packs)
    return entries if isinstance(current, Path) else read_packs(current)[0], faults


def _written(packs: Packs) -> dict[str, RuleFile]:
    """As files have them, the rules that only hold until two people stand for their files."""
    if isinstance(packs, Path) or not packs.reviewing:
        return {}
    return {entry.name: entry.rule for entry in read_packs(PackFiles(packs.files))[0] if entry.name in packs.reviewing}


def _held(change: RuleVersionRecord, today: date) -> RuleLine:
    stored = StoredRule(change.rule_id, change.version, change.state, change.document)
    return replace(_line(stored.as_entry(), today), id=change.rule_id, state=change.state, change=change)


def _line(entry: Entry, today: date, *, pack: str = "") -> RuleLine:
    rule = entry.rule
    is_over = rule.expires is not None and rule.expires <= today
    return RuleLine(entry.name, rule, rule.state, entry.is_sound, is_over, pack)


def _counted(line: RuleLine, counts: Mapping[tuple[str, str], Counted]) -> Counted | None:
    is_looked_for = line.state in (RuleState.LIVE, RuleState.SHADOW) and not line.is_over
    return counts.get((line.id, line.state.value), Counted()) if is_looked_for else None


def rushed(version: RuleVersionRecord) -> str:
    """By which word pages say without what a version went live."""
    if version.untried and version.alone:
        return "both"
    return "untried" if version.untried else "alone" if version.alone else ""


def document_of(line: RuleLine) -> Mapping[str, Any]:
    """The rule as it is kept; of packs as the file has it, whatever of it waits for two people."""
    return line.change.document if line.change else as_document(line.written or line.rule)


def _pasts(look: Reading, history: list[RuleVersionRecord]) -> Iterator[Past]:
    before: Rule | None = None
    for place, change in enumerate(history):
        after = rule_of(change)
        found = None if before is None or after is None else differences(before, after)
        yield Past(change, name_of(look, change.author), found, place == 0)
        before = after
