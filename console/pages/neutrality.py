"""The last neutrality audit, as `chaffinch audit neutrality` left it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.responses import RedirectResponse, Response

from console.intervals import Difference, Intervals, intervals
from console.permissions import Action, Role
from console.refusals import refusal_of
from console.rendering import render
from console.unnamed import NOBODYS, Numbers
from console.visit import Visit
from governance import neutrality as auditing
from governance.approvals import MAX_WORDS
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from moderation.typed import number
from records import users
from records.unit_of_work import Reading

SHOWN = 60
DRAWN = 24
BY = {
    "moderator": "neutrality.moderator", "rule": "neutrality.rule", "model": "neutrality.model",
    "house": "neutrality.house", "measure": "neutrality.by_measure", "recommender": "neutrality.by_recommender",
    "pardoner": "neutrality.by_pardoner", "list": "neutrality.by_list",
    "change": "neutrality.by_change", "swap": "neutrality.by_swap",
}  # fmt: skip
VERDICTS = {
    "leans": "neutrality.leans", "nothing_leans": "neutrality.nothing_leans", "not_judged": "neutrality.not_judged",
}  # fmt: skip
WAYS = {
    "escalated": "neutrality.escalated", "handed_over": "neutrality.handed_over", "skipped": "neutrality.skipped",
    "unsure": "neutrality.unsure", "left": "neutrality.let_lie",
}  # fmt: skip
LEFT = 60
"""Comparisons that could not be made, as they are listed."""
OUTCOMES = {
    "removed": "neutrality.removed", "hit": "neutrality.hit", "stopped": "neutrality.stopped",
    "recommended": "neutrality.recommended", "measured": "neutrality.measured", "passed": "neutrality.passed",
    "held": "neutrality.held", "undecided": "neutrality.undecided", "put_off": "neutrality.put_off",
    "waited": "neutrality.waited", "pardoned": "neutrality.pardoned", "let_pass": "neutrality.let_pass",
}  # fmt: skip


def show(visit: Visit) -> Response:
    """GET /neutrality."""
    return _page(visit)


def answer(visit: Visit) -> Response:
    """POST /neutrality: what came of a finding."""
    told, finding = _last(visit), visit.form.one("finding")
    try:
        with visit.parts.database.unit() as unit:
            auditing.answer(
                unit,
                visit.form.one("audit") or (str(told["at"]) if told else ""),
                number(finding) or 0,
                by=visit.me.name,
                note=visit.form.one("note"),
                now=visit.now,
            )
            unit.commit()
    except (ConflictError, ForbiddenError, InvalidInputError, NotFoundError) as error:
        return _page(visit, problem=True, status=refusal_of(error).status)
    return RedirectResponse(visit.url("/neutrality"), status_code=303)


def _page(visit: Visit, *, problem: bool = False, status: int = 200) -> Response:
    told = _last(visit)
    with visit.parts.database.reading() as look:
        standing = auditing.standing(look, str(told["at"])) if told else None
        earlier = [each for each in auditing.unanswered(look) if standing is None or each.at != standing.at]
        people = [each.name for each in users.active(look, list(Role))]
        mine = _mine(look, visit.me.name, [*earlier, *filter(None, [standing])])
    if not visit.may(Action.SEE_MODERATORS):
        numbers = Numbers(told, [*earlier, *filter(None, [standing])], people)
        told, standing = told and numbers.audit(told), standing and numbers.standing(standing)
        earlier = [numbers.standing(each) for each in earlier]
    compared = sorted(told["comparisons"], key=lambda each: float(each["p"]))[:SHOWN] if told else []
    leaning = [each for each in told["comparisons"] if each["leans"]] if told else []
    shown = dict(enumerate(leaning, 1))
    drawn = chart(visit, compared[:DRAWN])
    return render(
        visit,
        "neutrality.html",
        status=status,
        told=told,
        compared=compared,
        leaning=shown,
        me=visit.me.name,
        mine=mine,
        basis=_basis(told),
        chart=drawn,
        verdict=VERDICTS.get(told.get("verdict", "")) if told else None,
        apart=[each for each in told.get("not_compared", ()) if each["apart"]] if told else [],
        left=told.get("not_compared", ())[:LEFT] if told else [],
        nobodys=NOBODYS,
        by=BY,
        outcomes=OUTCOMES,
        lasts=partial(lasts, visit),
        ways=WAYS,
        standing=standing,
        earlier=earlier,
        may_answer=visit.may(Action.APPROVE),
        problem=problem,
        note=visit.form.one("note"),
        max_words=MAX_WORDS,
    )


def _mine(look: Reading, me: str, audits: Sequence[auditing.Standing]) -> set[tuple[str, int]]:
    """Open findings that somebody may not answer, as they or whoever is in one hand with them had a part in it."""
    asked = {name for audit in audits for question in audit.open for name in question.whose}
    theirs = auditing.in_hand(look, me, asked)
    return {
        (audit.at, question.number)
        for audit in audits
        for question in audit.open
        if not theirs.isdisjoint(question.whose)
    }


def _basis(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """By which bar and over which axes it was made; None of an audit from before that was told."""
    if not told or "groups" not in told:
        return None
    return {"alpha": f"{told['limits']['alpha']:g}", "axes": ", ".join(told["groups"]["axes"])}


def chart(visit: Visit, compared: list[dict[str, Any]]) -> Intervals | None:
    """How far apart pairs are, which way, by whom, with intervals; None where nothing was compared."""
    if not compared:
        return None
    told = [
        Difference(
            f"{each['axis']} {each['group']}", _by(visit, each), visit.words(OUTCOMES[each["outcome"]]),
            each["difference"], each["low"], each["high"], stands_out=each["leans"],
        )
        for each in compared
    ]  # fmt: skip
    return intervals(told)


def _by(visit: Visit, each: dict[str, Any]) -> str:
    """Whose act it was; over all it is nobody's, and bears no name."""
    said = visit.words(BY[each["by"]])
    return said if each["by"] == "house" else f"{said} {each['name']}"


def lasts(visit: Visit, seconds: float) -> str:
    """A length of time, or a difference of two, in a unit in which it is two or more."""
    sign, long = "−" if seconds < 0 else "", abs(seconds)
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if long >= 2 * length:
            return sign + visit.words(f"time.{unit}", n=round(long / length))
    return sign + visit.words("time.seconds", n=round(long))


def _last(visit: Visit) -> dict[str, Any] | None:
    path = visit.parts.neutrality
    if path is None or not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
