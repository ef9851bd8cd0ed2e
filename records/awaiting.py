"""Since when a case waits that stands for others: the oldest of them counts, whose promise it has taken over.

By its own moment of opening a campaign's case of this minute, behind which others have waited for an hour, would have
been late before it was there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from records import groups
from records.tables import campaigns, cases
from records.unit_of_work import Reading
from records.values import CaseRecord
from records.waiting import DECIDES, UNDECIDED


@dataclass(frozen=True, slots=True)
class Awaited:
    """Since when the oldest waits, and the promise that is the first to end: from when, until when.

    `is_others`: it is the promise of another than the case that was asked about.
    """

    since: datetime
    promised_at: datetime
    due_at: datetime
    is_others: bool = False


def of(look: Reading, case: CaseRecord) -> Awaited:
    """Of a case and what waits behind it."""
    group = groups.led_by(look, case)
    members = [] if group is None else groups.members(look, group)
    waits = [one for one in members if one.state in UNDECIDED and one.id != case.id]
    first = min((one for one in members if one.due_at <= case.due_at), key=lambda one: one.created_at, default=case)
    since = min((one.created_at for one in waits), default=case.created_at)
    if first.created_at >= case.created_at:
        return Awaited(min(since, case.created_at), case.created_at, case.due_at)
    return Awaited(min(since, case.created_at), first.created_at, first.due_at, is_others=True)


def longest(look: Reading, by: Callable[[Row[Any]], Any]) -> dict[Any, datetime]:
    """Since when the oldest waits behind cases that are younger, by what `by` says of such a case's row."""
    found: dict[Any, datetime] = {}
    for row in look.execute(_younger_than_theirs()):
        name = by(row)
        found[name] = min(found.get(name, row.since), row.since)
    return found


def _younger_than_theirs() -> Select[Any]:
    """Cases that stand for others that waited before them."""
    first = cases.alias("first")
    since = func.min(cases.c.created_at).label("since")
    mine = first.c.queue, first.c.label, first.c.why, first.c.lang, first.c.state, first.c.priority
    query = (
        select(*mine, since)
        .select_from(campaigns)
        .join(first, first.c.id == campaigns.c.case_id)
        .join(cases, cases.c.group_id == campaigns.c.id)
        .where(cases.c.state.in_(UNDECIDED), DECIDES, cases.c.priority >= 0, first.c.state.in_(UNDECIDED))
        .where(cases.c.created_at < first.c.created_at)
    )
    return query.group_by(first.c.id, *mine)
