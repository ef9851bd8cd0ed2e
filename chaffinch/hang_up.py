"""A terminal that closes tells everything that was started in it (SIGHUP), which by itself ends a process at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


class Terminal:
    """The one that this process was started in, if there was any; made before a handler of SIGHUP is set."""

    def __init__(self) -> None:
        self._matters = is_heeded() and _is_there()

    def has_closed(self) -> bool:
        """Whether there was one and is none any more; never after `nohup`, which asks to go on."""
        return self._matters and not _is_there()


def is_heeded() -> bool:
    """Whether SIGHUP means anything here: `nohup` has it ignored."""
    return signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN


def stop_by(stop: Callable[[], object]) -> None:
    """SIGHUP stops this process gracefully, as SIGTERM does, unless it was started with `nohup`."""
    if is_heeded():
        signal.signal(signal.SIGHUP, lambda *_: stop())


def _is_there() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
