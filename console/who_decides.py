"""Who decides a case: whom it can be handed to, who is not bound in it, who has the skills that it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from console.permissions import ALLOWED, Action
from console.visit import Visit
from governance import another
from moderation.errors import ForbiddenError
from records import knowing, presence, users
from records.cases import ESCALATED
from records.house_values import UserRecord
from records.overview import Unskilled
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord
from records.waiting import ANEW
from review import skills


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom a case can be handed, and whether they are at work."""

    id: str
    name: str
    is_here: bool = False


def colleagues(unit: Unit, visit: Visit, case: CaseRecord) -> tuple[Colleague, ...]:
    """Who may decide such a case and has the skills for it, those at work first; not the visitor, nor trainees."""
    needed = Action.DECIDE_ESCALATED if is_for_seniors(case) else Action.DECIDE
    able = users.active(unit, [role.value for role in ALLOWED[needed]])
    others = (user for user in able if user.id != visit.me.id and not user.trainee)
    fitting = (user for user in others if is_able(unit, user, case) and may_decide(unit, case, user.id))
    here = presence.present(unit, now=visit.now)
    found = [Colleague(user.id, user.display_name, user.id in here) for user in fitting]
    return tuple(sorted(found, key=lambda one: not one.is_here))


def is_for_seniors(case: CaseRecord) -> bool:
    """Whether it takes more than a moderator."""
    return case.queue == ESCALATED


def may_decide(unit: Unit, case: CaseRecord, user_id: str) -> bool:
    """Whether somebody may decide a case, by what they said, read and allowed before.

    They neither said anything of what is appealed or contested, nor know what was decided, nor allowed what is
    reported. Of a second look everybody is told as of a first one: who was left out would be the one who decided.
    Their verdict is refused where it is given.
    """
    if not knowing.may_be_asked(unit, case, user_id):
        return False
    if case.why not in ANEW:
        return another.may_answer(unit, case, user_id)
    try:
        another.check(unit, case, user_id)
    except ForbiddenError:
        return False
    return True


def is_able(look: Reading, user: UserRecord, case: CaseRecord) -> bool:
    """Whether they have the skills that the case asks for."""
    asked = Unskilled(case.queue, case.lang, case.label, 1, case.created_at)
    return skills.can(skills.skills_of(user), look.queues, asked)
