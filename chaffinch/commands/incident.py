"""`chaffinch incident` and `chaffinch rectification`: the security log, reports to the authority, what to put right."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from chaffinch.commands.shared import (
    AsJson,
    By,
    all_of,
    give_out,
    looked_at,
    moment,
    now,
    print_json,
    reading,
    show,
    to_answer,
    utc,
    writing,
)
from chaffinch.settings import load_settings
from moderation.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from governance.giving import Gift
    from governance.incident_forms import IncidentForms
    from records.database import Database
    from records.incidents import IncidentRecord, ItemRecord

T = TypeVar("T")

incident = typer.Typer(no_args_is_help=True, help="The log of security incidents, and reports to the authority.")
rectification = typer.Typer(no_args_is_help=True, help="What has to be put right, by whom and until when.")

Why = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger.")]
IncidentId = Annotated[str, typer.Argument(help="The incident, as `incident list` shows it.")]
ItemId = Annotated[str, typer.Argument(help="The item, as `rectification list` shows it.")]
Fields = Annotated[
    list[str] | None, typer.Option("--field", help="NAME=VALUE, a field of configs/incidents.toml; several times.")
]
Out = Annotated[Path | None, typer.Option(help="Write it to this file: .html for a page, else JSON.")]


class State(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    MENDED = "mended"
    CLOSED = "closed"


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(incident, name="incident")
    app.add_typer(rectification, name="rectification")


@incident.command("record")
def record(
    kind: Annotated[str, typer.Argument(help="A kind of configs/incidents.toml: leak, intrusion, outage, ...")],
    severity: Annotated[str, typer.Option(help="low, medium, high, critical.")],
    by: By,
    found: Annotated[datetime | None, typer.Option(help="When it was found (UTC); now if not given.")] = None,
    field: Fields = None,
    as_json: AsJson = False,
) -> None:
    """Write an incident down. What becomes known later is added with `incident add`."""
    from governance import incidents
    from governance.incidents import Found

    found_at = now() if found is None else utc(found)
    with writing() as unit:
        made = incidents.record(unit, Found(kind, severity, found_at, _told(field), by), forms=_forms(), now=now())
        unit.commit()
    _tell(made, as_json)


@incident.command("add")
def add(
    incident_id: IncidentId, by: By, why: Why, field: Fields = None, state: State | None = None, as_json: AsJson = False
) -> None:
    """Add what is known by now, and say where it stands."""
    from governance import incidents
    from governance.incidents import More
    from records.incidents import IncidentState

    more = More(_told(field), by, why, None if state is None else IncidentState(state.value))
    with writing() as unit:
        changed = incidents.add_fields(unit, incident_id, more, forms=_forms(), now=now())
        unit.commit()
    _tell(changed, as_json)


@incident.command("list")
def list_incidents(as_json: AsJson = False) -> None:
    """Every incident, the newest first."""
    from records import incidents

    with reading() as look:
        found = all_of(lambda cursor: incidents.page(look, limit=200, cursor=cursor))
    show(
        [_document(each) for each in found], as_json, "No incident was ever recorded: chaffinch incident record --help"
    )


@incident.command("report")
def report(incident_id: IncidentId, out: Out = None) -> None:
    """The report of an incident for the authority: JSON, or a page."""
    from chaffinch.wiring import open_database
    from governance import authority_reports
    from governance.giving import Gift
    from records.unit_of_work import Reading

    def make(look: Reading, file: IO[bytes]) -> list[str]:
        found = authority_reports.incident(look, incident_id, _forms())
        file.write(_written(found, out).encode())
        return list(found["lacking"])

    with closing(open_database(load_settings())) as database:
        lacking = _give(database, out, Gift(make, lambda unit, _: looked_at(unit, f"incident report {incident_id}", 1)))
    if lacking:
        typer.echo(f"The report lacks {', '.join(lacking)}.", err=True)


@incident.command("reported")
def reported(
    incident_id: IncidentId,
    to: Annotated[str, typer.Option(help="Which authority was told.")],
    by: By,
    receipt: Annotated[str, typer.Option(help="The authority's number of our report.")] = "",
    as_json: AsJson = False,
) -> None:
    """Note that the authority was told; refused while the report lacks something."""
    from governance import incidents

    with writing() as unit:
        told = incidents.reported(unit, incident_id, to=to, receipt=receipt, forms=_forms(), by=by, now=now())
        unit.commit()
    _tell(told, as_json)


@incident.command("content")
def content(
    decision: Annotated[list[str], typer.Argument(help="Decisions about the comments that are reported.")],
    authority: Annotated[str, typer.Option(help="To whom.")],
    ground: Annotated[str, typer.Option(help="On which ground.")],
    by: By,
    why: Why,
    out: Out = None,
) -> None:
    """A report of unlawful content, with texts and ledger entries; that it was made is an entry."""
    from chaffinch.commands.report import words_of
    from chaffinch.wiring import key_folder, open_database
    from governance import authority_reports, giving
    from governance.authority_reports import ContentOrder
    from records.personal import open_keyring
    from records.unit_of_work import Reading, Unit

    settings, order, asked = load_settings(), ContentOrder(decision, authority, by, why, ground), now()

    def make(look: Reading, file: IO[bytes]) -> IO[bytes]:
        giving.check(look, giving.Giver(by, why, ground, opened=True), typed=True)
        return file

    def note(unit: Unit, file: IO[bytes]) -> None:
        found = authority_reports.content(unit, order, _forms(), keyring, words_of(), now=asked)
        file.write(_written(found, out).encode())

    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=asked)
        _give(database, out, giving.Gift(make, note))


@rectification.command("demand")
def demand(  # noqa: PLR0913, PLR0917 - options of a command
    finding: Annotated[str, typer.Argument(help="What was found.")],
    demand_: Annotated[str, typer.Option("--demand", help="What has to be done.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    due: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Until the end of the day before.")],
    by: By,
    authority: Annotated[str | None, typer.Option(help="Who found it; the house itself if left out.")] = None,
    reference: Annotated[str, typer.Option(help="The authority's number.")] = "",
    incident_id: Annotated[str | None, typer.Option("--incident", help="The incident that it follows from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Note something that has to be put right."""
    from governance import incidents
    from governance.incidents import HOUSE, Demand

    wish = Demand(authority or HOUSE, reference, finding, demand_, owner, utc(due), by, incident_id)
    with writing() as unit:
        made = incidents.demand(unit, wish, now=now())
        unit.commit()
    if made.due_at <= now():
        typer.echo(f"It is overdue: it was due by {made.due_at:%Y-%m-%d}, and stands among what is late.", err=True)
    _tell_item(made, as_json)


