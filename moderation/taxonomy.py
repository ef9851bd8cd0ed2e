"""What a comment can be rejected for: labels and grounds, acts and never opinions (`configs/taxonomy.toml`).

A label is what models learn and every answer scores. A ground is what people alone find: it removes a comment for a
true reason and teaches no model anything, so that it can be added without a new version.
"""

from __future__ import annotations

import difflib
from functools import cached_property
from pathlib import Path

from pydantic import Field

from moderation.errors import ConfigError, Fault
from moderation.toml import StrictModel, parse, read_toml

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
"""The checkout's configuration; `chaffinch.settings` may name another folder."""


class Words(StrictModel):
    """One sentence in the two languages of the pages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def as_dict(self) -> dict[str, str]:
        """As an answer carries it."""
        return {"zh": self.zh, "en": self.en}


class Ground(StrictModel):
    """What a comment is removed for, with what it is and what it is not, in words for moderators and for notices."""

    name: str = Field(pattern=r"^[a-z_]{2,40}$")
    title: Words
    is_: Words = Field(alias="is")
    is_not: Words
    message: Words
    clause: Words | None = None
    """Number and title in the house's published rules."""
    examples: tuple[Words, ...] = ()
    """What breaks it, in a few words each."""
    edge_cases: tuple[Words, ...] = ()
    """What is nearly so, and which way it goes."""


class Label(Ground):
    """A ground that models learn; `kinds` are finer ones that a source may know."""

    kinds: tuple[str, ...] = ()


class Taxonomy(StrictModel):
    """All labels in the order of every answer."""

    version: str
    labels: tuple[Label, ...] = Field(min_length=1)
    grounds: tuple[Ground, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Label names in order; scores and label vectors follow it."""
        return tuple(label.name for label in self.labels)

    @cached_property
    def grounds_beside(self) -> tuple[str, ...]:
        """Names of the grounds that are no labels, in order."""
        return tuple(ground.name for ground in self.grounds)

    @cached_property
    def _by_name(self) -> dict[str, Ground]:
        return {each.name: each for each in (*self.grounds, *self.labels)}

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.names)}

    def position(self, name: str) -> int:
        """Where `name` stands in score vectors. Raises `ConfigError` naming the nearest known label."""
        if name not in self._positions:
            raise ConfigError("There is no such label.", [Fault(name, self.hint(name))])
        return self._positions[name]

    def label(self, name: str) -> Label:
        """The label called `name`. Raises `ConfigError` where there is none."""
        return self.labels[self.position(name)]

    def find(self, code: str) -> Ground | None:
        """The label or the ground called `code`; None where it is neither."""
        return self._by_name.get(code)

    def title(self, code: str, locale: str) -> str:
        """What the label or ground is called in this language; `code` where it is neither."""
        found = self.find(code)
        return code if found is None else str(getattr(found.title, locale))

    def hint(self, name: str) -> str:
        """What to try instead of an unknown label."""
        near = difflib.get_close_matches(name, self.names, n=1)
        known = ", ".join(self.names)
        return f"did you mean '{near[0]}'? Known labels: {known}" if near else f"known labels: {known}"


def load_taxonomy(path: Path = CONFIGS / "taxonomy.toml") -> Taxonomy:
    """Reads and checks the taxonomy. Raises `ConfigError` with every fault."""
    taxonomy = parse(Taxonomy, read_toml(path), where=str(path))
    if len(set(taxonomy.names)) != len(taxonomy.names):
        raise ConfigError(f"{path} cannot be used.", [Fault("labels", "two labels have the same name")])
    every = (*taxonomy.names, *taxonomy.grounds_beside)
    if twice := sorted({name for name in every if every.count(name) > 1}):
        raise ConfigError(f"{path} cannot be used.", [Fault("grounds", f"{', '.join(twice)}: the name is taken")])
    return taxonomy
