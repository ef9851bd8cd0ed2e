"""`chaffinch lists`, and `chaffinch blacklist` for accounts alone: what people know by name, beside the rules."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.passwords import is_terminal
from chaffinch.commands.shared import AsJson, By, all_of, moment, reading, show, to_answer, utc, warn_of_ground
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError, Fault, InvalidInputError

if TYPE_CHECKING:
    from moderation.policy import Policy
    from moderation.taxonomy import Taxonomy
    from records.house_values import ListEntryRecord
    from records.personal import Keyring
    from records.unit_of_work import Reading, Unit

ACCOUNT = "account"
DUE_DAYS = 30
"""An entry that expires within so many days should be looked at."""


class Action(StrEnum):
    """What an entry does."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day from which it no longer counts.")]
ReviewBy = Annotated[
    datetime | None, typer.Option("--review-by", formats=["%Y-%m-%d"], help="The day by which somebody looks again.")
]
Reason = Annotated[str, typer.Option(help="Why it is on the list.")]
Source = Annotated[str, typer.Option(help="Where it is known from.")]
Ground = Annotated[
    str | None,
    typer.Option(help="On which ground a hit stands: a label, an article (cn-2017:9), or what a policy declares."),
]
Label = Annotated[str | None, typer.Option(help="The label that a hit bears.")]
Kind = Annotated[str | None, typer.Option(help="domain, account, attachment, or a kind of contact; all if not given.")]
Tells = Annotated[
    bool, typer.Option("--tell/--no-tell", help="Whether the person is told the reason, or only whose list it is.")
]
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
    ground: Ground = None,
    until: Until = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask where the entry is wider than what is typed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put something on a list. Accounts and contacts are kept as keyed hashes alone.

    A domain is what one owner registered: who types a host or a page within it is told what is covered, and asked.
    """
    _check_width(kind, value, action, yes=yes)
    named = _named_ground(ground or label) if action is not Action.ALLOW else ground or label or ""
    told = {"reason": reason, "source": source, "by": by, "label": label, "ground": named}
    _tell(_added(kind, value, action, until, told), as_json=as_json)


def _named_ground(ground: str | None) -> str:
    """Raises `InvalidInputError` without one: the person is told of it, and nobody else can say it for who lists."""
    if ground:
        return ground
    detail = (
        "say on which ground, by --ground: a label (fraud), an article (cn-2017:9), or one that your policy declares "
        "under [grounds]; it is told to the person and stands in every record"
    )
    raise InvalidInputError("Nothing was listed.", [Fault("ground", detail)])


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
    ground: Ground = None,
    until: Until = None,
    review_by: ReviewBy = None,
    two: Annotated[bool, typer.Option("--two", help="It does not count until a second person agrees.")] = False,
    tell: Tells = True,
    as_json: AsJson = False,
) -> None:
    """Forbid an account; only a keyed hash of it is kept. For longer than a policy lets one person, two agree first.

    Write the reason for whom it is about: with ground and end it stands in the notice about each of their comments.
    """
    named, looked_at = _named_ground(ground), _day(review_by)
    told = {"reason": reason, "source": source, "by": by, "ground": named, "review_at": looked_at, "tells": tell}
    _tell(_added(ACCOUNT, account, action, until, told, two=two), as_json=as_json)


@blacklist.command("import")
def import_accounts(  # noqa: PLR0913, PLR0917 - options of a command
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a column `account`.")],
    source: Source,
    by: By,
    reason: Annotated[
        str, typer.Option(help="Why, for rows that do not say it; else that the source lists them.")
    ] = "",
    ground: Ground = None,
    until: Until = None,
    review_by: ReviewBy = None,
    tell: Tells = False,
    as_json: AsJson = False,
) -> None:
    """Bring in a list that somebody else made, such as an authority's: whole or not at all, after a second person."""
    from governance import lists as governing
    from moderation.lists import ListAction

    named = _named_ground(ground)
    listings = [
        governing.Listing(
            row.get("kind") or ACCOUNT,
            row.get("account") or "",
            ListAction.BLOCK,
            row.get("reason") or reason or f"on the list of {source}",
            source,
            by,
            named,
            None,
            _day(until),
            _day(review_by),
            tell,
        )
        for row in _rows(file)
    ]
    with _listing() as (unit, taxonomy, keyring, now):
        added, known = governing.add_many(unit, listings, taxonomy=taxonomy, keyring=keyring, now=now)
        asked = _approval_of(unit, added[0].id) if added else None
        unit.commit()
    warn_of_ground(named)
    told = {"added": len(added), "listed_before": known, "approval_id": asked}
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(f"{len(added)} accounts wait for a second person, {known} are listed already, or wait.")
    if asked:
        typer.echo(f"They answer {to_answer(asked)}.")


