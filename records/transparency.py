"""What a transparency report counts over a span. Reads only, and no text; every count is there where nothing was."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, Text, func, literal_column, select

from records import account_appeals, places
from records.columns import as_bytes
from records.ids import first_id_of
from records.public_values import ComplaintOutcome
from records.tables import (
    appeals,
    comments,
    complaints,
    decisions,
    inspections,
    ledger,
    rectifications,
    trusted_flaggers,
    verdicts,
)
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions by surface, language, what the machine said, what holds (`final`, None: nobody looked), and month."""

    surface: str
    language: str
    machine: str
    final: str | None
    month: str
    count: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What was asked for, by kind: how many came, how many were answered with what, and how long that took in hours."""

    asked: int
    outcomes: Mapping[str, int]
    hours: tuple[float, ...]
    late: int


@dataclass(frozen=True, slots=True)
class Authority:
    """What an authority asked for in a span, and what it was given.

    `requests` for evidence, of which `granted` (`with_texts` of them with what people wrote) and `refused` by two
    people, within `hours`; `demands` to put something right, of which `met` were confirmed and `late` are or were not
    in time.
    """

    name: str
    requests: int = 0
    granted: int = 0
    with_texts: int = 0
    refused: int = 0
    hours: tuple[float, ...] = ()
    demands: int = 0
    met: int = 0
    late: int = 0


def authorities(look: Reading, since: datetime, until: datetime, *, but: str) -> list[Authority]:
    """By authority, in the order of their names; `but` is the house itself, which is none."""
    asked: dict[str, list[Row[Any]]] = defaultdict(list)
    demanded: dict[str, list[Row[Any]]] = defaultdict(list)
    for table, found in ((inspections, asked), (rectifications, demanded)):
        within = (table.c.created_at >= since, table.c.created_at < until, table.c.authority != but)
        for row in look.execute(select(table).where(*within)):
            found[row.authority].append(row)
    return [_authority(name, asked[name], demanded[name], until) for name in sorted({*asked, *demanded})]


def _authority(name: str, asked: Sequence[Row[Any]], demanded: Sequence[Row[Any]], until: datetime) -> Authority:
    granted = [row for row in asked if row.granted_at is not None]
    return Authority(
        name,
        requests=len(asked),
        granted=len(granted),
        with_texts=sum(row.opened for row in granted),
        refused=sum(row.state == "refused" for row in asked),
        hours=tuple(sorted((row.granted_at - row.created_at).total_seconds() / 3600 for row in granted)),
        demands=len(demanded),
        met=sum(row.done_at is not None for row in demanded),
        late=sum((row.done_at or until) > row.due_at for row in demanded),
    )


def decided(look: Reading, since: datetime, until: datetime) -> list[Decided]:
    """Decisions of `since <= moment < until` about what a platform sent."""
    month = _month(look)
    group = (
        places.SURFACE.label("surface"),
        decisions.c.language,
        decisions.c.outcome,
        decisions.c.final_outcome,
        month,
    )
    within = (decisions.c.created_at >= since, decisions.c.created_at < until, places.IS_TRAFFIC)
    joined = decisions.join(comments, comments.c.id == decisions.c.comment_id)
    query = select(*group, func.count().label("number")).select_from(joined).where(*within).group_by(*group)
    return [
        Decided(row.surface, row.language, row.outcome, row.final_outcome, row.month, row.number)
        for row in look.execute(query)
    ]


def complaints_by_kind(look: Reading, since: datetime, until: datetime) -> dict[str, Answered]:
    """Complaints made in the span; contests of their answers are `contests_made`."""
    return _answered(look, complaints, complaints.c.kind, since, until, complaints.c.contests.is_(None))


def contests_made(look: Reading, since: datetime, until: datetime) -> Answered:
    """Contests of the answer that a comment stays, made in the span."""
    some = complaints.c.contests.is_not(None)
    return _answered(look, complaints, None, since, until, some).get("", Answered(0, {}, (), 0))


def complaints_by_source(look: Reading, since: datetime, until: datetime) -> dict[str, int]:
    """Complaints made in the span, by where they came from."""
    within = (complaints.c.created_at >= since, complaints.c.created_at < until, complaints.c.contests.is_(None))
    query = select(complaints.c.source, func.count().label("number")).where(*within).group_by(complaints.c.source)
    return {row.source: row.number for row in look.execute(query)}


@dataclass(frozen=True, slots=True)
class Noticed:
    """A trusted flagger's notices made in a span; `judged` by a person or a measure that stands, `upheld` of them."""

    name: str
    notices: int
    judged: int
    upheld: int
    hours: tuple[float, ...]
    late: int


