"""`chaffinch search`: the index of the console's search, looked at and made anew."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from chaffinch.commands.shared import AsJson, print_json, reading
from chaffinch.settings import load_settings

EXIT_REFUSED = 3
"""The exit status where the index does not find what it holds."""

search = typer.Typer(no_args_is_help=True, help="The index of comments by their words.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(search, name="search")


@search.command("status")
def status(as_json: AsJson = False) -> None:
    """How many comments are found, and how many wait to be brought up to date; exit 3 where the index is damaged."""
    from records import search as index
    from records import search_whole

    with reading() as look:
        wrong = search_whole.fault(look)
        found = {"entries": index.entries(look), "waiting": index.waiting(look), "fault": wrong}
    if as_json:
        print_json(found)
    elif wrong:
        typer.echo(f"The index is damaged, and some comments are not found: {wrong}. Run chaffinch search rebuild.")
    else:
        typer.echo(f"{found['entries']} comments are found by their words; {found['waiting']} changes wait.")
    if wrong:
        raise typer.Exit(EXIT_REFUSED)


@search.command("rebuild")
def rebuild(
    wait: Annotated[bool, typer.Option(help="Bring every comment in now; else the worker does.")] = True,
) -> None:
    """Make the index anew from the comments; what was found before is found meanwhile."""
    from chaffinch.wiring import open_database
    from records import search as index
    from records import search_whole

    with closing(open_database(load_settings())) as database:
        with database.unit() as unit:
            search_whole.mend(unit)
            marked = index.mark_all(unit)
            unit.commit()
        while wait and index.bring_in(database):
            pass
    typer.echo(f"{marked} comments {'are found by their words' if wait else 'wait for the worker'}.")
