"""Reading a body: never more than the limit, never for longer than a patient client needs."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from serving.errors import MalformedError, TooLargeError, TooSlowError

MAX_BODY = 1024 * 1024
"""Bytes (API.md)."""

MAX_SECONDS = 20.0
"""How long a body may take to arrive."""


async def body_of(request: Request, *, limit: int = MAX_BODY) -> bytes:
    """The body as sent; it may be asked for again. Raises `TooLargeError` before reading what says it is larger."""
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is None:
        _check_length(request, limit)
        kept = request.state.body = await _read(request, limit)
    return kept


async def _read(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(MAX_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
    except TimeoutError as error:
        raise TooSlowError(f"The body did not arrive within {MAX_SECONDS:.0f} s.") from error
    return b"".join(chunks)


def _check_length(request: Request, limit: int) -> None:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MalformedError("Compressed bodies are not read; send the JSON as it is.")
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and int(stated) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"The body is over {limit // 1024} KiB. Send fewer comments at once, or shorter ones.")
