"""Identifiers: UUIDv7 (RFC 9562), text, so that rows made later sort later and indexes grow at their end."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> str:
    """A new UUIDv7. The twelve bits after the millisecond carry its fraction (method 3 of section 6.2)."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    return str(UUID(int=milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | secrets.randbits(62)))
