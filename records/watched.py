"""What watching counts: decisions, verdicts and scores of a span of time. Reads only, and no texts.

Of what a platform sent alone (`records.places.IS_TRAFFIC`): rows of a data set that people were asked about are no
traffic, and would look like drift and like work that the model caused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, func, select

from moderation.decision import Outcome
from records.places import IS_TRAFFIC
from records.tables import decisions, label_records, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind

_PARTS = 256


@dataclass(frozen=True, slots=True)
class Load:
    """Decisions of a span by what they came to, and the verdicts that stand, given in it."""

    decisions: int
    reviewed: int
    blocked: int
    degraded: int
    verdicts: int
    overturned: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Histograms of one model's scores, and its rows by language."""

    rows: int
    scores: Mapping[str, Sequence[int]]
    languages: Mapping[str, int]


def load(look: Reading, since: datetime, until: datetime) -> Load:
    """Of `since <= moment < until`."""
    within = (decisions.c.created_at >= since, decisions.c.created_at < until, IS_TRAFFIC)
    degraded = func.sum(decisions.c.degraded.cast(Integer)).label("degraded")
    query = select(decisions.c.outcome, func.count().label("number"), degraded).where(*within)
    rows = look.execute(query.group_by(decisions.c.outcome)).all()
    by = {row.outcome: row.number for row in rows}
    given, overturned = _verdicts(look, since, until)
    return Load(
        sum(by.values()), by.get(Outcome.REVIEW, 0), by.get(Outcome.BLOCK, 0),
        sum(int(row.degraded or 0) for row in rows), given, overturned,
    )  # fmt: skip


def _verdicts(look: Reading, since: datetime, until: datetime) -> tuple[int, int]:
    within = (verdicts.c.created_at >= since, verdicts.c.created_at < until)
    stand = (
        verdicts.c.undone_at.is_(None),
        verdicts.c.verdict != VerdictKind.UNSURE,
        verdicts.c.purpose == Purpose.DECIDE,
        IS_TRAFFIC,
    )
    counted = select(verdicts.c.overturned, func.count().label("number"))
    query = counted.join(decisions, decisions.c.id == verdicts.c.decision_id).where(*within, *stand)
    found = {bool(row.overturned): row.number for row in look.execute(query.group_by(verdicts.c.overturned))}
    return sum(found.values()), found.get(True, 0)


def seen(
    look: Reading, since: datetime, until: datetime, *, version: str, edges: Sequence[float], most: int
) -> Seen:  # fmt: skip
    """Scores of decisions that `version` answered whole, over the bins between `edges`; about `most` at the most.

    Where there are more, a share is drawn by the random end of their ids, the same at each look.
    """
    where = [decisions.c.created_at >= since, decisions.c.created_at < until,
             decisions.c.model_version == version, decisions.c.degraded.is_(False), IS_TRAFFIC]  # fmt: skip
    count = look.execute(select(func.count()).select_from(decisions).where(*where)).scalar_one()
    if count > most:
        part = max(1, _PARTS * most // count)
        where.append(func.substr(decisions.c.id, 35, 2) < f"{part:02x}")
    scores: dict[str, list[int]] = {}
    languages: Counter[str] = Counter()
    query = select(decisions.c.labels, decisions.c.language).where(*where)
    for row in look.execute(query):
        languages[row.language] += 1
        for each in row.labels:
            counts = scores.setdefault(each["name"], [0] * (len(edges) - 1))
            counts[min(max(bisect_right(edges, each["score"]) - 1, 0), len(counts) - 1)] += 1
    return Seen(languages.total(), scores, dict(languages))


def new_labels(look: Reading, since: datetime) -> int:
    """Comments whose label in force was given after `since`."""
    query = select(func.count()).select_from(label_records)
    new = (label_records.c.decided_at > since, label_records.c.superseded_at.is_(None))
    return int(look.execute(query.where(*new)).scalar_one())
