"""The small pages: home, help, and how a person likes to see the others."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from console import cookies, preferences
from console.permissions import Action
from console.rendering import render
from console.visit import Visit
from records import users


def home(visit: Visit) -> Response:
    """GET /: to the house for who leads it, to the work for who decides; for others to what they may read.

    The work page hands out cases: nobody gets one by logging in who did not come to decide.
    """
    ways = (
        ("/lead", Action.SEE_HOUSE),
        ("/work", Action.DECIDE),
        ("/inspections", Action.READ_EVIDENCE),
        ("/queue", Action.SEE_QUEUE),
    )
    first = next((path for path, action in ways if visit.may(action)), "/help")
    return RedirectResponse(visit.url(first), status_code=303)


def show_help(visit: Visit) -> Response:
    """GET /help: the keys, for a browser without script."""
    return render(visit, "help.html")


def prefer(visit: Visit) -> Response:
    """POST /preferences: language, theme or blur, and back to the very place."""
    wanted = visit.preferences.changed(visit.form.last())
    if visit.person is not None and wanted.locale != visit.preferences.locale:
        with visit.parts.database.unit() as unit:
            users.set_locale(unit, visit.me.id, wanted.locale)
            unit.commit()
    response = RedirectResponse(_back(visit), status_code=303)
    cookies.put(
        response, preferences.COOKIE, wanted.as_cookie(),
        seconds=preferences.COOKIE_SECONDS, base=visit.base, secure=visit.secure,
    )  # fmt: skip
    return response


def _back(visit: Visit) -> str:
    """The address in the browser's bar, which htmx may have changed since the form was made; else the form's."""
    referer = urlsplit(visit.referer)
    place = referer.path + (f"?{referer.query}" if referer.query else "")
    return place if visit.is_within(place) else visit.local(visit.form.one("back"), "/")
