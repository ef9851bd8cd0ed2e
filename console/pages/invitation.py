"""Whoever was invited sets a password of their own: the page behind the link that an administrator gave them.

A browser in which somebody else is logged in, or was of late, is not theirs, and is refused. Who wants to deceive uses
a private window: so to open a link makes nobody a second person (`governance/vouching.py`).
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from console.passwords import MAX_LENGTH, MIN_LENGTH, hash_password
from console.rendering import render
from console.visit import Visit
from governance import invitations
from governance.invitations import Place
from moderation.errors import InvalidInputError, NotFoundError
from records.house_values import UserRecord


def show(visit: Visit) -> Response:
    """GET /invitation/{link}."""
    return _page(visit)


def accept(visit: Visit) -> Response:
    """POST /invitation/{link}: the password, twice; from then on it is theirs alone."""
    password = visit.form.as_typed("password")
    if password != visit.form.as_typed("again"):
        return _page(visit, "invitation.differ")
    user = _invited(visit)
    if user is None or _is_anothers(visit, user):  # before a password is hashed, which is a tenth of a second's work
        return _page(visit)
    try:
        hashed = hash_password(password)
        with visit.parts.database.unit() as unit:
            place = Place(visit.address, visit.browser)
            invitations.accept(unit, visit.path_values["link"], hashed, now=visit.now, place=place)
            unit.commit()
    except InvalidInputError:
        return _page(visit, "invitation.length")
    except NotFoundError:
        return _page(visit)
    return _render(visit, done=True)


def _page(visit: Visit, problem: str = "") -> Response:
    """The form; of a link that is over, was used or never was nothing but that."""
    user = _invited(visit)
    if user is None:
        return _render(visit, status=HTTPStatus.NOT_FOUND)
    if _is_anothers(visit, user):
        return _render(visit, is_anothers=True, status=HTTPStatus.CONFLICT)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return _render(visit, user=user, problem=problem, status=status)


def _is_anothers(visit: Visit, user: UserRecord) -> bool:
    """Whether this browser is somebody else's, as far as it remembers."""
    here = {visit.person.user.id} if visit.person else set()
    return bool((here | set(visit.seen)) - {user.id})


def _invited(visit: Visit) -> UserRecord | None:
    try:
        with visit.parts.database.reading() as look:
            return invitations.invited(look, visit.path_values["link"], now=visit.now)
    except NotFoundError:
        return None


def _render(
    visit: Visit, *, user: UserRecord | None = None, problem: str = "", done: bool = False, is_anothers: bool = False,
    status: int = HTTPStatus.OK,
) -> Response:  # fmt: skip
    return render(
        visit, "invitation.html", status=status, user=user, problem=problem, done=done, is_anothers=is_anothers,
        least=MIN_LENGTH, most=MAX_LENGTH,
    )  # fmt: skip
