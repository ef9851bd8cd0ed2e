"""`chaffinch staffing`: how many moderators it takes, hour by hour, and what other thresholds would do."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from chaffinch.commands.shared import AsJson, print_json, reading
from chaffinch.commands.tables import print_table

if TYPE_CHECKING:
    from governance.staffing_values import Part, Plan


def add_to(app: typer.Typer) -> None:
    """Mounts the command at the top level."""
    app.command()(staffing)


def staffing(
    days: Annotated[int, typer.Option(help="How far to look back.", min=1, max=365)] = 28,
    share: Annotated[float, typer.Option(help="Share of cases within their promise.", min=0.1, max=0.99)] = 0.9,
    breaks: Annotated[
        float, typer.Option(help="Share of paid time that is no work on cases.", min=0.0, max=0.8)
    ] = 0.25,
    a_day: Annotated[float | None, typer.Option(help="Instead of looking back: cases a day.", min=0.0)] = None,
    handling: Annotated[float, typer.Option(help="With --a-day: seconds that a case takes.", min=1.0)] = 45.0,
    csv: Annotated[Path | None, typer.Option(help="Write the hours to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """How many moderators it takes, hour by hour (in the house's time zone), and what other thresholds would do."""
    from governance import staffing as planning
    from governance import staffing_measured as measured
    from governance.staffing_values import Wish

    if a_day is not None:
        found = measured.assumed(a_day=a_day, handling=handling)
    else:
        with reading() as look:
            found = measured.measure(look, now=datetime.now(UTC), days=days)
    plan = planning.plan(found, Wish(share=share, breaks=breaks))
    if csv is not None:
        _write(plan, csv)
    if as_json:
        print_json(asdict(plan) | {"person_hours": plan.person_hours})
    else:
        _show(plan)


def _write(plan: Plan, path: Path) -> None:
    from console.pages.staffing import HOURS_HEAD, hour_rows
    from console.spreadsheets import csv_of

    path.write_text("\ufeff" + csv_of(HOURS_HEAD, hour_rows(plan)), encoding="utf-8")
    typer.echo(f"Hours: {path}", err=True)


def _show(plan: Plan) -> None:
    from governance.staffing_values import Part

    if not plan.kinds:
        typer.echo("No case was ever opened: with --a-day and --handling it is counted from what you take for granted.")
        return
    for part in plan.parts or (Part("day", plan.hours, plan.person_hours),):
        _show_hours(plan, part)
    if plan.made:
        told = ", ".join(f"{_MADE[why]} {a_day:.1f}" for why, a_day in plan.made)
        typer.echo(f"Of the cases a day the house asks of itself: {told}.")
    typer.echo(f"{_taken(plan)}")
    if plan.spread:
        typer.echo(_spread(plan))
    if plan.skills:
        _show_skills(plan)
    if plan.changes:
        _show_changes(plan)


_MADE = {
    "opinion": "second opinions",
    "known": "known answers",
    "again": "handled again (unsure, escalated, handed over, skipped)",
    "learning": "looked at to learn from",
}


def _show_hours(plan: Plan, part: Part) -> None:
    days = "" if part.name == "day" else f", {part.name}s"
    table = Table("hour", "cases", "at once", "paid hours", "within promise", "simulated", "difference", "mean wait",
                  "simulated", title=f"Moderators by hour ({plan.zone}{days})")  # fmt: skip
    for hour in part.hours:
        table.add_row(
            f"{hour.hour:02}", f"{hour.arrivals:.1f}", str(hour.people), f"{hour.paid:.1f}", _share(hour.expected),
            _share(hour.simulated), _points(hour.difference), _seconds(hour.mean_wait), _seconds(hour.simulated_wait),
        )  # fmt: skip
    print_table(table)
    people = sum(hour.people for hour in part.hours)
    typer.echo(
        f"{part.person_hours} paid hours a {part.name}: {people} hours of people who decide, and breaks "
        f"({plan.wish.breaks:.0%} of paid time) on top."
    )


def _points(value: float | None) -> str:
    """Percentage points."""
    return "" if value is None else f"{100 * value:+.1f}"


def _taken(plan: Plan) -> str:
    if plan.taken is None:
        return f"{plan.measured} handling times measured."
    return f"{plan.taken:.0f} s a case taken for granted; {plan.measured} handling times measured are too few to say."


def _spread(plan: Plan) -> str:
    told = ", ".join(f"{queue} {count}" for queue, count in plan.spread)
    return f"Too few cases came to tell hours apart ({told}): they are shown as if they came evenly over the day."


def _show_skills(plan: Plan) -> None:
    table = Table("skill", "cases a day", "busiest hour", "people who have it", title="Skills that not everybody has")
    for one in plan.skills:
        have = f"{one.people}, too few" if one.is_short else str(one.people)
        table.add_row(f"{one.kind} {one.name}", f"{one.a_day:.1f}", str(one.busiest), have)
    print_table(table)


def _show_changes(plan: Plan) -> None:
    table = Table("review thresholds", "cases a day", "busiest hour", "paid hours a day", "in time with today's people",
                  "mean wait", "unseen that broke a rule",
                  title="Were review thresholds moved")  # fmt: skip
    for change in plan.changes:
        unseen = f"{change.missed} of {change.judged}" if change.judged else ""
        wait = "without end" if change.wait is None else f"{change.wait:.0f} s"
        table.add_row(
            f"{change.shift:+.2f}", f"{change.a_day:.0f}", str(change.busiest), f"{change.hours:.0f}",
            f"{change.kept:.1%}", wait, unseen,
        )  # fmt: skip
    print_table(table)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"
