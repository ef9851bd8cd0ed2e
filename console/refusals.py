"""Why a page says no, in the reader's language, and where errors of other rooms become HTTP."""

from __future__ import annotations

from governance.another import NotAnotherError
from governance.settled import SettledError
from moderation.errors import (
    ChaffinchError,
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PartUnavailableError,
    UnauthenticatedError,
)


class RefusalError(ChaffinchError):
    """Something the console itself refuses; `key` is a sentence of `console/words/`."""

    def __init__(self, key: str, status: int) -> None:
        self.key = key
        self.status = status
        super().__init__(key)


_STATUS: tuple[tuple[type[ChaffinchError], int, str], ...] = (
    (UnauthenticatedError, 401, "error.unauthenticated"),
    (ForbiddenError, 403, "error.forbidden"),
    (NotFoundError, 404, "error.not_found"),
    (ConflictError, 409, "error.conflict"),
    (InvalidInputError, 422, "error.invalid"),
    (PartUnavailableError, 503, "error.unavailable"),
)


def refusal_of(error: ChaffinchError) -> RefusalError:
    """The same as a status and a sentence. What is no one's fault we know of is ours: 500."""
    if isinstance(error, RefusalError):
        return error
    if isinstance(error, SettledError):
        return RefusalError(f"settled.{error.why}", 403)
    if isinstance(error, NotAnotherError):
        return RefusalError(f"not_another.{error.why}", 403)
    for kind, status, key in _STATUS:
        if isinstance(error, kind):
            return RefusalError(key, status)
    return RefusalError("error.internal", 500)
