"""Checks of rules while somebody types, bounded: few at once, so many a minute for each person, none waited for long.

A check is bounded in itself (`moderation/typed_rule.py`); these bounds keep many of them from being in the way of
others. Counted in this process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunningError
from datetime import datetime, timedelta
from typing import TypeVar

from console.refusals import RefusalError

Made = TypeVar("Made")

A_MINUTE = 60
"""Checks of one person: one a second is more than a pause in typing makes."""

AT_ONCE = 2
WAITING = 8
"""Checks that are under way or wait; who comes then tries again."""

LONGEST = 10.0
"""Seconds that a page waits for a check."""

_MINUTE = timedelta(minutes=1)
_MAX_TRACKED = 1000


class RuleChecks:
    """Runs checks beside the requests. Safe to share between threads; its threads start with the first check."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rule-check")
        self._room = threading.BoundedSemaphore(WAITING)
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, who: str, do: Callable[[], Made], *, now: datetime) -> Made:
        """What `do` returns. Raises `RefusalError` where there were too many, or it takes too long."""
        self._count(who, now)
        if not self._room.acquire(blocking=False):
            raise RefusalError("rule_edit.busy", 429)
        made = self._pool.submit(do)
        made.add_done_callback(lambda _: self._room.release())
        try:
            return made.result(self._longest)
        except StillRunningError:
            made.cancel()
            raise RefusalError("rule_edit.too_long", 503) from None

    def _count(self, who: str, now: datetime) -> None:
        with self._lock:
            times = self._asked.setdefault(who, deque(maxlen=A_MINUTE))
            self._asked.move_to_end(who)
            if len(self._asked) > _MAX_TRACKED:
                self._asked.popitem(last=False)
            if len(times) == A_MINUTE and now - times[0] < _MINUTE:
                raise RefusalError("rule_edit.too_often", 429)
            times.append(now)
