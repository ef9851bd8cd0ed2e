"""Which files decide: packs as they came into force, whatever lies on a disk; all else as it lies there.

Whoever asks who stands for what decides, and whether it is as shipped, asks here: a file that was taken away again goes
on deciding where the set with it is in force, and one that no server took up decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from governance.in_force import said_last, said_now
from moderation import shipped
from moderation.pack_files import hashes_in
from moderation.policy import Policy
from moderation.shipped import PACKS
from records import rule_packs
from records.unit_of_work import Reading


def packs(look: Reading | None, configs: Path) -> Mapping[str, str]:
    """By name the hash of each pack that decides; of those on the disk where none came into force yet."""
    current = rule_packs.newest(look) if look else None
    return hashes_in(configs / PACKS) if current is None else current.hashes


def differing(look: Reading | None, configs: Path) -> dict[str, str]:
    """By name the hash of what decides and is not as shipped, what nobody shipped, and `missing` for what is not there.

    `look` is None where there are no records: then nothing came into force yet.
    """
    return shipped.differing(configs, packs(look, configs))


def shipped_packs(look: Reading, configs: Path) -> frozenset[str]:
    """The files of packs that decide just as they were shipped."""
    return frozenset(name for name, told in packs(look, configs).items() if shipped.is_shipped(name, told))


def changed_packs(look: Reading, configs: Path) -> frozenset[str]:
    """The files of packs that decide and are not as shipped."""
    return frozenset(name for name, told in packs(look, configs).items() if not shipped.is_shipped(name, told))


def loaded_otherwise(look: Reading, policies: Mapping[str, Policy], differs: Mapping[str, str]) -> list[str]:
    """The policies by which servers decide in another text than lies on the disk, as they last told the ledger."""
    return sorted(
        name
        for name, said in said_last(look).items()
        if name not in policies or not said.is_as(said_now(policies[name], differs))
    )
