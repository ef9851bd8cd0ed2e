"""`chaffinch lists`, and `chaffinch blacklist` for accounts alone: what people know by name, beside the rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.passwords import is_terminal
from chaffinch.commands.shared import AsJson, all_of, moment, reading, show
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError

if TYPE_CHECKING:
    from records.values import ListEntryRecord

ACCOUNT = "account"
DUE_DAYS = 30
"""An entry that expires within so many days should be looked at."""


class Action(StrEnum):
    """What an entry does."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day from which it no longer counts.")]
Reason = Annotated[str, typer.Option(help="Why it is on the list.")]
Source = Annotated[str, typer.Option(help="Where it is known from.")]
By = Annotated[str, typer.Option(help="Who does it; the ledger names the system's user beside.")]
Ground = Annotated[str, typer.Option(help="On which ground a hit stands; goes into every record.")]
Label = Annotated[str | None, typer.Option(help="The label that a hit bears.")]
Kind = Annotated[str | None, typer.Option(help="domain, account, attachment, or a kind of contact; all if not given.")]
EntryId = Annotated[str, typer.Argument(help="The entry, as `lists list` shows it.")]

lists = typer.Typer(no_args_is_help=True, help="Domains, contacts, accounts, attachments: forbidden or allowed.")
blacklist = typer.Typer(no_args_is_help=True, help="Accounts that are forbidden: `lists` for accounts alone.")


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(lists, name="lists")
    app.add_typer(blacklist, name="blacklist")


