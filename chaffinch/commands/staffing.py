"""`chaffinch staffing`: how many moderators it takes, by hour and in shifts, and what other thresholds would do."""

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
    from governance.staffing_values import Change, Part, Plan


def add_to(app: typer.Typer) -> None:
    """Mounts the command at the top level."""
    app.command()(staffing)


def staffing(  # noqa: PLR0913, PLR0917 - options of a command
    days: Annotated[int, typer.Option(help="How far to look back.", min=1, max=365)] = 28,
    share: Annotated[float, typer.Option(help="Share of cases within their promise.", min=0.1, max=0.99)] = 0.9,
    breaks: Annotated[
        float, typer.Option(help="Share of paid time that is no work on cases.", min=0.0, max=0.8)
    ] = 0.25,
    a_day: Annotated[float | None, typer.Option(help="Instead of looking back: cases a day.", min=0.0)] = None,
    handling: Annotated[float, typer.Option(help="With --a-day: seconds that a case takes.", min=1.0)] = 45.0,
    label: Annotated[
        str | None, typer.Option(help="Move the review threshold of this label alone; the others stay.")
    ] = None,
    shift: Annotated[int, typer.Option(help="Hours of a shift, breaks included.", min=1, max=24)] = 8,
    week: Annotated[int, typer.Option(help="Shifts that somebody works a week.", min=1, max=7)] = 5,
    away: Annotated[
        float, typer.Option(help="Share of somebody's shifts lost to holiday and illness.", min=0.0, max=0.8)
    ] = 0.1,
    csv: Annotated[Path | None, typer.Option(help="Write the hours to this file.")] = None,
    shifts_csv: Annotated[Path | None, typer.Option(help="Write the shifts to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """How many moderators it takes, by hour (in the house's time zone) and in shifts, and what thresholds would do."""
    from governance import staffing as planning
    from governance import staffing_measured as measured
    from governance.staffing_values import Wish

    if a_day is not None:
        found = measured.assumed(a_day=a_day, handling=handling)
    else:
        with reading() as look:
            found = measured.measure(look, now=datetime.now(UTC), days=days)
    if label is not None:
        _check_label(label, planning.labels_of(found))
    wish = Wish(share=share, breaks=breaks, shift=shift, days_a_week=week, away=away, label=label)
    plan = planning.plan(found, wish)
    if csv is not None:
        _write(plan, csv)
    if shifts_csv is not None:
        _write_shifts(plan, shifts_csv)
    if as_json:
        print_json(asdict(plan) | {"person_hours": plan.person_hours})
    else:
        _show(plan)


def _write(plan: Plan, path: Path) -> None:
    from console.pages.staffing import HOURS_HEAD, hour_rows
    from console.spreadsheets import csv_of

    path.write_text("\ufeff" + csv_of(HOURS_HEAD, hour_rows(plan)), encoding="utf-8")
    typer.echo(f"Hours: {path}", err=True)


def _write_shifts(plan: Plan, path: Path) -> None:
    from console.pages.staffing import SHIFTS_HEAD, shift_rows
    from console.spreadsheets import csv_of

    path.write_text("\ufeff" + csv_of(SHIFTS_HEAD, shift_rows(plan.shifts, plan)), encoding="utf-8")
    typer.echo(f"Shifts: {path}", err=True)


def _check_label(label: str, known: tuple[str, ...]) -> None:
    if label in known:
        return
    there = f"there are: {', '.join(known)}" if known else "no decision was looked at that has any"
    raise typer.BadParameter(f"No score was found for the label {label}; {there}.", param_hint="--label")


def _show(plan: Plan) -> None:
    from governance.staffing_values import Part

    if not plan.kinds:
        typer.echo("No case was ever opened: with --a-day and --handling it is counted from what you take for granted.")
        return
    for part in plan.parts or (Part("day", plan.hours, plan.person_hours),):
        _show_hours(plan, part)
    _show_shifts(plan)
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


def _show_shifts(plan: Plan) -> None:
    from console.pages.staffing import shift_rows

    table = Table("days", "begins", "ends", "people", title=f"Shifts of {plan.wish.shift} h ({plan.zone})")
    for name, begins, ends, _, people in shift_rows(plan.shifts, plan):
        table.add_row(str(name), f"{begins:02}:00", f"{ends:02}:00", str(people))
    print_table(table)
    typer.echo(
        f"{plan.heads} people to employ: each works {plan.wish.days_a_week} shifts a week, one a day, and is away for "
        f"{plan.wish.away:.0%} of them. Rest between shifts, nights in a row and wishes are a roster's."
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
                  title=f"Were the review threshold of {only} moved" if (only := plan.wish.label)
                  else "Were review thresholds moved")  # fmt: skip
    for change in plan.changes:
        wait = "without end" if change.wait is None else f"{change.wait:.0f} s"
        table.add_row(
            f"{change.shift:+.2f}", f"{change.a_day:.0f}", str(change.busiest), f"{change.hours:.0f}",
            f"{change.kept:.1%}", wait, _unseen(change),
        )  # fmt: skip
    print_table(table)


def _unseen(change: Change) -> str:
    """With the interval where there are enough to say."""
    from review.agreement import ENOUGH

    told = change.unseen
    if told.interval is None:
        return ""
    if told.rows < ENOUGH:
        return f"{told.hits} of {told.rows}, too few to say"
    low, high = told.interval
    return f"{told.hits} of {told.rows}, {low:.0%} to {high:.0%}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"
