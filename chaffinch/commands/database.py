"""`chaffinch database copy`: every record into another database, when one machine's file is to become a server's."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from chaffinch.commands.shared import AsJson, moment, now, print_json, watched
from chaffinch.settings import load_settings
from moderation.errors import ConfigError, ConflictError, Fault

if TYPE_CHECKING:
    from chaffinch.settings import Settings
    from records.database import Database
    from records.elsewhere import Keys, TakenBack
    from records.unit_of_work import Reading

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
        closing(open_database(settings, moved_too=True)) as source,
        closing(_target(url, settings)) as target,
        stages(watched()) as told,
    ):
        with source.reading() as look:
            _check_here(source, look, settings)
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
    typer.echo(
        "  3. Keep the old database apart, as a backup: from now on it refuses serve, worker and other commands."
    )


@database.command()
def reopen(
    by: Annotated[str, typer.Option("--by", help="Who does it.")],
    why: Annotated[str, typer.Option("--why", help="Why; stands in the ledger of both.")],
    other: Annotated[
        str | None,
        typer.Option(
            help="Whole URL of the other database, where that takes a password; - reads it from standard input."
        ),
    ] = None,
    although_in_service: Annotated[
        bool,
        typer.Option(
            "--although-in-service", help="Also where the other one serves, or may; it is taken out of service."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a database whose records were copied away back into service; what the other one was told is not here.

    Refused while the other one answers and is in service: both would sign one ledger.
    """
    from chaffinch.os_user import os_user
    from chaffinch.wiring import open_database
    from governance.approvals import LOOK_AFTER
    from governance.giving import teller
    from records import elsewhere

    settings = load_settings()
    url = sys.stdin.readline().strip() if other == STANDARD_INPUT else other
    with closing(open_database(settings, moved_too=True)) as here:
        with here.reading() as look:
            who = teller(look, by, why, needs=LOOK_AFTER)
        asked = elsewhere.Asked(who.who, who.why, os_user(), now())
        keys = _keys(settings, url)
        taken = elsewhere.take_back(here, keys, asked, although_in_service=although_in_service)
        address = here.address
    if taken is None:
        raise ConflictError(f"{address} is in service: its records were not copied away.")
    if as_json:
        print_json({
            "address": address, "from": taken.moved.address, "since": moment(taken.moved.begun_at),
            "other": {"address": taken.other.address, "was": taken.other.state, "given_up": taken.given_up},
        })  # fmt: skip
        return
    _tell(address, taken)


def _tell(address: str, taken: TakenBack) -> None:
    moved, other = taken.moved, taken.other
    typer.echo(
        f"{address} is in service again. What {moved.address} was told since {moment(moved.begun_at)} is not here."
    )
    if taken.given_up:
        typer.echo(f"{other.address} is out of service, and its ledger says so: what still serves it answers 503.")
    else:
        typer.echo(
            f"{other.address} {_FOUND[other.state]}. Let nothing serve it any more: both would sign a ledger with the "
            "same key."
        )


_FOUND = {
    "in service": "could not be taken out of service",
    "out of service": "is not in service",
    "does not answer": "does not answer, and knows nothing of this",
    "cannot be looked into": "could not be taken out of service",
}
"""By what the other database was."""


def _check_here(source: Database, look: Reading, settings: Settings) -> None:
    """Raises `ConflictError` where the records went elsewhere. A copy that was killed may be begun anew."""
    from records import elsewhere, moved_away

    moved = moved_away.found(look)
    if moved is None:
        return
    if moved.state != moved_away.BEGUN:
        raise ConflictError(moved.sentence)
    elsewhere.check_unserved(moved, source, _keys(settings, None))


def _keys(settings: Settings, url: str | None) -> Keys:
    """What opens another database of this installation. Raises `ConfigError` for a URL that cannot be used."""
    from records.elsewhere import Keys

    told = "The other database cannot be asked."
    with closing(_target(url or settings.records_url, settings, told)) as checked:
        return Keys(checked.marks, url)


def _target(url: str, settings: Settings, told: str = "The database to copy into cannot be used.") -> Database:
    """Raises `ConfigError` that speaks of the URL that was typed, not of the setting."""
    from chaffinch.wiring import key_folder
    from records.database import Database
    from records.marks import Marks

    try:
        return Database(url, marks=Marks(key_folder(settings)))
    except ConfigError as error:
        faults = [Fault("URL", fault.detail) for fault in error.faults]
        raise ConfigError(told, faults) from error
