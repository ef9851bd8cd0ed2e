"""`chaffinch data`: what sources there are, building data sets, and looking at them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands.shared import AsJson, watched
from chaffinch.commands.tables import print_table
from chaffinch.progress import stages
from chaffinch.settings import CHECKOUT, Settings, load_settings
from moderation.errors import GateRefusedError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.build import Ask, Built
    from data.corpus_faults import Beside
    from data.corpus_lint import CorpusReport
    from data.manifest import Manifest
    from data.recipes import Recipe
    from data.sources import Places

SHOWN = 5
"""Broken rows and near-duplicates that are printed; all of them stand in the snapshot."""


data = typer.Typer(no_args_is_help=True, help="Data sets: sources, builds, cards, the starter corpus.")


def add_to(app: typer.Typer) -> None:
    """Mounts the group."""
    app.add_typer(data, name="data")


@data.command("sources")
def list_sources(as_json: AsJson = False) -> None:
    """List the source recipes: what each set knows, its licence, and whether it is here."""
    from data.recipes import describe

    settings = load_settings()
    found = [
        describe(recipe) | {"lang": _language(recipe), "found": _found(recipe, places_of(settings))}
        for recipe in recipes_of(settings).values()
    ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("source", "language", "knows", "licence", "release", "here", title="Source recipes")
    for each in found:
        release = "[green]yes[/]" if each["permits_release"] else "[yellow]no[/]"
        here = "[green]yes[/]" if each["found"] else f"no: {escape(each['home'])}"
        table.add_row(each["name"], each["lang"], ", ".join(each["knows"]), each["licence"], release, here)
    print_table(table)


def _language(recipe: Recipe) -> str:
    """A set's language; `many` where each row brings its own."""
    from data.recipes import Format

    by_row = recipe.read.format is Format.STARTER or recipe.lang_field or recipe.detect_lang
    return "many" if by_row else recipe.lang


def _found(recipe: Recipe, places: Places) -> bool:
    from data.sources import locate

    try:
        locate(recipe, places)
    except NotFoundError:
        return False
    return True