def _added(
    kind: str, value: str, action: Action, until: datetime | None, told: dict[str, Any], *, two: bool = False
) -> ListEntryRecord:
    from governance import lists as governing
    from moderation.lists import ListAction

    listing = governing.Listing(kind, value, ListAction(action.value), expires_at=_day(until), **told)
    asks = two or load_settings().blacklist_two
    with _listing() as (unit, taxonomy, keyring, now):
        entry = governing.add(
            unit, listing, taxonomy=taxonomy, keyring=keyring, now=now, asks=asks, policies=_policies(taxonomy)
        )
        unit.commit()
    if listing.action is not ListAction.ALLOW:
        warn_of_ground(listing.ground)
    return entry


@contextmanager
def _listing() -> Iterator[tuple[Unit, Taxonomy, Keyring, datetime]]:
    """A unit of work with what an entry takes; the caller commits. Raises `ConfigError` where a key is lost."""
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database, taxonomy_of
    from records.personal import open_keyring

    settings, now = load_settings(), datetime.now(UTC)
    database = open_database(settings)
    try:
        keyring = open_keyring(database, key_folder(settings), now=now)
        with database.unit(os_user=os_user()) as unit:
            yield unit, taxonomy_of(settings), keyring, now
    finally:
        database.close()


def _policies(taxonomy: Taxonomy) -> list[Policy]:
    """Those of this installation, any of which may ask for two people."""
    from moderation.policy import load_policies

    return list(load_policies(taxonomy, load_settings().configs / "policies").values())


def _rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file. Raises `ChaffinchError` for one without the column, or that is no text."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            if "account" not in (table.fieldnames or ()):
                raise ChaffinchError(f"{file} has no column 'account': its first line names the columns.")
            return [{name: (value or "").strip() for name, value in row.items() if name} for row in table]
    except UnicodeDecodeError as error:
        raise ChaffinchError(f"{file} is no UTF-8 text: save it as UTF-8.") from error


def _approval_of(look: Reading, entry_id: str) -> str | None:
    from records import lists as repository

    return repository.get(look, entry_id).approval_id


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


Why = Annotated[str, typer.Option(help="Why it is taken off.")]


