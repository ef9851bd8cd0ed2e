"""Room on the disks that answers need: known before a write fails, from what the file system says every few seconds.

Whatever it says, a write that fails is answered 503: this tells a load balancer and whoever watches in time.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

EVERY = 5.0
"""For so many seconds a look is good enough."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """What is free in a folder, in bytes; None where nobody can tell, and `why`."""

    folder: Path
    free: int | None
    why: str = ""


class Disks:
    """The folders by what is in them; `least` is how many bytes have to be free in each, 0 for any number."""

    def __init__(
        self, folders: Mapping[str, Path], *, least: int, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self.names = tuple(folders)
        self._folders = dict(folders)
        self._least = least
        self._clock = clock
        self._looking = threading.Lock()
        self._seen: tuple[float, Mapping[str, Room]] | None = None

    def rooms(self) -> Mapping[str, Room]:
        """What is free in each, as of some seconds ago."""
        with self._looking:
            if self._seen is None or self._clock() - self._seen[0] >= EVERY:
                self._seen = self._clock(), {name: _room(folder) for name, folder in self._folders.items()}
            return self._seen[1]

    def free(self, name: str) -> float:
        """Bytes, for a metric; not a number where nobody can tell."""
        free = self.rooms()[name].free
        return float("nan") if free is None else float(free)

    @property
    def fault(self) -> str | None:
        """What is wrong and what to do, in a sentence; None where there is room."""
        rooms = self.rooms()
        blind = [f"{name} ({room.folder}: {room.why})" for name, room in rooms.items() if room.free is None]
        if blind:
            return f"The folder of {' and '.join(blind)} cannot be read: mount it, or give this user its rights."
        small = [name for name, room in rooms.items() if room.free is not None and room.free < self._least]
        if not small:
            return None
        room, least = rooms[small[0]], self._least // MIB
        return (
            f"{(room.free or 0) // MIB} MiB are free in {room.folder} ({' and '.join(small)}), and {least} "
            "have to be (CHAFFINCH_DISK_FREE): make room or a larger disk before nothing can be stored any more."
        )


def _room(folder: Path) -> Room:
    try:
        return Room(folder, shutil.disk_usage(folder).free)
    except OSError as error:
        return Room(folder, None, error.strerror or type(error).__name__)
