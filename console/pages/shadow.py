"""The challenger beside the champion, in figures alone: no comment and no single decision is shown here."""

from __future__ import annotations

from starlette.responses import Response

from console.pages.rules import titles
from console.rendering import render
from console.visit import Visit
from governance.shadow import ShadowReport, report
from moderation.decision import Outcome
from moderation.errors import NotFoundError


def show(visit: Visit) -> Response:
    """GET /shadow: the two that met last, or those that are asked for."""
    challenger, champion = (visit.query.get(name, "")[:80] for name in ("challenger", "champion"))
    found = _found(visit, challenger or None, champion or None)
    unmet = found is None and bool(challenger or champion)
    asked = {"version": challenger or "?", "champion": champion or "?"}
    return render(
        visit,
        "shadow.html",
        status=404 if unmet else 200,
        found=found,
        unmet=asked if unmet else None,
        outcomes=list(Outcome),
        titles=titles(visit),
    )


def _found(visit: Visit, challenger: str | None, champion: str | None) -> ShadowReport | None:
    """None where the two never met."""
    with visit.parts.database.reading() as look:
        try:
            return report(look, challenger=challenger, champion=champion)
        except NotFoundError:
            return None
