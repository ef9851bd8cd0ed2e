"""`chaffinch audit neutrality`: whether removals lean for or against groups that the platform names."""

from __future__ import annotations

import importlib.util
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from chaffinch.commands.audit import audit
from chaffinch.commands.shared import AsJson, By, now, print_json, utc
from chaffinch.commands.tables import print_table
from chaffinch.settings import load_settings
from moderation.errors import ChaffinchError, Fault, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from chaffinch.neutrality_audit import Report, Span

EXIT_REFUSED = 3
DAYS = 92
MOST_LEFT = 12
"""Comparisons that could not be made, as they are shown here."""
NEEDED = ("fairlearn", "statsmodels", "sklearn")
"""Libraries of the offline column, which a serving install may be without."""


def add_to(app: typer.Typer) -> None:
    """Puts it among the other commands of `chaffinch audit`."""
    del app
    audit.command("neutrality")(neutrality)
    audit.command("answer")(answer)


def answer(
    by: Annotated[str, typer.Option("--by", help="Who looked into it.")],
    note: Annotated[
        str, typer.Option("--note", help="What was looked into and what was done; it stands in the ledger.")
    ],
    finding: Annotated[
        int | None, typer.Option(help="Which finding, by its number; may be left out where there is one alone.")
    ] = None,
    of: Annotated[
        str | None,
        typer.Option("--audit", help="Of which audit, by its moment; the newest that has an open finding if left out."),
    ] = None,
) -> None:
    """Say what came of a finding of a neutrality audit; nobody answers one that is about themself."""
    from chaffinch.os_user import os_user
    from chaffinch.wiring import open_database
    from governance import neutrality as auditing

    with closing(open_database(load_settings())) as database, database.unit(os_user=os_user()) as unit:
        waiting = auditing.unanswered(unit)
        if of is None and not waiting:
            raise NotFoundError("No audit has an open finding.")
        at = of or waiting[0].at
        found = auditing.standing(unit, at)
        if finding is None and found and found.findings > 1:
            told = "; ".join(f"{each.number}: {each.sentence}" for each in found.open)
            raise InvalidInputError(
                "Findings are answered one by one.", [Fault("--finding", f"which? open are {told}")]
            )
        auditing.answer(unit, at, finding or 1, by=by, note=note, now=now())
        left = sum(len(each.open) for each in auditing.unanswered(unit))
        unit.commit()
    typer.echo(f"Answered: finding {finding or 1} of the audit of {at}. {left} are open, of all audits.")


