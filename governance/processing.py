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

from governance.legal_bases import LAWS, LawName, laws_for, said
from governance.retention import Retention, told
from governance.wording import seen
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


class Basis(StrictModel):
    """One basis of a law (PIPL 13: an item's number; GDPR 6(1): a letter), and what it is here."""

    of: str
    why: Words


class Purpose(StrictModel):
    """What something is held for, and on which basis of each law."""

    purpose: Words
    pipl: tuple[Basis, ...]
    gdpr: tuple[Basis, ...]

    def under(self, law: LawName) -> tuple[Basis, ...]:
        """Its bases under that law."""
        return self.pipl if law == "pipl" else self.gdpr


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


def bases(record: Record, policy: str, language: str) -> dict[str, tuple[str, ...]]:
    """On which bases what is held, by purpose, of the laws that a house with this policy is under; in sentences."""
    laws = laws_for(policy, language)
    return {
        name: tuple(_told(law, basis, language) for law in laws for basis in purpose.under(law))
        for name, purpose in record.purposes.items()
    }


def _told(law: LawName, basis: Basis, language: str) -> str:
    """A basis that the law does not know is told as what it is here, alone."""
    why: str = getattr(basis.why, language)
    colon = "：" if language == "zh" else ": "
    return f"{said(law, basis.of, language)}{colon}{why}" if basis.of in LAWS[law].bases else why


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
    for law in LAWS:
        yield from _baseless(record, law)
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


def _baseless(record: Record, law: LawName) -> Iterator[str]:
    """What stands on nothing that the law knows."""
    there = LAWS[law]
    personal = {held.purpose for held in record.held if held.personal != "none"}
    for name, purpose in record.purposes.items():
        if name in personal and not purpose.under(law):
            yield f"purposes.{name} has no basis under {there.article}: write {law} = [{{ of = ..., why = ... }}]."
        for basis in purpose.under(law):
            if basis.of not in there.bases:
                yield f"purposes.{name}: {there.article} has no '{basis.of}'; it has {', '.join(there.bases)}."
            if not all(seen(words) for words in (basis.why.zh, basis.why.en)):
                yield f"purposes.{name}: say in both languages why '{basis.of}' of {there.article} holds."
            for word in there.unknown:
                if word in f"{basis.why.zh} {basis.why.en}".casefold():
                    yield f"purposes.{name}: {there.article} knows no '{word}'; name what it knows."


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
