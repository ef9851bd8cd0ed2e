"""A source recipe: how one set is read and what it knows, as data (`configs/sources/*.toml`).

A set knows only the labels its makers judged. The recipe names them (`knows`); a row says yes or no about these and
nothing about the others, which stay masked in loss and metrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from data.invented import INVENT
from data.rows import Split
from moderation.errors import ConfigError, Fault
from moderation.toml import StrictModel, parse_file, read_folder

OWN_GROUP = "own"
FILE_GROUP = "file"


class Format(StrEnum):
    """How a file holds its rows."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    LINES = "lines"
    """One text a line."""
    PREFIXED = "prefixed"
    """One text a line behind its label and a separator."""
    STARTER = "starter"
    """The project's own corpus (data/starter/README.md)."""
    LABEL_RECORDS = "label_records"
    """What `chaffinch data export-labels` writes: moderators' verdicts."""


class Read(StrictModel):
    """Where the rows are and how they are cut into fields."""

    files: tuple[str, ...] = Field(min_length=1)
    """Globs below the set's folder."""
    format: Format
    """One of csv, tsv, json, jsonl, lines, prefixed, starter, label_records."""
    encoding: str = "utf-8"
    """As Python names it."""
    text: str = "text"
    """The field that holds the comment."""
    columns: tuple[str, ...] = ()
    """Field names of a file without a header line."""
    separator: str = Field("", max_length=4)
    """Between label and text of a `prefixed` line."""
    quoted: bool = True
    """Whether a CSV or TSV file quotes its fields."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise ValueError(f"there is no encoding '{name}'; utf-8 is the usual one") from error
        return name


class Outcome(StrictModel):
    """What a label value says of a row: `ok`, or labels, or a union; the rest of `knows` is absent."""

    ok: bool = False
    """No label at all."""
    yes: tuple[str, ...] = ()
    """Labels that are there."""
    any_of: tuple[str, ...] = ()
    """Labels of which at least one is there: a union."""
    unknown: tuple[str, ...] = ()
    """Labels that the set judges elsewhere, and that this value leaves open."""
    kind: str = ""
    """What rows of this value are called; empty: as `kind_field` says."""
    weight: float = Field(1.0, gt=0, le=10)
    """Multiplies the recipe's."""
    everyday: bool | None = None
    """Whether these rows are ordinary comments; unset: as the recipe says."""


OK = Outcome(ok=True)
Told = Outcome | Literal["ok", "skip"]


class Votes(StrictModel):
    """A label judged by votes in several columns.

    Yes where one of `columns` has at least `at_least` votes, no where all of `columns` and `doubts` are empty or
    zero, else unknown. Without `at_least` the votes are trusted for a no alone.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    """Columns of votes for the label."""
    doubts: tuple[str, ...] = ()
    """Columns that hint at it: a vote there makes a no unknown."""
    at_least: float | None = None
    """Votes from which it is a yes; unset: never."""


class Labels(StrictModel):
    """What makes a row's labels; exactly one of `every`, `field` with `values`, `files`, `votes`."""

    every: Told | None = None
    """What every row is."""
    field: str = ""
    """The field that names a row's label."""
    values: dict[str, Told] = Field(default_factory=dict)
    """What each value of `field` means."""
    rare: tuple[str, ...] = ()
    """Values (or patterns of `files`, or labels of `votes`) that the set may be without; a build stops where no row has
    one of the others."""
    ignore: tuple[str, ...] = ()
    """Globs of values that say nothing, in a field that holds a list."""
    files: dict[str, Told] = Field(default_factory=dict)
    """Glob of a file's name to what its rows are."""
    votes: dict[str, Votes] = Field(default_factory=dict)
    """By label."""
    kind_field: str = ""
    """The field whose value is the row's kind."""

    def ways(self) -> list[str]:
        """Which of the four ways are used."""
        used = {"every": self.every is not None, "field": bool(self.field), "files": bool(self.files)}
        return [way for way, is_used in (used | {"votes": bool(self.votes)}).items() if is_used]

    def classes(self) -> list[str]:
        """What rows are told apart by: values, patterns of files, labels that are voted on."""
        told = [name for name, value in (self.values | self.files).items() if value != "skip"]
        return told + [name for name, how in self.votes.items() if how.at_least is not None]

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        """Every outcome with its place in the file."""
        told = {"every": self.every} if self.every is not None else {}
        told |= {f"values.{key}": value for key, value in self.values.items()}
        told |= {f"files.{key}": value for key, value in self.files.items()}
        yield from ((where, value) for where, value in told.items() if isinstance(value, Outcome))


