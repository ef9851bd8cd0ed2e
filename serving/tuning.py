"""Two settings of the interpreter that a process which only serves wants; measured by `benchmarks/over_http.py`."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter from another. Event loop, model and writer hand each request to one
another twice; at Python's 5 ms, made for throughput of long computations, they mostly wait for each other."""


def tune() -> None:
    """Call it once everything is loaded.

    What is there by now (tables, rules, schemas) stays for the life of the process, and the garbage collector need not
    walk through it again: that took 80 ms each time, in which nobody was answered.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
