"""Who knows what was decided, so that whoever is asked blind is and stays blind.

Whoever had a second opinion, an appeal or a disagreement in hand is not told what was decided until it is settled: a
break, a skip or a lease that ran out does not open it. And whoever read what was decided is not asked (`waiting.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, or_, select

from records.inserting import insert_into
from records.known_as import known_as
from records.tables import blind_hands, cases, comments, readings, verdicts
from records.unit_of_work import Reading, Unit
from records.values import KNOWN_ANSWER, CaseRecord, CaseState, Purpose
from records.waiting import ANEW, BLIND, DISAGREEMENT, UNDECIDED, knows

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Blind:
    """A case about a comment in which somebody is, or was, asked without being told what was decided."""

    comment_id: str
    why: str


def is_blind(case: CaseRecord) -> bool:
    """Whether whoever decides it must not know what was decided before."""
    return case.purpose is Purpose.OPINION or case.why in (*ANEW, DISAGREEMENT)


def had(unit: Unit, case: CaseRecord, moderator: str) -> None:
    """The case came into somebody's hands."""
    if is_blind(case):
        row = {"moderator": moderator, "case_id": case.id}
        unit.execute(insert_into(blind_hands, unit.dialect).values(row).on_conflict_do_nothing())


def settled(unit: Unit, case_id: str) -> None:
    """The case is closed: whoever had it may read what was decided."""
    unit.execute(delete(blind_hands).where(blind_hands.c.case_id == case_id))


def unsettled(look: Reading, moderator: str) -> list[Blind]:
    """Every blind case that `moderator` has or had in hand and that waits to be decided; known answers in hand, too."""
    query = select(cases.c.comment_id, cases.c.why).join(blind_hands, blind_hands.c.case_id == cases.c.id)
    me = known_as(look, moderator)
    theirs = blind_hands.c.moderator.in_(me)
    rows = list(look.execute(query.where(theirs, cases.c.state.in_(UNDECIDED))))
    held = (cases.c.state == CaseState.CLAIMED, cases.c.lease_owner.in_(me), cases.c.purpose.in_(KNOWN_ANSWER))
    rows += look.execute(select(cases.c.comment_id, cases.c.why).where(*held))
    return [Blind(row.comment_id, row.why) for row in rows]


def read(unit: Unit, comment_ids: Collection[str], moderator: str, *, now: datetime) -> None:
    """They were told what was decided about these comments."""
    rows = [{"comment_id": each, "moderator": moderator, "at": now} for each in sorted(set(comment_ids))]
    if rows:
        written = insert_into(readings, unit.dialect).values(rows)
        unit.execute(written.on_conflict_do_update(index_elements=["comment_id", "moderator"], set_={"at": now}))


def may_ever_be_asked(look: Reading, key: str) -> bool:
    """Whether the key (`key:` and its prefix) is somebody's who decides cases, or decides or has some itself."""
    decided = exists().where(verdicts.c.moderator == key)
    has_some = exists().where(cases.c.state == CaseState.CLAIMED, cases.c.lease_owner == key)
    return len(known_as(look, key)) > 1 or bool(look.execute(select(or_(decided, has_some))).scalar_one())


def asked_about(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    """Those of the comments about which somebody is asked blind, or will be."""
    found: set[str] = set()
    for first in range(0, len(comment_ids), _AT_ONCE):
        theirs = cases.c.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        # By the comments' index; the state is looked at in what is found (`waiting.waits`).
        rows = look.execute(select(cases.c.comment_id, cases.c.state).where(theirs, BLIND))
        found |= {row.comment_id for row in rows if row.state in UNDECIDED}
    return found


def told_by(look: Reading, comment_ids: Collection[str], moderator: str) -> set[str]:
    """Those of the comments about which a line of a list tells `moderator` something that they are, or may be, asked.

    Where somebody is asked blind now, and where another person has decided: an appeal, a second look or a contest may
    come later, of whoever does not know what was decided.
    """
    theirs, found = sorted(set(comment_ids)), set[str]()
    me = known_as(look, moderator)
    for first in range(0, len(theirs), _AT_ONCE):
        some = verdicts.c.comment_id.in_(theirs[first : first + _AT_ONCE])
        by_others = select(verdicts.c.comment_id).where(some, verdicts.c.moderator.not_in(me))
        found |= set(look.execute(by_others.distinct()).scalars())
    return found | asked_about(look, theirs)


def told_by_account(look: Reading, indexes: Sequence[str], moderator: str) -> set[str]:
    """The same of all comments of an account (by its keyed hashes)."""
    theirs = comments.c.author_index.in_(indexes)
    asked = select(comments.c.id).join(cases, cases.c.comment_id == comments.c.id)
    decided = select(comments.c.id).join(verdicts, verdicts.c.comment_id == comments.c.id)
    by_others = verdicts.c.moderator.not_in(known_as(look, moderator))
    found = set(look.execute(asked.where(theirs, cases.c.state.in_(UNDECIDED), BLIND)).scalars())
    return found | set(look.execute(decided.where(theirs, by_others).distinct()).scalars())


def written_by(look: Reading, comment_ids: Sequence[str], indexes: Sequence[str]) -> bool:
    """Whether one of the comments is of that account."""
    theirs = comments.c.id.in_(comment_ids), comments.c.author_index.in_(indexes)
    return bool(comment_ids) and look.execute(select(comments.c.id).where(*theirs).limit(1)).first() is not None


def may_be_asked(look: Reading, case: CaseRecord, moderator: str) -> bool:
    """Whether they have not read what was decided, where the case is blind."""
    query = select(cases.c.id).where(cases.c.id == case.id, knows(known_as(look, moderator)))
    return look.execute(query).one_or_none() is None
