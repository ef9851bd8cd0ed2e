"""`chaffinch duties`: what the law asks, and whether it is met here, by checks that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from chaffinch.commands.shared import AsJson, moment, now, print_json
from chaffinch.commands.tables import print_table
from chaffinch.settings import load_settings

if TYPE_CHECKING:
    from governance.duties import Answer, Profile
    from governance.shipped_profiles import AsLoaded

EXIT_REFUSED = 3
COLOURS = {"met": "green", "platform": "cyan", "off": "red"}


def add_to(app: typer.Typer) -> None:
    """Mounts the command at the top level."""
    app.command()(duties)


def duties(
    profile: Annotated[str, typer.Option(help="cn-2017, cn-2022, eu-dsa, or another file of configs/profiles.")],
    as_json: AsJson = False,
) -> None:
    """Run the checks of a legal profile: each duty is met, the platform's own act, or off; exit 3 where one is off.

    A profile that is not as shipped is named, with what differs; what of it nobody stands for is off (exit 3).
    """
    from chaffinch import duty_checks
    from chaffinch.duty_desk import keep_run
    from chaffinch.installation import opened
    from chaffinch.os_user import os_user
    from governance.duties import Status, load_profile, note_run, run
    from governance.shipped_profiles import as_loaded

    settings = load_settings()
    wanted = load_profile(settings.configs, profile)
    started = now()
    days = wanted.proof_days
    with opened(settings, wanted.policy, now=started, least=wanted.neutrality, proof_days=days) as place:
        with place.database.reading() as look:
            loaded = as_loaded(look, settings.configs, wanted)
        answers = run(wanted, duty_checks.over(place), loaded.unvouched)
        told = {**document(wanted, answers), **loaded.document}
        digest = keep_run(settings.home, wanted.name, {**_in_both(told, answers), "ran_at": moment(started)})
        with place.database.unit(os_user=os_user()) as unit:
            note_run(unit, wanted.name, answers, digest, now=started, as_loaded=loaded.facts)
            unit.commit()
    if as_json:
        print_json(told)
    else:
        _show(wanted, answers)
        _show_differs(loaded)
    if not loaded.is_vouched or any(each.status is Status.OFF for each in answers):
        raise typer.Exit(EXIT_REFUSED)


def document(profile: Profile, answers: list[Answer]) -> dict[str, Any]:
    """For programs."""
    return {
        "profile": profile.name,
        "duties": [
            {
                "article": each.article,
                "duty": each.duty.as_dict(),
                "status": each.status.value,
                "check": ", ".join(each.checks),
                "checked_at": moment(each.checked_at),
                "evidence": each.evidence,
            }
            for each in answers
        ],
    }


def _in_both(told: dict[str, Any], answers: list[Answer]) -> dict[str, Any]:
    """For the page, which has readers of Chinese too."""
    pairs = zip(told["duties"], answers, strict=True)
    return {**told, "duties": [{**each, "evidence_zh": answer.evidence_zh} for each, answer in pairs]}


def _show(profile: Profile, answers: list[Answer]) -> None:
    until = "" if profile.replaced is None else f", replaced on {profile.replaced:%Y-%m-%d}"
    table = Table(
        "article", Column("duty", ratio=2), "status", Column("seen", ratio=3), show_lines=True,
        title=f"{profile.title.en}, in force since {profile.in_force:%Y-%m-%d}{until}",
    )  # fmt: skip
    for each in answers:
        status = f"[{COLOURS[each.status.value]}]{each.status.value}[/]"
        words = f"{each.duty.zh}\n{each.duty.en}"
        table.add_row(escape(each.article), escape(words), status, escape(each.evidence))
    print_table(table)
    counts = {name: sum(each.status.value == name for each in answers) for name in COLOURS}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    typer.echo(f"{len(answers)} duties: {told}.")


def _show_differs(loaded: AsLoaded) -> None:
    """What of the profile is not as shipped, on the last lines, where nobody overlooks it."""
    if not loaded.differs:
        return
    who = loaded.document["stands"]
    if who:
        typer.echo(f"This profile is not as shipped; two people stand for it: {who}.")
    elif loaded.is_vouched:
        typer.echo("This profile is the house's own.")
    else:
        typer.echo("This profile is not as shipped, and nobody stands for it (chaffinch rules vouch):")
    for each in loaded.differs:
        typer.echo(f"  {each.what.zh}\n  {each.what.en}")
