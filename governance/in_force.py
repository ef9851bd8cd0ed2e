"""What decides: the policies, rules, model, taxonomy and normaliser in force, in the ledger whenever they change.

Packs of rules, policies and the taxonomy are files that nobody asks for permission to change. Each server therefore
writes what it runs with, where that is not what the last entry says: when it starts, and when it loads something else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from moderation.policy import Policy
from moderation.shipped import POLICIES, shipped
from records import jobs, ledger
from records.ledger import Actor, Entry
from records.ledger_kinds import ENGINE, PARTS
from records.unit_of_work import Reading, Unit

KIND, SUBJECT = PARTS, ENGINE


@dataclass(frozen=True, slots=True)
class InForce:
    """`policies`: by name their reference (`cn@1`) and a hash of what they say (`mark_of`)."""

    policies: Mapping[str, tuple[str, str]]
    ruleset: str
    model: str
    model_version: str
    taxonomy: str
    normaliser: str
    differs: Mapping[str, str] = field(default_factory=dict)
    """By name the hash of each file that decides and is not as shipped (`moderation/shipped.py`)."""
    house_policy: str = ""
    """By which policy a request is judged that names none (`CHAFFINCH_POLICY` of the server); empty: not said."""

    @property
    def facts(self) -> dict[str, Any]:
        """As the entry has them."""
        policies = {name: list(told) for name, told in sorted(self.policies.items())}
        return {
            "policies": policies,
            "ruleset": self.ruleset,
            "model": self.model,
            "model_version": self.model_version,
            "taxonomy": self.taxonomy,
            "normaliser": self.normaliser,
            "differs": dict(self.differs),
            **({"house_policy": self.house_policy} if self.house_policy else {}),
        }


@dataclass(frozen=True, slots=True)
class Said:
    """What a policy said when a server loaded it: its reference, its hash, and the files of the house it may stand in.

    `files` are by name the hashes of those that are not as shipped; None where the entry tells of none.
    """

    reference: str
    mark: str
    files: Mapping[str, str] | None

    @property
    def is_set(self) -> bool:
        """Whether the hash is of what the file sets, and not of before, when every release's settings were in it."""
        return self.mark.startswith(SET)

    def is_as(self, other: Said) -> bool:
        """Whether both say the same.

        By their hashes, if both are of what is set. A hash of before is another with every setting that a release
        brings: there the same reference in the same files of the house is the same policy.
        """
        if self.mark == other.mark or (self.is_set and other.is_set):
            return self.mark == other.mark
        mine, others = self.files or {}, other.files or {}
        return self.reference == other.reference and mine == others


def house_policy(look: Reading) -> tuple[str, datetime] | None:
    """By which policy the server judges a request that names none, as it wrote when it loaded what decides, and when.

    None where no server wrote it. A command has settings of its own, which say nothing of a server that runs.
    """
    last = ledger.last(look, KIND, SUBJECT)
    told = "" if last is None else json.loads(last.body)["facts"].get("house_policy", "")
    return (str(told), last.created_at) if last is not None and told else None


SET = "set:"
"""Before the hash of what a policy's file sets (decision 62)."""


def said_by(policies: Mapping[str, Policy]) -> dict[str, tuple[str, str]]:
    """By name the reference and a hash of all that the policy says (`mark_of`)."""
    return {name: (policy.reference, mark_of(policy)) for name, policy in policies.items()}


def mark_of(policy: Policy) -> str:
    """A hash of what a policy's file sets, in whichever order: settings that it leaves out are the release's."""
    told = policy.model_dump(mode="json", exclude_unset=True)
    return SET + hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def said_now(policy: Policy, differs: Mapping[str, str]) -> Said:
    """What it says as it is loaded; `differs` are files that are not as shipped."""
    return Said(policy.reference, mark_of(policy), _files(policy.name, differs))


def said_before(look: Reading, name: str) -> list[Said]:
    """What a policy of that name said whenever a server loaded something new, the first time first."""
    told = (json.loads(each.body)["facts"] for each in ledger.of_kind(look, SUBJECT, KIND))
    return [_said(name, facts) for facts in told if name in facts["policies"]]


def said_last(look: Reading) -> dict[str, Said]:
    """By name what each policy says by which servers decide, as the last that loaded something told it."""
    last = ledger.last(look, KIND, SUBJECT)
    if last is None:
        return {}
    facts = json.loads(last.body)["facts"]
    return {name: _said(name, facts) for name in facts["policies"]}


def _said(name: str, facts: Mapping[str, Any]) -> Said:
    reference, mark = facts["policies"][name]
    return Said(reference, mark, _files(name, facts["differs"]) if "differs" in facts else None)


def first_of(before: Sequence[Said]) -> Said | None:
    """What it said at first; where that hash is of before, as it was written when the same was hashed anew."""
    first = next(iter(before), None)
    if first is None or first.is_set:
        return first
    return next((each for each in before if each.is_set and each.is_as(first)), first)


def _files(name: str, differs: Mapping[str, str]) -> dict[str, str]:
    """Files of the house in which a policy of that name may stand: the one that is called so, or one of its own."""
    mine, of_policies = f"{POLICIES}/{name}.toml", f"{POLICIES}/"
    is_its = {each for each in differs if each.startswith(of_policies) and (each == mine or each not in shipped())}
    return {each: differs[each] for each in sorted(is_its)}


def note(unit: Unit, found: InForce, *, now: datetime) -> bool:
    """Writes it where the last entry says something else; whether it did."""
    jobs.take_turns(unit, KIND)
    last = ledger.last(unit, KIND, SUBJECT)
    before = None if last is None else json.loads(last.body)["facts"]
    if before == found.facts:
        return False
    changed = [name for name, told in found.facts.items() if before is None or before.get(name) != told]
    entry = Entry(KIND, Actor("system", "chaffinch"), "engine", SUBJECT, ", ".join(changed), "", facts=found.facts)
    ledger.append(unit, entry, now=now)
    return True
