"""Comments that people are asked about although no decision sends them: for what their answer teaches or proves.

The reason stands in the case's `why`. They wait behind everything that the machine suspects (their priority is below
zero), and nobody is asked twice about a comment: one that ever had a case gets no second one this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from moderation.decision import Decision
from records import cases, comments, waiting
from records.cases import NewCase
from records.house_queues import Harm
from records.opening import Opening, suspicion
from records.unit_of_work import Unit

OPENED_BY = "chosen"
"""Who opened a case that no decision asked for."""


class Why(StrEnum):
    """Why a person is asked; the case's `why`."""

    LABEL_DOUBT = "label_doubt"
    """A training row whose label a model doubts."""
    UNCERTAIN = "chosen_uncertain"
    DIVERSE = "chosen_diverse"
    RANDOM = waiting.RANDOM


_PRIORITY = {Why.RANDOM: -0.1, Why.UNCERTAIN: -0.2, Why.DIVERSE: -0.3, Why.LABEL_DOUBT: -1.0}
"""The random slice first: an estimate of which only the easy part was answered is none."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A stored comment, the decision about it, and why a person is asked.

    `in_turn`: it waits like the mildest of what is suspected, and not behind all of it.
    """

    comment_id: str
    decision_id: str
    decision: Decision
    queue: str
    why: Why
    in_turn: bool = False


def opening_for(queue: str, decision: Decision, why: Why, *, in_turn: bool = False) -> Opening:
    """The case to be opened."""
    # Its place is what is said of it here, however grave it would be.
    return replace(suspicion(queue, decision, Harm()), why=why.value, priority=0.0 if in_turn else _PRIORITY[why])


def ask(unit: Unit, chosen: Sequence[Chosen], *, now: datetime) -> dict[str, str]:
    """Opens a case for each comment that never had one and was not erased; case ids by comment. The caller commits."""
    by_comment = {each.comment_id: each for each in chosen}
    for comment_id in sorted(by_comment):
        if comments.lock(unit, comment_id).erased_at is not None:
            del by_comment[comment_id]
    for comment_id in cases.had_one(unit, sorted(by_comment)):
        del by_comment[comment_id]
    wanted = [
        NewCase(
            each.comment_id,
            each.decision_id,
            opening_for(each.queue, each.decision, each.why, in_turn=each.in_turn),
            may_have_one=False,
        )
        for each in by_comment.values()
    ]
    return cases.open_or_join(unit, wanted, edited=(), opened_by=OPENED_BY, now=now)
