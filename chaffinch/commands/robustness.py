"""`chaffinch robustness`: what disguise takes from a model and its rules, and the ghosts that they see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from chaffinch.commands.shared import watched
from chaffinch.progress import stages
from chaffinch.settings import Settings, load_settings
from moderation.errors import NotFoundError

if TYPE_CHECKING:
    from data.disguises.words import BearingWords
    from eval.bootstrap import Difference
    from eval.judges import Judge
    from eval.metrics import Interval
    from eval.robustness import FamilyFigures, Robustness

LEGEND = (
    "rows: violations with a word that the family can rewrite; found, hidden: the share found plainly and disguised",
    "change: in points, with half of the 95 % interval; as sent: the same without the normaliser",
    "reviewed, blocked: harmless rows that newly are, disguised in the same way; *: never trained on",
)


def robustness(  # noqa: PLR0913 - each is an option of the command line
    model: Annotated[str, typer.Argument(help="name@alias, name@version, a bundle folder, or none.")],
    on: Annotated[str, typer.Argument(metavar="SNAPSHOT|FILE", help="A snapshot, a frozen set, or labelled JSONL.")],
    *,
    rules: Annotated[bool, typer.Option("--rules", help="With the live rules beside the model.")] = False,
    strength: Annotated[float, typer.Option(min=0, max=1, help="The share of words that is rewritten.")] = 0.5,
    rows: Annotated[int, typer.Option(min=1, help="Violations, and harmless rows, at most.")] = 2_000,
    split: Annotated[str, typer.Option(help="Which side of a snapshot: train, validation, test, or all.")] = "test",
    words: Annotated[
        str | None, typer.Option(help="The snapshot whose training side tells which words bear a label; else SNAPSHOT.")
    ] = None,
    plots: Annotated[Path | None, typer.Option(help="Write pictures (SVG) into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Disguise labelled rows in sixteen ways: what is no longer found, and what is wrongly seen."""
    from chaffinch.wiring import taxonomy_of
    from eval.robustness import Asked
    from eval.robustness import robustness as measure
    from eval.subject import subject

    settings = load_settings()
    held = subject(on, taxonomy_of(settings), home=settings.home, split=split)
    judge, name = _judge(model, settings, with_rules=rules)
    with stages(watched()) as bar:
        bar.told("words that bear a label", None)
        asked = Asked(judge, name, held.about, held.hash, _bearing(words, on, settings), strength=strength, most=rows)
        found = measure(held.rows, asked, progress=bar.told)
    if plots is not None:
        from eval.report import write_plots
        from eval.robustness_plot import draw

        plots.mkdir(parents=True, exist_ok=True)
        write_plots(plots, draw(found))
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _show(found)


def _judge(model: str, settings: Settings, *, with_rules: bool) -> tuple[Judge, str]:
    """Who judges, and what he is called in the report."""
    from chaffinch.wiring import load_engine
    from eval.judges import by_rules, by_scorer, severest

    engine = load_engine(settings, model=model)
    name = f"{engine.scorer.name}@{engine.scorer.version}"
    if not with_rules or engine.rules is None:
        return by_scorer(engine.scorer), name
    return severest(by_scorer(engine.scorer), by_rules(engine.rules)), f"{name} with rules {engine.rules.version}"


def _bearing(words: str | None, on: str, settings: Settings) -> BearingWords:
    """By the training side of `words` or of the snapshot itself; none for a file or a frozen set alone."""
    from data.disguises.words import BearingWords
    from data.snapshot import find
    from eval.robustness import bearing_of

    try:
        train = find(words or on, settings.home / "snapshots").split("train")
    except NotFoundError:
        if words is not None:
            raise
        return BearingWords({})
    return bearing_of(train)


def _show(found: Robustness) -> None:
    typer.echo(f"{found.model} on {found.about}, strength {found.strength:g}")
    table = Table(box=SIMPLE_HEAD, padding=0)
    for heading in ("family", "rows", "found", "hidden", "change", "as sent", "reviewed", "blocked"):
        table.add_column(heading, justify="left" if heading == "family" else "right", no_wrap=True)
    for each in found.families:
        table.add_row(*_row(each))
    table.add_section()
    for each in found.together:
        table.add_row(*_row(each))
    Console().print(table)
    plain = f"{_share(found.harmless_reviewed)} are reviewed, {_share(found.harmless_blocked)} blocked"
    typer.echo(f"{found.violations:,} violations, {found.harmless:,} harmless rows; of these, undisguised, {plain}.")
    for text in LEGEND:
        typer.echo(text)


def _row(each: FamilyFigures) -> tuple[str, ...]:
    name = f"{each.name} *" if each.held_out else each.name
    return (name, f"{each.before.rows:,}", _share(each.before), _share(each.after), _points(each.change),
            _points(each.as_sent), _share(each.newly_reviewed), _share(each.newly_blocked))  # fmt: skip


def _share(told: Interval) -> str:
    return f"{told.share:.2%}" if told.rows else ""


def _points(told: Difference | None) -> str:
    if told is None:
        return ""
    return f"{100 * told.value:+.1f} ±{50 * (told.high - told.low):.1f}"
