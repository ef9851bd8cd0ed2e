"""Paths that hold names of the platform's own, in which anything may stand."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Scope

from moderation.errors import Fault, InvalidInputError
from serving.schemas import SUMMARY


class NameRoute(Route):
    """A route whose parameters are names: a slash within one is sent as `%2F`, and is no end of it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Looks at the path as it was sent, and decodes each name by itself."""
        raw: bytes | None = scope.get("raw_path")
        if scope["type"] != "http" or not raw:
            return super().matches(scope)
        match, child = super().matches({**scope, "path": raw.decode("latin-1")})
        if match is not Match.NONE:
            child["path_params"] = {name: unquote(value) for name, value in child["path_params"].items()}
        return match, child


def name_in(request: Request, parameter: str, *, most: int) -> str:
    """The name that stands in the path. Raises `InvalidInputError` for one that nothing can be called."""
    name: str = request.path_params[parameter]
    if len(name) > most:
        raise InvalidInputError(SUMMARY, [Fault(parameter, f"is longer than {most} characters")])
    if "\x00" in name or "\ufffd" in name:
        raise InvalidInputError(SUMMARY, [Fault(parameter, "holds a NUL character, or bytes that are no text")])
    return name
