"""`model.promoted`: the champion's pointer is a file, so what is told is the history beside it, by every worker.

The same moves become entries of the ledger (`governance/moves.py`), however long ago they were.

Whichever comes first writes the event; the others find it there. A line of the history whose pointer never moved (a
crash came between) is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from governance import moves as noted
from governance.events import MODEL_PROMOTED
from records import outbox
from records.database import Database
from records.outbox import NewEvent
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import folder
from registry.promotion import HISTORY
from registry.promotion import moves as history_of

EVERY = 2.0
LOOK_BACK = outbox.DELIVERED_KEPT / 2
"""Events are kept longer than this: what was told is not told again once it is forgotten."""

Stamp = tuple[int, ...]


class PromotionsChore:
    """Tells moves of the pointer since the last look that found another history."""

    def __init__(self, registry_root: Path) -> None:
        self._root = registry_root
        self._seen: Stamp | None = None

    def __call__(self, database: Database, now: datetime) -> int:
        """How many were told."""
        stamp = self._stamp()
        if stamp == self._seen:
            return 0
        moves = history_of(self._root)
        recent = [event for event in map(_event, moves) if event.happened_at >= now - LOOK_BACK]
        told = 0
        if moves:
            with database.unit() as unit:
                noted.note(unit, moves, now=now)
                told = sum(outbox.put(unit, event, now=now) is not None for event in recent)
                unit.commit()
        self._seen = stamp
        return told

    def _stamp(self) -> Stamp:
        place = folder(self._root, MODEL_NAME)
        files = [path.stat() for path in (place / HISTORY, place / f"{CHAMPION}.json") if path.exists()]
        return tuple(number for file in files for number in (file.st_mtime_ns, file.st_size, file.st_ino))


def _event(move: Mapping[str, Any]) -> NewEvent:
    before = move.get("before") or {}
    data = {
        "name": MODEL_NAME,
        "version": move["version"],
        "hash": move["hash"],
        "move": move["move"],
        "before": before.get("version"),
    }
    at = datetime.fromisoformat(move["at"])
    return NewEvent(MODEL_PROMOTED, move["hash"], data, at, once=f"{MODEL_PROMOTED} {move['hash']} {move['at']}")
