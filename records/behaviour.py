"""Observations: what comments are compared by, kept some hours, so that several workers count as one and none forgets.

They are written with the decision they belong to. Other workers read them within seconds (`since`), a new process
reads the last hour back. They hold no text, and no pseudonym but 64 bits of its keyed hash; erasing a comment removes
its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, case, delete, distinct, func, insert, select

from moderation.behaviour import Burst, BurstKind, Observation, Seen
from records.mapping import signed, unsigned
from records.tables import decisions, observations
from records.unit_of_work import Reading, Unit

MOST_FORGOTTEN = 50_000
"""Rows that one call of `forget` removes: others wait to write meanwhile."""

MOST_EARLIER = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """An observation as a worker tells it to others."""

    decision_id: str
    observation: Observation


def keep(unit: Unit, seen: Sequence[tuple[str, Seen]], *, worker: str) -> None:
    """Writes what was seen, by decision id."""
    rows = [_row(decision_id, each, worker) for decision_id, each in seen]
    if rows:
        unit.execute(insert(observations), rows)


def since(look: Reading, moment: datetime, *, but_of: str | None = None, limit: int) -> list[Told]:
    """Observations made from `moment` on, oldest first, the newest `limit` of them; those of one worker left out."""
    query = select(observations).where(observations.c.at >= moment)
    if but_of is not None:
        query = query.where(observations.c.worker != but_of)
    rows = look.execute(query.order_by(observations.c.at.desc()).limit(limit)).all()
    return [Told(row.decision_id, _observation(row)) for row in reversed(rows)]


def comments_of(look: Reading, burst: Burst, moment: datetime) -> list[str]:
    """The comments since `moment` that belong to a burst, as far as the workers that saw them knew; the newest.

    Of a thread none: who opens its campaign knows them.
    """
    if burst.kind is BurstKind.THREAD:
        return []
    mine = observations.c.at >= moment
    if burst.kind is BurstKind.TEXT:
        mine &= observations.c.mark == signed(burst.mark)
    else:
        mine &= observations.c.contacts.is_not(None)
    query = select(decisions.c.comment_id, observations.c.contacts).join_from(observations, decisions).where(mine)
    rows = look.execute(query.order_by(observations.c.at.desc()).limit(MOST_EARLIER)).all()
    spread = [row for row in rows if burst.kind is BurstKind.TEXT or burst.mark in _unpacked(row.contacts)]
    return list(dict.fromkeys(row.comment_id for row in spread))


def repeated(look: Reading, since: datetime, *, copies: int, accounts: int, limit: int) -> list[Burst]:
    """Texts that came so often from so many since then, wherever they stand; the commonest first."""
    o, number = observations.c, func.count()
    people = func.count(distinct(o.account))
    signed_first = func.min(case((o.signature.is_not(None), o.decision_id))).label("first")
    query = select(o.mark, number.label("number"), signed_first).where(o.at >= since, o.mark.is_not(None))
    many = query.group_by(o.mark).having(number >= copies, people >= accounts)
    many = many.order_by(number.desc(), o.mark).limit(limit)
    found = look.execute(many).all()
    of_first = select(o.decision_id, o.signature).where(o.decision_id.in_([row.first for row in found if row.first]))
    signatures = {row.decision_id: row.signature for row in look.execute(of_first)} if found else {}
    return [Burst(BurstKind.TEXT, unsigned(row.mark) or 0, signatures.get(row.first)) for row in found]


def forget(unit: Unit, before: datetime) -> int:
    """Removes observations that no window needs any more; how many, at most `MOST_FORGOTTEN`."""
    old = select(observations.c.decision_id).where(observations.c.at < before).order_by(observations.c.at)
    mine = observations.c.decision_id.in_(old.limit(MOST_FORGOTTEN))
    return unit.execute(delete(observations).where(mine)).rowcount


def _row(decision_id: str, seen: Seen, worker: str) -> dict[str, Any]:
    kept = seen.observation
    return {
        "decision_id": decision_id,
        "worker": worker,
        "at": datetime.fromtimestamp(kept.at, UTC),
        "signature": kept.signature,
        "mark": signed(seen.mark),
        "account": signed(kept.account),
        "thread": signed(kept.thread),
        "contacts": array("Q", kept.contacts).tobytes() if kept.contacts else None,
    }


def _observation(row: Row[Any]) -> Observation:
    return Observation(
        at=row.at.timestamp(),
        signature=row.signature,
        account=unsigned(row.account),
        thread=unsigned(row.thread),
        contacts=_unpacked(row.contacts),
    )


def _unpacked(contacts: bytes | None) -> tuple[int, ...]:
    found = array("Q")
    found.frombytes(contacts or b"")
    return tuple(found)
