"""`chaffinch database copy`: every record into another database, when one machine's file is to become a server's."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from chaffinch.commands.shared import AsJson, now, print_json, watched
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from records.database import Database

database = typer.Typer(no_args_is_help=True, help="The database of the records.")

STANDARD_INPUT = "-"

To = Annotated[
    str,
    typer.Argument(
        help="URL of an empty database, postgresql://host/name or sqlite:////path; - reads it from standard input, "
        "where nobody else on the machine sees its password."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(database, name="database")


@database.callback()
def _group() -> None:
    """The database of the records."""


@database.command()
def copy(
    to: To,
    by: Annotated[str, typer.Option("--by", help="Who does it.")],
    why: Annotated[str, typer.Option("--why", help="Why; stands in the ledger of both.")],
    as_json: AsJson = False,
) -> None:
    """Copy every record into an empty database, all or nothing, each row read back; writers wait meanwhile.

    Stop the service first; afterwards set CHAFFINCH_DATABASE_URL to the new one, keep the home, and start it again.
    """
    from chaffinch.os_user import os_user
    from chaffinch.progress import stages
    from chaffinch.wiring import open_database
    from governance.approvals import LOOK_AFTER
    from governance.giving import teller
    from records.copying import copy as copy_all

    url = sys.stdin.readline().strip() if to == STANDARD_INPUT else to
    settings = load_settings()
    with (
        closing(open_database(settings)) as source,
        closing(_target(url, settings)) as target,
        stages(watched()) as told,
    ):
        with source.reading() as look:
            who = teller(look, by, why, needs=LOOK_AFTER)
        counts = copy_all(
            source, target, by=who.who, why=who.why, os_user=os_user(), now=now(),
            told=lambda table, done, of: told.told(table, done / of, f"{done:,} of {of:,} rows"),
        )  # fmt: skip
        address, before = target.address, source.address
    if as_json:
        print_json({"from": before, "to": address, "rows": counts})
        return
    typer.echo(f"{sum(counts.values()):,} rows of {sum(map(bool, counts.values()))} tables: {before} to {address}")
    typer.echo("Every row was read back. What is left to do:")
    typer.echo("  1. Set CHAFFINCH_DATABASE_URL to the new database; the home with its keys stays.")
    typer.echo("  2. chaffinch audit verify; then start the service. Its worker makes the index of words anew.")
    typer.echo("  3. Keep the old database apart, as a backup: what it is told from now on, the new one never learns.")


def _target(url: str, settings: Settings) -> Database:
    """Raises `ConfigError` that speaks of the URL that was typed, not of the setting."""
    from chaffinch.wiring import key_folder
    from moderation.errors import ConfigError, Fault
    from records.database import Database
    from records.marks import Marks

    try:
        return Database(url, marks=Marks(key_folder(settings)))
    except ConfigError as error:
        faults = [Fault("URL", fault.detail) for fault in error.faults]
        raise ConfigError("The database to copy into cannot be used.", faults) from error
