"""Where the records of a process are: here, or copied away to another database (`records/moved_away.py`)."""

from __future__ import annotations

from records.moved_away import MovedAway
from serving.logs import log


class Whereabouts:
    """Where the records are, as the last look found it."""

    def __init__(self) -> None:
        self.moved: MovedAway | None = None

    def note(self, moved: MovedAway | None) -> None:
        """What a look found; a change is logged."""
        before, self.moved = self.moved, moved
        if moved is not None and before != moved:
            log.error("records_moved_away", detail=moved.sentence)
        elif moved is None and before is not None:
            log.info("records_here_again")
