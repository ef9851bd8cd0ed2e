"""`chaffinch data suspects` and `data select`: which labels, and which comments, people should look at next."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands import data
from chaffinch.commands.shared import AsJson, watched
from chaffinch.commands.tables import print_table
from chaffinch.commands.texts import TextsBy, TextsWhy, answering, may_tell
from chaffinch.progress import stages
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from eval.estimates import Estimate
    from eval.suspects import Asked


def add_to(app: typer.Typer) -> None:
    """Mounts the commands beside the others of `chaffinch data`."""
    del app
    data.data.command("suspects")(suspects)
    data.data.command("select")(select)


def suspects(
    name: Annotated[str, typer.Argument(help="A snapshot's name, name-hash or folder; or a source's name.")],
    cases: Annotated[
        int | None, typer.Option(min=0, help="Ask people about so many; configs/suspects.toml says how many otherwise.")
    ] = None,
    by: TextsBy = "",
    why: TextsWhy = "",
    as_json: AsJson = False,
) -> None:
    """Find labels that are probably wrong, write them for review, and ask people about the first."""
    from chaffinch import second_looks
    from chaffinch.wiring import stored_parts
    from governance.giving import FOR_TRAINING

    settings, who = load_settings(), answering(by, why, FOR_TRAINING)
    now = datetime.now(UTC)
    with stages(watched()) as bar:
        bar.told("load", None)
        rows = second_looks.rows_of(name, settings, data.recipes_of(settings), data.places_of(settings))
        found = second_looks.suspects_of(rows, settings, bar.told)
        with_own = may_tell(who, "data suspects", second_looks.own_texts(rows, found), ground="training")
        path = second_looks.write(rows, found, name, settings, with_own=with_own)
        wanted = second_looks.cases_asked(settings) if cases is None else cases
        with stored_parts(settings) as stored:
            has_records = stored is not None
        bar.told("ask", None)
        opened = second_looks.ask_people(rows, found, settings, count=wanted if has_records else 0, now=now)
    if as_json:
        told = {"rows": len(rows), "suspects": len(found.suspects), "cases": opened, "file": str(path)}
        typer.echo(json.dumps(told | {"asked": [asdict(each) for each in found.asked]}, ensure_ascii=False))
        return
    console = Console()
    print_table(_table(found.asked), console)
    console.print(f"{len(rows):,} rows, {len(found.suspects):,} doubted labels: {escape(str(path))}")
    console.print(_cases(opened, wanted, has_records=has_records), highlight=False)


def _table(asked: tuple[Asked, ...]) -> Table:
    table = Table("source", "label", "rows", "says yes", "of them doubted", "says no", "of them doubted ")
    for each in asked:
        no = each.rows - each.yes
        counts = (each.rows, each.yes, each.suspect_yes, no, each.suspect_no)
        table.add_row(each.source, each.question, *(f"{count:,}" for count in counts))
    return table


def _cases(opened: int, wanted: int, *, has_records: bool) -> str:
    if wanted and not has_records:
        return "No database was made here yet, so nobody was asked."
    return (
        f"{opened} became cases in the queue 'second look'; their verdicts come back by `chaffinch data export-labels`."
    )


def select(
    file: Annotated[
        Path | None,
        typer.Argument(help='JSON lines, {"text", "id"?, "lang"?, "surface"?}; the stored decisions if not given.'),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, max=5_000, help="How many; else as configs/selection.toml.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Draws the same again; the moment if not given.")] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Choose nothing; say what the random slices tell of the machine.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Choose the comments that people look at next: unsure ones, unlike ones, and some at random."""
    settings = load_settings()
    if estimate:
        _tell_estimates(settings, as_json)
        return
    from chaffinch.selecting import load_plan, select_lines, select_stored

    now = datetime.now(UTC)
    plan, drawn_by = load_plan(settings, count), int(now.timestamp() * 1000) if seed is None else seed
    with stages(watched()) as bar:
        if file is None:
            done = select_stored(settings, plan, seed=drawn_by, now=now, progress=bar.told)
        else:
            done = select_lines(settings, file, plan, seed=drawn_by, now=now, progress=bar.told)
    chosen = {"population": done.selection.population, "chosen": done.counts(), "cases": done.cases}
    if as_json:
        typer.echo(json.dumps(chosen | {"probability": done.selection.probability, "file": str(done.path)}))
        return
    reasons = ", ".join(f"{number} {reason}" for reason, number in done.counts().items())
    print(f"Of {done.selection.population:,} comments: {reasons}; {done.cases} became cases (the others had one).")
    print(f"Each had a chance of {done.selection.probability:.3%} to be drawn at random: {done.path}")


def _tell_estimates(settings: Settings, as_json: bool) -> None:
    from chaffinch.slices import drawn_of
    from eval.estimates import estimate

    found = estimate(drawn_of(settings))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    print(f"{found.drawn:,} comments were drawn at random; {found.waiting:,} of them wait for a verdict.")
    print(f"Wrong blocks: {_share(found.wrong_blocks)} of blocked comments, {_share(found.wrongly_blocked)} of all.")
    print(f"Missed harm: {_share(found.missed_harm)} of passed comments.")


def _share(found: Estimate) -> str:
    if found.share is None:
        return "nothing is known yet"
    return f"{found.share:.2%} ({found.low:.2%} to {found.high:.2%}; {found.hits} of {found.rows} looked at)"
