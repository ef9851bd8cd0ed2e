"""What runs or waits and has a clock: emergencies, what has to be put right, complaints and appeals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chaffinch.health.finding import BROKEN, LATE, OK, OPEN, Finding
from chaffinch.health.looking import looked
from chaffinch.settings import Settings

if TYPE_CHECKING:
    from records.unit_of_work import Reading

ENDED_WITHIN = timedelta(minutes=1)
"""After which an emergency whose time is over has to have been ended."""
MOST_NAMED = 5


def clock(settings: Settings) -> Finding:
    """This machine's clock beside the last seal, and beside the database server's where there is one."""
    from records import clocks

    now = datetime.now(UTC)

    def look(reading: Reading) -> Finding:
        sealed, server = clocks.sealed_last(reading), clocks.of_server(reading)
        todo = "set this machine's clock (NTP), then look at what was written meanwhile: chaffinch audit verify"
        if sealed is not None and now < sealed - clocks.DIFFER:
            seen = f"it says {now:%Y-%m-%d %H:%M} UTC, and the ledger was sealed last at {sealed:%Y-%m-%d %H:%M}"
            return Finding("clock", BROKEN, seen, todo)
        if server is None:
            return Finding("clock", OK, "not behind the last seal; whether it is ahead, nothing on this machine knows")
        if abs(now - server) > clocks.DIFFER:
            seen = f"it says {now:%Y-%m-%d %H:%M} UTC, and the database server's {server:%Y-%m-%d %H:%M}"
            return Finding("clock", BROKEN, seen, todo)
        return Finding("clock", OK, "as the database server's, and not behind the last seal")

    return looked(settings, "clock", look)


def emergencies(settings: Settings) -> Finding:
    """What runs now; one whose time is over and that nobody has ended says that no worker runs."""
    from governance.emergencies import is_ahead
    from records import emergencies

    now = datetime.now(UTC)

    def look(reading: Reading) -> Finding:
        running = emergencies.running(reading)
        told = "; ".join(
            f"{each.place} until {each.ends_at:%Y-%m-%d %H:%M} UTC{' (drill)' if each.is_drill else ''}, {each.id}"
            for each in running
        )
        if any(is_ahead(each, now) for each in running):
            return Finding("emergencies", BROKEN, f"one began in the future: {told}", "set this machine's clock (NTP)")
        if any(now - each.ends_at > ENDED_WITHIN for each in running):
            todo = "run chaffinch serve, or chaffinch worker: they end what is over"
            return Finding("emergencies", BROKEN, f"its time is over and nobody ended it: {told}", todo)
        if running:
            todo = "it ends by itself; before its time: chaffinch emergency end ID --by NAME --why WORDS"
            return Finding("emergencies", OPEN, told, todo)
        return Finding("emergencies", OK, "none runs")

    return looked(settings, "emergencies", look)


def due_items(settings: Settings) -> Finding:
    """What has to be put right, complaints and appeals: what is past its day or its clock."""
    from records import accountability, incidents

    now = datetime.now(UTC)

    def look(reading: Reading) -> Finding:
        items = incidents.items(reading, undone=True)
        late = [each for each in items if each.due_at < now]
        complaints = accountability.late_complaints(reading, now=now)
        appeals = accountability.late_appeals(reading, now=now)
        told = [
            f"to be put right by {each.owner} since {each.due_at:%Y-%m-%d}: {each.reference or each.id}"
            for each in late[:MOST_NAMED]
        ]
        told += [f"{len(late) - MOST_NAMED} more to be put right"] if len(late) > MOST_NAMED else []
        told += [
            f"{found.late} {name} past their clock, the oldest since {found.since:%Y-%m-%d %H:%M} UTC"
            for name, found in (("complaints", complaints), ("appeals", appeals))
            if found.since is not None
        ]
        if told:
            todo = (
                "chaffinch rectification list says what; complaints and appeals wait in the console's queue, appeals "
                "of measures and of entries on lists among the questions to a second person (chaffinch approvals list)"
            )
            return Finding("due items", LATE, "; ".join(told), todo)
        seen = f"{len(items)} to be put right, {complaints.waiting} complaints, {appeals.waiting} appeals: none is late"
        return Finding("due items", OK, seen)

    return looked(settings, "due items", look)
