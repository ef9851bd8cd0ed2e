"""What several commands share: units of work on the records, pages read to the end, tables, JSON, progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaffinch.commands.tables import print_table
from chaffinch.settings import Settings, load_settings
from moderation.errors import ChaffinchError, ConfigError, Fault, InvalidInputError
from moderation.typed import is_in_our_days

if TYPE_CHECKING:
    from governance.giving import Gift
    from records.database import Database
    from records.paging import Page
    from records.personal import Keyring
    from records.unit_of_work import Reading, Unit
    from registry.names import Resolved

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
By = Annotated[str, typer.Option("--by", help="Who does it; the ledger names the system's user beside.")]
"""Of what two people do, or one answers for."""


@contextmanager
def writing(*, proved: str | None = None) -> Iterator[Unit]:
    """A unit of work on the records, in the name of whoever types, who `proved` to be somebody; the caller commits."""
    from chaffinch.os_user import os_user
    from chaffinch.wiring import open_database

    database = open_database(load_settings())
    try:
        with database.unit(os_user=os_user(), proved=proved) as unit:
            yield unit
    finally:
        database.close()


def keyring_at_hand() -> Keyring | None:
    """The keys of pseudonyms, by which accounts are found that words name; None where one is lost."""
    from chaffinch.wiring import key_folder, open_database
    from records.personal import open_keyring

    settings = load_settings()
    database = open_database(settings)
    try:
        with suppress(ConfigError):
            return open_keyring(database, key_folder(settings), now=now())
        return None
    finally:
        database.close()


@contextmanager
def reading(*, steady: bool = False) -> Iterator[Reading]:
    """A look at the records; a `steady` one sees all of them as they were when it began."""
    from chaffinch.wiring import open_database

    database = open_database(load_settings())
    try:
        with database.reading(steady=steady) as look:
            yield look
    finally:
        database.close()


def warn_of_ground(ground: str) -> None:
    """Says where no rule here has that name: a slip of the finger stands in every record, and is told to the person."""
    from chaffinch.commands.report import words_of
    from governance.statements import redress_of
    from governance.wording import unknown_in

    for told, near in unknown_in(ground, redress_of(words_of())):
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        typer.echo(f"No rule here is called '{told}': it is told as you typed it, in either language.{meant}", err=True)


def trace(*things: tuple[str, str]) -> None:
    """Notes that whoever types read these (`kind`, `id`), before they are shown (`records/looks.py`)."""
    from records import looks

    with writing() as unit:
        looks.note(unit, f"{looks.BY_SHELL}{unit.os_user}", things, looks.COMMAND, now=now())
        unit.commit()


def trace_list(asked: str, shown: int) -> None:
    """Notes that whoever types read a list of so many; `asked` names it, and nobody in it."""
    with writing() as unit:
        looked_at(unit, asked, shown)
        unit.commit()


def looked_at(unit: Unit, asked: str, shown: int) -> None:
    """The same in a unit of work of its own caller's."""
    from records import looks

    looks.note_list(unit, f"{looks.BY_SHELL}{unit.os_user}", asked, looks.COMMAND, shown, now=now())


def give_out(database: Database, out: Path | None, gift: Gift[T]) -> T:
    """What `gift` makes as a file of this name, or on standard output: once its entry stands, and not before."""
    from chaffinch.os_user import os_user
    from governance.giving import give_file, given

    if out is not None:
        return give_file(database, out, gift, os_user=os_user())
    with given(database, gift, os_user=os_user()) as (file, told):
        for line in file:
            typer.echo(line, nl=False)
    return told


def question_about(look: Reading, subject_id: str) -> str:
    """The id of the question about this that waits for a second person: the one that is answered."""
    from records import approvals

    [asked] = approvals.waiting(look, subject_id=subject_id)
    return asked.id


def to_answer(question_id: str) -> str:
    """Where a second person answers a question, and what they type."""
    return (
        f"in the console under Approvals, by POST /v1/approvals/{question_id}, or from another account of this machine "
        f"with chaffinch approvals answer {question_id} --by NAME --note WORDS"
    )


def all_of(page: Callable[[str | None], Page[T]]) -> list[T]:
    """Every item of every page."""
    items: list[T] = []
    cursor = None
    while True:
        found = page(cursor)
        items.extend(found.items)
        cursor = found.next_cursor
        if cursor is None:
            return items


def watched() -> Console:
    """Progress goes to standard error, so that `--json` stays clean."""
    return Console(stderr=True, soft_wrap=True)


def warned(sentence: str) -> None:
    """What goes on otherwise than was asked, above the progress."""
    watched().print(f"[yellow]{sentence}[/]")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def resolved(model: str, settings: Settings) -> Resolved:
    """A model by its name or folder. Raises `ChaffinchError` for `none`, `NotFoundError` where there is none."""
    from registry.names import resolve

    target = resolve(model, home=settings.home)
    if target is None:
        raise ChaffinchError("'none' is no model that could be trained from, judged or promoted.")
    return target


def print_json(value: Mapping[str, Any]) -> None:
    """For programs, in lines that people can read too."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def figure(value: float | None) -> str:
    """As tables show it; nothing where it is not known."""
    return "" if value is None else f"{value:.3f}"


def utc(told: datetime) -> datetime:
    """A moment as it was typed, which is by UTC where it says no zone; between 1970 and 2100."""
    found = told.replace(tzinfo=told.tzinfo or UTC)
    if not is_in_our_days(found):
        raise InvalidInputError("The moment cannot be used.", [Fault("", "it must lie between 1970 and 2100")])
    return found


def moment(found: datetime | None) -> str | None:
    """As tables and JSON show it."""
    return None if found is None else found.isoformat(timespec="seconds")


def show(rows: list[dict[str, Any]], as_json: bool, nothing: str) -> None:
    """Rows as a table, or as JSON for programs; `nothing` is said where there are none."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        typer.echo(nothing)
        return
    table = Table(*rows[0])
    for row in rows:
        cells = (", ".join(cell) if isinstance(cell, list) else cell for cell in row.values())
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in cells))
    print_table(table)
