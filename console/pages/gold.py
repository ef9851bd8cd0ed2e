"""Known answers: what stands, how often each was asked and found, and how one is added or retired, with a reason.

Whoever reads the answers here knows them, and is not asked for them from then on.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from console import spreadsheets
from console.harshness import harsh_ones
from console.in_hand import in_hand, note_reading
from console.looking import trace_list
from console.marks import Piece, pieces
from console.pages.rules import titles
from console.people import display_name
from console.rendering import render
from console.visit import Visit
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from moderation.rules.backtest import Share
from records import comments, gold, verdicts
from records.gold import Answered
from records.unit_of_work import Reading
from records.values import GoldRecord, VerdictKind
from review import gold as review
from review.agreement import ENOUGH
from review.checks import MAX_REASON

SHOWN = 200
"""Code points of a text in a row."""

HEAD = (
    "id",
    "comment_id",
    "answer",
    "labels",
    "asked",
    "answered",
    "right",
    "share",
    "low",
    "high",
    "why",
    "by",
    "since",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One known answer, in words; `right` is of those who answered."""

    known: GoldRecord
    text: tuple[Piece, ...]
    is_harsh: bool
    is_reject: bool
    by: str
    asked: int
    right: Share
    is_alone: bool
    """One person alone said so."""


def show(visit: Visit) -> Response:
    """GET /quality/gold."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """POST /quality/gold: the verdict that holds of a decision becomes a known answer."""
    try:
        with visit.parts.database.unit() as unit:
            verdict = verdicts.holding_for(unit, visit.form.one("decision").strip())
            if verdict is not None:
                review.vouch(unit, verdict.case_id, why=visit.form.one("reason"), author=visit.me.id, now=visit.now)
                unit.commit()
    except InvalidInputError:
        return _page(visit, "gold.no_reason", status=422)
    except (ConflictError, NotFoundError):
        return _page(visit, "gold.cannot", status=409)
    if verdict is None:  # the page writes who read it, which has to wait for the unit's end
        return _page(visit, "gold.no_verdict", status=409)
    return RedirectResponse(visit.url("/quality/gold"), status_code=303)


def retire(visit: Visit) -> Response:
    """POST /quality/gold/{gold_id}/retire: it is asked no more."""
    try:
        with visit.parts.database.unit() as unit:
            why = visit.form.one("reason")
            review.retire(unit, visit.path_values["gold_id"], why=why, author=visit.me.id, now=visit.now)
            unit.commit()
    except InvalidInputError:
        return _page(visit, "gold.no_reason", status=422)
    except NotFoundError:
        return _page(visit, "gold.gone", status=409)
    return RedirectResponse(visit.url("/quality/gold"), status_code=303)


def download(visit: Visit) -> Response:
    """GET /quality/gold.csv."""
    lines = _read(visit)
    rows = [
        (one.known.id, one.known.comment_id, one.known.verdict.value, " ".join(one.known.labels), one.asked,
         one.right.rows, one.right.hits, one.right.share, *(one.right.interval or (None, None)), one.known.why, one.by,
         f"{one.known.created_at:%Y-%m-%d}")
        for one in lines
    ]  # fmt: skip
    return spreadsheets.answer("gold", HEAD, rows)


def _page(visit: Visit, problem: str = "", *, status: int = 200) -> Response:
    decision = (visit.form.one("decision") or visit.query.get("decision", "")).strip()[:64]
    return render(
        visit,
        "gold.html",
        status=status,
        lines=_read(visit),
        problem=problem,
        decision=decision,
        is_alone=_is_alone(visit, decision),
        reason=visit.form.one("reason"),
        titles=titles(visit),
        enough=ENOUGH,
        max_reason=MAX_REASON,
    )


def _is_alone(visit: Visit, decision: str) -> bool:
    """Whether one person alone said what would become known; nothing is told of what the visitor is asked just now."""
    with visit.parts.database.reading() as look:
        held = verdicts.holding_for(look, decision) if decision else None
        if held is None or held.comment_id in in_hand(look, visit).asked:
            return False
        return review.is_alone(look, held)


def _read(visit: Visit) -> list[Line]:
    """Every answer in use but those that the visitor is asked for just now; from now on they know the others."""
    with visit.parts.database.reading() as look:
        mine = in_hand(look, visit).asked
        known = [one for one in gold.in_use(look) if one.comment_id not in mine]
        told = gold.answered(look)
        is_harsh = harsh_ones(look, [one.comment_id for one in known])
        lines = [_line(look, one, told.get(one.id, Answered()), is_harsh=one.comment_id in is_harsh) for one in known]
    note_reading(visit, [one.comment_id for one in known], whole=True)
    trace_list(visit, "gold", len(lines))
    return lines


def _line(look: Reading, known: GoldRecord, told: Answered, *, is_harsh: bool) -> Line:
    text = comments.get(look, known.comment_id).text or ""
    short = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return Line(
        known, pieces(short), is_harsh, known.verdict is VerdictKind.REJECT, display_name(look, known.author),
        told.asked, Share(told.right, told.answered), review.is_alone(look, known),
    )  # fmt: skip
