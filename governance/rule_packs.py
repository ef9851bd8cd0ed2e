"""Packs of rules come into force for all workers at once, and say so in the ledger.

A pack is a file that nobody asks for permission to change. So what is found on a disk is no more than a proposal: it is
taken whole, once it has no mistake, and from then on every worker reads the set from the database, also one that
starts while the disk is broken. Taken is what *changed* in a place (a folder of a host): another host with other files
does not take back what this one brought, and a place nobody knows brings nothing back that was superseded.

A set that takes something from a rule which decides now (`pack_losses.py`) is not taken by itself: a folder that is
half there looks just like a decision to end rules, and favour by file has nobody's name. Nor is one that was
superseded. Somebody brings either into force by their name (`take_by_hand`, `chaffinch rules take`).

A rule that blocks and never blocked by a set before only holds comments for a person, where a policy asks for two
people about rules, until two stand for its file (`chaffinch rules vouch`). What comes with a release is agreed on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from governance import approvals, grounds, said_about
from governance.law import Act
from governance.pack_losses import BY_HAND, NOTHING, Taken, taken
from moderation.decision import Outcome
from moderation.errors import ConfigError, ConflictError, Fault, InvalidInputError
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
    """The set that came into force; None where the one in force stays. Whoever calls has found no mistake in it.

    Raises `WaitsError` where it takes something from rules that decide.
    """
    jobs.take_turns(unit, _TURN)
    before = rule_packs.newest(unit)
    wanted = weigh(unit, found, place=place, asks_two=asks_two)
    if wanted is not None and (takes := taken(unit, wanted, today=now.date())):
        raise WaitsError("The packs wait for somebody's word.", [Fault(PACKS, takes.told)])
    rule_packs.note_place(unit, place, found.digest, now=now)
    return None if wanted is None else _bring(unit, wanted, before, _FOUND, place=place, now=now)


class WaitsError(ConfigError):
    """Nothing is wrong with the packs, and they come into force by nobody but somebody's word."""


def take_by_hand(
    unit: Unit, found: PackFiles, *, place: str, asks_two: bool, by: str, why: str, now: datetime
) -> PackSet:
    """The set comes into force by somebody's word, also an earlier one, and one that has lost rules.

    Whoever calls has found no mistake in it. Raises `ConflictError` where it is in force, `InvalidInputError` where no
    rule is in it though rules decide, or without a reason, `ForbiddenError` for who may not.
    """
    who, reason = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    said_about.check_lasting(unit, "why", reason)
    jobs.take_turns(unit, _TURN)
    sets = rule_packs.history(unit)
    if sets and sets[-1].digest == found.digest:
        raise ConflictError(f"Set {sets[-1].number} is in force, and these packs are no others.")
    takes = taken(unit, found, today=now.date())
    if takes and not read_packs(found)[0]:
        raise InvalidInputError("No rule lies here: look whether the folder is whole.", [Fault(PACKS, takes.told)])
    wanted = replace(found, reviewing=frozenset(unheard(unit, found, sets)) if sets and asks_two else frozenset())
    rule_packs.note_place(unit, place, found.digest, now=now)
    hand = Hand(ledger.Actor("user", who), reason, takes)
    return _bring(unit, wanted, sets[-1] if sets else None, hand, place=place, now=now)


@dataclass(frozen=True, slots=True)
class Hand:
    """By whom a set came into force, and why; with what it takes from rules that decided."""

    actor: ledger.Actor
    why: str
    takes: Taken = NOTHING


_FOUND = Hand(ledger.MACHINE, "files of rules were found changed on the disk")


def _bring(unit: Unit, packs: PackFiles, before: PackSet | None, hand: Hand, *, place: str, now: datetime) -> PackSet:
    made = rule_packs.add(unit, packs, rules_of(packs), place=place, now=now)
    ledger.append(unit, _entry(made, before, hand), now=now)
    if before is not None:  # the first set is what every server has read from its disk until now
        epoch.bump(unit, EpochPart.RULES)
    return made


def beside(look: Reading, found: PackFiles) -> str:
    """What a disk has otherwise than the set in force, and what helps; empty where they are the same."""
    current = rule_packs.newest(look)
    if current is None or current.digest == found.digest:
        return ""
    names = sorted(found.hashes.keys() | current.hashes.keys())
    differs = [name for name in names if found.hashes.get(name) != current.hashes.get(name)]
    here = f"on this disk differ {', '.join(differs)}"
    return f"Set {current.number} of packs is in force; {here}. {BY_HAND} takes these up."


def running(look: Reading, folder: Path) -> Packs:
    """The packs by which servers decide; the folder where none came into force yet."""
    return rule_packs.in_force(look) or folder


def meant(
    look: Reading, folder: Path, *, place: str, asks_two: bool, today: date, is_usable: Callable[[PackFiles], bool]
) -> Packs:
    """The packs by which a server started here would decide; the folder where none came into force yet."""
    try:
        wanted = weigh(look, read_files(folder), place=place, asks_two=asks_two)
    except ConfigError:  # a file is no text
        wanted = None
    stays = wanted is None or not is_usable(wanted) or taken(look, wanted, today=today)
    return running(look, folder) if wanted is None or stays else wanted


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force beside what lies on a disk.

    `differs` are the files that are others on the disk; `is_known` whether the disk was looked at as it is, and the set
    in force is another place's. `reviewing` are rules that only hold comments until two people stand for their files.
    `takes` is what the disk takes from rules that decide now, so that no server takes it up by itself.
    """

    current: PackSet
    differs: tuple[str, ...]
    is_known: bool
    reviewing: tuple[str, ...]
    takes: Taken

    @property
    def told(self) -> str:
        """For whoever types a command; empty where the disk has what is in force."""
        if not self.differs:
            return ""
        by = f"set {self.current.number} of packs ({self.current.digest[:12]}), found at {self.current.place}"
        since = "another set was brought since" if self.is_known else "no server has taken up what lies here"
        if self.takes:
            since = f"no server takes up what lies here, for {self.takes.told}"
        return f"servers run {by}; here differ {', '.join(self.differs)}: {since}"


def standing(look: Reading, folder: Path, *, place: str, today: date) -> Standing | None:
    """How a disk compares with what is in force; None before anything came into force."""
    current = rule_packs.newest(look)
    if current is None:
        return None
    here = hashes_in(folder)
    names = sorted(here.keys() | current.hashes.keys())
    differs = tuple(name for name in names if here.get(name) != current.hashes.get(name))
    known = rule_packs.found_at(look, place) == digest_of(here)
    reviewing = tuple(sorted(rule_packs.not_agreed(look, current)))
    return Standing(current, differs, known, reviewing, _taken_by(look, folder, today) if differs else NOTHING)


def _taken_by(look: Reading, folder: Path, today: date) -> Taken:
    """Nothing where a file is no text: that is told elsewhere."""
    try:
        return taken(look, read_files(folder), today=today)
    except ConfigError:
        return NOTHING


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
    return _is_shipped(found, file) or found.hashes[file] in agreed


def _is_shipped(found: PackFiles, file: str) -> bool:
    return file in found.hashes and is_shipped(file, found.hashes[file])


def _entry(made: PackSet, before: PackSet | None, hand: Hand) -> ledger.Entry:
    """Which files came, were changed or went: whose hand that was, only the disk knows, unless somebody says so."""
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
        **({"takes": dict(hand.takes.facts)} if hand.takes else {}),
    }
    return ledger.Entry(KIND, hand.actor, "engine", ENGINE, hand.why, "", facts=facts)
