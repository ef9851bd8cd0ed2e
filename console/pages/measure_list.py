"""Measures, the newest first: on whom, what, by whom, who agreed, since and until; by filters, and as a file.

An account is named by the end of our own id of it, which tells one from another and nobody by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from console.looking import trace_list
from console.pages.measures import OPEN, OVER
from console.people import name_of
from console.rendering import render
from console.spreadsheets import answer
from console.visit import Visit
from governance import account_measures, account_notices, measure_wishes
from moderation.errors import NotFoundError
from records import measures_listed, returns
from records.measures_listed import Asked, Listed
from records.standing_values import MeasureRecord, MeasureState, ReturnState, TargetKind
from records.unit_of_work import Reading

ROWS = 50
MOST = 5000
SHORT = 6
"""Characters of an id that tell it apart on a page."""

LONG = 24
"""Characters of a thread's id that are shown."""

STATES = {"open": OPEN, "over": OVER, "all": tuple(MeasureState)} | {each.value: (each,) for each in MeasureState}
KINDS = tuple(dict.fromkeys(name for names in measure_wishes.FITTING.values() for name in names))
MEASURES = (*KINDS, account_measures.RECOMMEND)
NAMES = ("state", "measure", "by", "about")


@dataclass(frozen=True, slots=True)
class Row:
    """A measure with names in place of ids. `place` leads to the story of whom it is about."""

    made: MeasureRecord
    who: str
    agreed: str
    reason: str
    ground: str
    about: str
    short: str
    place: str | None
    cause: str
    """The platform's id of the comment for which an account is measured; ours where it gave none."""
    short_cause: str


def show(visit: Visit) -> Response:
    """GET /measures: a page of them, what is open where nobody asks for more; and who may have come back."""
    told = _told(visit)
    with visit.parts.database.reading() as look:
        page = measures_listed.listed(look, _asked(told), limit=ROWS, cursor=visit.query.get("cursor") or None)
        rows = [_row(look, visit, each) for each in page.items]
        findings = returns.page(look, state=ReturnState.WAITING, limit=ROWS).items
        people = [(who, name_of(look, who)) for who in measures_listed.askers(look)]
    trace_list(visit, "measures", len(rows), NAMES)
    return render(
        visit, "measures.html", rows=rows, findings=findings, next_cursor=page.next_cursor, told=told, people=people,
        query=urlencode({name: value for name, value in told.items() if value}), states=tuple(STATES), kinds=MEASURES,
    )  # fmt: skip


def download(visit: Visit) -> Response:
    """GET /measures/table/measures.csv: the newest five thousand that the filters leave."""
    with visit.parts.database.reading() as look:
        page = measures_listed.listed(look, _asked(_told(visit)), limit=MOST)
        rows = [_row(look, visit, each) for each in page.items]
    trace_list(visit, "measures_csv", len(rows), NAMES)
    head = ("id", "measure", "state", "target", "about", "reason", "ground", "by", "agreed_by", "created", "since",
            "until", "ended", "cause")  # fmt: skip
    return answer("measures", head, (_cells(each) for each in rows))


def _cells(row: Row) -> tuple[object, ...]:
    made = row.made
    moments = (account_notices.moment(at) for at in (made.created_at, made.starts_at, made.ends_at, made.ended_at))
    return (
        made.id, made.measure, made.told_state, made.target_kind.value, row.about, row.reason, row.ground, row.who,
        row.agreed, *moments, row.cause,
    )  # fmt: skip


def shortened(thread: str) -> str:
    """A thread by the beginning of the platform's own id, which people there know it by; its end may be anything."""
    return thread if len(thread) <= LONG else f"{thread[: LONG - 1]}…"


def _told(visit: Visit) -> dict[str, str]:
    told = {name: visit.query.get(name, "")[:200] for name in NAMES}
    return {**told, "state": told["state"] or "open"}


def _asked(told: dict[str, str]) -> Asked:
    """Raises `NotFoundError` for a state or a measure that there is not."""
    if told["state"] not in STATES or (told["measure"] and told["measure"] not in MEASURES):
        raise NotFoundError("There is no such page.")
    return Asked(STATES[told["state"]], told["measure"] or None, told["by"] or None, told["about"] or None)


def _row(look: Reading, visit: Visit, one: Listed) -> Row:
    made, locale, redress = one.made, visit.preferences.locale, look.queues.redress
    about = str(made.subject_id or "")
    where = "thread" if made.target_kind is TargetKind.THREAD else "account"
    return Row(
        made,
        name_of(look, made.asked_by),
        name_of(look, one.agreed_by),
        account_notices.reason_in(made, locale, redress),
        account_notices.ground_of(made, locale, redress),
        about,
        about[-SHORT:] if where == "account" else shortened(about),
        f"/comments/{one.handle}/{where}" if one.handle and about else None,
        one.cause or made.cause_id or "",
        shortened(one.cause or (made.cause_id or "")[-SHORT:]),
    )
