"""`chaffinch report`: what a service tells the public, a person and the transparency database about its decisions."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from chaffinch.commands.shared import AsJson, give_out, looked_at, now, print_json, reading, trace, utc
from chaffinch.commands.tables import print_table
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError, Fault, InvalidInputError

if TYPE_CHECKING:
    from governance.statements import Words
    from governance.transparency import Transparency

report = typer.Typer(no_args_is_help=True, help="Numbers for the public, statements of reasons, one decision's record.")

From = Annotated[datetime, typer.Option("--from", help="From this moment on (UTC).")]
To = Annotated[datetime, typer.Option("--to", help="Up to this moment (UTC), which is not in it.")]


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(report, name="report")


@report.command("transparency")
def transparency(
    since: From,
    until: To,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page here.")] = None,
    as_json: AsJson = False,
) -> None:
    """The numbers of a span, as the DSA and the Santa Clara Principles ask for them; also where nothing happened."""
    from governance import transparency as numbers

    first, last = _span(since, until)
    words = words_of()
    with reading() as look:
        found = numbers.report(look, words, first, last)
    if html is not None:
        from chaffinch.transparency_page import write_page

        write_page(html, found, words.taxonomy, words.complaints)
        typer.echo(f"Page: {html}", err=True)
    if as_json:
        print_json(found.document)
    else:
        _show(found)


@report.command("statements")
def statements(
    since: From,
    until: To,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write JSON lines to this file.")] = None,
) -> None:
    """Statements of reasons of a span for the EU's transparency database, held against its published fields."""
    from chaffinch.wiring import open_database
    from governance.dsa import faults
    from governance.giving import Gift
    from governance.statements import entry_statement, measure_statement, statement
    from records import acted
    from records.unit_of_work import Reading, Unit

    first, last = _span(since, until)
    words = words_of()
    lines, wrong = list[str](), list[str]()

    def make(look: Reading, file: IO[bytes]) -> int:
        told = (statement(each, words) for each in acted.removed(look, first, last))
        on_accounts = (measure_statement(each, words) for each in acted.measured(look, first, last))
        of_entries = (entry_statement(each, words) for each in acted.listed(look, first, last))
        for made in (each for each in (*told, *on_accounts, *of_entries) if each is not None):
            wrong.extend(f"{made['puid']}: {fault}" for fault in faults(made, words.dsa.published))
            lines.append(json.dumps(made, ensure_ascii=False))
        if wrong:
            raise ChaffinchError("\n".join(["Nothing was written: the database would refuse these.", *wrong[:20]]))
        file.writelines(f"{line}\n".encode() for line in lines)
        return len(lines)

    def note(unit: Unit, many: int) -> None:
        looked_at(unit, f"statements {first:%Y-%m-%d} {last:%Y-%m-%d}", many)

    with closing(open_database(load_settings())) as database:
        many = give_out(database, out, Gift(make, note))
    if out is not None:
        typer.echo(f"{many} statements in {out}.", err=True)


@report.command("decision")
def decision(
    decision_id: Annotated[str, typer.Argument(help="The decision_id of an answer.")],
    address: Annotated[
        str, typer.Option(help="Where its author appeals, for the notice; the reference is added.")
    ] = "/public/appeals",
) -> None:
    """One decision as the Chinese record, the notice to its author in both languages, and the DSA statement (JSON)."""
    from governance.chinese_records import chinese_record
    from governance.statements import notice, statement
    from records import acted, decisions

    words = words_of()
    with reading() as look:
        found = acted.one(look, decision_id)
        comment_id = decisions.get(look, decision_id).comment_id
    trace(("comment", comment_id))
    whole = _with_reference(address, decision_id, words)
    print_json(
        {
            "record": chinese_record(found, words),
            "notice": {language: notice(found, words, language, address=whole) for language in ("zh", "en")},
            "statement": statement(found, words),
        }
    )


def _with_reference(address: str, decision_id: str, words: Words) -> str:
    """The address with the reference that its page asks for; as it is where there is nothing to appeal any more."""
    from chaffinch.wiring import key_folder, open_database
    from governance import account_appeals, appeals, receipts
    from records.personal import open_keyring

    settings = load_settings()
    with closing(open_database(settings)) as database:
        keyring = open_keyring(database, key_folder(settings), now=now())
        with database.reading() as look:
            try:
                if account_appeals.entry_behind(look, decision_id, now=now()) is None:
                    appeals.appealable(look, decision_id, words.complaints, now=now())
            except appeals.NotAppealableError:
                return address
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}reference={receipts.given_for(keyring, receipts.REFERENCE, decision_id)}"


def words_of() -> Words:
    """What renderings take their words from, of this installation. Raises `ConfigError` with every fault."""
    from chaffinch.wiring import taxonomy_of
    from governance.complaint_rules import load_complaint_rules
    from governance.dsa import load_dsa
    from governance.notices import load_notices
    from governance.statements import Words
    from moderation.policy import load_policies

    configs = load_settings().configs
    taxonomy = taxonomy_of(load_settings())
    return Words(
        taxonomy, load_policies(taxonomy, configs / "policies"), load_notices(configs, taxonomy),
        load_complaint_rules(configs), load_dsa(configs),
    )  # fmt: skip


def _span(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    first, last = (utc(told) for told in (since, until))
    if first >= last:
        raise InvalidInputError("The span cannot be used.", [Fault("--from", "has to be before --to")])
    return first, last


def _show(found: Transparency) -> None:
    if found.is_empty:
        typer.echo(f"Nothing was decided, reported or appealed from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}.")
    typer.echo(f"{found.decisions} decisions: {found.passed} pass, {found.acted} acted on, {found.waiting} waiting.")
    table = Table("category", "acted on", "found by machine", "after notice", "automated", "by a person", "appealed",
                  "restored", title="By category")  # fmt: skip
    for each in found.categories:
        table.add_row(each.code, *map(str, (each.acted, each.found_by_machine, each.after_notice, each.fully_automated,
                                            each.by_person, each.appealed, each.restored)))  # fmt: skip
    print_table(table)
    if found.refused:
        told = ", ".join(f"{code} {count}" for code, count in found.refused.items())
        typer.echo(f"Not taken, whatever they said, and not among those acted on: {told}.")
    asked = Table("asked", "came", "answered", "hours (median)", "late", title="Complaints and appeals")
    for one in found.every_asked:
        hours = "" if one.hours is None else f"{one.hours:.1f}"
        asked.add_row(one.kind, str(one.asked), str(one.answered), hours, str(one.late))
    print_table(asked)
    wrong = "" if found.wrong.share is None else f" ({found.wrong.share:.1%})"
    typer.echo(f"{found.verdicts} verdicts, {found.overturned} overturned the machine{wrong}.")
    taken = ", ".join(
        f"{name} ({kind}) {count}{_back(found.taken_back[kind].get(name, 0))}"
        for kind, each in found.taken.items()
        for name, count in each.items()
        if count
    )
    typer.echo(f"Measures on accounts, comments and threads: {taken or 'none'}.")
    alone = f", {found.approved_on_word} of them two people by one's own word alone" if found.approved_on_word else ""
    typer.echo(f"A second person said yes {found.approved} times{alone}.")
    typer.echo(f"{found.statements} statements of reasons are due, {len(found.unfit_statements)} would be refused.")


def _back(count: int) -> str:
    return f" ({count} taken back on appeal)" if count else ""
