"""Webhooks: where platforms are told what was decided, how that goes, and what was given up.

The functions are those of the command line and the API. A secret is on the page that made it, and on no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from console.people import name_of
from console.refusals import RefusalError
from console.rendering import render
from console.visit import Visit
from governance import webhooks as governing
from governance.approvals import MAX_WORDS
from governance.events import BEYOND, TOLD
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import outbox, webhooks
from records.house_values import DeliveryRecord, DeliveryState, EndpointRecord
from records.unit_of_work import Reading

ROWS = 50
OVERLAPS = (0, 24, 24 * 7)
"""Hours for which the secret before signs too."""
USUAL_OVERLAP = 24


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint, its state in one word, and how much waits for it or was given up."""

    endpoint: EndpointRecord
    state: str
    waiting: int
    dead: int
    by: str


def show(visit: Visit) -> Response:
    """GET /webhooks."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """POST /webhooks: the answer is the endpoint's own page, with its secret this once."""
    form, parts = visit.form, visit.parts
    wish = governing.Wish(form.one("url"), form.all("events"), visit.me.name, form.one("description"))
    try:
        with parts.database.unit() as unit:
            added, secret = governing.add(unit, wish, targets=parts.targets, keyring=parts.keyring, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        return _page(visit, status=422, faults=error.faults)
    except ConflictError as error:
        return _page(visit, status=409, detail=str(error))
    return _one(visit, added.id, secret=secret)


def show_one(visit: Visit) -> Response:
    """GET /webhooks/{endpoint_id}."""
    return _one(visit, visit.path_values["endpoint_id"])


def change(visit: Visit) -> Response:
    """POST /webhooks/{endpoint_id}: off, on, away, a new secret, or dead letters once more."""
    endpoint_id, act = visit.path_values["endpoint_id"], visit.form.one("act")
    try:
        secret = _rotate(visit, endpoint_id) if act == "rotate" else _change(visit, endpoint_id, act)
    except InvalidInputError as error:
        return _one(visit, endpoint_id, status=422, faults=error.faults)
    except ConflictError as error:
        return _one(visit, endpoint_id, status=409, detail=str(error))
    if secret:
        return _one(visit, endpoint_id, secret=secret)
    return RedirectResponse(visit.url("/webhooks" if act == "remove" else f"/webhooks/{endpoint_id}"), status_code=303)


def _rotate(visit: Visit, endpoint_id: str) -> str:
    hours = next((each for each in OVERLAPS if str(each) == visit.form.one("overlap")), USUAL_OVERLAP)
    with visit.parts.database.unit() as unit:
        _, secret = governing.rotate(
            unit, endpoint_id, overlap=timedelta(hours=hours), by=visit.me.name, why=visit.form.one("why"),
            keyring=visit.parts.keyring, now=visit.now,
        )  # fmt: skip
        unit.commit()
    return secret


def _change(visit: Visit, endpoint_id: str, act: str) -> str:
    by, why, now = visit.me.name, visit.form.one("why"), visit.now
    with visit.parts.database.unit() as unit:
        if act == "replay":
            governing.replay(unit, endpoint_id, by=by, now=now, ids=visit.form.all("delivery") or None)
        elif act in ("disable", "enable", "remove"):
            {"disable": governing.disable, "enable": governing.enable, "remove": governing.remove}[act](
                unit, endpoint_id, by=by, why=why, now=now
            )
        else:
            raise RefusalError("error.invalid", 422)
        unit.commit()
    return ""


def _page(visit: Visit, *, status: int = 200, faults: Sequence[Fault] = (), detail: str = "") -> Response:
    with visit.parts.database.reading() as look:
        lines = _lines(look, webhooks.page(look, limit=governing.MAX_ENDPOINTS).items)
    told = {"url": visit.form.one("url"), "description": visit.form.one("description")}
    return render(
        visit, "webhooks.html", status=status, lines=lines, events=(*TOLD, *BEYOND), ticked=visit.form.all("events"),
        told=told, faults=faults, detail=detail, longest=governing.MAX_DESCRIPTION,
    )  # fmt: skip


def _one(
    visit: Visit, endpoint_id: str, *, status: int = 200, secret: str = "", faults: Sequence[Fault] = (),
    detail: str = "",
) -> Response:  # fmt: skip
    asked = visit.query.get("state", "")
    state = next((each for each in DeliveryState if each.value == asked), DeliveryState.DEAD)
    with visit.parts.database.reading() as look:
        line = _lines(look, [webhooks.get(look, endpoint_id)])[0]
        cursor = visit.query.get("cursor") or None
        found = outbox.page(look, state, endpoint_id=endpoint_id, limit=ROWS, cursor=cursor)
        signing = len(webhooks.secrets_of(look, endpoint_id, now=visit.now))
    deliveries: Sequence[DeliveryRecord] = found.items
    return render(
        visit, "webhook.html", status=status, line=line, deliveries=deliveries, next_cursor=found.next_cursor,
        state=state, states=tuple(DeliveryState), signing=signing, secret=secret, faults=faults, detail=detail,
        overlaps=OVERLAPS, usual=USUAL_OVERLAP, max_words=MAX_WORDS,
    )  # fmt: skip


def _lines(look: Reading, endpoints: Sequence[EndpointRecord]) -> list[EndpointLine]:
    held = outbox.held(look, [each.id for each in endpoints])
    return [
        EndpointLine(each, governing.state_of(each), *held[each.id], name_of(look, each.author)) for each in endpoints
    ]
