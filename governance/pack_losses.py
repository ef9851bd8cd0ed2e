"""What a set of packs takes from rules that decide: whole rules, or something of what they hold or block.

Whoever may write a file would let one advert pass by a word in `not`, and nobody would be known to have done it. So a
set that takes anything from what decides waits for somebody's word (`chaffinch rules take`); what adds to rules, or
brings new ones, does not. Packs just as a release ships them were agreed on there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from moderation.pack_files import PackFiles
from moderation.rule_packs import read_packs
from moderation.rules import RuleState
from moderation.rules.entries import Entry
from moderation.rules.losses import Loss, losses
from moderation.shipped import is_shipped
from records import rule_packs, rules
from records.unit_of_work import Reading

BY_HAND = "chaffinch rules take --by NAME --why REASON"
_NAMED = 5
"""Rules that a sentence names."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`gone` are rules that decide and are in no file; `less` by rule what it would hit or do no longer."""

    gone: tuple[str, ...] = ()
    less: tuple[tuple[str, tuple[Loss, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is taken."""
        return bool(self.gone or self.less)

    @property
    def told(self) -> str:
        """Which rules and which of their fields, for logs and for everybody; what stands in them is for `lines`."""
        said = []
        if self.gone:
            said.append(f"{_some(self.gone)} would decide no longer, as no file has them any more")
        if self.less:
            named = [f"{name} ({', '.join(each.field for each in found)})" for name, found in self.less]
            said.append(f"less would be held or blocked by {_some(named)}")
        return f"{'; '.join(said)}; put the files back, or bring this in by {BY_HAND}"

    @property
    def lines(self) -> tuple[str, ...]:
        """One for each rule that is gone and each loss, whole, for whoever has to say a word about them."""
        of_rules = (f"{name}: {each.field}: {each.told}" for name, found in self.less for each in found)
        return (*(f"{name}: -" for name in self.gone), *of_rules)

    @property
    def facts(self) -> Mapping[str, list[str]]:
        """By rule the fields, as the ledger has them: never what stands in a field, which may be somebody's contact."""
        of_rules = {name: [each.field for each in found] for name, found in self.less}
        return {name: ["id"] for name in self.gone} | of_rules


NOTHING = Taken()


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def taken(look: Reading, found: PackFiles, *, today: date) -> Taken:
    """What these packs take from rules of the set in force that decide today; the database's own rules are no packs'.

    What a release left out of a file that lies here just as it shipped it, or says otherwise in one, is not taken. Nor
    is it that a rule which says more holds comments for a person, which it blocked, until two people read it.
    """
    current = rule_packs.in_force(look)
    if current is None or current.digest == found.digest:
        return NOTHING
    after = {entry.name: entry for entry in read_packs(PackFiles(found.files))[0]}
    gone: list[str] = []
    less: list[tuple[str, tuple[Loss, ...]]] = []
    for entry in _deciding(look, current, today):
        now = after.get(entry.name)
        if _came_with_a_release(found, now or entry):
            continue
        if now is None:
            gone.append(entry.name)
        elif lost := losses(entry.rule, now.rule):
            less.append((entry.name, tuple(lost)))
    return Taken(tuple(sorted(gone)), tuple(sorted(less, key=lambda each: each[0])))


def _deciding(look: Reading, current: PackFiles, today: date) -> Iterator[Entry]:
    """Rules of packs by which something is held or blocked now."""
    overridden = rules.stored(look).overridden
    for entry in read_packs(current)[0]:
        is_live = entry.rule.state is RuleState.LIVE and entry.rule.as_rule().is_due(today)
        if is_live and entry.name not in overridden:
            yield entry


def _came_with_a_release(found: PackFiles, entry: Entry) -> bool:
    """Whether the file in which it stands, or stood, lies there as it was shipped."""
    name = entry.document.name
    return name in found.hashes and is_shipped(name, found.hashes[name])
