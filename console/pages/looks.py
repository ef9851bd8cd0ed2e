"""Who opened what outside of the cases in their hands: unusual counts first, then every look, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from starlette.responses import Response

from console.people import display_name, name_of
from console.rendering import render
from console.spreadsheets import answer
from console.visit import Visit
from moderation.errors import NotFoundError
from moderation.typed import moment
from records import looks
from records.known_as import KEY
from records.looks import BY_SHELL, Look, Sum
from records.unit_of_work import Reading

DAYS = (1, 7, 30)
ROWS = 100
MOST = 5000
ENOUGH, TIMES = 20, 3.0
"""So many looks, and so many times what the others' middle is, are unusual."""

KINDS = ("account", "comment", "thread", "measure", "finding", "list")


@dataclass(frozen=True, slots=True)
class Watched:
    """Somebody, how often they looked, and what that is beside the others. `is_me`: the visitor."""

    who: str
    name: str
    sum: Sum
    is_unusual: bool
    is_me: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A look with a name in place of an id."""

    look: Look
    name: str


def show(visit: Visit) -> Response:
    """GET /looks."""
    days, asked = _days(visit), _asked(visit)
    with visit.parts.database.reading() as look:
        people = _people(look, visit, days)
        found = [Line(each, _name(look, each.who)) for each in _found(look, visit, ROWS + 1)]
    older = found[ROWS - 1].look.at.isoformat() if len(found) > ROWS else None
    return render(
        visit, "looks.html", people=people, lines=found[:ROWS], older=older, days=days, spans=DAYS, kinds=KINDS,
        asked=asked, kept=visit.parts.retention.looks.days, enough=ENOUGH, times=int(TIMES),
    )  # fmt: skip


def download(visit: Visit) -> Response:
    """GET /looks/{table}.csv: the people, or the looks themselves (the newest five thousand)."""
    with visit.parts.database.reading() as look:
        if visit.path.endswith("people.csv"):
            rows = [
                (each.name, each.sum.looks, each.sum.things, each.sum.last.isoformat(), each.is_unusual)
                for each in _people(look, visit, _days(visit))
            ]
            return answer("looks-by-person", ("who", "looks", "things", "last", "unusual"), rows)
        told = [
            (each.at.isoformat(), _name(look, each.who), each.thing_kind, each.thing_id, each.page, each.shown)
            for each in _found(look, visit, MOST)
        ]
    return answer("looks", ("at", "who", "kind", "id", "page", "shown"), told)


def _people(look: Reading, visit: Visit, days: int) -> list[Watched]:
    """Unusual ones first, then who looked most."""
    sums = looks.sums(look, visit.now - timedelta(days=days))
    found = [
        Watched(each.who, _name(look, each.who), each, _is_unusual(each, sums), each.who == visit.me.id)
        for each in sums
    ]
    return sorted(found, key=lambda one: not one.is_unusual)


def _is_unusual(one: Sum, sums: list[Sum]) -> bool:
    others = [
        each.looks for each in sums if each.who != one.who and each.who.startswith(KEY) == one.who.startswith(KEY)
    ]
    return one.looks >= ENOUGH and one.looks >= TIMES * (median(others) if others else 0)


def _found(look: Reading, visit: Visit, limit: int) -> list[Look]:
    asked = _asked(visit)
    before = None
    if asked["before"]:
        before = moment(asked["before"])
        if before is None:
            raise NotFoundError("There is no such page.")
    return looks.newest(look, who=asked["who"] or None, kind=asked["kind"] or None, before=before, limit=limit)


def _asked(visit: Visit) -> dict[str, str]:
    kind = visit.query.get("kind", "")
    return {
        "who": visit.query.get("who", "")[:100],
        "kind": kind if kind in KINDS else "",
        "before": visit.query.get("before", "")[:40],
    }


def _days(visit: Visit) -> int:
    told = visit.query.get("days", "")
    return int(told) if told in map(str, DAYS) else DAYS[1]


def _name(look: Reading, who: str) -> str:
    """A person's name; a key by whom it is named after, and its prefix; a user of the machine as it is."""
    if who.startswith(BY_SHELL):
        return who
    return name_of(look, who) if who.startswith(KEY) else display_name(look, who)
