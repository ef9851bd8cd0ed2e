"""A break: what is in hand goes back, and a page with nothing to decide."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console import cookies
from console.rendering import render
from console.visit import Visit
from records import leases
from review import queue


def begin(visit: Visit) -> Response:
    """POST /work/rest: a break, or none for now. What is in hand goes back, so that nobody waits for who rests."""
    if visit.form.one("later"):
        response = RedirectResponse(visit.url("/work"), status_code=303)
        cookies.put(response, cookies.LATER, "1", seconds=cookies.LATER_SECONDS, base=visit.base, secure=visit.secure)
        return response
    with visit.parts.database.unit() as unit:
        for case in leases.leased_by(unit, visit.me.id, now=visit.now):
            queue.release(unit, case.id, visit.me.id, case.lease_token, now=visit.now, reason="a break")
        unit.commit()
    return RedirectResponse(visit.url("/rest"), status_code=303)


def show(visit: Visit) -> Response:
    """GET /rest: nothing to decide here, and the way back."""
    return render(visit, "rest.html")
