"""What a build is asked for, where it reads from, and the hash of everything that decides its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data import frozen as frozen_sets
from data import sources
from data.config import MOST_REFUSED, BuildConfig, SourceUse
from data.frozen import Frozen
from data.recipes import Recipe
from data.sources import Places
from moderation.errors import NotFoundError
from moderation.normaliser import VERSION
from moderation.taxonomy import Taxonomy

BUILDER: Final = "3"
"""Changes when the same inputs would give other rows; part of the inputs' hash."""


@dataclass(frozen=True)
class Ask:
    """What to build and from where."""

    config: BuildConfig
    recipes: Mapping[str, Recipe]
    taxonomy: Taxonomy
    places: Places
    allow_refused: frozenset[str] = frozenset()
    """Sources that may lose any share of their rows, and whole classes, this once."""

    @property
    def snapshots(self) -> Path:
        """The folder of all snapshots."""
        return self.places.home / "snapshots"

    @property
    def frozen(self) -> Path:
        """The folder of all frozen sets."""
        return self.places.home / "frozen"

    @property
    def grammars(self) -> Path:
        """The folder of the corpus's grammars."""
        return self.places.starter / "grammars"

    def use(self, name: str) -> SourceUse:
        """How the config uses a source."""
        return next(use for use in self.config.sources if use.name == name)


@dataclass(frozen=True)
class Held:
    """Frozen sets: the config's own, None before its first build, and others that are kept out of training."""

    own: Frozen | None
    others: tuple[Frozen, ...]


def held_frozen(ask: Ask) -> Held:
    """The frozen sets that exist. Raises `FrozenError` where one was altered."""
    own = frozen_sets.find(ask.config.frozen, ask.frozen) if ask.config.frozen else None
    others = [frozen_sets.find(name, ask.frozen) for name in ask.config.apart_from]
    return Held(own, tuple(one for one in others if one is not None))


def folders(ask: Ask) -> dict[str, Path]:
    """Where each source lies; optional ones that are absent are left out.

    Raises `NotFoundError` naming every absent source and the places that were tried.
    """
    found: dict[str, Path] = {}
    absent: list[str] = []
    for use in ask.config.sources:
        try:
            found[use.name] = sources.locate(ask.recipes[use.name], ask.places)
        except NotFoundError as error:
            if not use.optional:
                absent.append(str(error))
    if absent:
        raise NotFoundError("\n".join(absent))
    return found


def inputs_hash(ask: Ask, places: Mapping[str, Path], held: Held) -> str:
    """SHA-256 over everything that decides the rows: a build with the same inputs need not run again."""
    read: dict[str, Any] = {
        "builder": BUILDER,
        "config": _told(ask.config),
        "recipes": {use.name: _recipe_told(ask.recipes[use.name]) for use in ask.config.sources},
        "files": {name: hashes(folder, sources.files_of(ask.recipes[name], folder)) for name, folder in places.items()},
        "grammars": grammar_hashes(ask) if ask.config.grammars else {},
        "normaliser": VERSION,
        "taxonomy": [ask.taxonomy.version, *ask.taxonomy.names],
        "frozen": held.own.hash if held.own else None,
        "apart_from": [one.hash for one in held.others],
    }
    if ask.allow_refused:  # what was let through once is not let through the next time
        read["allow_refused"] = sorted(ask.allow_refused)
    return hashlib.sha256(json.dumps(read, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def _told(config: BuildConfig) -> dict[str, Any]:
    """The config without limits that are the usual ones: they decide whether there is a snapshot, not its rows."""
    told = config.model_dump(mode="json")
    for each in (told, *told["sources"]):
        if each["most_refused"] in (None, MOST_REFUSED):
            del each["most_refused"]
    return told


def _recipe_told(recipe: Recipe) -> dict[str, Any]:
    """A recipe without what decides no row."""
    return recipe.model_dump(mode="json", exclude={"form": True, "labels": {"rare"}})


def grammar_hashes(ask: Ask) -> dict[str, str]:
    """File names of the grammars to the SHA-256 of their bytes."""
    return hashes(ask.grammars, sorted(ask.grammars.glob("*.toml")))


def hashes(folder: Path, files: Sequence[Path]) -> dict[str, str]:
    """File names below the folder to the SHA-256 of their bytes."""
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
