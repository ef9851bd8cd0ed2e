"""Days, moments and numbers as somebody typed them: read in one place, within bounds that all that follows can bear.

Whoever adds a day to a date, or asks a database for a number, need not think of the year 9999 or of thirty digits.
"""

from __future__ import annotations

from datetime import UTC, datetime

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
"""The first moment that can be meant, and the first that cannot any more."""

MOST = 999_999_999
"""The largest number, which every database and every clock can bear."""


def is_in_our_days(moment: datetime) -> bool:
    """Whether a moment with a zone lies between `FIRST` and `LAST`."""
    return FIRST <= moment < LAST


def day(told: str) -> datetime | None:
    """The beginning of a day by UTC, as a browser sends it (2026-03-01); None for what is no day of our days."""
    try:
        found = datetime.strptime(told, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if is_in_our_days(found) else None


def moment(told: str) -> datetime | None:
    """A moment in ISO 8601, by UTC where it names no zone; None for what is no moment of our days."""
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    found = found.replace(tzinfo=found.tzinfo or UTC)
    return found.astimezone(UTC) if is_in_our_days(found) else None


def number(told: str, most: int = MOST) -> int | None:
    """A whole number from 0 to `most` in plain digits; None for what is none."""
    plain = told.isascii() and told.isdecimal() and len(told) <= len(str(most))
    return int(told) if plain and int(told) <= most else None
