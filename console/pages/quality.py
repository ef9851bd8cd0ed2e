"""How far moderators agree, with each other and with what is known: for whoever leads them."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from console import spreadsheets
from console.crew_view import Crew, view_crew
from console.hit_view import Row, rows_of
from console.pages.rules import titles
from console.people import display_name
from console.permissions import Action
from console.quality_view import (
    PersonLine,
    SteeredLine,
    alpha_csv,
    alpha_lines,
    chart_of,
    people_csv,
    person_lines,
)
from console.rendering import render
from console.skill_words import skill_titles
from console.visit import Visit
from governance import appeals, said_about
from governance.appeals import Overturned
from governance.overview import RandomSlice, random_slice
from governance.said_about import SaidFault
from moderation.errors import ConflictError, InvalidInputError
from moderation.rules.backtest import Share
from records import gold, search, steered_looks
from records.unit_of_work import Reading
from review import lessons
from review.agreement import ENOUGH, Agreement, measure
from review.checks import MAX_REASON
from review.lessons import BAR

DAYS = (7, 30, 90, 365)
"""Spans that are offered."""

USUAL = 30


def show(visit: Visit) -> Response:
    """GET /quality."""
    days = _days(visit)
    return _page(visit, days)


def promote(visit: Visit) -> Response:
    """POST /quality/promote/{user_id}: a newcomer goes to live queues, where the rule holds."""
    try:
        with visit.parts.database.unit() as unit:
            why = visit.form.one("reason")
            said_about.check_lasting(unit, "/reason", why)
            lessons.promote(unit, visit.path_values["user_id"], by=visit.me.id, why=why, now=visit.now)
            unit.commit()
    except InvalidInputError as error:
        named = any(isinstance(each, SaidFault) for each in error.faults)
        return _page(visit, USUAL, "crew.names_somebody" if named else "crew.no_reason", status=422)
    except ConflictError:
        return _page(visit, USUAL, "crew.not_ready", status=409)
    return RedirectResponse(visit.url("/quality#crew"), status_code=303)


def _page(visit: Visit, days: int, problem: str = "", *, status: int = 200) -> Response:
    found, people = _measured(visit, days)
    overturned = _overturned(visit, days)
    lines = alpha_lines(found, visit.words, titles(visit))
    sees_people = visit.may(Action.SEE_MODERATORS)
    slice_, wrong = _mistakes(visit, days)
    return render(
        visit,
        "quality.html",
        status=status,
        problem=problem,
        crew=_crew(visit) if sees_people else None,
        wellness=visit.parts.wellness,
        bar=BAR,
        max_reason=MAX_REASON,
        titles=titles(visit),
        skills=skill_titles(visit),
        found=found,
        lines=[line for line in lines if line.figures.source is None],
        by_source=[line for line in lines if line.figures.source is not None],
        steered=steered_lines(visit),
        sees_people=sees_people,
        people=people,
        overturned=overturned,
        chart=chart_of(lines),
        days=days,
        spans=DAYS,
        enough=ENOUGH,
        quality=visit.parts.quality,
        slice=slice_,
        wrong=wrong,
        least=ENOUGH,
        known_answers=_known_answers(visit),
    )


def _mistakes(visit: Visit, days: int) -> tuple[RandomSlice | None, list[Row]]:
    """What the machine got wrong, for those who build it and have no lead's page; None for anybody else."""
    if not visit.may(Action.SEE_MODELS) or visit.may(Action.SEE_HOUSE):
        return None, []
    with visit.parts.database.reading() as look:
        found = random_slice(look, visit.now - timedelta(days=days))
        rows = rows_of(look, visit, search.hits_of(look, [each.comment_id for each in found.latest]))
    return found, [row for row in rows if not row.in_hand]


def download(visit: Visit) -> Response:
    """GET /quality/{table}.csv: the page's tables as files."""
    days = _days(visit)
    if table := _TABLES.get(visit.path.rpartition("/")[2]):
        head, rows = table(visit, days)
        return spreadsheets.answer(f"{visit.path.rpartition('/')[2].removesuffix('.csv')}-{days}-days", head, rows)
    found, people = _measured(visit, days)
    is_people = visit.path.endswith("/people.csv")
    body = people_csv(people) if is_people else alpha_csv(alpha_lines(found, visit.words, titles(visit)))
    name = "people" if is_people else "alpha"
    headers = {"content-disposition": f'attachment; filename="chaffinch-{name}-{days}-days.csv"'}
    # Spreadsheets take UTF-8 for what it is only after a byte order mark.
    return Response("\ufeff" + body, media_type="text/csv; charset=utf-8", headers=headers)