@data.command("build")
def build_data(
    config: Annotated[str, typer.Argument(help="A name under configs/data, or a TOML file.")],
    allow_refused: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A source that may lose rows and classes beyond the limit, this once."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build a data set; the same inputs give the same folder, so running it again costs nothing."""
    from data.build import build

    ask = replace(ask_for(config, load_settings()), allow_refused=frozenset(allow_refused or ()))
    with stages(watched()) as bar:
        built = build(ask, now=datetime.now(UTC), progress=bar.told)
    if as_json:
        typer.echo(json.dumps(_as_dict(built), ensure_ascii=False))
    else:
        show_built(built, Console())


def ask_for(config: str, settings: Settings) -> Ask:
    """What `build` needs, from a config's name or path and the settings."""
    from data.build import Ask
    from data.config import check_apart_from, config_path, frozen_names, load_config
    from moderation.taxonomy import load_taxonomy

    recipes, folder = recipes_of(settings), settings.configs / "data"
    chosen = load_config(config_path(config, folder), recipes)
    check_apart_from(chosen, frozen_names(folder, settings.home / "frozen"))
    return Ask(
        config=chosen,
        recipes=recipes,
        taxonomy=load_taxonomy(settings.configs / "taxonomy.toml"),
        places=places_of(settings),
    )


def places_of(settings: Settings) -> Places:
    """Where sources lie."""
    from data.sources import Places

    return Places(checkout=CHECKOUT, home=settings.home, datasets=settings.datasets)


def recipes_of(settings: Settings) -> dict[str, Recipe]:
    """Every source recipe by name. Raises `ConfigError` with every fault."""
    from data.recipes import load_recipes
    from moderation.taxonomy import load_taxonomy

    return load_recipes(settings.configs / "sources", load_taxonomy(settings.configs / "taxonomy.toml").names)


def show_built(built: Built, console: Console) -> None:
    """Says what was built in a few lines and two tables."""
    manifest = built.snapshot.manifest
    how = "already built" if built.reused else "built"
    console.print(
        f"[bold]{escape(built.snapshot.path.name)}[/] {how}: {manifest.counts.rows:,} comments, {_sides(manifest)}."
    )
    print_table(_by_language(manifest), console)
    told = manifest.duplicates
    console.print(
        f"{told.exact + told.near:,} near-duplicates merged, {told.across:,} dropped because their like stands on "
        f"another side, {told.frozen:,} because they are close to a frozen test row."
    )
    console.print(f"hash {manifest.hash}")
    for told_of in manifest.warnings:
        console.print(f"[yellow]{escape(told_of)}[/]")
    console.print(_refused(manifest.rejected, built.snapshot.path))
    for item in built.rejected[:SHOWN]:
        console.print(f"  {escape(item.source)} {escape(item.file)}:{item.line}: {escape(item.cause)}")


def _refused(count: int, folder: Path) -> str:
    if not count:
        return "No broken row was refused."
    told = "1 broken row was refused" if count == 1 else f"{count:,} broken rows were refused"
    return f"[yellow]{told}:[/] {escape(str(folder / 'rejected.jsonl'))}"


def _sides(manifest: Manifest) -> str:
    return ", ".join(f"{count:,} {side}" for side, count in manifest.counts.split.items())


def _by_language(manifest: Manifest) -> Table:
    languages = list(manifest.counts.lang)[:10]
    table = Table("label", *languages, "all")
    for name, held in manifest.counts.label_by_lang.items():
        table.add_row(name, *(f"{held.get(lang, 0):,}" for lang in languages), f"{sum(held.values()):,}")
    return table


def _as_dict(built: Built) -> dict[str, Any]:
    return {
        "path": str(built.snapshot.path),
        "reused": built.reused,
        "manifest": json.loads(built.snapshot.manifest.to_json()),
        "warnings": list(built.snapshot.manifest.warnings),
        "rejected": [item.as_dict() for item in built.rejected],
    }


@data.command("card")
def show_card(
    snapshot: Annotated[str, typer.Argument(help="A snapshot's name, name-hash, or folder.")],
    as_json: AsJson = False,
) -> None:
    """Show what a data set is: sources, licences, labels, languages, duplicates, splits."""
    from rich.markdown import Markdown

    from data.snapshot import CARD, find

    held = find(snapshot, load_settings().home / "snapshots")
    if as_json:
        typer.echo(held.manifest.to_json())
    else:
        Console().print(Markdown((held.path / CARD).read_text(encoding="utf-8")))


@data.command("starter")
def lint_starter(
    as_json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 for faults of single rows and labels too.")] = False,
) -> None:
    """Look over the starter corpus: broken rows, repetitions, counts, faults; exit 3 where it falls short."""
    from data.corpus_lint import look_over
    from moderation.taxonomy import load_taxonomy

    settings = load_settings()
    report = look_over(places_of(settings).starter, load_taxonomy(settings.configs / "taxonomy.toml").names)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        _show_report(report, Console())
    wanting = (*report.shortcomings, *(report.faults if strict else ()))
    if wanting:
        raise GateRefusedError("The starter corpus falls short: " + "; ".join(wanting) + ".")


def _show_report(report: CorpusReport, console: Console) -> None:
    languages = sorted(
        {lang for held in report.by_label.values() for lang in held}, key=lambda lang: (lang != "zh", lang)
    )
    table = Table("label", *languages, "all", "hard negatives")
    for name, held in report.by_label.items():
        beside = f"{report.hard_negatives[name]:,}" if name in report.hard_negatives else ""
        table.add_row(name, *(f"{held.get(lang, 0):,}" for lang in languages), f"{sum(held.values()):,}", beside)
    print_table(table, console)
    _show_beside(report, languages, console)
    console.print(
        f"{report.rows:,} comments, {report.distinct:,} distinct, {report.groups:,} groups, "
        f"{len(report.kinds):,} kinds, median {report.median_length:g} code points; "
        f"{len(report.repeated):,} pairs nearly alike."
    )
    for first, second in report.repeated[:SHOWN]:
        console.print(f"  nearly alike: {escape(first)} and {escape(second)}")
    for item in report.broken[:SHOWN]:
        console.print(f"  [red]broken:[/] {escape(item.file)}:{item.line}: {escape(item.cause)}")
    for fault in report.faults:
        console.print(f"  [yellow]fault:[/] {escape(fault)}")


def _show_beside(report: CorpusReport, languages: Sequence[str], console: Console) -> None:
    """Hard negatives for each row of a label's own files, by language; where one for every two is not there, in red."""
    table = Table("hard negatives for each row of", *languages)
    for name, held in report.beside.items():
        table.add_row(name, *(_share(held[lang]) for lang in languages))
    print_table(table, console)


def _share(counts: Beside) -> str:
    if counts.share is None:
        return ""
    return f"{counts.share:.2f}" if counts.is_enough else f"[red]{counts.share:.2f}[/]"
