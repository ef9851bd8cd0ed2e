"""How many cores there are for us, which may be fewer than the machine has."""

from __future__ import annotations

import os


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))
