"""The processing record: for every column what it is for, on which basis, how long it is kept, who sees it.

`configs/processing.toml` is the record, for people and pages; `faults` holds it against the schema, so that no column
comes into being that nobody answers for, against what inspectors are given, and against what outlives an erasure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from governance.retention import Retention, told
from moderation.taxonomy import CONFIGS
from moderation.toml import StrictModel, parse_file
from records.inspections import HANDED
from records.kept import STAYS

FILE = "processing.toml"
RETENTION, STANDING, REASONS = "{retention}", "{standing}", "{reasons}"
"""In words of periods: how long texts are kept, and what holds an erased account, as `retention.toml` says."""

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


def periods(record: Record, retention: Retention, language: str) -> dict[str, str]:
    """How long what is kept, by the names of the periods, with what the retention in use says."""
    days = {STANDING: str(retention.standing.days), REASONS: str(retention.reasons.days)}
    said = {RETENTION: getattr(told(retention), language), **days}
    return {name: _with(getattr(words, language), said) for name, words in record.periods.items()}


def _with(words: str, said: Mapping[str, str]) -> str:
    for name, value in said.items():
        words = words.replace(name, value)
    return words


def faults(record: Record, schema: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What the record says that is not so, and what it leaves out, in sentences; `schema`: columns by table."""
    yield from _not_named(record, schema)
    for held in record.held:
        for column in _of(held, HANDED):
            if "inspector" not in held.seen_by:
                yield f"{held.table}.{column} is given to inspectors: put inspector into its seen_by."
        for column in _of(held, STAYS):
            period = record.periods.get(held.period)
            if period is not None and not all(STANDING in words for words in (period.zh, period.en)):
                yield (
                    f"{held.table}.{column} outlives the erasure of an account that is suspended, closed or listed: "
                    f"give it a period that says so, with {STANDING}."
                )


def _of(held: Held, columns: Mapping[str, Sequence[str]]) -> list[str]:
    return [each for each in held.columns if each in columns.get(held.table, ())]


def _not_named(record: Record, schema: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Columns of the database without a line, lines without a column, and names that stand for nothing."""
    named = Counter((held.table, column) for held in record.held for column in held.columns)
    real = {(table, column) for table, columns in schema.items() for column in columns}
    for table, column in sorted(real - set(named)):
        yield f"{table}.{column} is in no [[held]]: say what it is for, how long it is kept and who sees it."
    for table, column in sorted(set(named) - real):
        yield f"{table}.{column} is in no table of the database: take it out."
    for (table, column), count in sorted(named.items()):
        if count > 1:
            yield f"{table}.{column} is named {count} times: once is enough."
    for held in record.held:
        if held.purpose not in record.purposes:
            yield f"{held.table}: there is no purpose '{held.purpose}'."
        if held.period not in record.periods:
            yield f"{held.table}: there is no period '{held.period}'."