@rectification.command("prove")
def prove(
    item_id: ItemId,
    proof: Annotated[str, typer.Option(help="What shows that it is done.")],
    by: By,
    file: Annotated[Path | None, typer.Option(help="A file that shows it; its hash is kept.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say that it is done and what shows it; a second person looks."""
    from governance import incidents
    from records import incidents as stored

    with writing() as unit:
        told = None if file is None else file.read_bytes()
        asked = incidents.prove(unit, item_id, proof=proof, file=told, by=by, now=now())
        found = stored.item(unit, item_id)
        unit.commit()
    if not as_json:
        typer.echo(f"A second person looks at it, and answers {to_answer(asked.id)}.")
    _tell_item(found, as_json, approval_id=asked.id)


@rectification.command("list")
def list_items(
    undone: Annotated[bool, typer.Option("--undone", help="Those alone that are not done.")] = False,
    as_json: AsJson = False,
) -> None:
    """What has to be put right, the nearest due first; what is late says so."""
    from records import incidents

    with reading() as look:
        found = incidents.items(look, undone=undone)
    show([_item(each) for each in found], as_json, "Nothing has to be put right.")


def _forms() -> IncidentForms:
    from governance.incident_forms import load_forms

    return load_forms(load_settings().configs)


def _told(fields: list[str] | None) -> dict[str, str]:
    """`NAME=VALUE` as a dictionary. Raises `InvalidInputError`."""
    odd = [each for each in fields or () if "=" not in each]
    if odd:
        raise InvalidInputError("The fields cannot be read.", [Fault(each, "write NAME=VALUE") for each in odd])
    pairs = (each.partition("=") for each in fields or ())
    return {name.strip(): value for name, _, value in pairs}


def _written(report: dict[str, Any], out: Path | None) -> str:
    from governance.authority_reports import page

    is_page = out is not None and out.suffix == ".html"
    return page(report) if is_page else f"{json.dumps(report, ensure_ascii=False, indent=2)}\n"


def _give(database: Database, out: Path | None, gift: Gift[T]) -> T:
    """As a file, or on the screen; once the entry, or the look, stands."""
    told = give_out(database, out, gift)
    if out is not None:
        typer.echo(f"Report: {out}", err=True)
    return told


def _tell(record: IncidentRecord, as_json: bool) -> None:
    if as_json:
        print_json(_document(record) | {"fields": dict(record.fields)})
    else:
        typer.echo(f"{record.id} is {record.state}: {record.kind}, {record.severity}.")


def _document(record: IncidentRecord) -> dict[str, Any]:
    return {
        "id": record.id, "kind": record.kind, "severity": record.severity, "state": record.state.value,
        "found_at": moment(record.found_at), "reported_at": moment(record.reported_at),
        "reported_to": record.reported_to, "receipt": record.receipt,
    }  # fmt: skip


def _tell_item(item: ItemRecord, as_json: bool, **more: str) -> None:
    if as_json:
        print_json({**_item(item), **more})
    else:
        typer.echo(f"{item.id} is {item.state}: {item.owner} until {item.due_at:%Y-%m-%d}.")


def _item(item: ItemRecord) -> dict[str, Any]:
    state = item.state.value
    return {
        "id": item.id, "state": f"{state}, late" if state != "done" and item.due_at <= now() else state,
        "owner": item.owner, "due_at": moment(item.due_at), "authority": item.authority, "reference": item.reference,
        "finding": item.finding, "demand": item.demand, "proof": item.proof, "confirmed_by": item.confirmed_by,
        "incident": item.incident_id,
    }  # fmt: skip
