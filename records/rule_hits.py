"""How often each rule hit, by day: written in the transaction of the decisions that it is counted over.

What was committed is counted once, whatever happens to the process next; what was judged without being stored is not
counted here (the metric `chaffinch_rule_hits_total` has it). Days are UTC's. An edit that is judged again counts again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select

from moderation.decision import RuleEffect
from records.inserting import Insert, insert_into
from records.tables import rule_hits
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Counted:
    """Stored decisions about comments that a rule hit, and those with another outcome without it.

    For a rule in the shadow the latter are those with another outcome were it live.
    """

    hits: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was counted of a rule in one state (`live`, `shadow`) on one day."""

    day: date
    rule_id: str
    state: str
    counted: Counted


def count(unit: Unit, effects: Sequence[RuleEffect], *, now: datetime) -> None:
    """Adds to the day of `now`, in one statement at the end of the unit: all workers add to the same few rows."""
    if not effects:
        return
    hits = Counter((effect.rule_id, effect.state) for effect in effects if effect.hit)
    changes = Counter((effect.rule_id, effect.state) for effect in effects if effect.changes)
    day = now.astimezone(UTC).date()
    rows = [
        {"day": day, "rule_id": rule_id, "state": str(state), "hits": hits[key], "changes": changes[key]}
        for key in sorted(hits.keys() | changes.keys())  # one order, so that no two units wait for each other
        for rule_id, state in (key,)
    ]
    unit.last(lambda: unit.execute(_add_to(unit.dialect), rows))


def by_day(look: Reading, *, since: date, rule_id: str | None = None) -> list[DayCount]:
    """What was counted from the day `since` on, day by day; of one rule if `rule_id` is given."""
    query = select(rule_hits).where(rule_hits.c.day >= since)
    if rule_id is not None:
        query = query.where(rule_hits.c.rule_id == rule_id)
    rows = look.execute(query.order_by(rule_hits.c.day, rule_hits.c.rule_id, rule_hits.c.state))
    return [DayCount(row.day, row.rule_id, row.state, Counted(row.hits, row.changes)) for row in rows]


def totals(look: Reading, *, since: date) -> dict[tuple[str, str], Counted]:
    """By rule and state what was counted from the day `since` on; rules that did nothing are absent."""
    sums = (func.sum(rule_hits.c.hits).label("hits"), func.sum(rule_hits.c.changes).label("changes"))
    query = select(rule_hits.c.rule_id, rule_hits.c.state, *sums).where(rule_hits.c.day >= since)
    rows = look.execute(query.group_by(rule_hits.c.rule_id, rule_hits.c.state))
    return {(row.rule_id, row.state): Counted(int(row.hits), int(row.changes)) for row in rows}


def _add_to(dialect: str) -> Insert:
    insert = insert_into(rule_hits, dialect)
    more = {name: rule_hits.c[name] + insert.excluded[name] for name in ("hits", "changes")}
    return insert.on_conflict_do_update(index_elements=["day", "rule_id", "state"], set_=more)
