"""Packs of rules that came into force, and what was last found whole in which place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from moderation.pack_files import PackFiles
from records import rules
from records.inserting import insert_into
from records.tables import approvals, pack_places, rule_packs
from records.unit_of_work import Reading, Unit

AGREED = "parts.changed"
"""The kind of a question whether files that were changed here may decide (`governance/changed_parts.py`)."""


@dataclass(frozen=True, slots=True)
class PackedRule:
    """What a set has of a rule: a hash of what it matches and does, its file, and whether it decides by blocking."""

    content: str
    file: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class PackSet:
    """A set of packs that came into force, without its texts. `reviewing` are rules that only hold until agreed on."""

    number: int
    digest: str
    place: str
    hashes: Mapping[str, str] = field(repr=False)
    rules: Mapping[str, PackedRule] = field(repr=False)
    reviewing: frozenset[str]
    created_at: datetime


_TOLD = [each for each in rule_packs.c if each.name != "files"]


def newest(look: Reading) -> PackSet | None:
    """The set in force; None before a server wrote one."""
    found = look.execute(select(*_TOLD).order_by(rule_packs.c.number.desc()).limit(1)).one_or_none()
    return None if found is None else _value(found)


def history(look: Reading) -> list[PackSet]:
    """Every set that came into force, the first one first."""
    return [_value(row) for row in look.execute(select(*_TOLD).order_by(rule_packs.c.number))]


def in_force(look: Reading) -> PackFiles | None:
    """The texts in force, with the rules that only hold since nobody agreed yet; None before a server wrote any."""
    current = newest(look)
    if current is None:
        return None
    return PackFiles(files_of(look, current.number), not_agreed(look, current))


def files_of(look: Reading, number: int) -> dict[str, str]:
    """The texts of a set by the names of its files."""
    found: dict[str, str] = look.execute(select(rule_packs.c.files).where(rule_packs.c.number == number)).scalar_one()
    return found


def not_agreed(look: Reading, current: PackSet) -> frozenset[str]:
    """Which rules of a set still wait for two people to stand for their files."""
    if not current.reviewing:
        return frozenset()
    agreed = agreed_hashes(look)
    return frozenset(
        name for name in current.reviewing if current.hashes[current.rules[name].file] not in agreed
    )  # fmt: skip


def agreed_hashes(look: Reading) -> frozenset[str]:
    """The hashes of files that two people said may decide."""
    query = select(approvals.c.facts).where(approvals.c.kind == AGREED, approvals.c.state == "approved")
    return frozenset(told for facts in look.execute(query).scalars() for told in facts["parts"].values())


def found_at(look: Reading, place: str) -> str | None:
    """The digest of what was last found whole there; None where nobody looked yet."""
    query = select(pack_places.c.digest).where(pack_places.c.place == place)
    found: str | None = look.execute(query).scalar_one_or_none()
    return found


def note_place(unit: Unit, place: str, digest: str, *, now: datetime) -> None:
    """This was found there."""
    told = {"digest": digest, "seen_at": now}
    insert = insert_into(pack_places, unit.dialect).values(place=place, **told)
    unit.execute(insert.on_conflict_do_update(index_elements=[pack_places.c.place], set_=told))


def add(
    unit: Unit,
    packs: PackFiles,
    found: Mapping[str, PackedRule],
    *,
    place: str,
    now: datetime,
) -> PackSet:
    """The set that is in force from now on; whoever adds has asked for their turn."""
    before = newest(unit)
    row = {
        "number": before.number + 1 if before else 1,
        "digest": packs.digest,
        "place": place,
        "files": dict(packs.files),
        "hashes": packs.hashes,
        "rules": _as_kept(found),
        "reviewing": sorted(packs.reviewing),
        "created_at": now,
    }
    return _value(unit.execute(insert_into(rule_packs, unit.dialect).values(row).returning(*_TOLD)).one())


def content_of(found: PackSet) -> str:
    """A hash of what a set has of its rules, for the ledger: by this is known what blocked before."""
    return rules.content_of(_as_kept(found.rules))


def _as_kept(found: Mapping[str, PackedRule]) -> dict[str, list[Any]]:
    return {name: [each.content, each.file, each.blocks] for name, each in sorted(found.items())}


def changes_of(sets: Sequence[PackSet], rule_id: str) -> list[tuple[PackSet, PackedRule | None]]:
    """The sets by which a rule of packs came, was changed or went, with what it was from then on."""
    found: list[tuple[PackSet, PackedRule | None]] = []
    before: PackedRule | None = None
    for each in sets:
        now = each.rules.get(rule_id)
        if now != before:
            found.append((each, now))
        before = now
    return found


def _value(row: Row[Any]) -> PackSet:
    told = row._mapping
    packed = {name: PackedRule(*each) for name, each in told["rules"].items()}
    return PackSet(
        told["number"], told["digest"], told["place"], told["hashes"], packed, frozenset(told["reviewing"]),
        told["created_at"],
    )  # fmt: skip
