"""The console's cookies: a signed session, and the nonce that binds the log-in form to its browser."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from records.sessions import LIFETIME

SESSION = "chaffinch_session"
DOOR = "chaffinch_door"
DOOR_SECONDS = 3600
LATER = "chaffinch_later"
"""There while somebody wants no break suggested; it says nothing else."""

SEEN = "chaffinch_seen"
"""Who logged in with this browser within `SEEN_SECONDS`, also after they logged out: their ids, signed."""

SEEN_SECONDS = 30 * 24 * 3600
MOST_SEEN = 8
LATER_SECONDS = 15 * 60
SESSION_SECONDS = int(LIFETIME.total_seconds())


@dataclass(frozen=True, slots=True)
class Jar:
    """Signs and reads cookies with the installation's secret."""

    secret: bytes

    def sealed(self, name: str, value: str) -> str:
        """`value`, signed for the cookie `name` alone, with the time."""
        return str(self._serializer(name).dumps(value))

    def opened(self, name: str, cookie: str | None, max_age: int) -> str | None:
        """What was sealed; None for a cookie that is missing, altered, another's or older than `max_age` seconds."""
        try:
            value = self._serializer(name).loads(cookie or "", max_age=max_age)
        except BadData:
            return None
        return value if isinstance(value, str) else None

    def _serializer(self, name: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt=f"chaffinch console {name}")


def new_door() -> str:
    """A nonce for somebody who has none yet."""
    return secrets.token_urlsafe(18)


def remembered(seen: tuple[str, ...], user_id: str) -> str:
    """What `SEEN` says once this account logs in too; the newest last."""
    return ",".join((*(each for each in seen if each != user_id), user_id)[-MOST_SEEN:])


def put(
    response: Response, name: str, value: str, *, seconds: int, base: str, secure: bool, strict: bool = False
) -> None:
    """Sets a cookie that scripts cannot read and other sites do not send."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=base or "/",
        secure=secure,
        httponly=True,
        # A session is Lax, so that a link in a colleague's message opens the page and not the log-in form.
        samesite="strict" if strict else "lax",
    )


def drop(response: Response, name: str, *, base: str, secure: bool) -> None:
    """Takes it back."""
    response.delete_cookie(name, path=base or "/", secure=secure, httponly=True, samesite="lax")
