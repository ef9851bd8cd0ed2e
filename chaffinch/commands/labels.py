"""`chaffinch data export-labels`: from the online column's verdicts to the offline column's files."""

from __future__ import annotations

import json
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


def export_labels(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Write moderators' verdicts as label records, from which the next data set is built.

    Those of the last seconds, which may still be taken back, are left for the next time.
    """
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder
    from records.database import Database
    from records.marks import Marks
    from review.labels_export import export_labels as export
    from review.verdicts import SETTLED_AFTER

    settings = load_settings()
    database = Database(settings.records_url, marks=Marks(key_folder(settings)))
    try:
        done = export(
            database, settings.home / "labels", now=datetime.now(UTC), settled=SETTLED_AFTER, os_user=os_user()
        )
    finally:
        database.close()
    if as_json:
        typer.echo(json.dumps(asdict(done), default=str))
    else:
        typer.echo(f"{done.records} label records in {settings.home / 'labels'}")