class Agreement(StrictModel):
    """Where the single votes stand that a label was made of: `raters` or `counts`."""

    raters: tuple[str, ...] = ()
    """Columns, one a person, each with an answer; empty where they were not asked."""
    counts: tuple[str, ...] = ()
    """Columns, one an answer, each with how many people gave it."""
    of: int | None = Field(None, ge=2)
    """How many were asked of every row; who is in no column of `counts` said none of them."""


class SplitRule(StrictModel):
    """Files or values that their makers set apart; `rest` says where the others may go."""

    train: tuple[str, ...] = ()
    """What its makers learn from."""
    validation: tuple[str, ...] = ()
    """What they choose on."""
    test: tuple[str, ...] = ()
    """What they judge on."""
    field: str = ""
    """The field whose values are listed above; empty means file names (globs)."""
    rest: Literal["hash", "train", "development", "test"] = "hash"
    """`hash`: any side; `development`: training and validation."""

    def sides(self) -> dict[Split, tuple[str, ...]]:
        """What is listed for each side."""
        return {Split.TRAIN: self.train, Split.VALIDATION: self.validation, Split.TEST: self.test}


class Cleaning(StrictModel):
    """What is done to a text before it is read."""

    join_spaced_tokens: bool = False
    """Removes the spaces that a word cutter put between Chinese words."""
    unescape_html: bool = False
    """Turns `&amp;` and its like into characters."""
    strip_tags: bool = False
    """Removes HTML tags."""
    flatten_fragments: bool = False
    """Joins the texts of a chat export's list of fragments."""
    masks: dict[str, str] = Field(default_factory=dict)
    """Regular expression of a placeholder to the invention that takes its place."""

    @field_validator("masks")
    @classmethod
    def _usable_masks(cls, masks: dict[str, str]) -> dict[str, str]:
        for pattern, invention in masks.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
            if invention not in INVENT:
                raise ValueError(f"there is no invention '{invention}'; known: {', '.join(INVENT)}")
        return masks


class Recipe(StrictModel):
    """One file of `configs/sources/`."""

    name: str = Field(pattern=r"^[a-z0-9_]{2,40}$")
    """As the file is named."""
    title: str = Field(min_length=1)
    """One line that says what the set is."""
    home: str = Field(min_length=1)
    """Where others get the same files."""
    licence: str = Field(min_length=1)
    """SPDX identifier, or `unstated`."""
    permits_release: bool
    """Whether its licence allows models given to others."""
    citation: str = Field(min_length=1)
    """Whom to name."""
    note: str = ""
    """What to beware of."""
    lang: str = Field(pattern=r"^[a-z]{2,3}$")
    """ISO 639 code of its language."""
    lang_field: str = ""
    """The field that names a row's language."""
    surface: str = Field("", pattern=r"^[a-z0-9_-]{0,40}$")
    """Where its rows were written, in the starter corpus' words (`video`, `social`, `forum`, `shop`); empty: unsaid."""
    surface_field: str = ""
    """The field that names a row's surface."""
    detect_lang: bool = False
    """Ask the detector, and take `lang` where it cannot tell."""
    knows: tuple[str, ...] = Field(min_length=1)
    """Labels that its makers judged; a row says nothing of others."""
    form: Literal["comments", "messages", "reviews"] = "comments"
    """What kind of writing it is: `data realism` says where comments have nothing like them to stand beside."""
    everyday: bool = False
    """Whether the rows that are `ok` are ordinary comments, on which wrong blocks are measured."""
    weight: float = Field(1.0, gt=0, le=10)
    """Of its rows in learning."""
    trust: int = Field(1, ge=0, le=3)
    """Who is believed where near-duplicates disagree: the higher."""
    variants: bool = False
    """Whether its rows rewrite others on purpose: they teach the disguise, so near-duplicates are not merged away."""
    group: str = OWN_GROUP
    """`own`, `file`, or the field that names the group."""
    read: Read
    """Files and fields."""
    labels: Labels = Labels()
    """What makes a row's labels."""
    split: SplitRule = SplitRule()
    """What its makers set apart."""
    cleaning: Cleaning = Cleaning()
    """What is done to a text before."""
    agreement: dict[str, Agreement] = Field(default_factory=dict)
    """By label, or by what the set calls it: how far its makers agree is told in a snapshot's card."""

    @property
    def gives(self) -> tuple[str, ...]:
        """Labels that it tells how to say yes to, in the order of `knows`; none for verdicts, which may be few."""
        if self.read.format is Format.LABEL_RECORDS:
            return ()
        if self.read.format is Format.STARTER:
            return self.knows
        told = {name for _, outcome in self.labels.outcomes() for name in (*outcome.yes, *outcome.any_of)}
        told |= {name for name, votes in self.labels.votes.items() if votes.at_least is not None}
        return tuple(name for name in self.knows if name in told)


