"""The traces of who opened what, beside the entries that tell of each day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from records import looks
from records.tampering import Finding, What
from records.told_entries import number, read, subject_of
from records.unit_of_work import Reading


def look_differences(look: Reading) -> Iterator[Finding]:
    """Days of which somebody's looks are others than were counted; what is forgotten is not compared."""
    forgotten = looks.forgotten_before(look)
    for entry in read(looks.counted_days(look)):
        day = subject_of(entry.body)
        if day < forgotten:
            continue
        said, held = entry.body["facts"]["people"], looks.told(look, date.fromisoformat(day))
        for who in sorted({*said, *held}):
            if said.get(who) != held.get(who):
                told = f"What {who} looked at on {day} is not what entry {number(entry)} counted."
                yield Finding(What.RECORD, told, entry.number, entry.number, entry.id)