def neutrality(  # noqa: PLR0913, PLR0917 - options of a command
    by: By,
    why: Annotated[str, typer.Option("--why", help="Why it is asked now; it stands in the ledger.")],
    groups: Annotated[Path, typer.Option(help="CSV or JSON lines: axis, kind (author, comment, name), id, group.")],
    since: Annotated[datetime | None, typer.Option("--from", help="Decided at this moment (UTC) or later.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="Decided before this moment (UTC).")] = None,
    around: Annotated[datetime | None, typer.Option(help="Did anything change at this moment (UTC)?")] = None,
    alpha: Annotated[float, typer.Option(help="Chance of any false finding, at most.", min=1e-6, max=0.2)] = 0.01,
    swap: Annotated[bool, typer.Option("--swap/--no-swap", help="Ask the model with names exchanged.")] = True,
    as_json: AsJson = False,
) -> None:
    """Compare like comments of the platform's groups; exit 3 unless nothing leans and the audit counts for the duty."""
    if lacking := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        raise ChaffinchError(f"Not installed: {', '.join(lacking)}. Run pip install -e '.[serve,train]'.")
    from chaffinch import neutrality_bar
    from chaffinch.neutrality_audit import keep, look_over, model_of, note
    from chaffinch.neutrality_groups import load_groups
    from chaffinch.os_user import os_user
    from chaffinch.wiring import key_folder, open_database
    from eval.leaning import Limits
    from governance import approvals, said_about
    from governance.neutrality import MAY_AUDIT, standing, unanswered
    from records.personal import open_keyring

    settings, moment, user = load_settings(), now(), os_user()
    span = _span(since, until, around, moment)
    with closing(open_database(settings)) as database:
        with database.reading() as look:
            who, reason = approvals.person(look, by, needs=MAY_AUDIT, typed=True), approvals.words("why", why)
            said_about.check_lasting(look, "why", reason)
        named = load_groups(groups, open_keyring(database, key_folder(settings), now=moment))
        ask = model_of(settings) if swap else None
        with database.reading() as look:
            report = look_over(look, named, span, ask=ask, limits=Limits(alpha=alpha), now=moment)
        with database.unit(os_user=user) as unit:
            note(unit, report, by=who, why=reason, now=moment)
            unit.commit()
        with database.reading() as look:
            stands = standing(look, report.document["at"])
            bars = neutrality_bar.every_bar(settings.configs)
            short = () if stands is None else neutrality_bar.short_of_any(look, stands, bars)
            earlier = [each for each in unanswered(look) if each.at != report.document["at"]]
        report = replace(report, short=short)
        page = keep(report, settings.home) if report.audit.comments else None
    if as_json:
        print_json({**report.document, "page": None if page is None else str(page)})
    else:
        _show(report, page)
        for each in earlier:
            typer.echo(f"{len(each.open)} findings of the audit of {each.at} are open: chaffinch audit answer")
    if not report.is_quiet or report.short:
        raise typer.Exit(EXIT_REFUSED)


def _span(since: datetime | None, until: datetime | None, around: datetime | None, moment: datetime) -> Span:
    from chaffinch.neutrality_audit import Span

    first, last, middle = (told and utc(told) for told in (since, until, around))
    last = last or moment
    first = first or last - timedelta(days=DAYS)
    if first >= last:
        raise InvalidInputError("The span cannot be used.", [Fault("--from", "has to be before --to")])
    if middle is not None and not first < middle < last:
        raise InvalidInputError("The span cannot be used.", [Fault("--around", "has to lie between --from and --to")])
    return Span(first, last, middle)


def _show(report: Report, page: Path | None) -> None:
    from chaffinch.neutrality_words import OUTCOMES

    table = Table("group", "by", "outcome", "pairs", "group", "others", "difference", "95 %", "corrected p",
                  "found from",
                  title="Like comments beside each other")  # fmt: skip
    for each in sorted(report.audit.comparisons, key=lambda each: each.p)[:20]:
        style = "red" if each.leans else None
        table.add_row(
            f"{each.axis} {each.group}", f"{each.by} {each.name}", OUTCOMES[each.outcome], str(each.pairs),
            f"{each.rate:.1%}", f"{each.others:.1%}", f"{each.difference:+.1%}", f"{each.low:+.1%} to {each.high:+.1%}",
            f"{each.adjusted:.2g}", "—" if each.detectable is None else f"{each.detectable:.1%}", style=style,
        )  # fmt: skip
    print_table(table)
    for number, sentence in enumerate(report.findings, 1):
        typer.echo(f"{number}. {sentence}")
    for note in report.notes:
        typer.echo(note)
    _show_judged(report)
    _show_basis(report)
    typer.echo(f"Page: {page or 'none: no comment of these groups was decided then, and the report before stays'}")


def _show_judged(report: Report) -> None:
    """What could be judged and what could not: quiet is not the same as blind."""
    from chaffinch.neutrality_words import VERDICTS, not_judged

    told, apart = report.document, report.audit.apart
    typer.echo(f"{VERDICTS[report.verdict]} {told['compared']} comparisons over {told['comments']} comments.")
    if report.would_find:
        low, high = report.would_find
        typer.echo(
            f"A difference of {low:.1%} (where most pairs are) to {high:.1%} (where fewest are) would have been found "
            "four times of five; a smaller one may be there."
        )
    if apart:
        typer.echo("Far apart and not judged, so that somebody has to look; a longer --from gives more pairs:")
    left = [each for each in report.audit.unjudged if not each.apart]
    for each in (*apart, *left[: MOST_LEFT - len(apart)]):
        typer.echo(f"- {not_judged(each)}")
    if len(report.audit.unjudged) > MOST_LEFT:
        typer.echo(
            f"Not compared in all: {len(report.audit.unjudged)} of groups, actors and outcomes; --json has them."
        )


def _show_basis(report: Report) -> None:
    """By which bar it was made, and why it does not count where it does not."""
    from chaffinch.neutrality_words import basis

    typer.echo(basis(report.document))
    for each in report.short:
        typer.echo(f"Does not count for the duty: {each.en}.")
