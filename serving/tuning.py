"""What a process which only serves wants of its interpreter and its memory.

Measured by `benchmarks/serve.py` and `benchmarks/memory.py`.
"""

from __future__ import annotations

import ctypes
import gc
import sys

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter from another. Event loop, model and writer hand each request to one
another twice; at Python's 5 ms, made for throughput of long computations, they mostly wait for each other."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE = 256 * 1024
"""Bytes; what scoring one comment needs is smaller."""


def hold_little() -> None:
    """Call it before anything is loaded: large blocks go back to the system as soon as they are freed.

    glibc otherwise raises its own limit to the largest block that was ever freed, and keeps everything smaller. Other
    C libraries return memory by themselves, or have no word for it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, 4 * _LARGE)


def tune() -> None:
    """Call it once everything is loaded.

    What is there by now (tables, rules, schemas) stays for the life of the process, and the garbage collector need not
    walk through it again: that took 80 ms each time, in which nobody was answered.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
