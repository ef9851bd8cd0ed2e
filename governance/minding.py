"""Comments under a public account, minded by who runs it (2022, articles 10 and 11): reported, hidden or deleted.

The platform knows who runs a thread and speaks for them (`for_thread` of `POST /v1/measures`). What they hide is:

* **theirs alone**: a comment that stands in that thread, and no other; never an account, never a whole thread;
* **no judgement of the house**: it costs its author no credit, and their notice says who asked;
* **like any other measure in all else**: with a reason and a ground, in the ledger, taken back by anybody who may,
  contested by the author before a moderator, one in a row of too many waits for a second person.

They report as anybody does (`POST /v1/complaints`); what their report comes to a moderator decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from moderation.errors import Fault
from records import comments, measures
from records.acted import ActedOn
from records.measures import STOPPING, NewMeasure
from records.standing_values import MeasureState, TargetKind
from records.unit_of_work import Reading

OPERATOR = "operator"
"""Whose word a measure is: who runs the account under which the comment stands."""

HIDDEN = "hidden_by_operator"
"""The code by which notices and reports tell of it (`configs/notices.toml`)."""


def faults(
    look: Reading, kind: TargetKind, measure: str | None, comment_id: str | None, thread: str
) -> Iterator[Fault]:
    """What is wrong with hiding a comment for who runs `thread`, the platform's id."""
    if kind is not TargetKind.COMMENT or measure not in STOPPING:
        yield Fault("/for_thread", f"who runs a thread may hide comments there: {', '.join(STOPPING)} on a comment")
    elif comment_id is not None and comments.get(look, comment_id).thread_id != thread:
        yield Fault("/for_thread", "the comment does not stand in this thread: whoever runs it hides their own alone")


def is_word_of(acted: ActedOn) -> bool:
    """Whether what holds of a decision is theirs: nobody of the house judged what the comment says."""
    return acted.taken is not None and acted.taken.role == OPERATOR


def is_theirs(look: Reading, comment_id: str) -> bool:
    """Whether what holds of the comment is the word of who runs the thread, and nobody's of the house."""
    about = NewMeasure("", TargetKind.COMMENT, "", "", "", "", comment_id=comment_id)
    stops = [each for each in measures.about(look, about, states=(MeasureState.IN_FORCE,)) if each.measure in STOPPING]
    return bool(stops) and all(each.role == OPERATOR for each in stops)
