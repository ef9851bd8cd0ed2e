"""What each person did with the cases that the queue handed them: decided, skipped, passed on, doubted. Reads only.

Whoever puts off what is hard, or asks for one label alone, has figures that nobody can hold beside a colleague's. What
they chose in a list is told elsewhere (`records/alone.py`), and a lesson is no case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from records.alone import OPENED_ANEW
from records.case_words import Passed
from records.given import stands, was_read
from records.tables import case_words, cases, skips, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind
from records.waiting import CHOSEN

FOUND = "found"
"""Who opened a case that a search led to."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """Cases of one person. `by_label`: those that they decided, by what was suspected (None: nothing)."""

    moderator: str
    decided: int = 0
    skipped: int = 0
    escalated: int = 0
    handed_over: int = 0
    unsure: int = 0
    by_label: Mapping[str | None, int] = field(default_factory=dict)

    @property
    def handed_out(self) -> int:
        """How many came into their hands, as far as it is known what they did with them."""
        return self.decided + self.skipped + self.escalated + self.handed_over + self.unsure


def by_moderator(look: Reading, *, since: datetime) -> list[PutOff]:
    """Everybody who did something with a case since then, by id. What was taken back is as if not done."""
    decided = list(look.execute(_decided(since)))
    passed = {kind: _counted(look.execute(_passed(kind, since))) for kind in (Passed.ESCALATED, Passed.HANDED_OVER)}
    unsure = _counted(look.execute(_unsure(since)))
    skipped = _counted(look.execute(_skipped(since)))
    who = {row.moderator for row in decided}.union(unsure, skipped, *passed.values())
    labels = {each: Counter({row.label: int(row.number) for row in decided if row.moderator == each}) for each in who}
    return [
        PutOff(
            each, labels[each].total(), skipped[each], passed[Passed.ESCALATED][each],
            passed[Passed.HANDED_OVER][each], unsure[each], labels[each],
        )
        for each in sorted(who)
    ]  # fmt: skip


def _counted(rows: Iterable[Row[Any]]) -> Counter[str]:
    return Counter({row.moderator: int(row.number) for row in rows})


def _decided(since: datetime) -> Select[Any]:
    query = select(verdicts.c.moderator, cases.c.label, func.count().label("number"))
    handed_out = cases.c.opened_by.not_in((FOUND, OPENED_ANEW)), was_read()
    joined = query.join(cases, cases.c.id == verdicts.c.case_id)
    return joined.where(verdicts.c.created_at >= since, stands(verdicts), *handed_out).group_by(
        verdicts.c.moderator, cases.c.label
    )


def _unsure(since: datetime) -> Select[Any]:
    mine = (
        verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None), verdicts.c.verdict == VerdictKind.UNSURE,
        verdicts.c.purpose != Purpose.LESSON,
    )  # fmt: skip
    return select(verdicts.c.moderator, func.count().label("number")).where(*mine).group_by(verdicts.c.moderator)


def _skipped(since: datetime) -> Select[Any]:
    query = select(skips.c.moderator, func.count().label("number")).where(skips.c.created_at >= since, CHOSEN)
    return query.group_by(skips.c.moderator)


def _passed(kind: Passed, since: datetime) -> Select[Any]:
    query = select(case_words.c.moderator, func.count().label("number"))
    return query.where(case_words.c.kind == kind, case_words.c.created_at >= since).group_by(case_words.c.moderator)
