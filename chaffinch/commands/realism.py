"""`chaffinch data realism`: whether the starter corpus reads like what people write."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands import data
from chaffinch.commands.shared import watched
from chaffinch.commands.tables import print_table
from chaffinch.progress import stages
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from eval.realism import Cell

COMMENTS = "comments"
SHOWN = 20
"""Files that are printed; the JSON has all."""


def add_to(app: typer.Typer) -> None:
    """Mounts the command beside the others of `chaffinch data`."""
    del app
    data.data.command("realism")(realism)


def realism(
    lang: Annotated[str | None, typer.Option(help="One language alone, `zh`; all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell the starter corpus from real comments, file by file: what gives it away, what to rewrite."""
    from chaffinch.realism import look, write
    from chaffinch.wiring import taxonomy_of

    settings = load_settings()
    labels = taxonomy_of(settings).names
    with stages(watched()) as bar:
        cells = look(data.recipes_of(settings), data.places_of(settings), labels, lang=lang, progress=bar.told)
        figures, picture = write(cells, settings.home)
    if as_json:
        typer.echo(json.dumps([asdict(cell) for cell in cells], ensure_ascii=False))
        return
    console = Console()
    print_table(_cells(cells), console)
    print_table(_files(cells), console)
    for sentence in _without_comments(cells):
        console.print(sentence)
    console.print(
        f"0.5 cannot be told from real comments, 1 always can. {escape(str(figures))}, {escape(str(picture))}"
    )


def _without_comments(cells: list[Cell]) -> list[str]:
    return [
        f"{cell.lang} {cell.label}: no real comments of this label are here; beside {cell.form} "
        f"({', '.join(cell.sources)}) the files rank among each other, and the area says nothing of comments."
        for cell in cells
        if cell.form != COMMENTS
    ]


def _cells(cells: list[Cell]) -> Table:
    table = Table(
        "language", "label", "beside", "rows", "told apart", "distinct 4-grams", "near-duplicates", "median length",
        "2-grams known", title="Written beside real",
    )  # fmt: skip
    for cell in cells:
        ours, theirs = cell.written, cell.real
        table.add_row(
            cell.lang, cell.label, cell.form, f"{ours.rows:,} / {theirs.rows:,}", f"{cell.auc:.3f}",
            f"{ours.distinct:.2f} / {theirs.distinct:.2f}", f"{ours.near:.1%} / {theirs.near:.1%}",
            f"{ours.length[1]:.0f} / {theirs.length[1]:.0f}", f"{ours.known:.0%} / {theirs.known:.0%}",
        )  # fmt: skip
    return table


def _files(cells: list[Cell]) -> Table:
    table = Table("file", "label", "rows", "told apart", "margin", "by", title="Most easily told")
    found = [(each, cell.label) for cell in cells for each in cell.files]
    found.sort(key=lambda pair: (-round(pair[0].auc, 3), -pair[0].margin))
    for each, label in found[:SHOWN]:
        by = "  ".join(escape(gram) for gram in each.tells)
        table.add_row(escape(each.file), label, f"{each.rows:,}", f"{each.auc:.3f}", f"{each.margin:.1f}", by)
    return table
