"""The challenger in the shadow: scored by a worker beside answers that were given, never part of one.

A turn is short and comes only where no job waits. What is drawn, how fast and how old is `configs/shadow.toml`'s. The
model is in the memory of one worker at a time, the one that has the lease; one that was killed is replaced when its
lease runs out, and goes on where the last result was written. No text is kept here or told in a log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from moderation.errors import ChaffinchError, ConflictError, NotFoundError
from moderation.normaliser import normalise
from moderation.policy import Policy
from moderation.ports import Scored, Scorer
from moderation.shadow import shadowed
from moderation.taxonomy import Taxonomy
from moderation.toml import parse_file
from records import shadow
from records.database import Database
from records.ids import first_id_of, new_id
from records.shadow import LEASE, Beside, Drawn, ShadowRun
from registry.names import CHALLENGER, CHAMPION, MODEL_NAME, REGISTRY, Resolved, resolve
from registry.pointers import find_pointer
from registry.scorers import load_scorer
from serving.loading import give_back
from serving.logs import log
from serving.shadow_settings import ShadowSettings

CHALLENGING = f"{MODEL_NAME}@{CHALLENGER}"
SETTLED = timedelta(seconds=10)
"""Decisions younger than this are left for later: of those made at once, one may be committed after another."""

EVERY = 1.0
"""Seconds between two turns; `per_second` decisions are scored in each at most."""

RETRY_SECONDS = 60.0
"""A challenger that cannot be loaded is tried again after this."""


@dataclass(slots=True)
class _Held:
    """The challenger that this worker has."""

    run: ShadowRun
    scorer: Scorer
    settings: ShadowSettings


class Shadow:
    """Give its `turn` to a worker. Everything is asked anew each turn: pointers may move, leases may be lost."""

    def __init__(
        self,
        database: Database,
        taxonomy: Taxonomy,
        *,
        home: Path,
        configs: Path,
        policies: Callable[[], Mapping[str, Policy]],
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._taxonomy = taxonomy
        self._home = home
        self._configs = configs
        self._policies = policies
        self._now = now
        self._clock = clock
        self._owner = new_id()
        self._held: _Held | None = None
        self._next_turn = float("-inf")
        self._next_try: dict[str, float] = {}
        self._told = ""

    def turn(self) -> None:
        """Holds the challenger, if there is one and no other worker has it, against the next few decisions."""
        if self._clock() < self._next_turn:
            return
        self._next_turn = self._clock() + EVERY
        meant = self._meant()
        if self._held is not None and (meant is None or self._held.run.hash != meant.hash):
            self._let_go()
        if meant is None:
            return
        try:
            held = self._held or self._take(meant)
            if held is not None:
                self._held = held
                self._score_next(held)
        except ConflictError as error:
            self._tell("shadow_lost", str(error))
            self._let_go()

    def _meant(self) -> Resolved | None:
        """The challenger, unless it is the champion by now."""
        try:
            meant = resolve(CHALLENGING, home=self._home)
            champion = find_pointer(self._home / REGISTRY, MODEL_NAME, CHAMPION)
        except NotFoundError:
            return None
        except (ChaffinchError, OSError) as error:
            self._tell("shadow_refused", str(error))
            return None
        is_champion = meant is not None and champion is not None and champion.hash == meant.hash
        return None if is_champion else meant

    def _take(self, meant: Resolved) -> _Held | None:
        """The lease, then the model; None where another has the one, or the other cannot be loaded."""
        if self._clock() < self._next_try.get(meant.hash, float("-inf")):
            return None
        now = self._now()
        with self._database.reading() as look:
            known = next((run for run in shadow.runs(look) if run.hash == meant.hash), None)
        if known is not None and known.is_held(but_by=self._owner, now=now):
            return None
        with self._database.unit() as unit:
            run = shadow.take(unit, meant.hash, meant.version, self._owner, now=now)
            unit.commit()
        return None if run is None else self._loaded(meant, run)

    def _loaded(self, meant: Resolved, run: ShadowRun) -> _Held | None:
        fault, held = None, None
        try:
            settings = parse_file(ShadowSettings, self._configs / "shadow.toml")
            scorer = load_scorer(meant.path, self._taxonomy, version=meant.version, expected_hash=meant.hash)
            held = _Held(run, scorer, settings)
        except Exception as error:  # whatever a file does to its reader, answers go on
            fault = str(error) if isinstance(error, ChaffinchError) else f"{type(error).__name__} while loading"
            self._next_try[meant.hash] = self._clock() + RETRY_SECONDS
            self._tell("shadow_refused", fault)
        if held is not None:
            log.info("shadow_live", model=f"{MODEL_NAME}@{meant.version}", share=held.settings.share)
            self._told = ""
        if fault != run.fault:
            run = self._told_fault(run, fault)
        if held is not None:
            held.run = run
        return held

    def _told_fault(self, run: ShadowRun, fault: str | None) -> ShadowRun:
        with self._database.unit() as unit:
            told = shadow.tell_fault(unit, run, fault, now=self._now())
            unit.commit()
        return told

    def _score_next(self, held: _Held) -> None:
        now, most = self._now(), held.settings.per_second
        newest = first_id_of(now - SETTLED)
        oldest = first_id_of(now - timedelta(minutes=held.settings.max_age_minutes))
        with self._database.reading() as look:
            found = shadow.drawn(look, held.run, oldest=oldest, newest=newest, share=held.settings.share, limit=most)
        if not found and not self._is_due(held.run, now):
            return
        results = self._beside(held, found)
        cursor = found[-1].decision_id if len(found) == most else max(newest, held.run.cursor)
        left_out = len(found) - len(results)
        with self._database.unit() as unit:
            run = shadow.keep(unit, held.run, results, cursor=cursor, left_out=left_out, now=self._now())
            unit.commit()
        held.run = run

    @staticmethod
    def _is_due(run: ShadowRun, now: datetime) -> bool:
        """Whether the lease has to be renewed soon, though nothing was found."""
        return run.lease_expires_at is None or run.lease_expires_at - now < LEASE / 2

    def _beside(self, held: _Held, found: Sequence[Drawn]) -> list[Beside]:
        """The challenger's decisions; a text that is gone, unscorable or under a policy that changed gives none."""
        policies = {policy.reference: policy for policy in self._policies().values()} if found else {}
        usable = [(each, policies[name]) for each in found
                  if each.text is not None and (name := each.decision.versions.policy) in policies]  # fmt: skip
        scored = _scored(held.scorer, [each.text or "" for each, _ in usable])
        limits = held.scorer.thresholds
        return [
            Beside(each, shadowed(each.decision, policy, self._taxonomy, one.scores, limits), one.tier)
            for (each, policy), one in zip(usable, scored, strict=True)
            if one is not None
        ]

    def _let_go(self) -> None:
        """Frees the model. The lease runs out by itself, or is another's already."""
        self._held = None
        give_back()

    def _tell(self, event: str, detail: str) -> None:
        """In the log, once until something else is told."""
        if self._told != event + detail:
            log.warning(event, detail=detail)
        self._told = event + detail


def _scored(scorer: Scorer, texts: Sequence[str]) -> list[Scored | None]:
    """All as one batch; where one of them breaks it, each alone, so that one text stops no other."""
    if not texts:
        return []
    try:
        return list(scorer.score([normalise(text) for text in texts]))
    except Exception:  # whichever text it was is found next
        return [_scored_alone(scorer, text) for text in texts]


def _scored_alone(scorer: Scorer, text: str) -> Scored | None:
    try:
        return scorer.score([normalise(text)])[0]
    except Exception as error:  # what cannot be scored is counted as left out
        log.error("shadow_unscored", error=type(error).__name__)
        return None
