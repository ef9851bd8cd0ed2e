"""From pointers and configuration files to the parts of an engine."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from governance.rule_packs import WaitsError
from moderation.effective_rules import NONE_STORED, StoredRules, load_effective, refusal, still_due
from moderation.errors import BundleError, ConfigError, PartUnavailableError
from moderation.language import detect
from moderation.lists import NO_LISTS, Lists
from moderation.normaliser import Normalised, normalise
from moderation.pack_files import PackFiles, mark_of, place_of, read_files
from moderation.policy import DEFAULT, Policy, load_policies
from moderation.ports import Scored, Scorer, Thresholds
from moderation.rule_packs import UNUSABLE
from moderation.rules import RuleSet
from moderation.spans import Span
from moderation.taxonomy import Taxonomy
from registry.bundle import MANIFEST
from registry.names import resolve
from registry.scorers import NoneScorer, load_model
from registry.shared_weights import SharedWeights
from registry.words import words
from serving.logs import log
from serving.stored import StoredParts

WARM_UP = ("预热一下", "warming up before the first comment")
"""Read once at the start and scored by every new model: the first comments must not wait for tables to load."""


SETTLED = 0.25
"""Seconds in which nobody wrote to a folder of packs before it is taken: whoever edits saves file by file."""


class AbsentScorer:
    """The model that could not be loaded: it answers nobody, and the policy's fallback decides."""

    name = "none"
    version = "none"

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.thresholds: Mapping[str, Thresholds] = MappingProxyType(
            {label: Thresholds(1.0, 1.0) for label in taxonomy.names}
        )

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """Raises `PartUnavailableError`."""
        raise PartUnavailableError("model", "No model is loaded.")

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """Nothing: nobody judged."""
        return ()


def give_back() -> None:
    """Returns to the system what loading a model took and freed: some 30 MB that glibc would keep for the next one.

    Other C libraries return memory by themselves, or have no word for it.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@dataclass(frozen=True, slots=True)
class DiskLoader:
    """Reads what is named by the settings, and what the database holds beside it where one is given.

    Everything it gives is complete and checked, or it raises.
    """

    taxonomy: Taxonomy
    model: str
    home: Path
    configs: Path
    today: Callable[[], date]
    stored: StoredParts | None = None
    cores: int = 1
    """Those that the encoder may use for one batch."""
    shared: SharedWeights | None = None
    """What this process has in common with others of its server."""
    standing: str = DEFAULT
    """The policy that holds where nobody names one."""

    def model_mark(self) -> str:
        """Differs when another model is meant. Raises `NotFoundError` or `BundleError` where none is."""
        resolved = resolve(self.model, home=self.home)
        return "none" if resolved is None else f"{resolved.path}:{resolved.version}:{resolved.hash}"

    def rules_mark(self) -> str:
        """Differs when other rules or entries of lists may hold without anybody's doing: they expire by the day."""
        return self.today().isoformat()

    def packs_mark(self) -> str:
        """Differs when a file of a pack was written, came or went; a look at each, without reading it."""
        return mark_of(self.packs) if self.stored else "nowhere kept"

    def take_packs(self, *, asks_two: bool) -> str:
        """What changed on the disk comes into force for all workers, whole; each loads it by the epoch.

        Tells what then lies on this disk otherwise than what is in force, since another set was brought after it, or
        since it waits for somebody's word: nothing failed then, and whoever looks again finds the same.

        Raises `ConfigError` with every fault, and what is in force stays; `PartUnavailableError` without a database.
        """
        if self.stored is None:
            return ""
        mark, found = self.packs_mark(), self._on_disk()
        if not self.stored.are_news(found, self.place):
            return self.stored.packs_beside(found)
        time.sleep(SETTLED)
        if self.packs_mark() != mark:  # somebody is writing: the next look finds the rest
            return ""
        faults = refusal(self.taxonomy, today=self.today(), folder=found, stored=self._stored_rules())
        if faults := (*faults, *self.stored.ground_faults(found)):
            raise ConfigError(UNUSABLE, faults)
        try:
            taken = self.stored.take_packs(found, self.place, asks_two=asks_two)
        except WaitsError as waits:
            return str(waits)
        if taken:
            log.info("packs_taken", number=taken.number, digest=taken.digest[:12], reviewing=sorted(taken.reviewing))
        return self.stored.packs_beside(found)

    @property
    def packs(self) -> Path:
        """Where packs lie on this disk."""
        return self.configs / "rules"

    @property
    def place(self) -> str:
        """By which name the ledger knows this disk."""
        return place_of(self.configs)

    def _on_disk(self) -> PackFiles:
        try:
            return read_files(self.packs)
        except ConfigError:  # of a file that is no text; those that are none in TOML are told with it
            faults = refusal(self.taxonomy, today=self.today(), folder=self.packs, stored=self._stored_rules())
            raise ConfigError(UNUSABLE, faults) from None

    def load_model(self) -> Scorer:
        """The model, warm. Raises `NotFoundError` or `BundleError`."""
        self._check_there()
        # Loads the languages of Latin letters, which takes 90 MB for a moment: before the model, the peak is lower.
        texts = [normalise(text) for text in WARM_UP]
        detect(texts[1].canonical.text)
        scorer = load_model(self.model, self.taxonomy, home=self.home, cores=self.cores, shared=self.shared)
        scorer.score(texts)
        if not isinstance(scorer, NoneScorer):
            scorer.explain(texts[0], self.taxonomy.names[0])
            words(texts[0].canonical.text)  # explaining asks for the dictionary only where something speaks
        give_back()
        return scorer

    def _check_there(self) -> None:
        """A promoted bundle that is gone is no half-finished training: what helps is to put it back."""
        meant = resolve(self.model, home=self.home)
        if meant is None or (meant.path / MANIFEST).is_file():
            return
        state = "is incomplete (no manifest.json)" if meant.path.is_dir() else "is missing"
        raise BundleError(
            f"The folder of {self.model} {state}: {meant.path}. Put it back (it is taken up within seconds), "
            "or promote another version."
        )

    def load_rules(self) -> RuleSet:
        """The rules that hold. Raises `ConfigError` with every fault, `PartUnavailableError` without a database."""
        packs = (self.stored.packs() if self.stored else None) or self.packs
        rules = load_effective(self.taxonomy, today=self.today(), folder=packs, stored=self._stored_rules())
        rules.find(normalise(WARM_UP[0]))
        return rules

    def still_due(self, rules: RuleSet) -> RuleSet:
        """Rules that were loaded before, less what was retired or expired since. Raises `PartUnavailableError`."""
        return still_due(rules, stored=self._stored_rules(), today=self.today())

    def _stored_rules(self) -> StoredRules:
        return self.stored.rules() if self.stored else NONE_STORED

    def load_lists(self) -> Lists:
        """The lists' entries that hold. Raises `PartUnavailableError`, `ConfigError`."""
        return self.stored.lists() if self.stored else NO_LISTS

    def load_policies(self) -> Mapping[str, Policy]:
        """Every policy by name. Raises `ConfigError` with every fault."""
        return load_policies(self.taxonomy, folder=self.configs / "policies", standing=self.standing)
