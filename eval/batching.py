"""Many texts asked of a model on all cores: batches side by side, answers in order.

Models answer on one thread each call and may be shared between threads, so that answers do not hang on how many cores
there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_batches(
    count: int, size: int, ask: Callable[[slice], T], progress: Callable[[float], None] = lambda share: None
) -> Iterator[tuple[slice, T]]:
    """What `ask` says of each batch of at most `size` of `count` texts, in order.

    An error of `ask` passes through, and no batch is begun after it.
    """
    batches = [slice(first, min(first + size, count)) for first in range(0, count, size)]
    failed: list[int] = []

    def begin(batch: slice) -> T:
        if failed and batch.start > min(failed):
            raise CancelledError  # nobody reads on so far: an earlier batch's error has ended that
        try:
            return ask(batch)
        except BaseException:
            failed.append(batch.start)
            raise

    pool = ThreadPoolExecutor(cores(), thread_name_prefix="ask")
    try:
        for batch, answer in zip(batches, pool.map(begin, batches), strict=True):
            progress(batch.start / count)
            yield batch, answer
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
