"""The lead's page: queues live, load, overturns, the machine's share, what it got wrong; a file of every table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from console import put_off_view, spreadsheets
from console.charts import Columns, columns
from console.crew_view import view_shift
from console.hit_view import rows_of
from console.pages.rules import titles
from console.people import display_name, name_of
from console.put_off_view import put_off_lines, put_off_rows
from console.rendering import render
from console.skill_words import skill_titles
from console.visit import Visit
from governance import staffing, staffing_measured, untried_rules
from governance.overview import Estimate, Live, Overview, live, overview
from governance.staffing_values import Wish, paid
from moderation.rules.backtest import Share
from records import alone, bulk, search
from records.house import Day
from records.unit_of_work import Reading
from review import handling
from review.agreement import ENOUGH, Alpha, measure
from review.handling import Took

DAYS = (7, 14, 28)
USUAL = 7
AGREEMENT_DAYS, STAFFING_DAYS = 30, 28
"""As the pages that have it whole look back unasked."""

MASS, MOST_TOLD = 10, 20
"""Comments that the machine blocked, from which on letting them through together is told to the lead; verdicts told."""


def show(visit: Visit) -> Response:
    """GET /lead."""
    days = _days(visit)
    with visit.parts.database.reading() as look:
        found = overview(look, now=visit.now, days=days)
        names = {each.moderator: display_name(look, each.moderator) for each in found.loads}
        times = _times(look, visit, days)
        put_off = put_off_lines(look, since=visit.now - timedelta(days=days))
        shift = view_shift(look, visit.now)
        sums = _sums(look, visit, shift.present)
        wrong = rows_of(look, visit, search.hits_of(look, [each.comment_id for each in found.slice.latest]))
        wrong = [row for row in wrong if not row.in_hand]
        untried = untried_rules.every(look)
        passed = bulk.let_through(look, since=visit.now - timedelta(days=days), least=MASS, limit=MOST_TOLD)
        one_by_one = alone.runs(look, since=visit.now - timedelta(days=days), least=MASS, limit=MOST_TOLD)
        givers = {who: display_name(look, who) for who in _givers(passed, one_by_one)}
        authors = {one.version.author: name_of(look, one.version.author) for one in untried}
    return render(
        visit,
        "lead.html",
        untried=untried,
        passed=passed,
        one_by_one=one_by_one,
        put_off=put_off,
        givers=givers,
        mass=MASS,
        authors=authors,
        least=ENOUGH,
        found=found,
        live=found.live,
        shift=shift,
        skills=skill_titles(visit),
        names=names,
        times=times,
        wrong=wrong,
        titles=titles(visit),
        days=days,
        spans=DAYS,
        share_chart=share_chart(visit, found.days),
        queues_chart=queues_chart(visit, found.live),
        overturns_chart=overturns_chart(visit, found),
        load_chart=load_chart(visit, found, names),
        sums=sums,
    )


def _givers(passed: list[bulk.LetThrough], one_by_one: list[alone.Run]) -> set[str]:
    return {one.moderator for one in passed} | {one.moderator for one in one_by_one}


def show_live(visit: Visit) -> Response:
    """GET /lead/live: the part that looks again by itself."""
    with visit.parts.database.reading() as look:
        found, shift = live(look, now=visit.now), view_shift(look, visit.now)
    return render(
        visit,
        "_lead_live.html",
        live=found,
        shift=shift,
        titles=titles(visit),
        skills=skill_titles(visit),
        queues_chart=queues_chart(visit, found),
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """What other pages have whole: agreement of two readers, and how many people it takes.

    `here` people are at work; `needed` this hour takes at once, `busiest` is the hour of today that takes `most`.
    `is_spread`: too few cases came to tell hours apart.
    """

    alpha: Alpha
    waiting: int
    here: int
    needed: int
    busiest: int
    most: int
    paid: int
    is_spread: bool


def _sums(look: Reading, visit: Visit, present: int) -> Sums:
    found = measure(look, visit.parts.taxonomy.names, since=visit.now - timedelta(days=AGREEMENT_DAYS))
    local = visit.now.astimezone(ZoneInfo(look.queues.zone))
    work = staffing_measured.measure(look, now=visit.now, days=STAFFING_DAYS, is_scored=False)
    hours = staffing.hours_of(work, Wish(), local)
    top = max(hours, key=lambda hour: hour.people)
    return Sums(
        found.alphas[0],
        found.opinions_waiting + found.disagreements_waiting,
        present,
        hours[local.hour].people,
        top.hour,
        top.people,
        paid(hours, Wish()),
        bool(work.spread),
    )


def queues_chart(visit: Visit, found: Live) -> Columns:
    """What waits and is in hand by queue, what is late before it."""
    told = [line.now for line in found.queues]
    words = visit.words
    return columns(
        [words.name_of("queue_name", one.queue) for one in told],
        [float(one.late) for one in told],
        of=[float(one.waiting + one.in_hand) for one in told],
        titles=[
            words("lead.queue_bar", queue=words.name_of("queue_name", one.queue), late=one.late,
                  whole=one.waiting + one.in_hand)
            for one in told
        ],
    )  # fmt: skip


def overturns_chart(visit: Visit, found: Overview) -> Columns:
    """Verdicts by suspected label, those that overturned the machine before the rest."""
    names = [titles(visit).get(each.label, each.label) if each.label else visit.words("queue.no_label")
             for each, _ in found.overturns]  # fmt: skip
    shares = [share for _, share in found.overturns]
    return columns(
        names,
        [float(share.hits) for share in shares],
        of=[float(share.rows) for share in shares],
        titles=[
            visit.words("lead.overturn_bar", label=name, hits=share.hits, rows=share.rows)
            for name, share in zip(names, shares, strict=True)
        ],
    )


def load_chart(visit: Visit, found: Overview, names: Mapping[str, str]) -> Columns:
    """Verdicts by moderator, those of the last day before those of the whole span."""
    return columns(
        [names[one.moderator] for one in found.loads],
        [float(one.day.verdicts) for one in found.loads],
        of=[float(one.whole.verdicts) for one in found.loads],
        titles=[
            visit.words("lead.load_bar", name=names[one.moderator], day=one.day.verdicts, whole=one.whole.verdicts)
            for one in found.loads
        ],
    )


def download(visit: Visit) -> Response:
    """GET /lead/{table}.csv."""
    days, name = _days(visit), visit.path.rpartition("/")[2].removesuffix(".csv")
    with visit.parts.database.reading() as look:
        found = overview(look, now=visit.now, days=days)
        head, rows = _TABLES[name](look, visit, found, days)
    return spreadsheets.answer(f"{name}-{days}-days", head, rows)


def share_chart(visit: Visit, days: Iterable[Day]) -> Columns:
    """Decisions by day: those that people settled before those of the machine alone."""
    told = list(days)
    of = visit.words
    marks = [of("lead.day_bar", day=f"{one.start:%m-%d}", people=one.by_people, whole=one.decisions) for one in told]
    return columns(
        [f"{one.start:%m-%d}" for one in told],
        [float(one.by_people) for one in told],
        of=[float(one.decisions) for one in told],
        titles=marks,
    )


Table = tuple[tuple[str, ...], list[tuple[object, ...]]]


def _queues(_look: Reading, visit: Visit, found: Overview, _days_: int) -> Table:
    head = (
        "queue",
        "waiting",
        "in_hand",
        "late",
        "oldest_seconds",
        "promise_seconds",
        "coming_in_an_hour",
        "in_an_hour",
        "promise_breaks_in_seconds",
    )
    rows: list[tuple[object, ...]] = [
        (line.now.queue, line.now.waiting, line.now.in_hand, line.now.late,
         (visit.now - line.now.oldest).total_seconds(), line.promise, line.coming, line.in_an_hour,
         None if line.breaks_at is None else (line.breaks_at - visit.now).total_seconds())
        for line in found.live.queues
    ]  # fmt: skip
    if (second := found.live.second) is not None:
        waited = (visit.now - second.oldest).total_seconds()
        rows.append(("second looks", second.waiting, second.in_hand, second.late, waited, None, None, None, None))
    return head, [*rows]


def _unattended(look: Reading, visit: Visit, _found: Overview, _days_: int) -> Table:
    head = ("queue", "lang", "label", "skills", "waiting", "late", "oldest_seconds", "people_who_could")
    rows = [
        (one.waiting.queue, one.waiting.lang, one.waiting.label, " ".join(one.asks), one.waiting.count,
         one.waiting.late, (visit.now - one.waiting.oldest).total_seconds(), one.able)
        for one in view_shift(look, visit.now).unattended
    ]  # fmt: skip
    return head, [*rows]


def _loads(look: Reading, visit: Visit, found: Overview, days: int) -> Table:
    times = _times(look, visit, days)
    head = (
        "moderator",
        "in_hand",
        "given_last_day",
        "by_verdicts_over_many",
        "whole_span",
        "overturned_the_machine",
        "median_seconds",
        "cases_timed",
    )
    rows = [
        (
            display_name(look, one.moderator),
            one.in_hand,
            one.day.verdicts,
            one.day.by_many,
            one.whole.verdicts,
            one.whole.overturned,
            *_took(times.get(one.moderator)),
        )
        for one in found.loads
    ]
    return head, [*rows]


def _put_off(look: Reading, visit: Visit, _found: Overview, days: int) -> Table:
    return put_off_view.HEAD, put_off_rows(put_off_lines(look, since=visit.now - timedelta(days=days)))


def _machine(_look: Reading, _visit: Visit, found: Overview, _days_: int) -> Table:
    head = ("day", "decisions", "by_people", "waiting")
    return head, [(f"{one.start:%Y-%m-%d}", one.decisions, one.by_people, one.waiting) for one in found.days]


def _overturns(_look: Reading, _visit: Visit, found: Overview, _days_: int) -> Table:
    head = ("label", "judged", "overturned", "share", "low", "high")
    return head, [
        (each.label or "", each.judged, each.overturned, share.share, *_interval(share))
        for each, share in found.overturns
    ]


def _slice(_look: Reading, _visit: Visit, found: Overview, _days_: int) -> Table:
    head = ("of", "judged", "wrong", "share", "low", "high")
    told = (("all", found.slice.wrong), ("blocked", found.slice.wrong_blocks), ("passed", found.slice.missed_harm))
    return head, [(name, share.rows, share.hits, share.share, *_interval(share)) for name, share in told]


def _let_through(look: Reading, visit: Visit, _found: Overview, days: int) -> Table:
    """What one verdict over many, or one person in a row, let through against the machine."""
    since = visit.now - timedelta(days=days)
    head = ("how", "moderator", "comments", "by_two", "most_in_a_minute", "from", "until")
    many = bulk.let_through(look, since=since, least=MASS, limit=MOST_TOLD)
    runs = alone.runs(look, since=since, least=MASS, limit=MOST_TOLD)
    rows: list[tuple[object, ...]] = [
        ("verdict over many", display_name(look, one.moderator), one.comments, one.is_by_two, None,
         one.created_at.isoformat(), one.created_at.isoformat())
        for one in many
    ]  # fmt: skip
    rows += [
        ("one by one", display_name(look, one.moderator), one.comments, False, one.a_minute,
         one.first.isoformat(), one.last.isoformat())
        for one in runs
    ]  # fmt: skip
    return head, rows


_TABLES = {
    "let_through": _let_through,
    "queues": _queues,
    "unattended": _unattended,
    "load": _loads,
    "put_off": _put_off,
    "machine": _machine,
    "overturns": _overturns,
    "random": _slice,
}


def _interval(share: Share | Estimate) -> tuple[float | None, float | None]:
    return share.interval or (None, None)


def _times(look: Reading, visit: Visit, days: int) -> dict[str, Took]:
    """What each moderator took over a case."""
    return handling.by_moderator(look, since=visit.now - timedelta(days=days))


def _took(found: Took | None) -> tuple[float | None, int]:
    """Seconds, where there are cases enough to say them, and how many cases there are."""
    return (None, 0) if found is None else (found.seconds if found.is_enough else None, found.count)


def _days(visit: Visit) -> int:
    return next((each for each in DAYS if str(each) == visit.query.get("days")), USUAL)
