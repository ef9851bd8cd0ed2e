"""Identifiers: UUIDv7 (RFC 9562), text, so that rows made later sort later and indexes grow at their end."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


_guard = threading.Lock()
_last = 0


def new_id() -> str:
    """A new UUIDv7, greater than every earlier one of this process, also where the clock is set back.

    The twelve bits after the millisecond carry its fraction (method 3 of section 6.2).
    """
    stamp = _next_stamp()
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    return str(UUID(int=milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | secrets.randbits(62)))


def id_of_age(other: str) -> str:
    """A new UUIDv7 that tells the very moment that `other` tells, and sorts beside it."""
    return str(UUID(int=UUID(other).int >> 62 << 62 | secrets.randbits(62)))


def id_made_at(moment: datetime) -> str:
    """A new UUIDv7 that tells this moment, whenever it is made."""
    milliseconds = int(moment.timestamp() * 1000)
    fraction = secrets.randbits(12)
    return str(UUID(int=milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | secrets.randbits(62)))


def first_id_of(moment: datetime) -> str:
    """Less than every id made at `moment` or later, and not less than any made a millisecond before."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return str(UUID(int=milliseconds << 80 | _VERSION_7 | _VARIANT))


def made_at(made: str) -> datetime:
    """The moment of an id, in UTC; 1970 for what is none."""
    try:
        return datetime.fromtimestamp((UUID(made).int >> 80) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _next_stamp() -> int:
    """4096ths of a millisecond since 1970."""
    global _last  # noqa: PLW0603 - one clock a process, as the operating system's
    with _guard:
        _last = max((time.time_ns() << 12) // 1_000_000, _last + 1)
        return _last
