"""How many moderators it takes, by hour and in shifts, and what other thresholds would do: table, picture, file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from typing import TypeVar

from starlette.responses import Response

from console import spreadsheets
from console.charts import Columns, columns
from console.crew_view import view_shift
from console.pages.rules import titles
from console.rendering import render
from console.skill_words import skill_titles
from console.visit import Visit
from governance import staffing
from governance import staffing_measured as measured
from governance.staffing_values import Change, Hour, Plan, Shifts, Wish
from review.agreement import ENOUGH

Number = TypeVar("Number", int, float)

DAYS = (7, 28, 90)
USUAL = 28
SHARES = (0.8, 0.9, 0.95)
BREAKS = (0.0, 0.15, 0.25, 0.35)
LENGTHS = (4, 6, 8, 10, 12)
DAYS_A_WEEK = (4, 5, 6)
AWAY = (0.0, 0.05, 0.1, 0.15, 0.2)
HOURS_HEAD = (
    "days", "hour", "time_zone", "arrivals", "load", "people", "paid_hours", "within_promise",
    "within_promise_simulated", "difference", "mean_wait_seconds", "mean_wait_seconds_simulated",
)  # fmt: skip
SKILLS_HEAD = ("kind", "skill", "cases_a_day", "at_the_busiest_hour", "people")
KINDS_HEAD = (
    "queue", "cases_a_day", "promise_seconds", "mean_seconds", "median_seconds", "p90_seconds", "measured",
    "made_by_the_house_a_day",
)  # fmt: skip
CHANGES_HEAD = (
    "shift", "cases_a_day", "busiest_hour", "paid_hours_a_day", "in_time_with_the_people_of_now",
    "mean_wait_seconds_with_the_people_of_now", "judged", "broke_a_rule", "broke_a_rule_low", "broke_a_rule_high",
)  # fmt: skip
SHIFTS_HEAD = ("days", "begins", "ends", "time_zone", "people")


def show(visit: Visit) -> Response:
    """GET /staffing."""
    days, _ = _asked(visit)
    plan = _plan(visit)
    wish = plan.wish
    with visit.parts.database.reading() as look:
        shift = view_shift(look, visit.now)
    return render(
        visit,
        "staffing.html",
        plan=plan,
        shift=shift,
        titles=titles(visit),
        skills=skill_titles(visit),
        days=days,
        wish=wish,
        spans=DAYS,
        shares=SHARES,
        breaks=BREAKS,
        lengths=LENGTHS,
        days_a_week=DAYS_A_WEEK,
        away=AWAY,
        enough=measured.ENOUGH,
        least=ENOUGH,
        tables=[(name, hours, paid, hours_chart(visit, hours)) for name, hours, paid in parts_of(plan)],
        changes_chart=changes_chart(visit, plan.changes),
        shifts=[(one, shifts_chart(visit, one), shift_rows((one,), plan)) for one in plan.shifts],
        query=_query(days, wish),
    )


def download(visit: Visit) -> Response:
    """GET /staffing/{table}.csv."""
    days, _ = _asked(visit)
    plan = _plan(visit)
    if visit.path.endswith("/changes.csv"):
        return spreadsheets.answer(f"staffing-thresholds-{days}-days", CHANGES_HEAD, change_rows(plan.changes))
    if visit.path.endswith("/skills.csv"):
        rows = [(one.kind, one.name, one.a_day, one.busiest, one.people) for one in plan.skills]
        return spreadsheets.answer(f"staffing-skills-{days}-days", SKILLS_HEAD, rows)
    if visit.path.endswith("/shifts.csv"):
        return spreadsheets.answer(f"staffing-shifts-{days}-days", SHIFTS_HEAD, shift_rows(plan.shifts, plan))
    if visit.path.endswith("/kinds.csv"):
        kinds = [astuple(one) for one in plan.kinds]
        return spreadsheets.answer(f"staffing-queues-{days}-days", KINDS_HEAD, kinds)
    return spreadsheets.answer(f"staffing-{days}-days", HOURS_HEAD, hour_rows(plan))


def parts_of(plan: Plan) -> list[tuple[str, tuple[Hour, ...], int]]:
    """What the hours are of, the hours, and what is paid for on such a day: weekdays and weekends, else any day."""
    apart = [(part.name, part.hours, part.person_hours) for part in plan.parts]
    return apart or [("day", plan.hours, plan.person_hours)]


def hour_rows(plan: Plan) -> list[tuple[object, ...]]:
    """As files have them."""
    return [
        (name, one.hour, plan.zone, one.arrivals, one.load, one.people, round(one.paid, 4), one.expected, one.simulated,
         one.difference, one.mean_wait, one.simulated_wait)
        for name, hours, _ in parts_of(plan)
        for one in hours
    ]  # fmt: skip


def change_rows(changes: Iterable[Change]) -> list[tuple[object, ...]]:
    """As files have them."""
    return [
        (one.shift, one.a_day, one.busiest, one.hours, one.kept, one.wait, one.judged, one.missed,
         *(one.unseen.interval or (None, None)))
        for one in changes
    ]  # fmt: skip


def shift_rows(shifts: Iterable[Shifts], plan: Plan) -> list[tuple[object, ...]]:
    """As files have them: the hours at which some shift begins."""
    return [
        (one.name, begins, (begins + plan.wish.shift) % measured.HOURS, plan.zone, people)
        for one in shifts
        for begins, people in enumerate(one.begins)
        if people
    ]


def shifts_chart(visit: Visit, shifts: Shifts) -> Columns:
    """Who is at work in each hour, and how many are needed as a line."""
    names = [f"{hour:02}" for hour in range(measured.HOURS)]
    told = zip(names, shifts.at_work, shifts.need, strict=True)
    titles = [visit.words("staffing.shift_bar", hour=hour, n=there, need=need) for hour, there, need in told]
    return columns(names, [float(one) for one in shifts.at_work], titles=titles, line=[float(n) for n in shifts.need])


def hours_chart(visit: Visit, hours: Iterable[Hour]) -> Columns:
    """People at once, those to be paid behind them, and the load as a line."""
    told = list(hours)
    titles = [
        visit.words(
            "staffing.bar",
            hour=f"{one.hour:02}",
            people=one.people,
            paid=f"{one.paid:.1f}",
            cases=f"{one.arrivals:.1f}",
        )
        for one in told
    ]
    names = [f"{one.hour:02}" for one in told]
    people, paid = [float(one.people) for one in told], [one.paid for one in told]
    return columns(names, people, of=paid, titles=titles, line=[one.load for one in told])


def changes_chart(visit: Visit, changes: Iterable[Change]) -> Columns | None:
    """Paid hours a day by how far review thresholds move; None where nothing was scored."""
    told = list(changes)
    if not told:
        return None
    titles = [
        visit.words(
            "staffing.change_bar", shift=f"{one.shift:+.2f}", hours=f"{one.hours:.0f}", cases=f"{one.a_day:.0f}"
        )
        for one in told
    ]
    return columns([f"{one.shift:+.2f}" for one in told], [one.hours for one in told], titles=titles)


def _plan(visit: Visit) -> Plan:
    days, wish = _asked(visit)
    with visit.parts.database.reading() as look:
        found = measured.measure(look, now=visit.now, days=days)
    asked = visit.query.get("label", "")
    return staffing.plan(found, replace(wish, label=asked if asked in staffing.labels_of(found) else None))


def _query(days: int, wish: Wish) -> str:
    """What files are asked with, as the page was."""
    asked = f"days={days}&share={wish.share}&breaks={wish.breaks}&label={wish.label or ''}"
    return f"{asked}&shift={wish.shift}&week={wish.days_a_week}&away={wish.away}"


def _asked(visit: Visit) -> tuple[int, Wish]:
    """What is offered; anything else is the usual."""
    usual = Wish()
    wish = Wish(
        share=_offered(visit, "share", SHARES, usual.share),
        breaks=_offered(visit, "breaks", BREAKS, usual.breaks),
        shift=_offered(visit, "shift", LENGTHS, usual.shift),
        days_a_week=_offered(visit, "week", DAYS_A_WEEK, usual.days_a_week),
        away=_offered(visit, "away", AWAY, usual.away),
    )
    return _offered(visit, "days", DAYS, USUAL), wish


def _offered(visit: Visit, name: str, offered: Sequence[Number], usual: Number) -> Number:
    return next((each for each in offered if str(each) == visit.query.get(name)), usual)
