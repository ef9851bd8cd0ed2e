"""Follows the live engine for the ledger: what it is made of is an entry as soon as it is something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from governance import in_force, what_decides
from governance.in_force import InForce, said_by
from moderation.normaliser import VERSION
from moderation.pipeline import Engine
from moderation.taxonomy import CONFIGS
from records.database import Database
from records.unit_of_work import Reading
from serving.engine_holder import EngineHolder


class NotedParts:
    """Call `follow` now and then."""

    def __init__(
        self, database: Database, holder: EngineHolder, now: Callable[[], datetime], configs: Path = CONFIGS,
        house_policy: str = "",
    ) -> None:  # fmt: skip
        self._database = database
        self._holder = holder
        self._now = now
        self._configs = configs
        self._house_policy = house_policy
        self._seen: Engine | None = None

    def follow(self) -> None:
        """Writes what is in force where it changed since the last look. Raises `PartUnavailableError`."""
        engine = self._holder.engine
        if engine is self._seen:
            return
        with self._database.unit() as unit:
            if in_force.note(unit, _found(unit, engine, self._configs, self._house_policy), now=self._now()):
                unit.commit()
        self._seen = engine


def _found(look: Reading, engine: Engine, configs: Path, house_policy: str) -> InForce:
    return InForce(
        policies=said_by(engine.policies),
        ruleset=engine.rules.version if engine.rules else "none",
        model=engine.scorer.name,
        model_version=engine.scorer.version,
        taxonomy=engine.taxonomy.version,
        normaliser=VERSION,
        differs=what_decides.differing(look, configs),
        house_policy=house_policy,
    )