@lists.command("add")
def add_entry(  # noqa: PLR0913, PLR0917 - options of a command
    kind: Annotated[str, typer.Argument(help="domain, account, attachment, or a kind of contact: wechat, phone, ...")],
    value: Annotated[str, typer.Argument(help="As comments write it; an attachment by its SHA-256.")],
    action: Annotated[
        Action, typer.Option(help="What a hit does; allow takes that one thing out of the rules' sight.")
    ],
    reason: Reason,
    source: Source,
    by: By,
    label: Label = None,
    ground: Ground = "house rules",
    until: Until = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask where the entry is wider than what is typed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put something on a list. Accounts and contacts are kept as keyed hashes alone.

    A domain is what one owner registered: who types a host or a page within it is told what is covered, and asked.
    """
    _check_width(kind, value, action, yes=yes)
    told = {"reason": reason, "source": source, "by": by, "label": label, "ground": ground}
    _tell(_added(kind, value, action, until, told), as_json=as_json)


def _check_width(kind: str, value: str, action: Action, *, yes: bool) -> None:
    """Says what an entry covers beside what was typed. Raises `ChaffinchError` where nobody agrees to it."""
    from moderation.contacts import find_contacts
    from moderation.lists import DOMAIN, is_wider, listed_value

    if kind != DOMAIN:
        return
    stored = listed_value(kind, value, find=find_contacts)
    if not is_wider(kind, value, stored):
        return
    told = f"The entry is {stored}, which is wider than {value.strip()}: it covers every host and page of {stored}"
    typer.echo(f"{told} ({action}).", err=True)
    if yes:
        return
    if not is_terminal():
        raise ChaffinchError(f"Nothing was listed. If all of {stored} is meant, type it, or say --yes.")
    if not typer.confirm(f"List {stored}?", err=True):
        raise ChaffinchError("Nothing was listed.")


@blacklist.command("add")
def add_account(  # noqa: PLR0913, PLR0917 - options of a command
    account: Annotated[str, typer.Argument(help="The platform's pseudonym of the author.")],
    reason: Reason,
    source: Source,
    by: By,
    action: Annotated[Action, typer.Option(help="What a hit does: review or block.")] = Action.BLOCK,
    ground: Ground = "house rules",
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Forbid an account; only a keyed hash of it is kept."""
    told = {"reason": reason, "source": source, "by": by, "ground": ground}
    _tell(_added(ACCOUNT, account, action, until, told), as_json=as_json)


def _added(kind: str, value: str, action: Action, until: datetime | None, told: dict[str, Any]) -> ListEntryRecord:
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database, taxonomy_of
    from governance import lists as governing
    from moderation.lists import ListAction
    from records.personal import open_keyring

    settings, now = load_settings(), datetime.now(UTC)
    listing = governing.Listing(kind, value, ListAction(action.value), expires_at=_day(until), **told)
    database = open_database(settings)
    try:
        keyring = open_keyring(database, key_folder(settings), now=now)
        with database.unit(os_user=os_user()) as unit:
            entry = governing.add(unit, listing, taxonomy=taxonomy_of(settings), keyring=keyring, now=now)
            unit.commit()
    finally:
        database.close()
    return entry


@lists.command("list")
def list_entries(kind: Kind = None, as_json: AsJson = False) -> None:
    """What is listed, expired entries too."""
    _show(kind, as_json=as_json)


@blacklist.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Which accounts are listed, by their keyed hashes."""
    _show(ACCOUNT, as_json=as_json)


def _show(kind: str | None, *, as_json: bool, due_before: datetime | None = None) -> None:
    from records import lists as repository

    with reading() as look:
        found = all_of(lambda cursor: repository.page(look, kind=kind, due_before=due_before, limit=200, cursor=cursor))
    nothing = "Nothing expires soon." if due_before else "Nothing is listed: chaffinch lists add KIND VALUE"
    show([_row(entry) if as_json else _cells(entry) for entry in found], as_json, nothing)


@lists.command()
def remove(
    entry_id: EntryId,
    by: By,
    why: Annotated[str, typer.Option(help="Why it is taken off.")],
    as_json: AsJson = False,
) -> None:
    """Take an entry off; what it was stays in the ledger."""
    from chaffinch.commands.shared import writing
    from governance import lists as governing

    with writing() as unit:
        entry = governing.remove(unit, entry_id, by=by, why=why, now=datetime.now(UTC))
        unit.commit()
    _tell(entry, as_json=as_json)


@lists.command()
def review(
    entry_id: Annotated[str | None, typer.Argument(help="An entry that was looked at and stays.")] = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help="Who looked.")] = "",
    why: Annotated[str, typer.Option(help="Why it stays.")] = "",
    within: Annotated[int, typer.Option(min=0, help="Days to look ahead.")] = DUE_DAYS,
    as_json: AsJson = False,
) -> None:
    """Show what expires soon or has; with an entry, keep it until a later day (for good if none is given)."""
    _review(entry_id, until, by, why, within, kind=None, as_json=as_json)


@blacklist.command("review")
def review_accounts(
    entry_id: Annotated[str | None, typer.Argument(help="An entry that was looked at and stays.")] = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help="Who looked.")] = "",
    why: Annotated[str, typer.Option(help="Why it stays.")] = "",
    within: Annotated[int, typer.Option(min=0, help="Days to look ahead.")] = DUE_DAYS,
    as_json: AsJson = False,
) -> None:
    """The same for accounts alone."""
    _review(entry_id, until, by, why, within, kind=ACCOUNT, as_json=as_json)


def _review(
    entry_id: str | None, until: datetime | None, by: str, why: str, within: int, *, kind: str | None, as_json: bool
) -> None:
    from chaffinch.commands.shared import writing
    from governance import lists as governing

    now = datetime.now(UTC)
    if entry_id is None:
        _show(kind, as_json=as_json, due_before=now + timedelta(days=within))
        return
    with writing() as unit:
        entry = governing.keep(unit, entry_id, until=_day(until), by=by, why=why, now=now)
        unit.commit()
    _tell(entry, as_json=as_json)


def _day(day: datetime | None) -> datetime | None:
    """The beginning of a day, by UTC."""
    return None if day is None else day.replace(tzinfo=UTC)


def _tell(entry: ListEntryRecord, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_row(entry), ensure_ascii=False))
        return
    if entry.removed_at:
        typer.echo(f"{entry.id} is taken off.")
        return
    lasts = f"until {entry.expires_at.date()}" if entry.expires_at else "for good"
    typer.echo(f"{entry.id}: {entry.kind} {entry.key}, {entry.action}, {lasts}; servers follow in two seconds.")


def _cells(entry: ListEntryRecord) -> dict[str, Any]:
    """What a table has room for: with why it is there, where it is known from, and who put it there."""
    row = _row(entry)
    shown = {name: row[name] for name in ("id", "kind", "action")}
    until = entry.expires_at and entry.expires_at.date()
    return shown | {"what": entry.key[:20], "until": until} | {name: row[name] for name in ("reason", "source", "by")}


def _row(entry: ListEntryRecord) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "key": entry.key,
        "action": entry.action.value,
        "label": entry.label,
        "ground": entry.ground,
        "reason": entry.reason,
        "source": entry.source,
        "by": entry.author,
        "added_at": moment(entry.created_at),
        "expires_at": moment(entry.expires_at),
        "reviewed_by": entry.reviewed_by,
        "removed_at": moment(entry.removed_at),
    }
