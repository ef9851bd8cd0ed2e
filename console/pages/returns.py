"""Findings that a new account may be somebody who was closed or listed: the evidence, and what a person says of it."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.looking import trace
from console.people import name_of
from console.refusals import refusal_of
from console.rendering import render
from console.target_view import account_link, handle_of
from console.visit import Visit
from governance import returns as governing
from governance.approvals import MAX_WORDS
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import author_links, lists, returns
from records.unit_of_work import Reading


def show_one(visit: Visit) -> Response:
    """GET /returns/{finding_id}."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """POST /returns/{finding_id}: the same person, or another."""
    finding_id = visit.path_values["finding_id"]
    try:
        with visit.parts.database.unit() as unit:
            governing.decide(
                unit,
                finding_id,
                is_same=visit.form.one("answer") == "confirmed",
                by=visit.me.name,
                note=visit.form.one("note"),
                now=visit.now,
            )
            unit.commit()
    except (ConflictError, InvalidInputError) as error:
        return _page(visit, problem=True, status=refusal_of(error).status)
    return RedirectResponse(visit.url(f"/returns/{finding_id}"), status_code=303)


def _page(visit: Visit, *, problem: bool = False, status: int = 200) -> Response:
    with visit.parts.database.reading() as look:
        found = returns.get(look, visit.path_values["finding_id"])
        who = name_of(look, found.answered_by)
        handle = handle_of(look, visit, found.author_id)
        against = account_link(look, visit, found.against) or _listed_link(look, visit, found.against)
    trace(visit, "returns", [("finding", found.id)])
    return render(
        visit,
        "return.html",
        status=status,
        found=found,
        who=who,
        handle=handle,
        against=against,
        problem=problem,
        note=visit.form.one("note"),
        max_words=MAX_WORDS,
    )


def _listed_link(look: Reading, visit: Visit, entry_id: str) -> str | None:
    """The page of an account that an entry of a list forbids; that of lists where it wrote nothing."""
    try:
        entry = lists.get(look, entry_id)
    except NotFoundError:
        return None
    return account_link(look, visit, author_links.id_of_index(look, entry.key)) or visit.url("/lists")
