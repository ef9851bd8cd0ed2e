"""What waits and is not to be had just now: in others' hands, or put off, and what waits behind those. Reads only.

In numbers and never by name. What is asked a second time, and what is asked to know the answer of, count as what they
seem to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from records.known_as import known_as
from records.tables import campaigns, cases, skips
from records.unit_of_work import Reading
from records.values import CaseState, Purpose

_FIRST = cases.alias("first")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Cases that others have in hand, until when the first of them is theirs (None: none is), and what waits behind.

    `put_off` are the asker's own, with what waits behind those.
    """

    held: int
    free_at: datetime | None
    behind_held: int
    put_off: int
    behind_put_off: int


def of(look: Reading, owner: str, *, now: datetime) -> Elsewhere:
    """Of whoever asks, a user or a key."""
    me = known_as(look, owner)
    first = _FIRST
    theirs = and_(
        first.c.state == CaseState.CLAIMED, first.c.lease_expires_at > now, first.c.lease_owner.not_in(me),
        first.c.purpose != Purpose.LESSON,
    )  # fmt: skip
    first_free = func.min(first.c.lease_expires_at).label("free_at")
    in_hand = look.execute(select(func.count().label("held"), first_free).select_from(first).where(theirs)).one()
    mine = and_(first.c.state.in_((CaseState.OPEN, CaseState.ESCALATED)), _is_put_off(first.c.id, me, now))
    put_off = look.execute(select(func.count()).select_from(first).where(mine)).scalar_one()
    return Elsewhere(in_hand.held, in_hand.free_at, _behind(look, theirs), put_off, _behind(look, mine))


def put_off(look: Reading, owner: str, *, now: datetime) -> list[str]:
    """What `owner` put off and still waits."""
    waits = cases.c.state.in_((CaseState.OPEN, CaseState.ESCALATED))
    mine = (skips.c.moderator == owner, skips.c.until > now, waits)
    query = select(skips.c.case_id).join(cases, cases.c.id == skips.c.case_id).where(*mine)
    return list(look.execute(query.order_by(skips.c.case_id)).scalars())


def _is_put_off(case_id: ColumnElement[str], me: Sequence[str], now: datetime) -> ColumnElement[bool]:
    return exists().where(skips.c.case_id == case_id, skips.c.moderator.in_(me), skips.c.until > now)


def _behind(look: Reading, which: ColumnElement[bool]) -> int:
    """How many wait behind cases that are `which`."""
    joined = cases.join(campaigns, campaigns.c.id == cases.c.group_id).join(_FIRST, _FIRST.c.id == campaigns.c.case_id)
    waits = and_(cases.c.state == CaseState.OPEN, cases.c.id != _FIRST.c.id, which)
    return int(look.execute(select(func.count()).select_from(joined).where(waits)).scalar_one())
