"""A rule tried on stored decisions from its page: asked for, followed while it is under way, looked at."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console.backtest_view import BacktestView, view_backtest
from console.permissions import Action
from console.refusals import RefusalError
from console.rendering import render
from console.rule_view import packed_rule
from console.visit import Visit
from governance import rule_backtests, trials
from governance.rule_backtests import SIZES
from moderation.errors import ConflictError
from records.unit_of_work import Reading


def ask(visit: Visit) -> Response:
    """POST /rules/{rule_id}/backtest."""
    rule_id, rows = visit.path_values["rule_id"], visit.form.one("rows")
    if rows not in map(str, SIZES):
        raise RefusalError("error.invalid", 422)
    try:
        with visit.parts.database.unit() as unit:
            rule_backtests.ask(
                unit, rule_id, by=visit.me.name, most=int(rows), now=visit.now, draft=_of_draft(visit.form.one("of")),
                packed=lambda name: packed_rule(unit, visit.parts.packs, name),
            )  # fmt: skip
            unit.commit()
    except ConflictError:
        raise RefusalError("backtest.too_many", 409) from None
    place = "backtest-draft" if _of_draft(visit.form.one("of")) else "backtest"
    return RedirectResponse(visit.url(f"/rules/{rule_id}#{place}"), status_code=303)


def show_live(visit: Visit) -> Response:
    """GET /rules/{rule_id}/backtest/live: the part that looks again by itself while it is under way."""
    with visit.parts.database.reading() as look:
        view = of_page(look, visit, visit.path_values["rule_id"], of_draft=_of_draft(visit.query.get("of", "")))
    note_shown(visit, view)
    return render(visit, "_backtest.html", backtest=view, sizes=SIZES)


def note_shown(visit: Visit, *views: BacktestView | None) -> None:
    """Keeps that the comments of these backtests are on the page of whoever is logged in, once for each of them."""
    found = [view.to_note for view in views if view is not None and view.to_note is not None]
    if not found:
        return
    with visit.parts.database.reading() as look:
        new = [each for each in found if not trials.was_shown(look, each, visit.me.name)]
    if new:
        with visit.parts.database.unit() as unit:
            for each in new:
                trials.show(unit, each, visit.me.name, now=visit.now)
            unit.commit()


def _of_draft(told: str) -> bool:
    return told == "draft"


def of_page(look: Reading, visit: Visit, rule_id: str, *, of_draft: bool = False) -> BacktestView | None:
    """Whoever decides about rules sees the comments; others see the figures."""
    with_texts = visit.may(Action.CHANGE_RULES)
    return view_backtest(look, visit.parts, rule_id, of_draft=of_draft, with_texts=with_texts)