def notices_of_flaggers(look: Reading, since: datetime, until: datetime) -> list[Noticed]:
    """By trusted flagger, in the order of their names; answers that were turned since count as they hold."""
    c = complaints.c
    within = (c.created_at >= since, c.created_at < until, c.contests.is_(None))
    joined = complaints.join(trusted_flaggers, trusted_flaggers.c.id == c.flagger_id)
    columns = c.outcome, c.reversed_at, c.created_at, c.answered_at, c.due_at, trusted_flaggers.c.name
    told: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in look.execute(select(*columns).select_from(joined).where(*within)):
        told[row.name].append(row)
    return [_noticed(name, told[name], until) for name in sorted(told)]


def _noticed(name: str, rows: Sequence[Row[Any]], until: datetime) -> Noticed:
    answered = [row for row in rows if row.answered_at is not None]
    judged = [row for row in answered if row.outcome in (ComplaintOutcome.ACTED, ComplaintOutcome.KEPT)]
    upheld = sum((row.outcome == ComplaintOutcome.ACTED) is (row.reversed_at is None) for row in judged)
    hours = sorted((row.answered_at - row.created_at).total_seconds() / 3600 for row in answered)
    late = sum((row.answered_at or until) > row.due_at for row in rows)
    return Noticed(name, len(rows), len(judged), upheld, tuple(hours), late)


def appeals_made(look: Reading, since: datetime, until: datetime) -> Answered:
    """Appeals made in the span."""
    return _answered(look, appeals, None, since, until).get("", Answered(0, {}, (), 0))


def account_appeals_made(look: Reading, since: datetime, until: datetime) -> Answered:
    """Appeals of measures and of entries of lists made in the span, behind which no comment stands."""
    found = account_appeals.made(look, since, until)
    answered = [(each, each.answered_at) for each in found if each.answered_at is not None]
    outcomes = Counter(each.outcome.value for each, _ in answered if each.outcome is not None)
    hours = sorted((moment - each.created_at).total_seconds() / 3600 for each, moment in answered)
    return Answered(len(found), dict(outcomes), tuple(hours), sum(moment > each.due_at for each, moment in answered))


def verdicts_given(look: Reading, since: datetime, until: datetime) -> tuple[int, int]:
    """Verdicts of the span that stand, and how many of them overturned the machine."""
    given = verdicts.c
    stand = (given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE)
    within = (given.created_at >= since, given.created_at < until, places.IS_TRAFFIC)
    counted = select(given.overturned, func.count().label("number"))
    query = counted.join(decisions, decisions.c.id == given.decision_id).where(*within, *stand)
    found = {bool(row.overturned): row.number for row in look.execute(query.group_by(given.overturned))}
    return sum(found.values()), found.get(True, 0)


def entries(look: Reading, since: datetime, until: datetime) -> dict[str, int]:
    """Entries of the ledger by kind."""
    within = (ledger.c.id >= first_id_of(since), ledger.c.id < first_id_of(until))
    query = select(ledger.c.kind, func.count().label("number")).where(*within).group_by(ledger.c.kind)
    return {row.kind: row.number for row in look.execute(query)}


def yeses(look: Reading, since: datetime, until: datetime) -> tuple[int, int]:
    """How often a second person said yes, and how often these were two people by one's own word alone."""
    within = (ledger.c.id >= first_id_of(since), ledger.c.id < first_id_of(until))
    query = select(ledger.c.body).where(ledger.c.kind == "approval.approved", *within)
    told = [json.loads(as_bytes(body))["facts"] for body in look.execute(query).scalars()]
    return len(told), sum(bool(facts.get("on_word_of")) for facts in told)


def _answered(
    look: Reading,
    table: Table,
    kind: ColumnElement[str] | None,
    since: datetime,
    until: datetime,
    *where: ColumnElement[bool],
) -> dict[str, Answered]:
    rows = table.c
    named = [] if kind is None else [kind.label("kind")]
    query = select(*named, rows.outcome, rows.created_at, rows.answered_at, rows.due_at)
    asked: Counter[str] = Counter()
    outcomes: dict[str, Counter[str]] = {}
    hours: dict[str, list[float]] = {}
    late: Counter[str] = Counter()
    for row in look.execute(query.where(rows.created_at >= since, rows.created_at < until, *where)):
        name = "" if kind is None else row.kind
        asked[name] += 1
        if row.answered_at is None:
            continue
        outcomes.setdefault(name, Counter())[row.outcome] += 1
        hours.setdefault(name, []).append((row.answered_at - row.created_at).total_seconds() / 3600)
        late[name] += row.answered_at > row.due_at
    return {
        name: Answered(count, dict(outcomes.get(name, {})), tuple(sorted(hours.get(name, ()))), late[name])
        for name, count in asked.items()
    }


def _month(look: Reading) -> ColumnElement[str]:
    """`2026-03`, by UTC. Written out, since PostgreSQL groups by the very expression that is selected."""
    if look.dialect == "postgresql":
        return literal_column("to_char(decisions.created_at AT TIME ZONE 'UTC', 'YYYY-MM')", Text).label("month")
    return literal_column("substr(decisions.created_at, 1, 7)", Text).label("month")
