"""Who is at work: logged in still, and did something a moment ago, whatever their work is. Reads only.

Who of them decides cases is for those to say who know the roles (`at_work` of `console/crew_view.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, union

from records.tables import cases, sessions, skips, verdicts
from records.unit_of_work import Reading
from records.values import CaseState
from records.waiting import CHOSEN

LATELY = timedelta(minutes=30)
"""Whoever logged in, decided, skipped or held a case since then is at work."""


def present(look: Reading, *, now: datetime) -> set[str]:
    """Ids of the users who are at work."""
    since = now - LATELY
    lives = (sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
    held = (cases.c.state == CaseState.CLAIMED, cases.c.lease_expires_at > now)
    moved = union(
        select(verdicts.c.moderator).where(verdicts.c.created_at >= since),
        select(skips.c.moderator).where(skips.c.created_at >= since, CHOSEN),
        select(cases.c.lease_owner).where(*held),
        select(sessions.c.user_id).where(*lives, sessions.c.created_at >= since),
    )
    logged_in = set(look.execute(select(sessions.c.user_id).where(*lives)).scalars())
    return logged_in & set(look.execute(moved).scalars())