@lists.command()
def remove(entry_id: EntryId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Take an entry off; what it was stays in the ledger. What two people agreed on goes once a second one agrees."""
    _remove(entry_id, by, why, kind=None, as_json=as_json)


@blacklist.command("remove")
def remove_account(entry_id: EntryId, by: By, why: Why, as_json: AsJson = False) -> None:
    """Take an account off: its comments are taken again within two seconds."""
    _remove(entry_id, by, why, kind=ACCOUNT, as_json=as_json)


def _check_kind(look: Reading, entry_id: str, kind: str | None, command: str) -> None:
    """Raises `ChaffinchError` where an entry is about something else than the command is for."""
    from records import lists as repository

    listed = repository.get(look, entry_id)
    if kind not in (None, listed.kind):
        raise ChaffinchError(f"{entry_id} is a {listed.kind} and no {kind}: chaffinch lists {command} takes it.")


def _remove(entry_id: str, by: str, why: str, *, kind: str | None, as_json: bool) -> None:
    from chaffinch.commands.shared import writing
    from governance import lists as governing

    with writing() as unit:
        _check_kind(unit, entry_id, kind, "remove")
        entry = governing.remove(unit, entry_id, by=by, why=why, now=datetime.now(UTC))
        asked = governing.removal_asked(unit, entry)
        unit.commit()
    if asked is not None and not as_json:
        typer.echo(f"Two people agreed on it, and it stays until a second person takes it off {to_answer(asked)}.")
        return
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
    """Show what expires soon or has; with an entry, keep it until a later day (for good if none is given).

    For longer than one person may, or than two people agreed to, a second person is asked; the old end holds till then.
    """
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
    from chaffinch.wiring import taxonomy_of
    from governance import list_reviews

    now = datetime.now(UTC)
    if entry_id is None:
        _show(kind, as_json=as_json, due_before=now + timedelta(days=within))
        return
    with writing() as unit:
        held = _policies(taxonomy_of(load_settings()))
        _check_kind(unit, entry_id, kind, "review")
        entry = list_reviews.keep(unit, entry_id, until=_day(until), by=by, why=why, now=now, policies=held)
        asked = list_reviews.asked_about(unit, entry.id)
        unit.commit()
    if asked is not None and not as_json:
        lasts = f"until {entry.expires_at.date()}" if entry.expires_at else "for good"
        told = "More than one person's word is needed for that"
        typer.echo(f"{told}: it stays {lasts}, until a second person agrees {to_answer(asked.id)}.")
        return
    _tell(entry, as_json=as_json, review_asked=asked.id if asked else None)


def _day(day: datetime | None) -> datetime | None:
    """The beginning of a day, by UTC."""
    return None if day is None else utc(day)


def _tell(entry: ListEntryRecord, *, as_json: bool, **more: str | None) -> None:
    if as_json:
        typer.echo(json.dumps({**_row(entry), **more}, ensure_ascii=False))
        return
    if entry.removed_at:
        typer.echo(f"{entry.id} is taken off.")
        return
    if entry.waits_since:
        typer.echo(f"{entry.id}: {entry.kind} {entry.key} waits for a second person, and does not count until then.")
        if entry.approval_id:
            typer.echo(f"They answer {to_answer(entry.approval_id)}.")
        return
    lasts = f"until {entry.expires_at.date()}" if entry.expires_at else "for good"
    typer.echo(f"{entry.id}: {entry.kind} {entry.key}, {entry.action}, {lasts}; servers follow in two seconds.")


def _cells(entry: ListEntryRecord) -> dict[str, Any]:
    """What a table has room for: whether it counts, why it is there, where it is known from, who put it there."""
    row = _row(entry)
    shown = {name: row[name] for name in ("id", "kind", "action", "state")}
    until = entry.expires_at and entry.expires_at.date()
    return shown | {"what": entry.key, "until": until} | {name: row[name] for name in ("reason", "source", "by")}


def _row(entry: ListEntryRecord) -> dict[str, Any]:
    from governance.listed import state_of

    return {
        "id": entry.id,
        "kind": entry.kind,
        "key": entry.key,
        "action": entry.action.value,
        "state": state_of(entry, now=datetime.now(UTC)).value,
        "label": entry.label,
        "ground": entry.ground,
        "reason": entry.reason,
        "source": entry.source,
        "by": entry.author,
        "added_at": moment(entry.created_at),
        "expires_at": moment(entry.expires_at),
        "review_at": moment(entry.review_at),
        "waits_since": moment(entry.waits_since),
        "approval_id": entry.approval_id,
        "tells": entry.tells,
        "reviewed_by": entry.reviewed_by,
        "removed_at": moment(entry.removed_at),
    }
