"""`chaffinch agreement`: the user agreement, published version by version, and how many accepted which."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chaffinch.commands.shared import AsJson, By, moment, now, print_json, reading, show, utc, writing
from moderation.errors import Fault, InvalidInputError

if TYPE_CHECKING:
    from records.agreements import Published

agreement = typer.Typer(no_args_is_help=True, help="The user agreement: its versions, and who accepted which.")

Version = Annotated[str, typer.Argument(help="Its name, as the platform states it of a user: 2027-01.")]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(agreement, name="agreement")


@agreement.command("publish")
def publish(  # noqa: PLR0913, PLR0917 - options of a command
    version: Version,
    zh: Annotated[Path, typer.Option("--zh", help="A text file (UTF-8): the agreement in Chinese.")],
    en: Annotated[Path, typer.Option("--en", help="A text file (UTF-8): the agreement in English.")],
    by: By,
    why: Annotated[str, typer.Option("--why", help="Why: what is new. It stands in the ledger.")],
    valid_from: Annotated[
        datetime | None, typer.Option("--from", help="The moment from which it holds (UTC); from now if not given.")
    ] = None,
    anyway: Annotated[
        str, typer.Option("--anyway", help="Why it is published though a text does not look like its language.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Publish a version, for good: everybody can read it under /public/agreement, and nobody can change it."""
    from governance import agreements as governing
    from records import agreements

    begins = None if valid_from is None else utc(valid_from)
    wish = governing.Wish(version, _text_of("zh", zh), _text_of("en", en), begins, by, why, anyway)
    with writing() as unit:
        made = governing.publish(unit, wish, now=now())
        unknown = [each for each in agreements.accepted(unit) if not each.published]
        unit.commit()
    if as_json:
        print_json(_document(made))
        return
    typer.echo(f"{made.version} is published, SHA-256 {made.content_hash}: it holds from {moment(made.valid_from)}.")
    typer.echo("From then on /v1/authors takes as accepted what was published here, and nothing else.")
    if unknown:
        named = ", ".join(f"{each.version} ({each.accounts})" for each in unknown)
        typer.echo(f"Accounts accepted what was never published here: {named}. Publish it too.", err=True)


@agreement.command("list")
def list_agreements(as_json: AsJson = False) -> None:
    """Every version, the one that holds last first, and how many accounts accepted it."""
    from records import agreements

    with reading() as look:
        holds, every, accepted = agreements.in_force(look, now=now()), agreements.every(look), agreements.accepted(look)
    accounts = {each.version: each.accounts for each in accepted}
    rows = [
        {**_document(each), "state": _state(each, holds), "accounts": accounts.get(each.version, 0)} for each in every
    ]
    rows += [
        {**dict.fromkeys(_COLUMNS), "version": each.version, "state": "never published", "accounts": each.accounts}
        for each in accepted
        if not each.published
    ]
    show(rows, as_json, "No agreement was ever published: chaffinch agreement publish --help")


@agreement.command("show")
def show_one(version: Version, as_json: AsJson = False) -> None:
    """One version with its texts."""
    from records import agreements

    with reading() as look:
        found = agreements.get(look, version)
    document = _document(found) | {"zh": found.text_zh, "en": found.text_en}
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        typer.echo(f"{name}:\n\n{value}\n" if name in ("zh", "en") else f"{name}: {value}")


_COLUMNS = ("version", "valid_from", "content_hash", "published_by", "why", "created_at")


def _document(found: Published) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in _COLUMNS}
    return told | {"valid_from": moment(found.valid_from), "created_at": moment(found.created_at)}


def _state(each: Published, holds: Published | None) -> str:
    if holds is None or each.valid_from > holds.valid_from:
        return "will hold"
    return "holds" if each.version == holds.version else "held"


def _text_of(language: str, file: Path) -> str:
    """What a file says. Raises `InvalidInputError` for one that is too large or no text."""
    from governance.agreements import MAX_TEXT

    fault = None
    with file.open("rb") as opened:
        read = opened.read(4 * MAX_TEXT + 1)  # four bytes of UTF-8 hold every character
    if len(read) > 4 * MAX_TEXT:
        fault = Fault(language, f"{file} is larger than any text of {MAX_TEXT:,} characters")
    else:
        try:
            return read.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            fault = Fault(language, f"{file} is no UTF-8 text: byte {error.start + 1} cannot be read. Save it as UTF-8")
    raise InvalidInputError("The agreement cannot be read.", [fault])
