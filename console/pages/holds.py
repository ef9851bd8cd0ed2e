"""What is held for an authority: asked for and lifted where its requests stand (`console/pages/inspections.py`)."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import RedirectResponse, Response

from console.hold_view import TOLD
from console.pages import inspections
from console.refusals import refusal_of
from console.visit import Visit
from governance import holds as governing
from governance.holds import Wish
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError
from moderation.typed import day
from records.holds import HoldKind


def ask(visit: Visit) -> Response:
    """POST /holds: asks a second person; until they answer it holds for three days at the most."""
    try:
        with visit.parts.database.unit() as unit:
            governing.ask(unit, visit.parts.keyring, _wish(visit), now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        told = {name: visit.form.one(name) for name in TOLD}
        return inspections.page(visit, status=422, hold_faults=error.faults, hold_told=told)
    return RedirectResponse(visit.url("/inspections") + "#holds-title", status_code=303)


def lift(visit: Visit) -> Response:
    """POST /holds/{hold_id}/lift: what was held may be erased again."""
    try:
        with visit.parts.database.unit() as unit:
            governing.lift(
                unit, visit.path_values["hold_id"], by=visit.me.name, why=visit.form.one("why"), now=visit.now
            )
            unit.commit()
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        return inspections.page(visit, status=refusal_of(error).status, hold_problem="holds.not_lifted")
    return RedirectResponse(visit.url("/inspections") + "#holds-title", status_code=303)


def _wish(visit: Visit) -> Wish:
    """What the form says. Raises `InvalidInputError` for what is no day."""
    one, faults = visit.form.one, []

    def given(name: str, where: str) -> datetime | None:
        found = day(one(name))
        if found is None and one(name):
            faults.append(Fault(where, "give a day"))
        return found

    until, review = given("until", "until"), given("review", "review_at")
    if one("kind") not in tuple(HoldKind):
        faults.append(Fault("target", "say what is held"))
    if faults:
        raise InvalidInputError("The hold cannot be asked for.", faults)
    return Wish(
        HoldKind(one("kind")), one("target").strip(), one("authority"), one("reference"), one("ground"),
        visit.me.name, one("why"), until, review, one("tell") == "on",
    )  # fmt: skip
