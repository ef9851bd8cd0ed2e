"""What a snapshot says about itself. Written last: a folder without it is no snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import ConfigDict, Field

from data.rows import NO, SPLITS, UNKNOWN, YES, Row, Split
from moderation.toml import StrictModel

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"


MODERATORS = "moderators"
"""The source of this installation's own verdicts, and so of comments that people wrote to this house."""


class ManifestModel(StrictModel):
    """Files are read leniently: a field that a later version added does no harm."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Agreed(ManifestModel):
    """How far the people who labelled a source agree: rows with two votes or more, and Krippendorff's alpha."""

    rows: int
    alpha: float | None
    """None where only one answer was ever given."""


class SourceEntry(ManifestModel):
    """A source of the snapshot: what it may be used for, and which files it was read from."""

    name: str
    licence: str
    permits_release: bool
    rows: int
    weight: float
    citation: str = ""
    home: str = ""
    files: dict[str, str] = Field(default_factory=dict)
    """File name (never a machine's path) to the SHA-256 of its bytes."""
    agreement: dict[str, Agreed] = Field(default_factory=dict)
    """By label, or by what the set calls it; only where single votes are known."""


class LabelCount(ManifestModel):
    """How often a label is said to be there, absent, unknown, or one of a positive union."""

    yes: int = 0
    no: int = 0
    unknown: int = 0
    union: int = 0


class Counts(ManifestModel):
    """Rows by split, source, language and label."""

    rows: int
    everyday: int
    ok: int
    """Rows with no label and no union."""
    split: dict[str, int]
    source: dict[str, int]
    lang: dict[str, int]
    label: dict[str, LabelCount]
    label_by_lang: dict[str, dict[str, int]]
    """Label (or `ok`, `everyday`) to language to rows that carry it, unions counted for each member."""
    label_by_split: dict[str, dict[str, int]]


class Duplicates(ManifestModel):
    """What became of rows that say the same."""

    exact: int = 0
    """Rows dropped because another reads the same in the canonical view."""
    near: int = 0
    """Rows dropped because another reads nearly the same."""
    overruled: int = 0
    """Labels on which a more trusted source won over a less trusted one."""
    contradicted: int = 0
    """Labels made unknown: equally trusted copies of one text disagree."""
    apart: int = 0
    """Near-duplicate pairs with opposite labels: both stay, on one side."""
    across: int = 0
    """Rows dropped because their near-duplicate stands on another side."""
    frozen: int = 0
    """Rows dropped because a frozen test set holds them or a near-duplicate or their group."""


class Manifest(ManifestModel):
    """`manifest.json` of a snapshot."""

    schema_version: int = Field(SCHEMA_VERSION, alias="schema")
    name: str
    hash: str
    """SHA-256 over the canonical rows, sorted by id: the same on every machine."""
    inputs: str
    """SHA-256 over everything the build read: config, recipes, files, versions."""
    labels: tuple[str, ...]
    normaliser: str
    taxonomy: str
    seed: int
    sources: tuple[SourceEntry, ...]
    counts: Counts
    duplicates: Duplicates
    rejected: int
    capped: dict[str, int] = Field(default_factory=dict)
    """Rows left out by a source's cap."""
    silent: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By source the labels that its recipe tells how to give and of which it gave not one row."""
    frozen: str | None = None
    frozen_hash: str | None = None
    apart_from: dict[str, str] = Field(default_factory=dict)
    """Other frozen test sets that were kept out of training, by hash."""
    created_at: datetime

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    @property
    def holds_own(self) -> bool:
        """Whether comments are in it that people wrote to this house, as label files bring them."""
        return any(source.rows and source.name == MODERATORS for source in self.sources)

    @property
    def permits_release(self) -> bool:
        """Whether every source lets a model trained on it be given to others."""
        return all(source.permits_release for source in self.sources if source.rows)

    @property
    def never_said(self) -> tuple[str, ...]:
        """Labels that not one row of the training side carries, unions counted."""
        said = self.counts.label_by_split
        return tuple(name for name in self.labels if not said.get(name, {}).get(Split.TRAIN, 0))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its reader must hear: labels that a source was to give and did not, and those that nobody gave."""
        told = [
            f"{source} gives no row of {', '.join(names)}, which its recipe says it has: look at its files and at "
            "rejected.jsonl."
            for source, names in self.silent.items()
        ]
        if never := self.never_said:
            told.append(f"No training row says {', '.join(never)}: no model can learn that from this data set.")
        return tuple(told)

    def to_json(self) -> str:
        """Two spaces, UTF-8 kept, field `schema` first."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def count(sides: Iterable[tuple[Row, Split]], labels: tuple[str, ...]) -> Counts:
    """Counts `rows` with the side each stands on."""
    tally = _Tally(labels)
    for row, side in sides:
        tally.add(row, side)
    return tally.counts()


class _Tally:
    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        self.rows = self.everyday = self.ok = 0
        self.split: dict[str, int] = {str(side): 0 for side in SPLITS}
        self.source: dict[str, int] = {}
        self.lang: dict[str, int] = {}
        self.label: dict[str, dict[str, int]] = {name: {"yes": 0, "no": 0, "unknown": 0, "union": 0} for name in labels}
        self.by_lang: dict[str, dict[str, int]] = {name: {} for name in (*labels, "ok", "everyday")}
        self.by_split: dict[str, dict[str, int]] = {name: {} for name in (*labels, "ok", "everyday")}

    def add(self, row: Row, side: Split) -> None:
        self.rows += 1
        _bump(self.split, str(side))
        _bump(self.source, row.source)
        _bump(self.lang, row.lang)
        for name, value, member in zip(self.labels, row.labels, row.union, strict=True):
            self.label[name][_said(value, member)] += 1
        for name in marks(row, self.labels):
            _bump(self.by_lang[name], row.lang)
            _bump(self.by_split[name], str(side))
        self.everyday += row.everyday
        self.ok += is_ok(row)

    def counts(self) -> Counts:
        return Counts(
            rows=self.rows,
            everyday=self.everyday,
            ok=self.ok,
            split=self.split,
            source=dict(sorted(self.source.items())),
            lang=dict(sorted(self.lang.items(), key=lambda item: (-item[1], item[0]))),
            label={name: LabelCount(**values) for name, values in self.label.items()},
            label_by_lang={name: dict(sorted(held.items())) for name, held in self.by_lang.items()},
            label_by_split={name: dict(sorted(held.items())) for name, held in self.by_split.items()},
        )


def is_ok(row: Row) -> bool:
    """No label is there, none of a union either."""
    return YES not in row.labels and YES not in row.union


def marks(row: Row, labels: tuple[str, ...]) -> list[str]:
    """The labels a row carries, members of its union included; `ok` and `everyday` where they apply."""
    told = [name for name, value, member in zip(labels, row.labels, row.union, strict=True) if YES in (value, member)]
    return told + ["ok"] * is_ok(row) + ["everyday"] * row.everyday


def _said(value: int, member: int) -> str:
    if member:
        return "union"
    return {YES: "yes", NO: "no", UNKNOWN: "unknown"}[value]


def _bump(counter: dict[str, int], key: str) -> None:
    counter[key] = counter.get(key, 0) + 1


def parse_manifest(raw: object) -> Manifest:
    """Checks a loaded `manifest.json`; raises pydantic's ValidationError."""
    return Manifest.model_validate(raw)
