"""Processes that several make do not outlive the one that made them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """From now on this process stops, as by SIGTERM, once the one that started it is gone.

    Nothing else would end it: it would go on answering on a port that the next start needs.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def stop_after(sentinel: int) -> None:
        wait([sentinel])
        print("The process that started this one is gone: it stops.", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_after, args=(parent.sentinel,), name="parent", daemon=True).start()
