"""`chaffinch inspection`: an authority's requests, what they may read, what was given."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.audit import tell_exported
from chaffinch.commands.shared import (
    AsJson,
    By,
    all_of,
    give_out,
    moment,
    now,
    print_json,
    question_about,
    reading,
    show,
    to_answer,
    utc,
    writing,
)
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from governance.evidence import Exported
    from records.inspections import InspectionRecord

inspection = typer.Typer(no_args_is_help=True, help="An authority's requests, and what was given.")

Why = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger.")]
InspectionId = Annotated[str, typer.Argument(help="The request, as `inspection list` shows it.")]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(inspection, name="inspection")


@inspection.command("ask")
def ask(  # noqa: PLR0913, PLR0917 - options of a command
    authority: Annotated[str, typer.Argument(help="Who asks.")],
    reference: Annotated[str, typer.Option(help="The authority's number of its request.")],
    asked: Annotated[str, typer.Option(help="What it asks for, in its words.")],
    ground: Annotated[str, typer.Option(help="On which ground it asks.")],
    inspector: Annotated[str, typer.Option(help="The log-in name of who reads for it.")],
    since: Annotated[datetime, typer.Option(help="Evidence from this moment on (UTC).")],
    until: Annotated[datetime, typer.Option(help="And before this one (UTC).")],
    by: By,
    why: Why,
    surface: Annotated[list[str] | None, typer.Option(help="Of this surface; several times, or none for all.")] = None,
    account: Annotated[
        list[str] | None, typer.Option(help="Of this account (the platform's pseudonym); several times, or all.")
    ] = None,
    thread: Annotated[list[str] | None, typer.Option(help="Of this thread; several times, or all.")] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(help="Measures of this kind, taken in the time, and what they were taken for; several times."),
    ] = None,
    days: Annotated[int, typer.Option(help="How long it may be read.")] = 14,
    opened: Annotated[bool, typer.Option("--open", help="With the texts and pseudonyms themselves.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record a request and ask a second person to grant it."""
    from chaffinch.wiring import key_folder, open_database, taxonomy_of
    from governance import inspections
    from moderation.policy import load_policies
    from records.personal import open_keyring

    settings = load_settings()
    policies = load_policies(taxonomy_of(settings), settings.configs / "policies")
    surfaces = {name for each in policies.values() for name in each.surfaces}
    wish = inspections.Wish(
        authority, reference, asked, ground, inspector, utc(since), utc(until), days, by, why,
        tuple(surface) if surface else None, opened,
        *(tuple(each) if each else None for each in (account, thread, measure)),
    )  # fmt: skip
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now())
    with writing() as unit:
        record = inspections.ask(unit, wish, surfaces=surfaces, now=now(), keyring=keyring)
        question = question_about(unit, record.id)
        unit.commit()
    if as_json:
        print_json({**_document(record), "approval_id": question})
        return
    typer.echo(f"The request {record.id} waits for a second person, who answers {to_answer(question)}.")


@inspection.command("list")
def list_inspections(as_json: AsJson = False) -> None:
    """Every request, and where it stands."""
    from records import inspections

    with reading() as look:
        found = all_of(lambda cursor: inspections.page(look, limit=200, cursor=cursor))
    show([_document(each) for each in found], as_json, "No request was ever recorded: chaffinch inspection ask --help")


@inspection.command("show")
def show_one(inspection_id: InspectionId, as_json: AsJson = False) -> None:
    """One request, and what was given under it: read, exported, refused."""
    from governance import inspection_reading
    from records import inspections

    with reading() as look:
        record = inspections.get(look, inspection_id)
        given = inspection_reading.given(look, inspection_id)
    rows = [
        {"at": moment(each.at), "kind": each.kind, "to": each.by, "what": each.what, "number": each.number}
        for each in given
    ]
    refused = [each for each in rows if each["kind"] == inspection_reading.REFUSED]
    read = [each for each in rows if each["kind"] != inspection_reading.REFUSED]
    if as_json:
        print_json({**_document(record), "given": read, "refused": refused})
        return
    for name, value in _document(record).items():
        typer.echo(f"{name}: {value}")
    show(read, False, "Nothing was given yet.")
    if refused:
        typer.echo("Asked for beyond the scope, and refused:")
        show(refused, False, "")


@inspection.command("close")
def close(inspection_id: InspectionId, by: By, why: Why) -> None:
    """Close a request before its time: nothing more is read."""
    from governance import inspections

    with writing() as unit:
        closed = inspections.close(unit, inspection_id, by=by, why=why, now=now())
        unit.commit()
    typer.echo(f"{closed.authority} {closed.reference} is closed.")


@inspection.command("export")
def export(
    inspection_id: InspectionId,
    out: Annotated[Path, typer.Argument(help="The ZIP file to make.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Write all that lies in a granted request to a file with proofs, to be handed over; it is an entry too."""
    from chaffinch.wiring import key_folder, open_database
    from governance import approvals, inspection_reading, inspections
    from governance.giving import Gift
    from records.personal import at_hand
    from records.unit_of_work import Reading, Unit

    settings = load_settings()

    def make(look: Reading, file: IO[bytes]) -> Exported:
        who = approvals.person(look, by, needs=approvals.LOOK_AFTER, typed=True)
        record = inspections.to_hand_over(look, inspection_id, now=now())
        return inspection_reading.export(
            look, file, record, who, at_hand(look, key_folder(settings)) if record.opened else None
        )

    def note(unit: Unit, done: Exported) -> None:
        who = approvals.person(unit, by, needs=approvals.LOOK_AFTER)
        inspection_reading.note_export(
            unit, inspections.to_hand_over(unit, inspection_id, now=now()), done, by=who, now=now()
        )

    with closing(open_database(settings)) as database:
        done = give_out(database, out, Gift(make, note))
    tell_exported(out, done, as_json=as_json)


def _document(record: InspectionRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "authority": record.authority,
        "reference": record.reference,
        "asked": record.asked,
        "ground": record.ground,
        "inspector": record.inspector,
        "surfaces": None if record.surfaces is None else list(record.surfaces),
        **{
            name: None if (told := getattr(record, name)) is None else list(told)
            for name in ("accounts", "threads", "measures")
        },
        "since": moment(record.since),
        "until": moment(record.until),
        "opened": record.opened,
        "state": record.state.value,
        "ends_at": moment(record.ends_at),
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
    }
