"""What verdicts say of rules: how often what a rule said was so, how often it was overturned. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from moderation.decision import Source
from records.tables import decisions, label_records
from records.unit_of_work import Reading

MOST = 10_000
"""Verdicts that are looked at, the latest."""


@dataclass(slots=True)
class RuleJudged:
    """Of the decisions that a rule hit and people judged: where its label is there or not, and what was overturned."""

    right: int = 0
    wrong: int = 0
    judged: int = 0
    overturned: int = 0


def of_rules(look: Reading, *, since: datetime) -> dict[str, RuleJudged]:
    """By rule, from the verdicts in force that were given since then; rules that nobody judged are absent."""
    query = (
        select(decisions.c.reasons, label_records.c.labels, label_records.c.overturned)
        .select_from(label_records.join(decisions, decisions.c.id == label_records.c.decision_id))
        .where(label_records.c.superseded_at.is_(None), label_records.c.decided_at >= since)
        .order_by(label_records.c.decided_at.desc(), label_records.c.id.desc())
        .limit(MOST)
    )
    found: dict[str, RuleJudged] = defaultdict(RuleJudged)
    for row in look.execute(query):
        said = {reason["rule_id"]: reason["code"] for reason in row.reasons if reason["source"] == Source.RULE}
        for rule_id, label in said.items():
            judged = found[rule_id]
            judged.judged += 1
            judged.overturned += bool(row.overturned)
            judged.right += row.labels.get(label) == 1
            judged.wrong += row.labels.get(label) == 0
    return dict(found)
