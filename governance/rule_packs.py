"""Packs of rules come into force for all workers at once, and say so in the ledger.

A pack is a file that nobody asks for permission to change. So what is found on a disk is no more than a proposal: it is
taken whole, once it has no mistake, and from then on every worker reads the set from the database, also one that
starts while the disk is broken. Taken is what *changed* in a place (a folder of a host): another host with other files
does not take back what this one brought, and a place nobody knows brings nothing back that was superseded.

A rule that blocks and never blocked by a set before only holds comments for a person, where a policy asks for two
people about rules, until two stand for its file (`chaffinch rules vouch`). What comes with a release is agreed on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from governance import grounds
from governance.law import Act
from moderation.decision import Outcome
from moderation.errors import ConfigError
from moderation.pack_files import PackFiles, Packs, digest_of, hashes_in, read_files
from moderation.rule_packs import read_packs
from moderation.rules import RuleState
from moderation.rules.content import content_hash
from moderation.rules.mistake import Mistake
from moderation.shipped import PACKS, is_shipped
from records import epoch, jobs, ledger, rule_packs
from records.house_queues import Redress
from records.house_values import EpochPart
from records.ledger_kinds import ENGINE
from records.rule_packs import PackedRule, PackSet
from records.unit_of_work import Reading, Unit

KIND = "parts.packs"
_TURN = "rule_packs"
_HASH = 16
"""Characters of a rule's hash that are kept."""


def is_news(look: Reading, found: PackFiles, place: str) -> bool:
    """Whether what was found there would come into force, or was never seen there."""
    return rule_packs.found_at(look, place) != found.digest


def weigh(look: Reading, found: PackFiles, *, place: str, asks_two: bool) -> PackFiles | None:
    """What of a set would come into force, with the rules that only hold; None where the set in force stays."""
    sets = rule_packs.history(look)
    last = rule_packs.found_at(look, place)
    if sets and found.digest in (sets[-1].digest, last):
        return None
    if last is None and found.digest in {each.digest for each in sets}:
        return None
    if not sets:
        return found
    return replace(found, reviewing=frozenset(unheard(look, found, sets)) if asks_two else frozenset())


def ground_mistakes(redress: Redress, packs: Packs) -> list[Mistake]:
    """Rules that stand on what nobody can look up, as `rules add` refuses them."""
    return [
        entry.mistake(("ground",), fault.detail)
        for entry in read_packs(packs)[0]
        if not entry.is_faulty("ground")
        for fault in grounds.faults_by(redress, entry.rule.ground, Act.RULE, where="ground")
    ]


def take(unit: Unit, found: PackFiles, *, place: str, asks_two: bool, now: datetime) -> PackSet | None:
    """The set that came into force; None where the one in force stays. Whoever calls has found no mistake in it."""
    jobs.take_turns(unit, _TURN)
    before = rule_packs.newest(unit)
    wanted = weigh(unit, found, place=place, asks_two=asks_two)
    rule_packs.note_place(unit, place, found.digest, now=now)
    if wanted is None:
        return None
    made = rule_packs.add(unit, wanted, rules_of(wanted), place=place, now=now)
    ledger.append(unit, _entry(made, before), now=now)
    if before is not None:  # the first set is what every server has read from its disk until now
        epoch.bump(unit, EpochPart.RULES)
    return made


def running(look: Reading, folder: Path) -> Packs:
    """The packs by which servers decide; the folder where none came into force yet."""
    return rule_packs.in_force(look) or folder


def meant(look: Reading, folder: Path, *, place: str, asks_two: bool) -> Packs:
    """The packs by which a server started here would decide; the folder where something in it is no text."""
    try:
        found = read_files(folder)
    except ConfigError:
        return folder
    return weigh(look, found, place=place, asks_two=asks_two) or running(look, folder)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force beside what lies on a disk.

    `differs` are the files that are others on the disk; `is_known` whether the disk was looked at as it is, and the set
    in force is another place's. `reviewing` are rules that only hold comments until two people stand for their files.
    """

    current: PackSet
    differs: tuple[str, ...]
    is_known: bool
    reviewing: tuple[str, ...]

    @property
    def told(self) -> str:
        """For whoever types a command; empty where the disk has what is in force."""
        if not self.differs:
            return ""
        by = f"set {self.current.number} of packs ({self.current.digest[:12]}), found at {self.current.place}"
        since = "another place brought it since" if self.is_known else "no server has taken up what lies here"
        return f"servers run {by}; here differ {', '.join(self.differs)}: {since}"


def standing(look: Reading, folder: Path, *, place: str) -> Standing | None:
    """How a disk compares with what is in force; None before anything came into force."""
    current = rule_packs.newest(look)
    if current is None:
        return None
    here = hashes_in(folder)
    names = sorted(here.keys() | current.hashes.keys())
    differs = tuple(name for name in names if here.get(name) != current.hashes.get(name))
    known = rule_packs.found_at(look, place) == digest_of(here)
    return Standing(current, differs, known, tuple(sorted(rule_packs.not_agreed(look, current))))


def rules_of(packs: PackFiles) -> dict[str, PackedRule]:
    """By id what the packs say, where they have no mistake."""
    found = {}
    for entry in read_packs(PackFiles(packs.files))[0]:
        rule = entry.rule
        blocks = rule.action is Outcome.BLOCK and rule.state is RuleState.LIVE
        found[rule.id] = PackedRule(content_hash([rule.as_rule()])[:_HASH], entry.document.name, blocks)
    return found


def unheard(look: Reading, found: PackFiles, sets: Sequence[PackSet]) -> Collection[str]:
    """The rules that block for the first time and for which nobody stands."""
    agreed = rule_packs.agreed_hashes(look)
    known = {
        (name, rule.content)
        for each in sets
        for name, rule in each.rules.items()
        if name not in each.reviewing or each.hashes[rule.file] in agreed
    }
    return [
        name
        for name, rule in rules_of(found).items()
        if rule.blocks and (name, rule.content) not in known and not _is_agreed(found, rule.file, agreed)
    ]


def _is_agreed(found: PackFiles, file: str, agreed: Collection[str]) -> bool:
    return is_shipped(file, found.hashes[file]) or found.hashes[file] in agreed


def _entry(made: PackSet, before: PackSet | None) -> ledger.Entry:
    """Which files came, were changed or went: whose hand that was, only the disk knows."""
    was = before.hashes if before else {}
    changed = {name: told for name, told in made.hashes.items() if was.get(name) != told}
    facts = {
        "number": made.number,
        "digest": made.digest,
        "place": made.place,
        "files": {f"{PACKS}/{name}": told for name, told in changed.items()},
        "gone": [f"{PACKS}/{name}" for name in was if name not in made.hashes],
        "reviewing": sorted(made.reviewing),
        "rules": rule_packs.content_of(made),
    }
    return ledger.Entry(
        KIND, ledger.MACHINE, "engine", ENGINE, "files of rules were found changed on the disk", "", facts=facts
    )
