"""Books of law as data (`configs/law.toml`): how many articles each has, and which of them can be a ground for what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from moderation.errors import ConfigError, Fault
from moderation.taxonomy import CONFIGS, Words
from moderation.toml import StrictModel, parse, read_toml
from records.house_queues import LawBook

FILE = "law.toml"


class Act(StrEnum):
    """What stands on a ground; an `order` is an emergency, a hold, an inspection, a report to an authority."""

    MEASURE = "measure"
    LIST = "list"
    RULE = "rule"
    ORDER = "order"


class Book(StrictModel):
    """One book of law; its name is what stands before the colon of a ground."""

    title: Words
    """As a person reads it."""
    articles: int = Field(ge=1)
    """How many it has; they are numbered from 1 on."""
    items: dict[str, int] = Field(default_factory=dict)
    """How many numbered items an article has, by article; of others any number is taken."""
    grounds: dict[Act, tuple[int, ...]] = Field(default_factory=dict)
    """On which articles a `measure`, an entry of a `list`, a `rule` or an `order` can stand; without it on any."""
    source: str = Field(min_length=1)
    """By what this was written."""
    read: date
    """When."""
    in_force: date
    """Since when the book holds."""
    until: date | None = None
    """Since when it holds no more; what was done under it may still be told by it."""

    def as_value(self) -> LawBook:
        """As every unit of work has it."""
        allowed = {act.value: tuple(articles) for act, articles in self.grounds.items()}
        items = {int(article): number for article, number in self.items.items()}
        return LawBook((self.title.zh, self.title.en), self.articles, items, allowed)


def load_law(folder: Path) -> dict[str, Book]:
    """By name, of a folder of configs; the checkout's own where it has none. Raises `ConfigError` with every fault."""
    path = folder / FILE if (folder / FILE).exists() else CONFIGS / FILE
    tables = read_toml(path)
    books, faults = dict[str, Book](), list[Fault]()
    for name, table in tables.items():
        try:
            books[name] = parse(Book, table, where=f"{FILE}: {name}")
        except ConfigError as error:
            faults += error.faults
        else:
            faults += [Fault(f"{FILE}: {name}.{where}", detail) for where, detail in _mistakes(books[name])]
    if faults:
        raise ConfigError(f"{FILE} cannot be used.", faults)
    return books


def _mistakes(book: Book) -> Iterable[tuple[str, str]]:
    for act, articles in book.grounds.items():
        if beyond := [each for each in articles if not 1 <= each <= book.articles]:
            yield f"grounds.{act}", f"names articles that are not there ({_listed(beyond)}); there are {book.articles}"
    if odd := [each for each in book.items if not each.isdecimal() or not 1 <= int(each) <= book.articles]:
        yield "items", f"names articles that are not there ({_listed(odd)}); there are {book.articles}"


def _listed(articles: Iterable[object]) -> str:
    return ", ".join(map(str, articles))


@lru_cache(maxsize=1)
def shipped() -> dict[str, Book]:
    """The file of the checkout."""
    return load_law(CONFIGS)
