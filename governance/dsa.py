"""`configs/dsa.toml`: what the DSA transparency database takes, as it publishes it, and what it would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from moderation.taxonomy import CONFIGS
from moderation.toml import StrictModel, parse_file

FILE = "dsa.toml"
_PUID = re.compile(r"[A-Za-z0-9_-]+")
_EARLIEST = {"content_date": date(2000, 1, 1), "application_date": date(2020, 1, 1)}


class Category(StrictModel):
    """Where a label falls in the transparency database."""

    category: str
    """Its category there."""
    keywords: tuple[str, ...] = ()
    """Its specifications there."""
    other: str = ""
    """In words, where the keyword is KEYWORD_OTHER."""
    legal_ground: str = ""
    """On which law the content is illegal; empty: it is incompatible with the terms."""


class Published(StrictModel):
    """What the database takes, as it publishes it."""

    required: tuple[str, ...]
    """Fields that are always there."""
    one_of: tuple[str, ...]
    """Fields of which one is there at least."""
    lists: tuple[str, ...]
    """Fields that are lists."""
    dates: tuple[str, ...]
    """Fields that are days, YYYY-MM-DD."""
    longest: dict[str, int]
    """Characters that a field has at most."""
    values: dict[str, tuple[str, ...]]
    """What a field may be."""
    with_: dict[str, tuple[str, str]] = Field(alias="with")
    """Fields that go with a value of another, and only with it."""


class Dsa(StrictModel):
    """`configs/dsa.toml`."""

    territorial_scope: tuple[str, ...] = Field(min_length=1)
    """Where decisions apply."""
    terms_url: str = ""
    """The terms that decisions stand on."""
    labels: dict[str, Category]
    """By label."""
    grounds: dict[str, Category] = Field(default_factory=dict)
    """By ground that is no label."""
    otherwise: Category
    """For a reason without a label."""
    measures: dict[str, dict[str, str | tuple[str, ...]]]
    """By measure, what it is there."""
    published: Published
    """Fields and values."""

    @model_validator(mode="after")
    def _is_published(self) -> Dsa:
        known = self.published.values
        named = [("territorial_scope", each) for each in self.territorial_scope]
        for each in (*self.labels.values(), *self.grounds.values(), self.otherwise):
            named += [("category", each.category), *(("category_specification", word) for word in each.keywords)]
        for fields in self.measures.values():
            for name, told in fields.items():
                named += [(name, value) for value in ((told,) if isinstance(told, str) else told)]
        odd = [f"{value} ({name})" for name, value in named if value not in known.get(name, ())]
        if odd:
            msg = f"the database publishes no {', '.join(odd)}"
            raise ValueError(msg)
        return self


def load_dsa(folder: Path) -> Dsa:
    """Of a folder of configs; the checkout's own where it has none. Raises `ConfigError` with every fault."""
    path = folder / FILE
    return parse_file(Dsa, path) if path.exists() else shipped()


@lru_cache(maxsize=1)
def shipped() -> Dsa:
    """The file of the checkout."""
    return parse_file(Dsa, CONFIGS / FILE)


def faults(told: Mapping[str, Any], published: Published) -> Iterator[str]:
    """Everything in a statement that the database would refuse, in sentences."""
    known = {*published.required, *published.one_of, *published.longest, *published.values, *published.dates,
             *published.with_, "category_addition", "content_id"}  # fmt: skip
    yield from (f"{name} is no field of the database" for name in told if name not in known)
    yield from (f"{name} is missing" for name in published.required if not told.get(name))
    if not any(told.get(name) for name in published.one_of):
        yield f"one of {', '.join(published.one_of)} is missing"
    for name, value in told.items():
        yield from _value_faults(name, value, published)
    for name, (other, value) in published.with_.items():
        goes = value in _listed(told.get(other, ()))
        if goes != bool(told.get(name)):
            yield f"{name} {'is missing' if goes else 'is out of place'} where {other} is {told.get(other)}"


def _value_faults(name: str, value: object, published: Published) -> Iterator[str]:
    allowed = published.values.get(name)
    if (name in published.lists) != isinstance(value, list):
        yield f"{name} has to be {'a list' if name in published.lists else 'one value'}"
    if allowed is not None:
        yield from (f"{name} may not be {each}" for each in _listed(value) if each not in allowed)
    if isinstance(value, str) and len(value) > published.longest.get(name, len(value)):
        yield f"{name} is longer than {published.longest[name]} characters"
    if name in published.dates:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            yield f"{name} has to be a day, YYYY-MM-DD"
        else:
            if day < _EARLIEST.get(name, day):
                yield f"{name} may not be before {_EARLIEST[name]}"
    if name == "puid" and not _PUID.fullmatch(str(value)):
        yield "puid may hold letters, digits, hyphens and underscores alone"


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else (value,)
