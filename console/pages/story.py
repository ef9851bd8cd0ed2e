"""What an account or a thread did, on one page as a time line, from which measures are taken or taken back.

An account is spoken of by one of its comments: no address holds a pseudonym, a hash of one, or a thread's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from console import deciding, desk
from console.account_turns import Span, Turn, turns_of
from console.colleagues import name_for
from console.hit_view import Row, rows_of
from console.in_hand import in_hand, note_reading
from console.looking import account_of, trace
from console.marks import Piece, pieces
from console.pages.measures import lines_of, taking
from console.pages.rules import code_titles
from console.permissions import ALLOWED, Action, Role
from console.rendering import render
from console.thread_view import thread_view
from console.verdict_lines import how_settled
from console.visit import Visit
from governance.measure_wishes import MAX_WORDS
from moderation.errors import NotFoundError
from records import account_facts, comments, search, story
from records.paging import Page
from records.story import MeasureLine, Whose
from records.unit_of_work import Reading
from records.values import VerdictRecord

ROWS = 25


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict with words in place of ids."""

    verdict: VerdictRecord
    who: str
    labels: tuple[str, ...]
    note: tuple[Piece, ...]
    how: str
    """What it settled: a word under `settled_how`; empty of a plain verdict."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of the ledger, with who asked."""

    line: MeasureLine
    who: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A comment and all that came of it."""

    row: Row
    verdicts: tuple[Said, ...]
    measures: tuple[Measured, ...]
    at: datetime


def show_account(visit: Visit) -> Response:
    """GET /comments/{comment_id}/account."""
    return page(visit, "account")


def show_thread(visit: Visit) -> Response:
    """GET /comments/{comment_id}/thread."""
    return page(visit, "thread")


def decide_account(visit: Visit) -> Response:
    """POST /comments/{comment_id}/account: a verdict about what was ticked."""
    return _decided(visit, "account")


def decide_thread(visit: Visit) -> Response:
    """POST /comments/{comment_id}/thread."""
    return _decided(visit, "thread")


def _decided(visit: Visit, kind: str) -> Response:
    told = deciding.decide_ticked(visit)
    return page(visit, kind, told=told, status=200 if told.is_whole else 409)


def page(
    visit: Visit,
    kind: str,
    *,
    told: deciding.Told | None = None,
    problem: str = "",
    faults: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    """The story of the account or thread; `problem` and `faults` are of a measure that was not taken."""
    with visit.parts.database.reading() as look:
        comment = comments.get(look, visit.path_values["comment_id"])
        if kind == "account":
            whose = story.whose_account(visit.parts.keyring, comment)
        else:
            whose = Whose(thread=comment.thread_id) if comment.thread_id else None
        if whose is None:
            raise NotFoundError("The comment names none, or was erased.")
        found = story.comment_ids(look, whose, limit=ROWS, cursor=visit.query.get("cursor") or None)
        moments = _moments(look, visit, found.items)
        mine = in_hand(look, visit).asked
        turns = turns_of(look, visit, comment, _span(look, visit, whose, found), but=mine) if kind == "account" else []
        sums = story.sums(look, whose, but=mine)
        facts = account_facts.of_account(look, whose.authors) if kind == "account" else None
        thread = thread_view(look, visit, comment.id, problem=problem, faults=faults) if kind == "thread" else None
        form: dict[str, object] = {}
        if kind == "account" and visit.may(Action.TAKE_MEASURES):
            form = taking(look, visit, comment, lines_of(look, visit, comment))
        undone = deciding.taken_back(look, visit)
        to_case = desk.to_go_back_to(look, visit, comment.id)
        thing = account_of(look, comment) if kind == "account" else ("thread", comment.id)
    note_reading(visit, found.items)
    trace(visit, kind, [thing], behind=[comment.id])
    return render(
        visit,
        "story.html",
        status=status,
        kind=kind,
        handle=comment.id,
        to_case=to_case,
        moments=moments,
        lines=_lines(moments, turns),
        sums=sums,
        most_counted=story.MOST_COUNTED,
        facts=facts,
        thread=thread,
        max_words=MAX_WORDS,
        next_cursor=found.next_cursor,
        told=told,
        undone=undone,
        back=visit.url(f"/comments/{comment.id}/{kind}"),
        form=form,
        who_may=[visit.words(f"role.{role}") for role in Role if role in ALLOWED[Action.TAKE_MEASURES]],
        **deciding.form_values(visit),
    )


def _span(look: Reading, visit: Visit, whose: Whose, found: Page[str]) -> Span:
    """From the page's last comment to the last one of the page before; open where there is no other page."""
    before = visit.query.get("cursor")
    newest = comments.get(look, story.after(whose, before)).created_at if before else None
    oldest = comments.get(look, found.items[-1]).created_at if found.next_cursor else None
    return Span(oldest, newest)


def _lines(moments: list[Moment], turns: list[Turn]) -> list[Moment | Turn]:
    """One time line, newest first."""
    return sorted((*moments, *turns), key=lambda one: one.at, reverse=True)


def _moments(look: Reading, visit: Visit, comment_ids: tuple[str, ...]) -> list[Moment]:
    rows = rows_of(look, visit, search.hits_of(look, comment_ids))
    said = story.verdicts_about(look, comment_ids)
    asked = story.measures_on(look, comment_ids)
    return [_moment(look, visit, row, said, asked) for row in rows]


def _moment(look: Reading, visit: Visit, row: Row, said: list[VerdictRecord], asked: list[MeasureLine]) -> Moment:
    """What others said of a comment that the visitor is asked about just now is not told."""
    comment = row.hit.comment
    if row.in_hand:
        return Moment(row, (), (), comment.created_at)
    words = code_titles(visit)
    verdicts = tuple(
        Said(
            each,
            name_for(visit, look, each.moderator),
            tuple(words.get(name, name) for name in each.codes),
            pieces(each.note or ""),
            how_settled(look, each),
        )
        for each in said
        if each.comment_id == comment.id
    )
    measures = tuple(
        Measured(each, name_for(visit, look, each.actor)) for each in asked if each.comment_id == comment.id
    )
    return Moment(row, verdicts, measures, comment.created_at)
