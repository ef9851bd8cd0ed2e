"""Days as forms and addresses give them, by UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def day(told: str) -> datetime | None:
    """The beginning of a day as a browser sends it; None for what is no day."""
    try:
        return datetime.strptime(told, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
