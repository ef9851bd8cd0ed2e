"""What decides: the policies, rules, model, taxonomy and normaliser in force, in the ledger whenever they change.

Packs of rules, policies and the taxonomy are files that nobody asks for permission to change. Each server therefore
writes what it runs with, where that is not what the last entry says: when it starts, and when it loads something else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from moderation.policy import Policy
from records import jobs, ledger
from records.ledger import Actor, Entry
from records.ledger_kinds import ENGINE, PARTS
from records.unit_of_work import Reading, Unit

KIND, SUBJECT = PARTS, ENGINE


@dataclass(frozen=True, slots=True)
class InForce:
    """`policies`: by name their reference (`cn@1`) and the SHA-256 of what they say."""

    policies: Mapping[str, tuple[str, str]]
    ruleset: str
    model: str
    model_version: str
    taxonomy: str
    normaliser: str
    differs: Mapping[str, str] = field(default_factory=dict)
    """By name the hash of each file that decides and is not as shipped (`moderation/shipped.py`)."""

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
        }


def said_by(policies: Mapping[str, Policy]) -> dict[str, tuple[str, str]]:
    """By name the reference and a hash of all that the policy says."""
    return {
        name: (policy.reference, hashlib.sha256(orjson.dumps(policy.model_dump(mode="json"))).hexdigest())
        for name, policy in policies.items()
    }


def first_said(look: Reading, name: str) -> str | None:
    """The hash of what a policy said when a server first loaded one of that name; None where none ever did."""
    entries = ledger.of_kind(look, SUBJECT, KIND)
    told = (json.loads(each.body)["facts"]["policies"].get(name) for each in entries)
    return next((str(each[1]) for each in told if each is not None), None)


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
