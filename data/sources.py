"""From a recipe and the files it names to rows; whatever cannot become one is told with file, line and cause."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from data import starter
from data.agreement import Votes, votes_of
from data.cleaning import Cleaned, UnfitTextError, clean
from data.label_records import latest, weight_of
from data.labelling import Judgement, UnreadableLabelError, classes_of, found_columns, judge
from data.reading import Broken, Record, Rejected, records
from data.recipes import FILE_GROUP, OWN_GROUP, Format, Recipe
from data.rows import NO, SPLITS, YES, Row, Split, row_id
from moderation.errors import ConfigError, Fault, NotFoundError
from moderation.language import UNKNOWN, detect

DATASETS_VARIABLE: Final = "CHAFFINCH_DATASETS"
_DEVELOPMENT: Final = (Split.TRAIN, Split.VALIDATION)
_REST: Final = {
    "hash": SPLITS,
    "train": (Split.TRAIN,),
    "development": _DEVELOPMENT,
    "test": (Split.TEST,),
}


@dataclass(frozen=True)
class Places:
    """Where sources lie. `datasets` is tried first, then the two places beside a checkout."""

    checkout: Path
    home: Path
    datasets: Path | None = None

    def public(self) -> list[Path]:
        """Folders that may hold public sets, best first. Raises `ConfigError` where the named one is not there."""
        if self.datasets and not self.datasets.is_dir():
            detail = (
                f"there is no folder {self.datasets}; make it, name another, or unset it to look in the usual places"
            )
            raise ConfigError("The public data sets cannot be looked for.", [Fault(DATASETS_VARIABLE, detail)])
        named = [self.datasets] if self.datasets else []
        return [*named, self.checkout / "data" / "raw", self.checkout.parent / "shared" / "datasets"]

    @property
    def starter(self) -> Path:
        """The project's own corpus."""
        return self.checkout / "data" / "starter"

    @property
    def label_records(self) -> Path:
        """Moderators' verdicts, as `chaffinch data export-labels` writes them."""
        return self.home / "labels"


@dataclass
class Loaded:
    """What came of a source: rows, refused ones, and the files read with the SHA-256 of their bytes."""

    recipe: Recipe
    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    passed_over: int = 0
    """Rows that the recipe leaves out, or of which it knows nothing."""
    readable: int = 0
    """Rows that could be read, those passed over among them."""
    unread: list[str] = field(default_factory=list)
    """Files of which nothing could be read, for want of a header or a form."""
    classes: Counter[str] = field(default_factory=Counter)
    """By class of the recipe (`Labels.classes`), how many rows are of it."""
    votes: dict[str, Counter[Votes]] = field(default_factory=dict)
    """Single votes by what they are about, of rows left out too: else only the agreeable ones would count."""


def locate(recipe: Recipe, places: Places) -> Path:
    """The folder of a source. Raises `NotFoundError` naming every place that was tried, and as `Places.public`."""
    tried = _candidates(recipe, places)
    for folder in tried:
        if folder.is_dir() and files_of(recipe, folder):
            return folder
    looked = "; ".join(str(folder) for folder in tried)
    raise NotFoundError(
        f"The source '{recipe.name}' is not here. Looked in: {looked}. Its public home is {recipe.home}; "
        f"put its files into the first of these that you may write, or name a folder with {DATASETS_VARIABLE}."
    )


def _candidates(recipe: Recipe, places: Places) -> list[Path]:
    if recipe.read.format == Format.STARTER:
        return [places.starter]
    if recipe.read.format == Format.LABEL_RECORDS:
        return [places.label_records]
    return [folder / recipe.name for folder in places.public()]


def files_of(recipe: Recipe, folder: Path) -> list[Path]:
    """The files that the recipe's globs find, each once, by name."""
    return sorted({path for pattern in recipe.read.files for path in folder.glob(pattern) if path.is_file()})


