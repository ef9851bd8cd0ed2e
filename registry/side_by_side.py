"""Work on several cores at once, for what lets go of the interpreter while it computes.

Threads of our own and not a pool's: Python waits for a pool's at its end, and a model that hangs for ever must not keep
a process from ending. One is started in a tenth of a millisecond; a batch through the encoder takes tens.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def side_by_side(work: Callable[[Item], None], items: Sequence[Item], *, cores: int) -> None:
    """Does `work` with every item, on at most `cores` threads, this one among them; raises what one of them raised."""
    waiting = iter(items)  # a sequence's iterator gives each item once, whichever threads ask
    raised: list[BaseException] = []

    def take() -> None:
        try:
            for item in waiting:
                if raised:
                    return
                work(item)
        except BaseException as error:  # told to the thread that asked
            raised.append(error)

    helpers = [threading.Thread(target=take, name="encoder", daemon=True) for _ in range(min(cores, len(items)) - 1)]
    for helper in helpers:
        helper.start()
    take()
    for helper in helpers:
        helper.join()
    if raised:
        raise raised[0]
