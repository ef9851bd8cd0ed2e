"""`chaffinch search`: the index of the console's search, looked at and made anew."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from chaffinch.commands.shared import AsJson, print_json, reading
from chaffinch.settings import load_settings

search = typer.Typer(no_args_is_help=True, help="The index of comments by their words.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(search, name="search")


@search.command("status")
def status(as_json: AsJson = False) -> None:
    """How many comments are found, and how many wait to be brought up to date."""
    from records import search as index

    with reading() as look:
        found = {"entries": index.entries(look), "waiting": index.waiting(look)}
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{found['entries']} comments are found by their words; {found['waiting']} changes wait.")


@search.command("rebuild")
def rebuild(
    wait: Annotated[bool, typer.Option(help="Bring every comment in now; else the worker does.")] = True,
) -> None:
    """Make the index anew from the comments; what was found before is found meanwhile."""
    from chaffinch.wiring import open_database
    from records import search as index

    with closing(open_database(load_settings())) as database:
        with database.unit() as unit:
            marked = index.mark_all(unit)
            unit.commit()
        while wait:
            with database.unit() as unit:
                done = index.catch_up(unit)
                unit.commit()
            if not done:
                break
    typer.echo(f"{marked} comments {'are found by their words' if wait else 'wait for the worker'}.")
