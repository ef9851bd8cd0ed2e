"""What a form sent, read with bounds. Forms here are small and plain (`application/x-www-form-urlencoded`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from console.refusals import RefusalError

MAX_BYTES = 64 * 1024
ROOMY = 384 * 1024
"""Of a form with a long text in it: a Chinese character is sent as nine bytes."""

MAX_FIELDS = 256


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name, each with all its values."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, name: str) -> str:
        """The last value, stripped; empty where there is none."""
        return self.all(name)[-1].strip() if name in self.values else ""

    def as_typed(self, name: str) -> str:
        """The last value just as it was sent, as of a password, which may begin or end with a space."""
        return (self.all(name) or ("",))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """All values, in order."""
        return self.values.get(name, ())

    def last(self) -> dict[str, str]:
        """Each field's last value."""
        return {name: self.one(name) for name in self.values}


EMPTY = Form({})


def check_address(*parts: Mapping[str, str]) -> None:
    """Raises `RefusalError` where the query or the path of an address has NUL in it, which no database takes."""
    if any("\0" in each for part in parts for each in (*part.keys(), *map(str, part.values()))):
        raise RefusalError("error.form_nul", 400)


async def read(request: Request, most: int = MAX_BYTES) -> Form:
    """The form of a POST, of `most` bytes. Raises `RefusalError` for a larger one, unread, and for what is no form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise RefusalError("error.form_too_large", 413)
    try:
        fields = parse_qs(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise RefusalError("error.form_unreadable", 400) from None
    if any("\0" in value for values in fields.values() for value in values):
        raise RefusalError("error.form_nul", 400)
    return Form({name: tuple(values) for name, values in fields.items()})
