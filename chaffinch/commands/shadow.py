"""`chaffinch shadow`: a challenger beside the champion, scored by the worker after the answer and never shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands.shared import AsJson, reading
from chaffinch.commands.tables import print_table
from chaffinch.settings import load_settings
from moderation.decision import Outcome

if TYPE_CHECKING:
    from governance.shadow import ShadowReport

shadow = typer.Typer(no_args_is_help=True, help="A challenger beside the champion, scored after the answer.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(shadow, name="shadow")


@shadow.command()
def start(
    model: Annotated[str, typer.Argument(help="name@alias, name@version, or a bundle folder.")],
    as_json: AsJson = False,
) -> None:
    """Make a model the challenger: the worker scores it beside the answers, which stay the champion's."""
    from chaffinch.shadowing import challenge

    _say(challenge(load_settings(), model), as_json=as_json)


@shadow.command()
def stop(as_json: AsJson = False) -> None:
    """No challenger any more; what it was held against stays for the report."""
    from chaffinch.shadowing import call_off

    _say(call_off(load_settings()), as_json=as_json)


@shadow.command()
def report(
    challenger: Annotated[str | None, typer.Option(help="A version; the one that was scored last otherwise.")] = None,
    champion: Annotated[str | None, typer.Option(help="A version; the one it met last otherwise.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the challenger's decisions with those that were answered, and both with people's verdicts."""
    from governance.shadow import report as figures

    with reading() as look:
        found = figures(look, challenger=challenger, champion=champion)
    if html is not None:
        from chaffinch.shadowing import as_html
        from registry.files import write_atomically

        write_atomically(html, as_html(found).encode())
    if as_json:
        from chaffinch.shadowing import as_json as for_programs

        typer.echo(json.dumps(for_programs(found), ensure_ascii=False))
        return
    _tell(found)


def _say(sentence: str, *, as_json: bool) -> None:
    typer.echo(json.dumps({"sentence": sentence}, ensure_ascii=False) if as_json else sentence)


def _tell(found: ShadowReport) -> None:
    from chaffinch.shadowing import measured

    console, run = Console(soft_wrap=True, highlight=False), found.run
    if run.fault:
        console.print(f"[red]The challenger cannot be loaded: {escape(run.fault)}[/]")
    if not found.slices[0].rows:
        console.print(f"Version {escape(run.version)} was not held against any answer yet; {run.left_out} left out.")
        return
    matrix = Table(f"{found.champion} answered", *(f"{run.version}: {outcome.value}" for outcome in Outcome),
                   title=f"Challenger {run.version} beside champion {found.champion}")  # fmt: skip
    for answered in Outcome:
        matrix.add_row(answered.value, *(f"{found.matrix[answered][outcome]:,}" for outcome in Outcome))
    print_table(matrix, console)
    table = Table("slice", "rows", "agreed", "judged", "precision, champion", "precision, challenger",
                  "challenger right where they differ")  # fmt: skip
    for each in found.slices:
        name = each.name if each.axis == each.name else f"{each.axis} {each.name}"
        table.add_row(escape(name), f"{each.rows:,}", measured(each.agreed), f"{each.judged:,}",
                      measured(each.champion.precision), measured(each.challenger.precision),
                      measured(each.won))  # fmt: skip
    print_table(table, console)
    console.print(f"{run.left_out} drawn decisions left out (text erased, policy changed since, or not scorable).")
    console.print(
        "Precision: of the comments reviewed or blocked that people judged, those that deserve it. People see mostly "
        "what the champion sent them; chaffinch data select has them judge others as well."
    )
