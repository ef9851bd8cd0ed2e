"""Of verdicts that were given together, over a campaign, a group or a list, at least one is looked at again.

Each of them is drawn as any verdict is (`verdicts.ask_second`). A twentieth of twelve is often none, and a whole
campaign that somebody judged wrongly would be seen by nobody. So where none was drawn by itself one is, by chance among
all: whoever decides together cannot know which. For how likely each was to be looked at, `quality.chance_among`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from records import cases, decisions, draws, verdicts
from records.unit_of_work import Unit
from records.values import CaseRecord, VerdictRecord
from review import quality
from review.verdicts import Given, draw, own_chance

MOST_TRIED = 20
"""Verdicts of which it is asked whether a second person could be, where nobody may be: all are much alike."""


def draw_one(
    unit: Unit, verdict_ids: Sequence[str], share: float, *, together: int, now: datetime,
    somebody: Callable[[CaseRecord, VerdictRecord], bool],
) -> None:  # fmt: skip
    """Draws one of those that were given over `together` comments, where none was drawn by itself.

    None where only one was given, where verdicts of their kind are never drawn, or where `somebody` says that nobody
    could answer.
    """
    if together < 2 or draws.any_of(unit, verdict_ids):
        return
    for verdict_id in quality.shuffled(verdict_ids)[:MOST_TRIED]:
        verdict = verdicts.get(unit, verdict_id)
        given = Given(verdict, cases.get(unit, verdict.case_id), decisions.get(unit, verdict.decision_id), None)
        own = own_chance(unit, given, share)
        is_standing = verdict.undone_at is None and quality.may_be_checked(given.case, verdict)
        if own and is_standing and somebody(given.case, verdict):
            draw(unit, verdict, quality.chance_among(own, together), now=now)
            return
