"""Accounts on a list: for which entry a comment was refused, and whether an entry stands behind it still."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from moderation.decision import Decision, Outcome
from moderation.lists import ListAction, entry_of
from records import lists
from records.house_values import ListEntryRecord
from records.unit_of_work import Reading
from records.values import DecisionRecord


class EntryState(StrEnum):
    """Whether an entry counts: `waiting` for a second person, `in_force`, `over` by its day, or `removed`."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    OVER = "over"
    REMOVED = "removed"


def state_of(entry: ListEntryRecord, *, now: datetime) -> EntryState:
    """What stands of it at this moment, whatever it does."""
    if entry.removed_at is not None:
        return EntryState.REMOVED
    if entry.expires_at is not None and entry.expires_at <= now:
        return EntryState.OVER
    return EntryState.WAITING if entry.waits_since is not None else EntryState.IN_FORCE


def is_held(entry: ListEntryRecord, *, now: datetime) -> bool:
    """Whether it refuses or holds an account at this moment."""
    return entry.action is not ListAction.ALLOW and state_of(entry, now=now) is EntryState.IN_FORCE


def behind(look: Reading, decision: Decision) -> ListEntryRecord | None:
    """The entry about the account that had a part in a decision, removed or not; None where none had."""
    named = next((found for each in decision.reasons if (found := entry_of(each))), None)
    return None if named is None else lists.find_by_id(look, named)


def alone_behind(look: Reading, decided: DecisionRecord, *, now: datetime) -> ListEntryRecord | None:
    """The entry for which alone a comment is refused: nobody judged its words, and the entry still holds."""
    stops = [each for each in decided.decision.reasons if each.outcome is Outcome.BLOCK]
    if decided.final_outcome is not None or not stops or any(entry_of(each) is None for each in stops):
        return None
    entry = behind(look, decided.decision)
    return entry if entry is not None and is_held(entry, now=now) else None