_OWN_LABELS = (Format.STARTER, Format.LABEL_RECORDS)


def load_recipe(path: Path, labels: Sequence[str]) -> Recipe:
    """Reads and checks one recipe. Raises `ConfigError` with every fault."""
    recipe = parse_file(Recipe, path)
    if faults := list(_faults(recipe, path, labels)):
        raise ConfigError(f"{path.name} cannot be used.", faults)
    return recipe


def load_recipes(folder: Path, labels: Sequence[str]) -> dict[str, Recipe]:
    """Every recipe under `folder` by name. Raises `ConfigError` with every fault of every file."""
    summary = "The source recipes cannot be used."
    read = read_folder(folder, lambda path: load_recipe(path, labels), summary=summary)
    return {recipe.name: recipe for recipe in read}


def _faults(recipe: Recipe, path: Path, labels: Sequence[str]) -> Iterator[Fault]:
    if recipe.name != path.stem:
        yield Fault(f"{path.name}: name", f"is '{recipe.name}', the file says '{path.stem}': make them equal")
    for name in recipe.knows:
        if name not in labels:
            yield Fault(f"{path.name}: knows", f"there is no label '{name}'; known: {', '.join(labels)}")
    yield from _way_faults(recipe, path.name)
    for name in recipe.labels.rare:
        if name not in recipe.labels.classes():
            known = ", ".join(recipe.labels.classes()) or "none"
            yield Fault(f"{path.name}: labels.rare", f"'{name}' is nothing that rows are told apart by; known: {known}")
    for where, outcome in recipe.labels.outcomes():
        yield from _outcome_faults(outcome, f"{path.name}: labels.{where}", recipe.knows)
    for name in recipe.labels.votes:
        if name not in recipe.knows:
            yield Fault(f"{path.name}: labels.votes.{name}", "is judged here and missing in 'knows'")
    for name, how in recipe.agreement.items():
        if (len(how.raters) > 1) == bool(how.counts) or (how.raters and how.counts):
            yield Fault(f"{path.name}: agreement.{name}", "say where votes stand: raters (two or more) or counts")
    if recipe.read.format == Format.PREFIXED and not (recipe.read.separator and len(recipe.read.columns) == 2):
        yield Fault(f"{path.name}: read", "'prefixed' asks for a separator and two columns: label and text")


def _way_faults(recipe: Recipe, name: str) -> Iterator[Fault]:
    ways = recipe.labels.ways()
    if recipe.read.format in _OWN_LABELS:
        if ways:
            yield Fault(f"{name}: labels", f"format '{recipe.read.format}' brings its own labels; remove this table")
        return
    if len(ways) != 1:
        found = ", ".join(ways) or "none"
        yield Fault(f"{name}: labels", f"say exactly one of every, field, files, votes; found: {found}")
    if recipe.labels.field and not recipe.labels.values:
        yield Fault(f"{name}: labels.values", "is empty: say what each value of the field means")


def _outcome_faults(outcome: Outcome, where: str, knows: Sequence[str]) -> Iterator[Fault]:
    for name in (*outcome.yes, *outcome.any_of, *outcome.unknown):
        if name not in knows:
            yield Fault(where, f"'{name}' is not in 'knows' ({', '.join(knows)})")
    if outcome.ok and (outcome.yes or outcome.any_of):
        yield Fault(where, "'ok' means no label: remove 'yes' and 'any_of', or 'ok'")
    if not (outcome.ok or outcome.yes or outcome.any_of):
        yield Fault(where, "says nothing: give ok = true, yes = [...] or any_of = [...]")
    if len(outcome.any_of) == 1:
        yield Fault(where, "a union of one label is that label: use 'yes'")
    if set(outcome.any_of) & set(outcome.yes):
        yield Fault(where, "a label stands in 'yes' and in 'any_of': 'yes' is enough")


def outcome_of(told: Told) -> Outcome | None:
    """The outcome in its long form; None for rows to be passed over."""
    if told == "ok":
        return OK
    return told if isinstance(told, Outcome) else None


def describe(recipe: Recipe) -> dict[str, Any]:
    """What a table of sources shows."""
    return {
        "name": recipe.name,
        "title": recipe.title,
        "lang": recipe.lang,
        "knows": list(recipe.knows),
        "licence": recipe.licence,
        "permits_release": recipe.permits_release,
        "home": recipe.home,
    }
