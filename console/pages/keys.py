"""A person's own keys: each command with the key that presses it."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console import keys
from console.rendering import render
from console.visit import Visit
from moderation.errors import InvalidInputError
from records import users


def show(visit: Visit) -> Response:
    """GET /keys."""
    return _page(visit, visit.keys)


def change(visit: Visit) -> Response:
    """POST /keys: the keys of the form, or the usual ones again."""
    if visit.form.one("action") == "usual":
        own = None
    else:
        try:
            own = keys.chosen(visit.form.last())
        except InvalidInputError as error:
            sent = {command: visit.form.one(command) for command in keys.USUAL}
            return _page(visit, sent, odd=[fault.where for fault in error.faults], status=422)
    with visit.parts.database.unit() as unit:
        users.set_keys(unit, visit.me.id, own)
        unit.commit()
    return RedirectResponse(visit.url("/keys?kept=1"), status_code=303)


def _page(visit: Visit, shown: dict[str, str], *, odd: list[str] | None = None, status: int = 200) -> Response:
    labels = {f"label_{place}": label for place, label in enumerate(visit.parts.taxonomy.labels, start=1)}
    return render(
        visit,
        "keys.html",
        status=status,
        shown={name: key for name, key in shown.items() if not name.startswith("label_") or name in labels},
        hidden={name: key for name, key in shown.items() if name.startswith("label_") and name not in labels},
        labels=labels,
        odd=odd or [],
        kept=visit.query.get("kept") == "1",
    )
