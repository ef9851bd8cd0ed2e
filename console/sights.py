"""What a page that stands for many cases puts before somebody's eyes: it counts towards how much of the worst they see.

With blur on, harsh texts are seen once somebody asks for them: the page's checkbox tells it at once, and the form with
the verdict tells it too where no script runs. With blur off they are seen with the page.
"""

from __future__ import annotations

from starlette.responses import Response

from console import desk
from console.visit import Visit
from moderation.typed import number
from records import cases
from records.unit_of_work import Unit
from review import exposure


def reveal(visit: Visit) -> Response:
    """POST /work/{case_id}/seen: harsh texts were asked for, so many."""
    with visit.parts.database.unit() as unit:
        told(unit, visit, visit.path_values["case_id"])
        unit.commit()
    return Response(status_code=204)


def told(unit: Unit, visit: Visit, case_id: str) -> None:
    """What the form says was asked for; nothing is counted of a case that is not in the visitor's hands."""
    said = number(visit.form.one("revealed"))
    case = cases.get(unit, case_id)
    if said is not None and desk.is_mine(case, visit):
        exposure.shown(unit, case_id, visit.me.id, said, now=visit.now)


def with_page(visit: Visit, case_id: str, worst: int) -> None:
    """The page shows so many harsh texts; they are seen at once where the visitor wants none blurred."""
    if worst and not visit.preferences.blur:
        with visit.parts.database.unit() as unit:
            exposure.shown(unit, case_id, visit.me.id, worst, now=visit.now)
            unit.commit()
