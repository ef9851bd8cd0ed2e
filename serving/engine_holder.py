"""The one live engine. It is immutable; a new model, rule set or policy makes a new one, and one reference is swapped.

What cannot be loaded leaves the old part live and says so: in the log, in a metric and in `/readyz`. Of old rules those
go all the same that somebody retired: whoever stops a rule must not have to mend a pack first. At the start there
is no old part: without a model, rules or lists the server still answers, degraded, as the policy says; without policies
nobody could say what to answer, and it refuses to start.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from moderation.comment import Comment
from moderation.emergency import Emergency
from moderation.errors import ChaffinchError, PartUnavailableError
from moderation.lists import Lists
from moderation.pipeline import Engine, Reading
from moderation.policy import Policy
from moderation.ports import Scorer
from moderation.rules import RuleSet
from moderation.taxonomy import Taxonomy
from records.house_values import EpochRecord
from serving.loading import WARM_UP, AbsentScorer
from serving.logs import log

MODEL, PACKS, RULES, LISTS, POLICIES = "model", "packs", "rules", "lists", "policies"
RETRY_SECONDS = 3.0
"""A part that was refused is tried again after this, even if nothing seems to have changed (its folder came back)."""

RETRY_SHARE = 10
"""But after ten times as long as the try took: a large bundle that stays broken must not keep a core busy."""


class Loader(Protocol):
    """Where parts come from; `loading.DiskLoader` is the real one. Marks differ when loading again may give another."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The labels; they do not change while a process lives."""

    def model_mark(self) -> str: ...  # noqa: D102 - as `DiskLoader`
    def rules_mark(self) -> str: ...  # noqa: D102
    def packs_mark(self) -> str: ...  # noqa: D102
    def take_packs(self, *, asks_two: bool) -> str: ...  # noqa: D102
    def load_model(self) -> Scorer: ...  # noqa: D102
    def load_rules(self) -> RuleSet: ...  # noqa: D102
    def still_due(self, rules: RuleSet) -> RuleSet: ...  # noqa: D102
    def load_lists(self) -> Lists: ...  # noqa: D102
    def load_policies(self) -> Mapping[str, Policy]: ...  # noqa: D102


class EngineHolder:
    """`engine` is what answers now. `look` is called by one thread at a time; anybody may read."""

    def __init__(
        self, loader: Loader, epoch: EpochRecord | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Loads. Raises `ConfigError` where the policies cannot be used."""
        self._loader = loader
        self._clock = clock
        self._lock = threading.Lock()
        self._swapping = threading.Lock()
        self._seen: dict[str, str] = {}
        self._next_try: dict[str, float] = {}
        self._faults: dict[str, str] = {}
        self.packs_beside = ""
        """What lies on this disk otherwise than the packs in force; empty where they are the same."""
        self.on_swap: list[Callable[[Engine], None]] = []
        self.on_refusal: list[Callable[[str], None]] = []
        self.engine = Engine(loader.taxonomy, None, loader.load_policies(), AbsentScorer(loader.taxonomy), None)
        self.look(epoch)
        for text in WARM_UP:
            self.engine.read(Comment(text=text))

    @property
    def known_good(self) -> Reading:
        """A comment, read, that every model answered before it went live."""
        return self.engine.read(Comment(text=WARM_UP[0]))

    @property
    def faults(self) -> Mapping[str, str]:
        """What could not be loaded, by part, in a sentence; the part before it is live, if there was one."""
        return dict(self._faults)

    @property
    def has_model(self) -> bool:
        """Whether a model was ever loaded; rules and people alone (`none`) count as one that was chosen."""
        return not isinstance(self.engine.scorer, AbsentScorer)

    def look(self, epoch: EpochRecord | None) -> None:
        """Loads what has changed since the last look. `epoch` is None where the database did not answer."""
        with self._lock:
            self._follow(MODEL, self._model_mark(), self._new_model)
            if epoch is None and RULES in self._seen:
                return
            if epoch is not None:
                # with the counter and the day, since what is in force changes beside a disk that stays as it is
                mark = f"{epoch.rules} {self._loader.rules_mark()} {self._loader.packs_mark()}"
                self._follow(PACKS, mark, self._take_packs)
            rules, policies = (epoch.rules, epoch.policy) if epoch else (0, 0)
            mark = f"{rules} {self._loader.rules_mark()}"  # one counter for both: they are changed by the same people
            self._follow(RULES, mark, self._new_rules)
            self._follow(LISTS, mark, self._new_lists)
            self._seen.setdefault(POLICIES, str(policies))  # the first ones came with the first engine
            self._follow(POLICIES, str(policies), self._new_policies)

    def take_emergencies(self, found: tuple[Emergency, ...]) -> None:
        """What runs from now on; any thread may say so, also while a model is being loaded."""
        with self._swapping:
            self.engine = replace(self.engine, emergencies=found)

    def _take_packs(self) -> dict[str, Any]:
        """Nothing changes here: what came into force is loaded by the epoch, by every worker."""
        told = self._loader.take_packs(asks_two=any(each.two_people.rules for each in self.engine.policies.values()))
        if told and told != self.packs_beside:
            log.warning("packs_differ", detail=told)
        self.packs_beside = told
        return {}

    def _new_model(self) -> dict[str, Any]:
        return {"scorer": self._loader.load_model()}

    def _new_rules(self) -> dict[str, Any]:
        return {"rules": self._loader.load_rules()}

    def _new_lists(self) -> dict[str, Any]:
        return {"lists": self._loader.load_lists()}

    def _new_policies(self) -> dict[str, Any]:
        return {"policies": self._loader.load_policies()}

    def _model_mark(self) -> str:
        try:
            return self._loader.model_mark()
        except (ChaffinchError, OSError) as error:
            return f"not there: {error}"

    def _follow(self, part: str, mark: str, make: Callable[[], dict[str, Any]]) -> None:
        if self._seen.get(part) == mark and not self._is_due(part):
            return
        self._seen[part] = mark
        began = self._clock()
        try:
            changed = make()
        except Exception as error:  # whatever a file does to its reader, the old part stays live
            ended = self._clock()
            self._next_try[part] = ended + max(RETRY_SECONDS, RETRY_SHARE * (ended - began))
            self._refuse(part, error)
            if part == RULES:
                self._take_out_retired()
            return
        self._faults.pop(part, None)
        if changed:
            self._go_live(part, changed)

    def _is_due(self, part: str) -> bool:
        return part in self._faults and self._clock() >= self._next_try[part]

    def _refuse(self, part: str, error: Exception) -> None:
        sentence = str(error) if isinstance(error, ChaffinchError) else f"{type(error).__name__} while loading"
        if self._faults.get(part) != sentence:
            log.error("part_refused", part=part, detail=sentence)
        self._faults[part] = sentence
        for tell in self.on_refusal:
            tell(part)

    def _take_out_retired(self) -> None:
        """While new rules are refused. A database that is silent is asked again with the next try."""
        before = self.engine.rules
        try:
            kept = before and self._loader.still_due(before)
        except PartUnavailableError:
            return
        if kept is not before:
            self._go_live(RULES, {"rules": kept})

    def _go_live(self, part: str, changed: dict[str, Any]) -> None:
        with self._swapping:
            engine = self.engine = replace(self.engine, **changed)
        log.info("part_live", part=part, model=engine.scorer.version, ruleset=engine.rules and engine.rules.version)
        for tell in self.on_swap:
            tell(engine)
