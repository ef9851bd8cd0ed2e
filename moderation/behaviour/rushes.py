"""A rush on a thread: many who were never there come at once, and much of what they write is hostile.

Fans or opponents who are sent to one thread write words of their own, so no text and no contact shows them. What shows
is that they come together, to a place where they were not, and in a mood that is not the usual one. A thread that is
merely read by many has the crowd and the newcomers, and not the mood.

This finds less, and is wrong more often, than what looks for one text (docs/experiments.md has the figures): a thread
about something that rightly angers many looks the same. It is shown to a person and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 900.0
"""Seconds."""

COMMENTS, ACCOUNTS = 20, 12
"""Fewest comments and accounts within the window."""

NEWCOMERS = 0.6
"""Share of the accounts that never wrote in the thread before the window."""

HOSTILE, TIMES_USUAL = 0.3, 3.0
"""Share of the comments that model, rules or lists object to; and how many times the usual share it has to be."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A comment in the window: by whom, whether the account is new in the thread, whether something objects to it."""

    account: str
    is_new: bool
    is_hostile: bool


def is_rush(arrivals: Sequence[Arrival], usual: float) -> bool:
    """Whether these are a rush; `usual` is the share of hostile comments in other threads at the same time."""
    accounts = {each.account for each in arrivals}
    if len(arrivals) < COMMENTS or len(accounts) < ACCOUNTS:
        return False
    newcomers = {each.account for each in arrivals if each.is_new}
    hostile = sum(each.is_hostile for each in arrivals) / len(arrivals)
    return len(newcomers) >= NEWCOMERS * len(accounts) and hostile >= max(HOSTILE, TIMES_USUAL * usual)
