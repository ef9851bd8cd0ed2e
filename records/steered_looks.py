"""Queues and labels of which two people agree little, so that more of their verdicts go to a second person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import and_, delete, insert, or_, select

from records.mapping import value_of
from records.tables import steered_looks
from records.unit_of_work import Reading, Unit

QUEUE, LABEL = "queue", "label"


@dataclass(frozen=True, slots=True)
class Steered:
    """What is looked at oftener (a `queue`, a `label`), since when, and the alpha that says why.

    `low` and `high` are its 95 % interval, None where it has none; `judged` comments two people answered.
    """

    kind: str
    name: str
    alpha: float
    low: float | None
    high: float | None
    judged: int
    since: datetime
    updated_at: datetime


def every(look: Reading) -> list[Steered]:
    """All of them, queues last."""
    rows = look.execute(select(steered_looks).order_by(steered_looks.c.kind, steered_looks.c.name))
    return [value_of(Steered, row) for row in rows]


def any_of(look: Reading, *, queue: str, labels: Collection[str]) -> bool:
    """Whether this queue or one of these labels is looked at oftener."""
    s = steered_looks.c
    mine = or_(and_(s.kind == QUEUE, s.name == queue), and_(s.kind == LABEL, s.name.in_(list(labels))))
    return look.execute(select(s.name).where(mine).limit(1)).first() is not None


def replace(unit: Unit, found: Sequence[Steered], *, now: datetime) -> None:
    """These and no others from now on; what was steered already keeps since when."""
    since = {(one.kind, one.name): one.since for one in every(unit)}
    unit.execute(delete(steered_looks))
    rows = [asdict(one) | {"since": since.get((one.kind, one.name), now), "updated_at": now} for one in found]
    if rows:
        unit.execute(insert(steered_looks), rows)
