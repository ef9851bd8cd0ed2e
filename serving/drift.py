"""How far answers lie from what the live model was made on: computed by a worker, shown by every serving process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from moderation.drift import Drift, drift, drift_of_names
from moderation.errors import BundleError, NotFoundError
from records import drift as kept
from records import watched
from records.database import Database
from records.unit_of_work import Reading
from records.watched import Seen
from registry.reference import Reference, Spread
from serving.logs import log

EVERY = 600.0
SPAN = timedelta(hours=24)
LEAST = 500
"""Below so many decisions nothing is shown: of few rows the index is luck (`moderation/drift.py`)."""

MOST = 20_000
"""Decisions that are looked at: luck moves an index of 20 bins over so many by 0.002 once in twenty at most."""

FindReference = Callable[[], Reference | None]


def between(reference: Spread, seen: Seen) -> dict[str, Drift]:
    """The drift of each label that both know, and of languages; nothing where nothing was seen."""
    found = {name: drift(counts, seen.scores.get(name, ())) for name, counts in reference.scores.items()}
    found[kept.LANGUAGE] = drift_of_names(reference.languages, seen.languages)
    return {name: each for name, each in found.items() if each is not None}


class DriftChore:
    """Computes the drift of the last day; where another worker did it meanwhile, nothing.

    It looks, which takes a second over `MOST` decisions, before it writes: whoever writes holds up every answer.
    """

    def __init__(self, find: FindReference) -> None:
        self._find = find

    def __call__(self, database: Database, now: datetime) -> int:
        """How many indices were written."""
        reference = self._reference()
        with database.reading() as look:
            last = kept.computed_at(look)
            if last is not None and now - last < timedelta(seconds=EVERY / 2):
                return 0
            found = _found(look, reference, now) if reference else {}
        with database.unit() as unit:
            kept.keep(unit, found, model_version=reference.version if reference else "", now=now)
            unit.commit()
        return len(found)

    def _reference(self) -> Reference | None:
        """None where there is no model, or one that cannot be measured against; the chores beside this go on."""
        try:
            return self._find()
        except (NotFoundError, BundleError) as error:
            log.warning("drift_unknown", detail=str(error))
            return None


def _found(look: Reading, reference: Reference, now: datetime) -> dict[str, Drift]:
    """Nothing of fewer than `LEAST` decisions."""
    spread = reference.spread
    seen = watched.seen(look, now - SPAN, now, version=reference.version, edges=spread.edges, most=MOST)
    return between(spread, seen) if seen.rows >= LEAST else {}
