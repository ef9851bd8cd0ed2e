"""The static version of a live comment stream."""

from __future__ import annotations

from chaffinch.duty_checks.rehearsal import THREAD, stored
from chaffinch.installation import Installation
from governance.duties import Found
from moderation.decision import Outcome
from records import decisions, transcripts
from serving.transcripts import PATH


def transcripts_of(place: Installation) -> Found:
    """5(4): lines that passed stand there, those that did not do not, and one that is withdrawn is gone at once."""
    with place.rehearsing() as unit:
        passed = stored(place, unit, Outcome.PASS, text="一条弹幕 a line")
        stored(place, unit, Outcome.BLOCK, text="另一条 another")
        shown = [line.id for line in transcripts.page(unit, THREAD).items]
        decisions.set_final(unit, passed.decision_id, outcome=Outcome.BLOCK, overturned=True)
        left = [line.id for line in transcripts.page(unit, THREAD).items]
    if shown != [passed.comment_id]:
        return place.off("streams.transcripts_of_2", n=len(shown))
    if left:
        return place.off("streams.transcripts_of_3")
    return place.held("streams.transcripts_of_1", path=PATH)