def load(recipe: Recipe, folder: Path, labels: Sequence[str]) -> Loaded:
    """Reads every file of a source."""
    loaded = Loaded(recipe)
    for path in files_of(recipe, folder):
        loaded.files[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    if recipe.read.format == Format.STARTER:
        _load_starter(loaded, folder, labels)
    else:
        _load_records(loaded, folder, labels)
    return loaded


def _load_records(loaded: Loaded, folder: Path, labels: Sequence[str]) -> None:
    recipe = loaded.recipe
    for found in _found(loaded, folder):
        _count_votes(loaded, found)
        try:
            judgement = _judged(found, recipe, labels)
            row = None if judgement is None else _row(found, judgement, recipe)
        except (UnfitTextError, UnreadableLabelError) as error:
            _reject(loaded, found, str(error))
            continue
        loaded.readable += 1
        if judgement is None or row is None:
            loaded.passed_over += 1
        else:
            loaded.rows.append(row)
            loaded.classes.update(classes_of(found, judgement, recipe.labels, labels))


def _count_votes(loaded: Loaded, found: Record) -> None:
    for name, how in loaded.recipe.agreement.items():
        if votes := votes_of(found.fields, how):
            loaded.votes.setdefault(name, Counter())[votes] += 1


def _found(loaded: Loaded, folder: Path) -> Iterator[Record]:
    read = (found for name in loaded.files for found in records(folder / name, name, loaded.recipe.read))
    for found in latest(read) if loaded.recipe.read.format == Format.LABEL_RECORDS else read:
        if isinstance(found, Broken):
            _reject(loaded, found, found.cause)
        else:
            yield found


def _reject(loaded: Loaded, found: Record | Broken, cause: str) -> None:
    loaded.rejected.append(Rejected(loaded.recipe.name, found.file, found.line, cause))
    if isinstance(found, Broken) and found.whole:
        loaded.unread.append(found.file)


def _judged(found: Record, recipe: Recipe, labels: Sequence[str]) -> Judgement | None:
    """What is known of a record; None where its source leaves it out."""
    if recipe.read.text not in found.fields:
        raise UnfitTextError(f"has no field '{recipe.read.text}'; found: {found_columns(found.fields)}")
    return _verdict(found, labels) if recipe.read.format == Format.LABEL_RECORDS else judge(found, recipe, labels)


def _row(found: Record, judgement: Judgement, recipe: Recipe) -> Row:
    cleaned = clean(found.fields[recipe.read.text], recipe.cleaning)
    name = str(found.fields["id"]) if recipe.read.format == Format.LABEL_RECORDS else None
    identity = f"{recipe.name}-{name}" if name else row_id(recipe.name, cleaned.text)
    return Row(
        id=identity,
        text=cleaned.text,
        lang=_language(found, recipe, cleaned),
        source=recipe.name,
        group=_group(found, recipe) or identity,
        kind=judgement.kind,
        labels=judgement.labels,
        union=judgement.union,
        everyday=judgement.everyday,
        weight=judgement.weight,
        trust=recipe.trust,
        sides=_sides(found, recipe),
        canonical=cleaned.canonical,
        likeness=cleaned.likeness,
        variant=recipe.variants,
        surface=_surface(found, recipe),
    )


def _verdict(found: Record, labels: Sequence[str]) -> Judgement:
    """A moderator's verdict knows every label; one that the record leaves out is not there. Doubted, it weighs less."""
    told = found.fields["labels"]
    if unknown := [name for name in told if name not in labels]:
        raise UnreadableLabelError(f"unknown label '{unknown[0]}'; known: {', '.join(labels)}")
    vector = tuple(YES if told.get(name) else NO for name in labels)
    kind, weight = str(found.fields.get("verdict", "")), weight_of(found.fields)
    return Judgement(vector, (0,) * len(labels), kind=kind, weight=weight, everyday=False)


def _language(found: Record, recipe: Recipe, cleaned: Cleaned) -> str:
    if recipe.lang_field and (told := found.fields.get(recipe.lang_field)):
        return str(told)
    if recipe.detect_lang and (seen := detect(cleaned.likeness)) != UNKNOWN:
        return seen
    return recipe.lang


def _surface(found: Record, recipe: Recipe) -> str:
    told = found.fields.get(recipe.surface_field) if recipe.surface_field else None
    return str(told or recipe.surface)


def _group(found: Record, recipe: Recipe) -> str:
    if recipe.group == OWN_GROUP:
        return ""
    if recipe.group == FILE_GROUP:
        return found.file
    return str(found.fields.get(recipe.group) or "")


def _sides(found: Record, recipe: Recipe) -> tuple[Split, ...]:
    rule = recipe.split
    told = str(found.fields.get(rule.field, "")) if rule.field else found.file
    for side, patterns in rule.sides().items():
        if any(fnmatchcase(told, pattern) for pattern in patterns):
            return (side,)
    return _REST[rule.rest]


def _load_starter(loaded: Loaded, folder: Path, labels: Sequence[str]) -> None:
    for name in loaded.files:
        for found in starter.read_file(folder / name, name, labels):
            if isinstance(found, Broken):
                _reject(loaded, found, found.cause)
                continue
            try:
                loaded.rows.append(_written(found, loaded.recipe, labels))
                loaded.readable += 1
            except UnfitTextError as error:
                loaded.rejected.append(Rejected(loaded.recipe.name, found.file, found.line, str(error)))


def _written(found: starter.Written, recipe: Recipe, labels: Sequence[str]) -> Row:
    cleaned = clean(found.text, recipe.cleaning)
    return Row(
        id=row_id(recipe.name, cleaned.text),
        text=cleaned.text,
        lang=found.lang,
        source=recipe.name,
        group=found.group,
        kind=found.kind,
        labels=tuple(YES if name in found.labels else NO for name in labels),
        union=(0,) * len(labels),
        everyday=found.is_everyday and not found.labels,
        weight=recipe.weight,
        trust=recipe.trust,
        canonical=cleaned.canonical,
        likeness=cleaned.likeness,
        surface=found.voice,
    )
