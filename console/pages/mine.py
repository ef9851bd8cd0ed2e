"""A moderator's own page: what they decided, how long it took, how it went, and how they are doing."""

from __future__ import annotations

from starlette.responses import Response

from console.in_hand import note_reading
from console.own_view import MEASURED_DAYS, WEEK, view_own
from console.pages.rules import code_titles, titles
from console.rendering import render
from console.skill_words import skill_titles
from console.visit import Visit
from review.agreement import ENOUGH
from review.lessons import BAR


def show(visit: Visit) -> Response:
    """GET /mine."""
    with visit.parts.database.reading() as look:
        own = view_own(look, visit)
    note_reading(visit, [row.hit.comment.id for row in own.rows])
    return render(
        visit,
        "mine.html",
        own=own,
        wellness=visit.parts.wellness,
        titles=titles(visit),
        codes=code_titles(visit),
        skills=skill_titles(visit),
        least=ENOUGH,
        bar=BAR,
        week=WEEK,
        days=MEASURED_DAYS,
    )
