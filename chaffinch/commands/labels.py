"""`chaffinch data export-labels`: from the online column's verdicts to the offline column's files."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from chaffinch.commands import data
from chaffinch.settings import load_settings


def add_to(app: typer.Typer) -> None:
    """Mounts the command beside the others of `chaffinch data`."""
    del app
    data.data.command("export-labels")(export_labels)


def export_labels(
    by: Annotated[str, typer.Option("--by", help="Who has the texts written to files.")],
    why: Annotated[str, typer.Option("--why", help="Why; stands in the ledger.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Write moderators' verdicts as label records, from which the next data set is built.

    Those of the last seconds, which may still be taken back, are left for the next time.
    """
    from chaffinch.os_user import os_user
    from chaffinch.wiring import open_database
    from governance.giving import teller
    from review.labels_export import Order
    from review.labels_export import export_labels as export
    from review.verdicts import SETTLED_AFTER

    settings = load_settings()
    folder = settings.home / "labels"
    with closing(open_database(settings)) as database:
        folder.mkdir(parents=True, exist_ok=True)
        with database.reading() as look:
            told = teller(look, by, why)
        order = Order(told.actor, told.why, os_user())
        done = export(database, folder, order, now=datetime.now(UTC), settled=SETTLED_AFTER)
    if as_json:
        typer.echo(json.dumps(asdict(done), default=str))
    else:
        typer.echo(f"{done.records} label records in {folder}")
