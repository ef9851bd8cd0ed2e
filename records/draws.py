"""Which texts were drawn for a second person: a draw binds the text, whoever decides it again and however often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from records.tables import cases, decisions, verdicts
from records.unit_of_work import Reading
from records.values import Purpose
from records.waiting import UNDECIDED

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Draw:
    """Whose verdict was drawn, and with which chance."""

    moderator: str
    chance: float


def before(look: Reading, comment_id: str, revision: int, *, but: str) -> list[Draw]:
    """Draws of this text, the first first; verdicts that were taken back keep theirs. `but`: a verdict left out."""
    mine = verdicts.c.comment_id == comment_id, decisions.c.revision == revision, verdicts.c.id != but
    query = (
        select(verdicts.c.moderator, verdicts.c.second_chance)
        .join(decisions, decisions.c.id == verdicts.c.decision_id)
        .where(*mine, verdicts.c.second_chance.is_not(None))
        .order_by(verdicts.c.id)
    )
    return [Draw(row.moderator, row.second_chance) for row in look.execute(query)]


def any_of(look: Reading, verdict_ids: Sequence[str]) -> bool:
    """Whether one of these verdicts was drawn."""
    for first in range(0, len(verdict_ids), _AT_ONCE):
        mine = verdicts.c.id.in_(verdict_ids[first : first + _AT_ONCE]), verdicts.c.second_chance.is_not(None)
        if look.execute(select(verdicts.c.id).where(*mine).limit(1)).first() is not None:
            return True
    return False


def is_asked(look: Reading, comment_id: str) -> bool:
    """Whether a second person is asked about the comment already, and has not answered."""
    waits = cases.c.comment_id == comment_id, cases.c.purpose == Purpose.OPINION, cases.c.state.in_(UNDECIDED)
    return look.execute(select(cases.c.id).where(*waits).limit(1)).first() is not None
