"""A build config: which sources, how much of each, and how they are split (`configs/data/*.toml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from data.recipes import Recipe
from data.rows import Split
from moderation.errors import ConfigError, Fault, NotFoundError
from moderation.toml import StrictModel, parse, read_toml

SUFFIX: Final = ".toml"
MOST_REFUSED: Final = 0.02
"""A few rows of other people's files are always broken; a whole column that is gone breaks them all."""


class SourceUse(StrictModel):
    """One source of a build."""

    name: str
    """Of a recipe in `configs/sources/`."""
    weight: float = Field(1.0, gt=0, le=10)
    """Multiplies the recipe's weights."""
    max_rows: int | None = Field(None, ge=1)
    """At most so many rows, drawn by a hash of their ids: the same rows in every build."""
    optional: bool = False
    """Whether the build goes on where the source is not here."""
    most_refused: float | None = Field(None, ge=0, le=1)
    """As the config's, for this source alone; unset: as there."""
    validation: float = Field(0.0, ge=0, lt=1)
    """A share of its training groups that validate beside those that the split gives: thresholds need many groups of
    everyday comments, and training may have more of a source than it reads."""


class Fractions(StrictModel):
    """How the groups are shared out, where their source leaves it open."""

    train: float = Field(0.8, gt=0, le=1)
    """What is learnt from."""
    validation: float = Field(0.1, ge=0, lt=1)
    """What calibration and thresholds are chosen on."""
    test: float = Field(0.1, ge=0, lt=1)
    """What is judged on."""

    def by_side(self) -> dict[Split, float]:
        """Shares that need not add up to one; they are compared with each other."""
        return {Split.TRAIN: self.train, Split.VALIDATION: self.validation, Split.TEST: self.test}


class Duplicate(StrictModel):
    """Similarities are Jaccard over character 3-grams, 0-1."""

    merge_at: float = Field(0.8, gt=0, le=1)
    """From here two rows that agree count as one."""
    together_at: float = Field(0.6, gt=0, le=1)
    """From here two rows stand on one side."""
    unite_up_to: int = Field(200, ge=1)
    """Groups that share a near-duplicate are united while they hold at most so many rows together."""


class GrammarUse(StrictModel):
    """How much the grammars may add."""

    rows: int = Field(ge=1)
    """At most so many."""
    share: float = Field(0.25, gt=0, le=1)
    """At most this share of the weight of the written rows, label by label."""


class BuildConfig(StrictModel):
    """One file of `configs/data/`."""

    name: str = Field(pattern=r"^[a-z0-9_]{2,40}$")
    """As the file is named."""
    seed: int = 20171001
    """Of every draw."""
    for_release: bool = False
    """Whether a model trained on it is given to others: every source must permit it."""
    frozen: str | None = Field(None, pattern=r"^[a-z0-9_]{2,40}$")
    """The frozen set that is, or becomes, the test side."""
    apart_from: tuple[str, ...] = ()
    """Other frozen sets that must not be trained on, from the day they are written; a name that no config freezes is an
    error."""
    most_refused: float = Field(MOST_REFUSED, ge=0, le=1)
    """A source that loses more than this share of its rows, since they cannot be read, stops the build."""
    split: Fractions = Fractions()
    """Shares of the three sides."""
    duplicates: Duplicate = Duplicate()
    """What counts as the same."""
    grammars: GrammarUse | None = None
    """Rows made by grammars; unset: none."""
    sources: tuple[SourceUse, ...] = Field(min_length=1)
    """What it is made of."""


def config_path(name_or_path: str, folder: Path) -> Path:
    """The file of a config named `starter`, or the path itself. Raises `NotFoundError` listing the names."""
    path = Path(name_or_path)
    if path.suffix == SUFFIX and path.is_file():
        return path
    named = folder / f"{name_or_path}{SUFFIX}"
    if named.is_file():
        return named
    known = ", ".join(sorted(file.stem for file in folder.glob(f"*{SUFFIX}"))) or "none"
    raise NotFoundError(f"There is no data config '{name_or_path}'. Known: {known}; or give the path of a TOML file.")


def frozen_names(folder: Path, frozen: Path) -> frozenset[str]:
    """The frozen sets that there are, and those that a config of the folder writes once it is built."""
    named: set[str] = {path.parent.name for path in frozen.glob("[!.]*/frozen.json")}
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            set_ = read_toml(path).get("frozen")
        except ConfigError:
            continue  # whoever reads it is told
        named |= {set_} if isinstance(set_, str) else set()
    return frozenset(named)


def check_apart_from(config: BuildConfig, known: frozenset[str]) -> None:
    """Raises `ConfigError` for a set that nobody writes: nothing would be kept apart from it, and nothing said."""
    faults = [
        Fault(
            f"{config.name}{SUFFIX}: apart_from", f"no data config freezes '{name}'; known: {', '.join(sorted(known))}"
        )
        for name in config.apart_from
        if name not in known
    ]
    if faults:
        raise ConfigError(f"{config.name}{SUFFIX} cannot be used.", faults)


def load_config(path: Path, recipes: Mapping[str, Recipe]) -> BuildConfig:
    """Reads and checks a build config. Raises `ConfigError` with every fault."""
    config = parse(BuildConfig, read_toml(path), where=path.name)
    if faults := list(_faults(config, path.name, recipes)):
        raise ConfigError(f"{path.name} cannot be used.", faults)
    return config


def _faults(config: BuildConfig, where: str, recipes: Mapping[str, Recipe]) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, use in enumerate(config.sources):
        place = f"{where}: sources.{at}"
        if use.name in seen:
            yield Fault(place, f"'{use.name}' is named twice")
        seen.add(use.name)
        if use.name not in recipes:
            yield Fault(place, f"there is no source recipe '{use.name}'; known: {', '.join(recipes)}")
        elif config.for_release and not recipes[use.name].permits_release:
            licence = recipes[use.name].licence
            yield Fault(place, f"'{use.name}' ({licence}) must not go into a model given to others (for_release)")
    if config.duplicates.together_at > config.duplicates.merge_at:
        yield Fault(f"{where}: duplicates", "together_at must not be above merge_at")
    if config.frozen and config.frozen in config.apart_from:
        yield Fault(f"{where}: apart_from", f"'{config.frozen}' is this config's own frozen set")
