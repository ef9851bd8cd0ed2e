"""Work on passwords, kept away from the threads that serve pages.

Each password takes a core for about a tenth of a second. A flood of log-ins waits here for its turn, in few threads of
its own and never on all cores, and everybody else's pages go on; what cannot wait here either is turned away at once.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

from starlette.responses import Response

from console.refusals import RefusalError

AT_ONCE = max(1, min(2, (os.cpu_count() or 1) - 1))
MOST_WAITING = 64

_THREADS = ThreadPoolExecutor(AT_ONCE, "passwords")
_PLACES = threading.BoundedSemaphore(MOST_WAITING)


async def run(serve: Callable[[], Response]) -> Response:
    """What `serve` answers, in its turn. Raises `RefusalError` where too many wait."""
    if not _PLACES.acquire(blocking=False):
        raise RefusalError("error.crowded", 429)
    work = _THREADS.submit(copy_context().run, serve)
    work.add_done_callback(_leave)
    return await asyncio.wrap_future(work)


def _leave(_: Future[Response]) -> None:
    _PLACES.release()
