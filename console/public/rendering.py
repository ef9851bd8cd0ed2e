"""Renders a public page in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from console.public.reader import LANGUAGES, Reader
from console.rendering import new_environment

_ZONES = {"zh": timezone(timedelta(hours=8)), "en": UTC}


def render(reader: Reader, template: str, *, status: int = 200, retry_after: int = 0, **values: Any) -> Response:  # noqa: ANN401
    """The template with what it shows; `retry_after` are seconds."""
    body = (
        _environment()
        .get_template(f"public/{template}")
        .render(reader=reader, t=reader.words, languages=LANGUAGES, at=_at, **values)
    )
    headers = {"vary": "accept-language", "content-language": reader.locale}
    if retry_after:
        headers["retry-after"] = str(retry_after)
    return HTMLResponse(body, status_code=status, headers=headers)


def _at(reader: Reader, moment: datetime) -> str:
    """A moment as the reader's language has it: China keeps one time; whoever reads English may be anywhere."""
    told = f"{moment.astimezone(_ZONES[reader.locale]):%Y-%m-%d %H:%M}"
    return reader.words("time.at", moment=told)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return new_environment()
