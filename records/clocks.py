"""Whether this machine's clock can be right, as far as anything here knows another time.

A clock that is behind is told by the last seal. One that is ahead is told by a database server's own clock, where there
is one; beside SQLite nothing on the machine knows better, and it comes to light once the clock is right again: then
what was sealed lies ahead of it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from records.tables import ledger_checkpoints
from records.unit_of_work import Reading, Unit

DIFFER = timedelta(minutes=1)
"""So far the clocks of two machines may be apart without a word."""


def sealed_last(look: Reading) -> datetime | None:
    """When the ledger was sealed last; None before the first time."""
    newest = select(ledger_checkpoints.c.created_at).order_by(ledger_checkpoints.c.size.desc()).limit(1)
    found: datetime | None = look.execute(newest).scalar_one_or_none()
    return found


def of_server(look: Reading) -> datetime | None:
    """What the database server's clock says; None of SQLite, which has this machine's."""
    if look.dialect != "postgresql":
        return None
    found: datetime = look.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def warn(unit: Unit, now: datetime) -> None:
    """Says in the log, or where a command is typed on its standard error, that an entry is dated too early or too late.

    It is written all the same: a wrong clock must not stop an emergency or a blacklist. A server's clock is asked by
    what is typed, which is rare; servers score, and `chaffinch doctor` compares for them.
    """
    sealed = sealed_last(unit)
    if sealed is not None and now < sealed - DIFFER:
        logging.getLogger(__name__).warning(
            "This machine's clock says %s UTC, and the ledger was sealed last at %s: what is done now is dated before "
            "what was done earlier, and what ends by its day ends later, or what was sealed then was written by a "
            "clock that ran ahead. Set the clock (NTP), then look at what was written meanwhile: "
            "chaffinch audit verify.",
            f"{now.astimezone(UTC):%Y-%m-%d %H:%M}",
            f"{sealed:%Y-%m-%d %H:%M}",
        )
        return
    server = None if unit.os_user is None else of_server(unit)
    if server is not None and now > server + DIFFER:
        logging.getLogger(__name__).warning(
            "This machine's clock says %s UTC, and the database server's %s: one of them is wrong. If it is this one, "
            "what is done now is dated too late, and what ends by its day ended too early. Set the clock (NTP), then "
            "look at what was written meanwhile: chaffinch audit verify.",
            f"{now.astimezone(UTC):%Y-%m-%d %H:%M}",
            f"{server:%Y-%m-%d %H:%M}",
        )
