"""The processing record: for every column what it is for, on which basis, how long it is kept, who sees it.

`configs/processing.toml` is the record, for people and pages; `faults` holds it against the schema, so that no column
comes into being that nobody answers for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from moderation.taxonomy import CONFIGS
from moderation.toml import StrictModel, parse_file

FILE = "processing.toml"

Seer = Literal[
    "nobody", "moderator", "senior", "lead", "data_scientist", "inspector", "admin", "platform", "anybody"
]  # fmt: skip


class Words(StrictModel):
    """In both languages."""

    zh: str
    en: str


class Purpose(StrictModel):
    """What something is held for, and on which legal basis."""

    purpose: Words
    basis: Words


class Held(StrictModel):
    """Columns of one table that are held for the same purpose, as long, and seen by the same people."""

    table: str
    columns: tuple[str, ...]
    personal: Literal["content", "pseudonym", "staff", "none"]
    purpose: str
    period: str
    seen_by: tuple[Seer, ...]


class Record(StrictModel):
    """`processing.toml`."""

    purposes: dict[str, Purpose]
    periods: dict[str, Words]
    held: tuple[Held, ...]


def load_record(configs: Path) -> Record:
    """Of a folder of configs; the checkout's own where it has none. Raises `ConfigError` with every fault."""
    path = configs / FILE
    return parse_file(Record, path) if path.exists() else shipped()


@lru_cache(maxsize=1)
def shipped() -> Record:
    """The file of the checkout."""
    return parse_file(Record, CONFIGS / FILE)


def faults(record: Record, schema: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What the record says that the schema (columns by table) does not have, and what it leaves out, in sentences."""
    told = Counter((held.table, column) for held in record.held for column in held.columns)
    real = {(table, column) for table, columns in schema.items() for column in columns}
    for table, column in sorted(real - set(told)):
        yield f"{table}.{column} is in no [[held]]: say what it is for, how long it is kept and who sees it."
    for table, column in sorted(set(told) - real):
        yield f"{table}.{column} is in no table of the database: take it out."
    for (table, column), count in sorted(told.items()):
        if count > 1:
            yield f"{table}.{column} is named {count} times: once is enough."
    for held in record.held:
        if held.purpose not in record.purposes:
            yield f"{held.table}: there is no purpose '{held.purpose}'."
        if held.period not in record.periods:
            yield f"{held.table}: there is no period '{held.period}'."
