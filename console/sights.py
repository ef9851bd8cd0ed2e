"""What a page puts before somebody's eyes of the worst: it counts towards how much of it they see, on whatever page.

With blur on, harsh texts are seen once somebody asks for them: the page's checkbox tells it at once, and so does a form
that is sent with it, where no script runs. With blur off they are seen with the page. The checkbox carries the ids,
signed for whom the page was written: nobody counts for others, or what was not shown to them, and the answer is the
same whatever it said, so that it tells nothing of any comment.

Not counted: what is lifted without script on a page whose veil belongs to no form.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from starlette.responses import Response

from console.cookies import Jar
from console.veils import Sight, Veil
from console.visit import Visit
from moderation.errors import PartUnavailableError
from review import exposure

FIELD = "revealed"
_NAME = "texts seen"
_GOOD_FOR = int(timedelta(days=1).total_seconds())


def sealed(visit: Visit, sight: Sight) -> str:
    """What the checkbox carries."""
    texts = " ".join((visit.me.id, *sight.ids[: exposure.MOST_SHOWN]))
    return Jar(visit.parts.secret).sealed(_NAME, texts)


def reveal(_: Visit) -> Response:
    """POST /seen: harsh texts were asked for; the gate has counted them, as with any form that says so."""
    return Response(status_code=204)


def asked_for(visit: Visit) -> None:
    """Counts what the form says was asked for; what is not of a page that was written for this visitor is nothing."""
    said = Jar(visit.parts.secret).opened(_NAME, visit.form.one(FIELD), _GOOD_FOR) or ""
    who, *texts = said.split(" ")
    if visit.person is not None and who == visit.me.id:
        _count(visit, texts)


def with_page(visit: Visit, sight: Sight) -> None:
    """Counts what is seen with the page, where the visitor wants nothing blurred."""
    if not sight.blurs and visit.person is not None:
        _count(visit, sight.ids)


def at_limit(visit: Visit, veil: Veil) -> timedelta | None:
    """In what time the queue has the worst for them again, where this page is to say so and they are at the limit."""
    limits = visit.parts.wellness
    if not veil.says or not limits.worst_an_hour or visit.person is None:
        return None
    with visit.parts.database.reading() as look:
        free_at = exposure.of(look, visit.me.id, limits, now=visit.now).free_at
    return None if free_at is None else max(timedelta(0), free_at - visit.now)


def _count(visit: Visit, texts: tuple[str, ...] | list[str]) -> None:
    """Where it cannot be written the page is shown, or the form taken, all the same."""
    if not texts:
        return
    with suppress(PartUnavailableError), visit.parts.database.unit() as unit:
        exposure.shown(unit, visit.me.id, texts, now=visit.now)
        unit.commit()
