"""The last neutrality audit, as `chaffinch audit neutrality` left it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from console.charts import Columns, columns
from console.rendering import render
from console.visit import Visit

SHOWN = 60
DRAWN = 24
BY = {
    "moderator": "neutrality.moderator", "rule": "neutrality.rule", "model": "neutrality.model",
    "house": "neutrality.house",
}  # fmt: skip
OUTCOMES = {
    "removed": "neutrality.removed", "hit": "neutrality.hit", "stopped": "neutrality.stopped",
    "recommended": "neutrality.recommended",
}  # fmt: skip


def show(visit: Visit) -> Response:
    """GET /neutrality."""
    told = _last(visit)
    compared = sorted(told["comparisons"], key=lambda each: float(each["p"]))[:SHOWN] if told else []
    leaning = [each for each in told["comparisons"] if each["leans"]] if told else []
    drawn = chart(visit, compared[:DRAWN])
    return render(
        visit, "neutrality.html", told=told, compared=compared, leaning=leaning, chart=drawn, by=BY, outcomes=OUTCOMES
    )


def chart(visit: Visit, compared: list[dict[str, Any]]) -> Columns | None:
    """How far apart pairs are, in points, whichever way; None where nothing was compared."""
    if not compared:
        return None
    names = [str(each["group"]) for each in compared]
    titles = [
        f"{each['group']}, {visit.words(BY[each['by']])} {each['name']}: {each['difference']:+.1%}" for each in compared
    ]
    return columns(names, [abs(each["difference"]) * 100 for each in compared], titles=titles)


def _last(visit: Visit) -> dict[str, Any] | None:
    path = visit.parts.neutrality
    if path is None or not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
