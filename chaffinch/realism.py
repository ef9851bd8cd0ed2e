"""The starter corpus and the real comments that are here, by language and label, for `eval/realism.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from data.cleaning import UnfitTextError, clean
from data.recipes import Cleaning, Format, Recipe
from data.rows import UNKNOWN, YES, Row
from data.sources import Places, load, locate
from data.starter import OK, Written, read_file
from eval.realism import Cell, Key, Text, compare
from eval.realism_plot import draw
from moderation.errors import NotFoundError
from registry.files import json_bytes, write_atomically

FOLDER = "realism"
NEVER = ("chineseharm",)
"""Sets that are not compared with: whoever mends rows by these figures would have seen what is judged on."""

Progress = Callable[[str, float], None]


def look(
    recipes: Mapping[str, Recipe], places: Places, labels: Sequence[str], *, lang: str | None, progress: Progress
) -> list[Cell]:
    """The corpus beside every public set that is here. Raises `NotFoundError` where there is none."""
    real = _real(recipes, places, labels, lang, progress)
    progress("corpus", 0.0)
    written: dict[Key, list[Text]] = {}
    for row, canonical in _written(places.starter, labels):
        if lang in (None, row.lang):
            for label in row.labels or (OK,):
                written.setdefault((row.lang, label), []).append(Text(canonical, row.group, row.file))
    return compare(written, real, progress=progress)


def write(cells: list[Cell], home: Path) -> tuple[Path, Path]:
    """The figures as JSON and the picture, below the home."""
    figures, picture = home / FOLDER / "realism.json", home / FOLDER / "realism.svg"
    write_atomically(figures, json_bytes([asdict(cell) for cell in cells]))
    write_atomically(picture, draw(cells).encode())
    return figures, picture


def _real(
    recipes: Mapping[str, Recipe], places: Places, labels: Sequence[str], lang: str | None, progress: Progress
) -> dict[Key, list[Text]]:
    found: dict[Key, list[Text]] = {}
    here = [recipe for recipe in recipes.values() if _is_asked(recipe, lang) and _is_here(recipe, places)]
    if not here:
        looked = "; ".join(str(folder) for folder in places.public())
        raise NotFoundError(
            f"There are no real comments here to compare with. Looked in: {looked}. `chaffinch data sources` says "
            "where the public sets come from."
        )
    for at, recipe in enumerate(here):
        progress(f"read {recipe.name}", at / len(here))
        for row in load(recipe, locate(recipe, places), labels).rows:
            for label in _carried(row, labels):
                text = Text(row.canonical, row.group, recipe.name, recipe.form)
                found.setdefault((row.lang, label), []).append(text)
    return found


def _is_asked(recipe: Recipe, lang: str | None) -> bool:
    if recipe.name in NEVER or recipe.read.format in (Format.STARTER, Format.LABEL_RECORDS):
        return False
    return lang in (None, recipe.lang) or bool(recipe.detect_lang or recipe.lang_field)


def _is_here(recipe: Recipe, places: Places) -> bool:
    try:
        locate(recipe, places)
    except NotFoundError:
        return False
    return True


def _carried(row: Row, labels: Sequence[str]) -> list[str]:
    """Its labels, those of a union too; `ok` where it has none and is known not to have at least one."""
    there = [name for at, name in enumerate(labels) if YES in (row.labels[at], row.union[at])]
    return there or [OK] * any(said != UNKNOWN for said in row.labels)


def _written(folder: Path, labels: Sequence[str]) -> Iterator[tuple[Written, str]]:
    """Readable rows with their canonical views; `chaffinch data starter` tells of the others."""
    for path in sorted(folder.glob("*/*.tsv")):
        for row in read_file(path, path.relative_to(folder).as_posix(), labels):
            if isinstance(row, Written):
                with suppress(UnfitTextError):
                    yield row, clean(row.text, Cleaning()).canonical
