"""That an account is another person's, said by somebody who is logged in."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.refusals import RefusalError
from console.visit import Visit
from governance import vouching
from moderation.errors import ConflictError, ForbiddenError


def vouch(visit: Visit) -> Response:
    """POST /accounts/{user_id}/vouch: under the visitor's name, in the ledger; back to the page with the button."""
    try:
        with visit.parts.database.unit() as unit:
            vouching.vouch(unit, visit.path_values["user_id"], by=visit.me.name, now=visit.now)
            unit.commit()
    except (ConflictError, ForbiddenError):
        raise RefusalError("vouching.refused", 409) from None
    return RedirectResponse(visit.local(visit.form.one("back"), "/approvals"), status_code=303)
