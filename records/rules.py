"""Rules and their versions: what each change made of a rule, by whom, and why.

A change is a new row and never an edit, so that the history is whole. At most one version of a rule holds in each
state: a draft may be written, and another version be counted in the shadow, while a third decides. Two people who
change a rule at once both name the version that they saw; the second one is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, func, select, update

from moderation.effective_rules import StoredRule, StoredRules
from moderation.errors import ConflictError, NotFoundError
from moderation.rules import RuleState
from records.house_values import RuleVersionRecord
from records.ids import new_id
from records.inserting import Insert, insert_into
from records.mapping import value_of
from records.tables import rule_versions
from records.unit_of_work import Reading, Unit

Held = dict[RuleState, RuleVersionRecord]
"""What holds of one rule, by state."""


def content_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of what a rule says, whoever wrote it where: the ledger has it, and what was tried has the same."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def newest(look: Reading, rule_id: str) -> RuleVersionRecord | None:
    """The last change of the rule; None where the database does not know it."""
    mine = select(rule_versions).where(rule_versions.c.rule_id == rule_id)
    found = look.execute(mine.order_by(rule_versions.c.version.desc()).limit(1)).one_or_none()
    return None if found is None else _value(found)


def held(look: Reading, rule_id: str) -> Held:
    """The versions that hold."""
    mine = select(rule_versions).where(rule_versions.c.rule_id == rule_id, rule_versions.c.ended_at.is_(None))
    return {version.state: version for version in map(_value, look.execute(mine))}


def all_held(look: Reading) -> list[RuleVersionRecord]:
    """The versions that hold of every rule, by id and version."""
    query = select(rule_versions).where(rule_versions.c.ended_at.is_(None))
    return [_value(row) for row in look.execute(query.order_by(rule_versions.c.rule_id, rule_versions.c.version))]


def untried(look: Reading) -> list[RuleVersionRecord]:
    """Live versions that could not wait and of which nobody said since that they stay, the first to end first."""
    ends = rule_versions.c.untried_until.is_not(None), rule_versions.c.ended_at.is_(None)
    live = select(rule_versions).where(rule_versions.c.state == RuleState.LIVE.value, *ends)
    return [_value(row) for row in look.execute(live.order_by(rule_versions.c.untried_until, rule_versions.c.id))]


def rushed(look: Reading, *, since: datetime) -> list[RuleVersionRecord]:
    """Versions that one person made live since then, and of which no second one said since that they stay."""
    alone = rule_versions.c.alone, rule_versions.c.untried_until.is_not(None), rule_versions.c.created_at >= since
    live = select(rule_versions).where(rule_versions.c.state == RuleState.LIVE.value, *alone)
    return [_value(row) for row in look.execute(live.order_by(rule_versions.c.id))]


def mark_tried(unit: Unit, version: RuleVersionRecord) -> RuleVersionRecord:
    """Somebody looked at what it hits, or let it stay: it has no end any more."""
    this = update(rule_versions).where(rule_versions.c.id == version.id).values(untried_until=None)
    return _value(unit.execute(this.returning(rule_versions)).one())


def history(look: Reading, rule_id: str) -> list[RuleVersionRecord]:
    """Every change of the rule, the first one first; nothing where the database does not know it."""
    mine = select(rule_versions).where(rule_versions.c.rule_id == rule_id)
    return [_value(row) for row in look.execute(mine.order_by(rule_versions.c.version))]


def first_written(look: Reading) -> dict[str, datetime]:
    """When each rule that the database knows was first written there."""
    first = func.min(rule_versions.c.created_at).label("first")
    rows = look.execute(select(rule_versions.c.rule_id, first).group_by(rule_versions.c.rule_id))
    return {row.rule_id: row.first for row in rows}


def version(look: Reading, rule_id: str, number: int) -> RuleVersionRecord:
    """One change of the rule. Raises `NotFoundError`."""
    this = select(rule_versions).where(rule_versions.c.rule_id == rule_id, rule_versions.c.version == number)
    found = look.execute(this).one_or_none()
    if found is None:
        raise NotFoundError(f"The rule {rule_id} has no version {number}.")
    return _value(found)


def stored(look: Reading) -> StoredRules:
    """What holds beside and instead of the packs."""
    spoken = (RuleState.LIVE.value, RuleState.RETIRED.value)
    overridden = look.execute(select(rule_versions.c.rule_id).where(rule_versions.c.state.in_(spoken)).distinct())
    in_force = (StoredRule(each.rule_id, each.version, each.state, each.document) for each in all_held(look))
    return StoredRules(tuple(in_force), frozenset(row.rule_id for row in overridden))


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What a rule is to become. Versions that hold in the states `ends` hold no more.

    `expect` is the newest version that the author of the change saw, 0 for none. `untried_until`: it could not wait,
    since it was `untried`, or `alone` one person's, and holds until then unless somebody says that it stays.
    """

    rule_id: str
    state: RuleState
    document: Mapping[str, Any]
    expect: int
    ends: Collection[RuleState]
    author: str
    why: str
    untried_until: datetime | None = None
    untried: bool = False
    alone: bool = False


def add_version(unit: Unit, change: RuleChange, *, now: datetime) -> RuleVersionRecord:
    """The next version. Raises `ConflictError` where there is a newer one than the author saw."""
    this = update(rule_versions).where(rule_versions.c.rule_id == change.rule_id, rule_versions.c.ended_at.is_(None))
    unit.execute(this.where(rule_versions.c.state.in_([each.value for each in change.ends])).values(ended_at=now))
    row = {
        "id": new_id(),
        "rule_id": change.rule_id,
        "version": change.expect + 1,
        "state": change.state.value,
        "document": dict(change.document),
        "author": change.author,
        "why": change.why,
        "untried_until": change.untried_until,
        "untried": change.untried,
        "alone": change.alone,
        "created_at": now,
    }
    last = newest(unit, change.rule_id)
    added = None
    if (last.version if last else 0) == change.expect:
        added = unit.execute(_insert(unit.dialect).values(row).returning(rule_versions)).one_or_none()
    if added is None:
        raise overtaken(unit, change.rule_id)
    return _value(added)


def _insert(dialect: str) -> Insert:
    return insert_into(rule_versions, dialect).on_conflict_do_nothing()


def overtaken(look: Reading, rule_id: str) -> ConflictError:
    """What the second of two people is told."""
    last = newest(look, rule_id)
    now_at = f"at version {last.version} ({last.state}, by {last.author})" if last else "not in the database"
    return ConflictError(
        f"Somebody else changed the rule {rule_id}: it is now {now_at}. "
        f"See `chaffinch rules history {rule_id}` and decide again."
    )


def _value(row: Row[Any]) -> RuleVersionRecord:
    return value_of(RuleVersionRecord, row, state=RuleState)
