"""A loader whose parts a test can change, hide or break while the service runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from moderation.errors import BundleError
from moderation.lists import NO_LISTS, Lists
from moderation.policy import Policy, load_policies
from moderation.ports import Scorer
from moderation.rule_packs import load_rules
from moderation.rules import RuleSet
from moderation.taxonomy import CONFIGS, Taxonomy, load_taxonomy
from serving.dropins.configs import DropIns, load_dropins


@cache
def taxonomy() -> Taxonomy:
    return load_taxonomy()


@cache
def shipped_rules() -> RuleSet:
    return load_rules(taxonomy(), today=datetime(2026, 1, 1, tzinfo=UTC).date())


@cache
def shipped_policies() -> dict[str, Policy]:
    return load_policies(taxonomy())


@cache
def shipped_dropins() -> DropIns:
    return load_dropins(CONFIGS / "dropins", taxonomy(), shipped_policies())


class FakeLoader:
    """`model`, `rules` and `lists` are what is on disk: a part, or the exception that reading it raises."""

    def __init__(self, model: Scorer | Exception) -> None:
        self.model = model
        self.rules: RuleSet | Exception = shipped_rules()
        self.lists: Lists | Exception = NO_LISTS
        self.policies: dict[str, Policy] = dict(shipped_policies())
        self.moves = 0

    @property
    def taxonomy(self) -> Taxonomy:
        return taxonomy()

    def put_model(self, model: Scorer | Exception) -> None:
        self.model = model
        self.moves += 1

    def model_mark(self) -> str:
        return f"model {self.moves}"

    def rules_mark(self) -> str:
        return "today"

    def packs_mark(self) -> str:
        return "as they were"

    def take_packs(self, *, asks_two: bool) -> str:
        return ""

    def load_model(self) -> Scorer:
        if isinstance(self.model, Exception):
            raise self.model
        return self.model

    def load_rules(self) -> RuleSet:
        if isinstance(self.rules, Exception):
            raise self.rules
        return self.rules

    def still_due(self, rules: RuleSet) -> RuleSet:
        return rules

    def load_lists(self) -> Lists:
        if isinstance(self.lists, Exception):
            raise self.lists
        return self.lists

    def load_policies(self) -> Mapping[str, Policy]:
        return self.policies


BROKEN = BundleError("The bundle is missing: train and promote one.")