def _measured(visit: Visit, days: int) -> tuple[Agreement, list[PersonLine]]:
    """What was found over so many days, and who the people in it are."""
    with visit.parts.database.reading() as look:
        found = measure(look, visit.parts.taxonomy.names, since=visit.now - timedelta(days=days))
        return found, person_lines(look, found, visit.parts.quality.gold_share)


def _known_answers(visit: Visit) -> int:
    with visit.parts.database.reading() as look:
        return len(gold.in_use(look))


def _overturned(visit: Visit, days: int) -> list[tuple[str, str, Share]]:
    """Against what appeals were answered: its kind, its name, and how many it lost; people for who may see them."""
    with visit.parts.database.reading() as look:
        found = appeals.overturns(look, since=visit.now - timedelta(days=days))
        told = [each for each in found if each.kind != "moderator" or visit.may(Action.SEE_MODERATORS)]
        return [(each.kind, _name(look, each), each.share) for each in told]


def steered_lines(visit: Visit) -> list[SteeredLine]:
    """What is looked at oftener just now, and why; no rows where nothing is steered."""
    with visit.parts.database.reading() as look:
        looks, names = look.queues.second_looks, titles(visit)
        found = steered_looks.every(look) if looks.low_alpha else []
    told = []
    for one in found:
        usual = looks.queues.get(one.name, visit.parts.quality.second_share)
        usual = usual if one.kind == steered_looks.QUEUE else visit.parts.quality.second_share
        name = visit.words.name_of("queue_name", one.name)
        told.append(
            SteeredLine(name if one.kind == steered_looks.QUEUE else names.get(one.name, one.name), one,
                        looks.steered(usual), usual)
        )  # fmt: skip
    return told


Table = tuple[tuple[str, ...], list[tuple[object, ...]]]


def _appeals(visit: Visit, days: int) -> Table:
    head = ("what", "name", "lost", "answered", "share", "low", "high", "enough")
    return head, [(kind, name, *_shared(share), share.rows >= ENOUGH) for kind, name, share in _overturned(visit, days)]


def _training(visit: Visit, _days_: int) -> Table:
    """Who learns, and how it goes."""
    head = ("moderator", "right", "answered", "share", "low", "high", "left", "ready")
    rows = [
        (one.user.display_name, *_shared(one.progress.right), one.progress.left, one.progress.is_ready)
        for one in _crew(visit).newcomers
    ]
    return head, [*rows]


def _worst(visit: Visit, _days_: int) -> Table:
    """How much of the worst each person sees."""
    head = (
        "moderator",
        "given_last_day",
        "by_verdicts_over_many",
        "texts_read_last_day",
        "worst_of_texts_read_last_day",
        "worst_seen_last_day",
        "worst_seen_last_hour",
        "at_limit",
        "languages",
        "labels",
        "skills",
    )
    rows = [
        (one.user.display_name, one.given.verdicts, one.given.by_many, one.day.rows, one.day.hits, one.seen,
         one.hour.worst, one.hour.free_at is not None,
         *(" ".join(each or ()) for each in (one.user.languages, one.user.subjects, one.user.skills)))
        for one in _crew(visit).members
    ]  # fmt: skip
    return head, [*rows]


_TABLES = {"appeals.csv": _appeals, "training.csv": _training, "worst.csv": _worst}


def _crew(visit: Visit) -> Crew:
    with visit.parts.database.reading() as look:
        return view_crew(look, visit.parts.wellness, visit.now)


def _shared(share: Share) -> tuple[object, ...]:
    return (share.hits, share.rows, share.share, *(share.interval or (None, None)))


def _name(look: Reading, each: Overturned) -> str:
    return display_name(look, each.name) if each.kind == "moderator" else each.name


def _days(visit: Visit) -> int:
    asked = visit.query.get("days", "")
    return int(asked) if asked in map(str, DAYS) else USUAL
